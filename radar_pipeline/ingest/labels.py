"""Labelled fields: which words name one, and how a line or a row of a table gives its value."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title", "document title", "policy title", "document name", "policy name", "titel",
              "dokumenttitel"),
    "version": (
        "version", "version number", "version no", "version no.", "document version", "current version",
        "policy version", "revision", "revision number", "revision no", "rev", "rev.",
        "versionsnummer", "fassung",
    ),
    "owner": (
        "owner", "document owner", "policy owner", "process owner", "procedure owner", "contract owner",
        "standard owner", "business owner", "owned by", "responsible", "responsible person",
        "responsible owner", "accountable owner", "accountable", "accountable person",
        "accountable executive", "verantwortlich", "verantwortlicher", "verantwortliche", "eigentümer",
        "eigentümerin", "dokumenteneigentümer", "dokumentenverantwortlicher",
    ),
    "author": (
        "author", "authors", "document author", "policy author", "written by", "prepared by", "drafted by",
        "creator", "autor", "autorin", "verfasser", "verfasserin", "erstellt von",
    ),
    "effective": (
        "effective", "effective date", "date effective", "effective from", "in force from", "valid from",
        "in force since", "entry into force", "commencement date", "effective as of",
        "gültig ab", "gültig seit", "in kraft ab", "in kraft seit",
    ),
    "dated": (
        "issue date", "date of issue", "date issued", "issued", "issued on", "version date", "revision date",
        "release date", "publication date", "last updated", "last revised", "ausgabedatum",
        "stand",
    ),
    "review": (
        "review by", "next review", "next review date", "review date", "date of next review", "review due",
        "review due date", "next review due", "due for review", "scheduled review", "to be reviewed by",
        "nächste überprüfung", "nächste prüfung", "überprüfung bis", "überprüfung am", "nächste revision",
    ),
    "status": ("status", "document status", "policy status", "dokumentenstatus"),
    "kind": ("kind", "type", "document type", "document kind", "doc type", "category", "dokumenttyp",
             "dokumentenart"),
    "approved": ("approved", "approval", "freigegeben", "freigabe", "genehmigt"),
    "approver": ("approved by", "approver", "approving authority", "approval authority", "authorised by",
                 "freigegeben von", "freigegeben durch", "genehmigt von", "genehmigt durch"),
    "approved_on": ("approved on", "approval date", "date approved", "date of approval", "freigegeben am",
                    "freigabedatum", "genehmigt am"),
    "language": ("language", "document language", "lang", "sprache"),
}  # fmt: skip
LABELS = {label: field for field, labels in FIELDS.items() for label in labels}
LETTER = "A-Za-zÀ-ÖØ-öø-ÿ"
LABELLED = re.compile(rf"[>|*_\s-]*([{LETTER}][{LETTER} _/.-]{{2,30}}?)[*_\s]*[:|][*_\s]*(\S.*)")
NEXT_LABEL = re.compile(
    rf"[\s|·•,;]+(?=(?:{'|'.join(sorted(map(re.escape, LABELS), key=len, reverse=True))})[*_ ]*:)",
    re.IGNORECASE,
)
# Any other label ends a value too, after a mark that parts fields; a date goes on with what was said.
_ANY_LABEL = re.compile(
    r"(?:\s*[|·•]\s*|;\s+|\t\s*|\s{2,})(?!(?:date|dated|on|am)\b)"
    rf"(?=[*_]*[{LETTER}][{LETTER} /-]{{1,30}}[*_ ]*:\s)",
    re.IGNORECASE,
)
# A row of two columns whose header was the first field: "Version: Owner; 1.0 (draft): COO".
_HEADLESS = re.compile(
    r"(?P<label>[^:;]{2,40}): (?P<name>[^:;]{1,40}); (?P<first>.{1,120}?): (?P<value>\S.*)"
)
# A row of a table without headers, as a PDF has them: "Owner; COO".
_BARE = re.compile(r"(?P<label>[^:;]{2,40}); (?P<value>[^;]+)")
# Of these fields the value may well be the name of another: "Status: Approved", "Type: Revision".
_WORDS = frozenset({"status", "kind"})

Pair = tuple[str, str]


def field_of(label: str) -> str | None:
    """The field that a label means (``Next review`` → ``review``), None if it means none."""
    plain = unicodedata.normalize("NFC", label.strip().strip("*_:#").lower())
    normal = re.sub(r"[\s_-]+", " ", plain).strip()
    return LABELS.get(normal)


def columns(line: str) -> tuple[str, ...]:
    """The columns of a rendered table row that has several, if a field is among them."""
    labels = [match[1].lower() for part in line.split("; ") if (match := LABELLED.match(part))]
    return tuple(labels) if len(labels) > 1 and any(map(field_of, labels)) else ()


def pairs(line: str) -> list[Pair]:
    """(label, value) of a line, or of the cells of a rendered table row."""
    found = [match.groups() for part in line.split("; ") if (match := LABELLED.match(part))]
    if len(found) == 2 and not field_of(found[0][0]):
        # A table of two columns with its own headers: "Field: Owner; Value: Jane Doe".
        return [(found[0][1], found[1][1])]
    if found and field_of(found[0][0]) and not all(field_of(label) for label, _ in found):
        whole = LABELLED.match(line)
        return [(whole[1], _value(whole[2]))] if whole else []
    return [(label, _value(value)) for label, value in found]


def headless(lines: Sequence[str]) -> dict[str, list[Pair]]:
    """By line, (field, value) of the rows of tables of two columns whose header row is a field too,
    or that have none.

    The first kind is told by its rows: at least half of them name a field where others have a value.
    """
    rows = {line: match for line in lines if (match := _HEADLESS.fullmatch(line.strip()))}
    found: dict[str, list[Pair]] = {}
    for line, match in rows.items():
        head, name = field_of(match["label"]), field_of(match["name"])
        if head and name and head != name and head not in _WORDS and not field_of(match["first"]):
            found[line] = [(head, match["first"]), (name, match["value"])]
    tables = Counter(map(_header, rows.values()))
    named = Counter(_header(rows[line]) for line in found)
    bare = _bare(lines)
    kept = {header for header, count in named.items() if 2 * count >= tables[header]}
    return bare | {line: found.get(line, []) for line, match in rows.items() if _header(match) in kept}


def _bare(lines: Sequence[str]) -> dict[str, list[Pair]]:
    """By line, (field, value) of rows that name no columns; of a single one it is not plain."""
    rows = {line: match for line in lines if (match := _BARE.fullmatch(line.strip()))}
    found = {
        line: [(name, match["value"])]
        for line, match in rows.items()
        if (name := field_of(match["label"])) and not field_of(match["value"])
    }
    return found if len({name for said in found.values() for name, _ in said}) > 1 else {}


def _header(row: re.Match[str]) -> Pair:
    return row["label"], row["first"]


def _value(said: str) -> str:
    return _ANY_LABEL.split(said, maxsplit=1)[0]
