"""What a document says about itself, from labelled fields. What it does not say stays unknown."""

import re
from collections.abc import Iterable, Mapping
from typing import Self

from radar_pipeline.ingest import dates
from radar_pipeline.ingest.kinds import kind_from_words
from radar_pipeline.ingest.labels import NEXT_LABEL, columns, field_of, headless, pairs
from radar_pipeline.ingest.language import declared
from radar_pipeline.ingest.titles import names_document
from radar_pipeline.models import DocumentMeta, Kind, Status

find_date = dates.find_date

METADATA = "about@2"  # part of every parser's identity: raised when the same file would say another thing
HEAD_CHARACTERS = 4_000  # how far into a text a document control block is looked for
LONGEST_VALUE = 200
_LONGEST_NAME = 120  # of a person or role; more is a sentence
_LONGEST_STATEMENT = 160  # characters of a line such as "Version 2.1 · Effective 1 March 2026"

# Where something was read: the values of ``DocumentMeta.read_from``. A place before another is
# believed before it.
TENANTS_FILE = "tenants.yaml"
FRONT_MATTER = "front_matter"
CONTROL_BLOCK = "control_block"  # labelled lines or a table near the beginning, or a running header
MESSAGE_HEADER = "message_header"
VERSION_HISTORY = "version_history"  # the newest row of a table of versions
HEADING = "heading"
TEXT = "text"
FILE_PROPERTIES = "file_properties"
FILE_MARKUP = "file_markup"
FILE_NAME = "file_name"  # of the file or its folder
NEWER_VERSION = "newer_version"  # superseded, because a newer version lies beside it
PLACES = (
    TENANTS_FILE, FRONT_MATTER, CONTROL_BLOCK, MESSAGE_HEADER, VERSION_HISTORY, HEADING, TEXT,
    FILE_PROPERTIES, FILE_MARKUP, FILE_NAME, NEWER_VERSION,
)  # fmt: skip

_PARTS = re.compile(
    r"\s*[|·•;]\s*|\s+[–—-]\s+|\s{3,}|,\s+(?=[a-z]+\s)|(?<=\d)\.\s+(?=[a-z]{3})", re.IGNORECASE
)
_NUMBER = r"(\d[\d.]{0,11}(?:-\d\d?)?(?:\s*\(?draft)?)"
_FROM = r"(?: date| from| since| ab| seit)?"
_STATEMENTS = (
    ("version", re.compile(rf"(?:version|ver\.?|rev(?:ision)?\.?|v)\s?{_NUMBER}", re.I)),
    ("effective", re.compile(rf"(?:effective|in force|valid|gültig){_FROM}\s(.{{6,24}})", re.I)),
    ("review", re.compile(r"(?:next review|review)(?: due| by| on| due by)?\s(.{6,24})", re.I)),
    ("approved_on", re.compile(r"approved(?: on)?\s(.{6,24})", re.I)),
    ("dated", re.compile(r"last (?:updated|revised)(?: on)?:?\s(.{6,24})", re.I)),
    ("status", re.compile(r"(draft)", re.I)),
)  # fmt: skip

_GONE = "superseded|retired|withdrawn|obsolete|archived|replaced|expired|no longer in force|ersetzt"
_STATUS_WORDS: tuple[tuple[Status, re.Pattern[str]], ...] = tuple(
    (status, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for status, words in (
        (Status.SUPERSEDED, _GONE),
        (
            Status.DRAFT,
            "draft|proposed|for review|in review|under review|unapproved|not approved|"
            "entwurf|nicht freigegeben|nicht genehmigt",
        ),
        (
            Status.APPROVED,
            "approved|final|published|in force|effective|active|executed|adopted|freigegeben|genehmigt",
        ),
    )
)
# "Approved until superseded", "approved (v1 withdrawn)", "in use, retired or lost" say that nothing is
# superseded: the word must begin what is said, or a clause of it, and end it or be dated.
_CONDITION = re.compile(
    r"\b(?:until|till|if|unless|when|once|(?-i:may)|shall|will|to be|before|not|never)\b", re.IGNORECASE
)
_PLAINLY_GONE = re.compile(
    rf"(?:^|[(\[–—]|\s-\s|\bnow\b)\W*(?:(?:now|since|later|has been|was|is|and)\s+)*(?:{_GONE})\b"
    r"(?=\W*$|\s*[,;:)\]–—(-]|\s+(?:by|on|in|since|as of|from|and)\b|(?<!replaced)\s+\d|"
    r"\s+(?:version|edition|document|policy)\W*$)|"
    rf"[,;]\s*(?:{_GONE})(?:\s+(?:by|on|in|since)\b|(?<!replaced)\s+\d)",
    re.IGNORECASE,
)

_BLANK = re.compile(
    r"[\s_.…\[\]<>{}()-]*(?:n/?a|tbd|tbc|none|nil|unknown|pending|x{2,}|not applicable|not assigned|"
    r"unassigned|to be (?:determined|confirmed|decided|defined|assigned|completed|agreed)|"
    r"[dmy]{2,4}[-/. ][dmy]{2,4}[-/. ][dmy]{2,4})?[\s_.…\[\]<>{}()-]*",
    re.I,
)
_PLACEHOLDER = re.compile(
    r"\[[^\[\]]*\]|\{[^{}]*\}|<[^<>@]*>|\b(?:insert|enter)\b.*\bhere\b|"
    r"\b(?:insert|your)\s+(?:\w+\s+)?(?:name|company|organisation|organization|role|title)\b",
    re.I,
)
_VERSION = re.compile(
    r"(?:version|ver\.?|v\.?|rev(?:ision)?\.?|issue|edition|no\.?|\s)*(\d[\w.]*(?:-\d+)*|[A-Z])(?![\w/])",
    re.I,
)
_BY = re.compile(r"^(?:by|on|dated|durch|am)\b\s*|[\s|;·,]*\b(?:by|on|dated?|am):?$", re.I)
_NOBODY = re.compile(
    r"python-docx|openpyxl|microsoft.*|(?:the )?(?:user|admin|administrator|author|owner|guest|root)\d*|"
    r"anonymous|yes|no|approved|\(?anonymous\)?|apache poi|libreoffice.*|un-?named|scanner|.*\.(?:docx?|pdf)",
    re.I,
)


class Said(str):
    """The value of a labelled field, with the place where it was read."""

    __slots__ = ("place",)
    place: str

    def __new__(cls, value: str, place: str) -> Self:
        """``place``: one of PLACES."""
        said = super().__new__(cls, value)
        said.place = place
        return said


def meta_from_fields(fields: Mapping[str, str], *, title: str = "", otherwise: str = "") -> DocumentMeta:
    """Document metadata from labelled fields; ``title`` is what the text itself is headed with,
    ``otherwise`` what its file says that it is called, for a text that is headed with a section.

    A value without a place (see ``Said``) was read in the control block, the title in a heading.
    """
    known = {name: value for name, value in fields.items() if not _BLANK.fullmatch(value)}
    values: dict[str, object] = {}
    places: dict[str, str] = {}

    def take(name: str, value: object, source: str, place: str = CONTROL_BLOCK) -> None:
        if value and name not in values:
            values[name], places[name] = value, place_of(source, place)

    if "title" in known and not _PLACEHOLDER.search(known["title"]):
        take("title", str(known["title"]), known["title"])
    named = title if names_document(title) else otherwise if names_document(otherwise) else ""
    take("title", str(named), named, HEADING if named is title else FILE_PROPERTIES)
    for name, field in (("owner", "owner"), ("author", "author")):
        take(name, person(known.get(field, "")), known.get(field, ""))
    take("version", version_in(known.get("version", "")), known.get("version", ""))
    for field in ("effective", "dated"):
        take("effective_date", find_date(known.get(field, "")), known.get(field, ""))
    take("review_by", find_date(known.get("review", ""), end_of_month=True), known.get("review", ""))
    for field in ("approver", "approved"):
        take("approved_by", person(dates.without_dates(known.get(field, ""))), known.get(field, ""))
    for field in ("approved_on", "approved", "approver"):
        take("approved_on", find_date(known.get(field, "")), known.get(field, ""))
    take("language", declared(known.get("language", "")), known.get("language", ""))
    kind = kind_from_words(known["kind"]) if "kind" in known else Kind.UNKNOWN
    if kind is not Kind.UNKNOWN:
        take("kind", kind, known["kind"])
    _take_status(known, values, places)
    return DocumentMeta(**values, read_from=places)  # type: ignore[arg-type]


def place_of(value: str, otherwise: str) -> str:
    """Where a value was read, if it says so."""
    return value.place if isinstance(value, Said) else otherwise


def normalise(raw: Mapping[str, str], place: str = FRONT_MATTER) -> dict[str, str]:
    """Known fields of a label → value mapping read in ``place``; the first label of a field wins."""
    found: dict[str, str] = {}
    for label, value in raw.items():
        field = field_of(label)
        if field and value.strip() and field not in found:
            found[field] = Said(" ".join(value.split())[:LONGEST_VALUE], place)
    return found


def control_fields(head: str) -> dict[str, str]:
    """Fields of a document control block: ``Label: value`` lines and table rows near the beginning.

    Of a table with several entries – a version history, a register – none speaks of the document.
    """
    found: dict[str, str] = {}
    stated: dict[str, str] = {}
    lines = [line for line in head[:HEAD_CHARACTERS].splitlines() if line.strip() and len(line) <= 600]
    tables = headless(lines)
    names = [columns(line) for line in lines]
    for n, line in enumerate(lines):
        if line in tables:
            _keep(found, tables[line])
            continue
        if names[n] and names[n] in (*names[:n][-1:], *names[n + 1 :][:1]):
            continue
        for part in NEXT_LABEL.split(line):
            _keep(found, ((field_of(label), value) for label, value in pairs(part)))
            if len(line) <= _LONGEST_STATEMENT:
                _keep(stated, _statements(part))
    return {**stated, **found}


def version_in(said: str) -> str:
    """The version in a value (``Version 2.1 (final)`` → ``2.1``); empty if it names none."""
    match = _VERSION.match(said.strip())
    if not match or _PLACEHOLDER.search(said):
        return ""
    # The number of "1 March 2026" is a day's; "A new look" is no revision A.
    left = _VERSION.match(dates.without_dates(said).strip())
    dated = not (left and left[1] == match[1]) and not re.fullmatch(r"20\d\d\W.*", match[1])
    prose = match[1].isalpha() and said.strip()[match.end() :].strip() != ""
    return "" if dated or prose else match[1].rstrip(".")


def person(said: str) -> str:
    """The person or role in a value; empty for a placeholder, or what is neither."""
    name = said.strip(" \t,;:–—|*_/-")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    name = re.sub(r"\(\s*\)", "", _BY.sub("", name)).strip(" \t,;:–—|*_/-")
    bad = _BLANK.fullmatch(name) or _PLACEHOLDER.search(name) or _NOBODY.fullmatch(name)
    return "" if bad or len(name) > _LONGEST_NAME or not any(map(str.isalpha, name)) else name


def is_blank(said: str) -> bool:
    """Whether a value is none: a dash, "n/a", "to be determined"."""
    return _BLANK.fullmatch(said) is not None


def status_in(said: str) -> Status:
    """The status that a word for it names: the weakest, where several do.

    Superseded only where that is plain; a list of every status to choose from names none.
    """
    named = [status for status, words in _STATUS_WORDS if words.search(said)]
    if len(named) == len(_STATUS_WORDS):
        return Status.UNKNOWN
    if named[:1] == [Status.SUPERSEDED] and (_CONDITION.search(said) or not _PLAINLY_GONE.search(said)):
        named.pop(0)
    return next(iter(named), Status.UNKNOWN)


def _keep(found: dict[str, str], said: Iterable[tuple[str | None, str]]) -> None:
    for field, value in said:
        if field and field not in ("title", "language") and field not in found:
            found[field] = Said(" ".join(value.split())[:LONGEST_VALUE], CONTROL_BLOCK)


def _statements(line: str) -> Iterable[tuple[str, str]]:
    """(field, value) of a line that states them without colons: ``Version 2.1 · Effective 1 May 2026``."""
    found: list[tuple[str, str]] = []
    for part in _PARTS.split(line.strip(" *_()[]")):
        for field, pattern in _STATEMENTS:
            match = pattern.fullmatch(part.strip(" *_()[],."))
            plain = field in ("version", "status")
            if match and (plain or dates.without_dates(match[1]).strip(" .,") == ""):
                found.append((field, match[1]))
    # "Draft" alone is said of the document only beside something else that is.
    return found if any(field != "status" for field, _ in found) else ()


def _take_status(known: Mapping[str, str], values: dict[str, object], places: dict[str, str]) -> None:
    said = known.get("status", "")
    status, source = status_in(said), said
    if not said and status_in(known.get("version", "")) is Status.DRAFT:  # "0.9 DRAFT"
        status, source = Status.DRAFT, known["version"]
    elif not said and "approved_on" in values:
        # "Approved: Board, 20 January 2026" is an approval; an approver without a date is a template.
        status, source = Status.APPROVED, Said("", places["approved_on"])
    if status is not Status.UNKNOWN:
        values["status"], places["status"] = status, place_of(source, CONTROL_BLOCK)
