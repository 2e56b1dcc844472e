"""What a document says about itself, from labelled fields. What it does not say stays unknown."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from radar_pipeline.ingest.kinds import kind_from_words
from radar_pipeline.models import DocumentMeta, Kind, Status

HEAD_CHARACTERS = 4_000  # how far into a text a document control block is looked for
LONGEST_VALUE = 200

_FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title", "document title", "policy title", "document name", "policy name"),
    "version": ("version", "version number", "version no", "document version", "revision", "rev"),
    "owner": (
        "owner", "document owner", "policy owner", "process owner", "procedure owner", "contract owner",
        "owned by", "responsible", "responsible person", "responsible owner", "accountable owner",
    ),
    "effective": (
        "effective", "effective date", "date effective", "effective from", "in force from", "valid from",
        "in force since", "entry into force", "commencement date", "effective as of",
    ),
    "review": (
        "review by", "next review", "next review date", "review date", "date of next review", "review due",
        "review due date", "next review due", "due for review", "scheduled review", "to be reviewed by",
    ),
    "status": ("status", "document status", "policy status"),
    "kind": ("kind", "type", "document type", "document kind", "doc type", "category"),
    "approved": ("approved", "approved on", "approved by", "approval", "approval date", "date approved"),
}  # fmt: skip
_LABELS = {label: field for field, labels in _FIELDS.items() for label in labels}
_LABELLED = re.compile(r"[>|*_\s-]*([A-Za-z][A-Za-z _/-]{2,30}?)[*_\s]*[:|][*_\s]*(\S.*)")

_STATUS_WORDS: tuple[tuple[Status, re.Pattern[str]], ...] = tuple(
    (status, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for status, words in (
        (Status.SUPERSEDED, "superseded|retired|withdrawn|obsolete|archived|replaced|expired"),
        (Status.DRAFT, "draft|proposed|for review|in review|under review|unapproved|not approved"),
        (Status.APPROVED, "approved|final|published|in force|effective|active|executed|adopted"),
    )
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATES = (
    re.compile(r"\b(?P<year>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<day>\d{1,2})\b"),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})\b", re.I),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.I),
)
_NUMERIC = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_MONTH_ONLY = re.compile(rf"\b{_MONTH}\s+(?P<year>\d{{4}})\b", re.I)
_BLANK = re.compile(r"[\s_.…\[\]<>{}-]*(?:n/?a|tbd|tbc|none|unknown|pending)?[\s_.…\[\]<>{}-]*", re.I)


def meta_from_fields(fields: Mapping[str, str], *, title: str = "") -> DocumentMeta:
    """Document metadata from labelled fields; ``title`` is what the text itself is headed with."""
    known = {name: value for name, value in fields.items() if not _BLANK.fullmatch(value)}
    return DocumentMeta(
        title=known.get("title", "") or title,
        version=known.get("version", ""),
        owner=known.get("owner", ""),
        effective_date=find_date(known.get("effective", "")),
        review_by=find_date(known.get("review", ""), end_of_month=True),
        kind=kind_from_words(known.get("kind", "")) if "kind" in known else Kind.UNKNOWN,
        status=_status(known),
    )


def field_of(label: str) -> str | None:
    """The field that a label means (``Next review`` → ``review``), None if it means none."""
    normal = re.sub(r"[\s_-]+", " ", label.strip().strip("*_:#").lower()).strip()
    return _LABELS.get(normal)


def normalise(raw: Mapping[str, str]) -> dict[str, str]:
    """Known fields of a label → value mapping; the first label of a field wins."""
    found: dict[str, str] = {}
    for label, value in raw.items():
        field = field_of(label)
        if field and value.strip() and field not in found:
            found[field] = " ".join(value.split())[:LONGEST_VALUE]
    return found


def control_fields(head: str) -> dict[str, str]:
    """Fields of a document control block: ``Label: value`` lines and table rows near the beginning."""
    found: dict[str, str] = {}
    for line in head[:HEAD_CHARACTERS].splitlines():
        if not line.strip() or len(line) > 600:
            continue
        for label, value in _pairs(line):
            field = field_of(label)
            if field and field != "title" and field not in found:
                found[field] = " ".join(value.split())[:LONGEST_VALUE]
    return found


def find_date(value: str, *, end_of_month: bool = False) -> date | None:
    """The first date in a value. ``03/04/2025`` is ambiguous and stays unknown; a month alone
    means its first day, or its last (``end_of_month``: a review due in March is due by the 31st)."""
    for pattern in _DATES:
        match = pattern.search(value)
        if match:
            parts = match.groupdict()
            month = int(parts["m"]) if "m" in parts else _month(parts["month"])
            return _date(int(parts["year"]), month, int(parts["day"]))
    numeric = _NUMERIC.search(value)
    if numeric:
        return _unambiguous(int(numeric[1]), int(numeric[2]), int(numeric[3]))
    alone = _MONTH_ONLY.search(value)
    if alone:
        year, month = int(alone["year"]), _month(alone["month"])
        return _date(year, month, monthrange(year, month)[1] if end_of_month and year else 1)
    return None


def _pairs(line: str) -> list[tuple[str, str]]:
    """(label, value) of a line, or of the cells of a rendered table row."""
    pairs = [match.groups() for part in line.split("; ") if (match := _LABELLED.match(part))]
    if len(pairs) == 2 and not field_of(pairs[0][0]):
        # A table of two columns with its own headers: "Field: Owner; Value: Jane Doe".
        return [(pairs[0][1], pairs[1][1])]
    if pairs and field_of(pairs[0][0]) and not all(field_of(label) for label, _ in pairs):
        whole = _LABELLED.match(line)
        return [(whole[1], whole[2])] if whole else []
    return [(label, value) for label, value in pairs]


def _status(fields: Mapping[str, str]) -> Status:
    said = fields.get("status", "")
    for status, words in _STATUS_WORDS:
        if words.search(said):
            return status
    # "Approved: Board, 20 January 2026" is an approval; an approver without a date is a template.
    approved = fields.get("approved", "")
    return Status.APPROVED if not said and find_date(approved) else Status.UNKNOWN


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()[:3]) + 1


def _unambiguous(first: int, second: int, year: int) -> date | None:
    if first > 12 or first == second:
        return _date(year, second, first)
    return _date(year, first, second) if second > 12 else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
