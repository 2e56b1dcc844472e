"""What is known about a document beyond its labelled fields: its table of versions, its title, what
its text says of itself, its language, its file's name. Where several speak, the most trusted does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from radar_pipeline.ingest import language, standing
from radar_pipeline.ingest.dates import find_date
from radar_pipeline.ingest.kinds import kind_from_words
from radar_pipeline.ingest.metadata import (
    CONTROL_BLOCK,
    FILE_MARKUP,
    FILE_NAME,
    FILE_PROPERTIES,
    FRONT_MATTER,
    HEAD_CHARACTERS,
    HEADING,
    MESSAGE_HEADER,
    PLACES,
    TEXT,
    VERSION_HISTORY,
    control_fields,
    person,
    status_in,
    version_in,
)
from radar_pipeline.models import DocumentMeta, Kind, Span, Status

OPENING = 2_000  # characters of body in which a document says that it no longer holds
_MESSAGES = (".eml", ".msg")
_PAGES = (".html", ".htm", ".xhtml")
_UNSAID = ("furniture", "front_matter")
_NO_SENTENCE = (*_UNSAID, "list_item", "footnote")

# ── The table of versions ─────────────────────────────────────────────────────────────────────

_VERSION_COLUMNS = frozenset({"version", "version no", "version number", "rev", "revision", "ver", "issue"})
_DATE_COLUMNS = frozenset(
    {"date", "effective date", "effective", "issue date", "date of issue", "release date", "version date",
     "revision date", "date effective", "date of change", "issued"}
)  # fmt: skip
_APPROVED_ON_COLUMNS = frozenset({"approval date", "approved on", "date approved", "date of approval"})
_APPROVER_COLUMNS = frozenset({"approved by", "approver", "approved", "authorised by", "approval"})
_AUTHOR_COLUMNS = frozenset({"author", "authors", "changed by", "prepared by", "revised by", "written by"})
_CHANGE = re.compile(r"\b(?:changes?|amendments?|summary|description|comments?|remarks|details)\b")

Row = dict[str, str]  # column's name in plain lower case → cell


def completed(meta: DocumentMeta, text: str, spans: Sequence[Span], path: str) -> DocumentMeta:
    """The metadata of a parsed document with all that can be known from it and its file's name.

    ``meta`` is what its parser read; ``path`` is the file's, within its source or its container.
    """
    found = _Known(meta, _places(meta, text, path))
    found.add(_from_message(text, path), MESSAGE_HEADER)
    found.add(_from_history(text, spans), VERSION_HISTORY)
    found.add(_from_title(found.meta.title), HEADING)
    found.add({"status": _known(standing.in_text(_body(text, spans, OPENING, _NO_SENTENCE)))}, TEXT)
    if _put_aside(path, found.meta):
        found.add({"status": Status.SUPERSEDED}, FILE_NAME)
        if found.meta.status is Status.APPROVED and not _says_status(text, found.places["status"]):
            # A day of approval is history; where the document lies now says that it no longer holds.
            found.force("status", Status.SUPERSEDED, FILE_NAME)
    found.add(_from_name(path), FILE_NAME)
    return replace(found.meta, read_from=dict(sorted(found.places.items())))


def with_language(meta: DocumentMeta, text: str, spans: Sequence[Span]) -> DocumentMeta:
    """The metadata with the language of the body, unless the document declares one itself.

    Apart from ``completed``, which runs in every parser process: the model of languages is large, and
    this process needs it once.
    """
    found = _Known(meta, meta.read_from)
    if PLACES.index(found.places.get("language", PLACES[-1])) > PLACES.index(TEXT):
        found.add({"language": language.recognised(_body(text, spans, language.EXAMINED))}, TEXT)
    return replace(found.meta, read_from=dict(sorted(found.places.items())))


class _Known:
    """Metadata that takes a value from a place if nothing more trusted has one."""

    def __init__(self, meta: DocumentMeta, places: Mapping[str, str]) -> None:
        self.meta = meta
        self.places = dict(places)

    def add(self, values: Mapping[str, object], place: str) -> None:
        for name, value in values.items():
            if value and PLACES.index(place) < PLACES.index(self.places.get(name, PLACES[-1])):
                self.force(name, value, place)

    def force(self, name: str, value: object, place: str) -> None:
        self.meta = replace(self.meta, **{name: value})  # type: ignore[arg-type]
        self.places[name] = place


def _places(meta: DocumentMeta, text: str, path: str) -> dict[str, str]:
    """Where each known field was read: as its parser says, else as the format makes it plain."""
    message = path.lower().endswith(_MESSAGES)
    places = {}
    for name, value in meta.as_json().items():
        if name == "read_from" or not value or value == "unknown":
            continue
        places[name] = meta.read_from.get(name) or (MESSAGE_HEADER if message else FILE_PROPERTIES)
    if places.get("title") == HEADING and message:
        places["title"] = MESSAGE_HEADER
    elif places.get("title") == HEADING and _plain(meta.title) not in _plain(text[: 2 * HEAD_CHARACTERS]):
        places["title"] = FILE_MARKUP if path.lower().endswith(_PAGES) else FILE_PROPERTIES
    return places


def _body(text: str, spans: Sequence[Span], most: int, without: Sequence[str] = _UNSAID) -> str:
    """The first ``most`` characters without the kinds of span in ``without``."""
    kept: list[str] = []
    position = length = 0
    for span in sorted((s for s in spans if s.kind in without), key=lambda s: s.start):
        if span.start > position:
            kept.append(text[position : span.start][: most - length])
            length += len(kept[-1])
        position = max(position, span.end)
        if length >= most:
            return "".join(kept)
    return "".join([*kept, text[position : position + most - length]])


def _from_message(text: str, path: str) -> dict[str, object]:
    """Who wrote a message."""
    sender = re.search(r"^From: (.{1,200})$", text[:HEAD_CHARACTERS], re.MULTILINE)
    return {"author": person(sender[1])} if sender and path.lower().endswith(_MESSAGES) else {}


def _from_history(text: str, spans: Sequence[Span]) -> dict[str, object]:
    """What the newest row of a table of versions says; nothing if it is not plain which is newest."""
    rows = next(_histories(text, spans), [])
    numbered = [(version_number(version_in(_cell(row, _VERSION_COLUMNS))), row) for row in rows]
    if not numbered or not all(number for number, _ in numbered):
        return {}
    number, row = max(numbered, key=lambda pair: pair[0])
    if sum(other == number for other, _ in numbered) > 1:
        return {}
    approver = _cell(row, _APPROVER_COLUMNS)
    return {
        "version": version_in(_cell(row, _VERSION_COLUMNS)),
        "effective_date": find_date(_cell(row, _DATE_COLUMNS)),
        "approved_on": find_date(_cell(row, _APPROVED_ON_COLUMNS)) or find_date(approver),
        "approved_by": "" if find_date(approver) else person(approver),
        "author": person(_cell(row, _AUTHOR_COLUMNS)),
        "status": _known(status_in(_cell(row, frozenset({"status", "state"})))),
    }


def _histories(text: str, spans: Sequence[Span]) -> Iterator[list[Row]]:
    """Tables whose first column is a version or its date, and that tell what changed or who saw to it."""
    group: list[Row] = []
    for row in (*_rows(text, spans), {}):
        if group and row.keys() != group[0].keys():
            if _is_history(group[0]):
                yield group
            group = []
        if row:
            group.append(row)


def _is_history(row: Row) -> bool:
    columns = set(row)
    people = columns & (_APPROVER_COLUMNS | _AUTHOR_COLUMNS)
    return bool(
        next(iter(row)) in _VERSION_COLUMNS | _DATE_COLUMNS
        and columns & _VERSION_COLUMNS
        and columns & (_DATE_COLUMNS | _APPROVED_ON_COLUMNS)
        and (people or any(map(_CHANGE.search, columns)))
    )


def _rows(text: str, spans: Sequence[Span]) -> Iterator[Row]:
    row: Row = {}
    end = -1
    for span in spans:  # in text order, a row before its cells
        if span.kind == "table_row":
            if row:
                yield row
            row, end = {}, span.end
        elif span.kind == "cell" and span.value and span.end <= end:
            row.setdefault(_plain(span.value), text[span.start : span.end])
    if row:
        yield row


def _cell(row: Row, columns: frozenset[str]) -> str:
    return next((value for name, value in row.items() if name in columns), "")


# ── Title, text and name ──────────────────────────────────────────────────────────────────────

_IN_TITLE = re.compile(r"\b(?:v|version\s|rev(?:ision)?\.?\s)\s?(\d{1,3}(?:\.\d{1,3}){0,3})\b", re.IGNORECASE)
_FILE_VERSION = re.compile(
    r"(?<![a-z0-9])(?:v|ver|version|rev|revision)[ ._-]?(\d{1,3}(?:[._]\d{1,3}){0,3})(?![0-9a-z])"
)
_FILE_DATE = re.compile(r"(?<!\d)(20\d\d)(?:[-_. ]?(0[1-9]|1[0-2])(?:[-_. ]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_FILE_DRAFT = re.compile(r"(?<![a-z])(?:draft|wip)(?![a-z])")


def version_number(version: str) -> tuple[int, ...]:
    """A version's numbers, for comparing (``2.10`` → (2, 10)); empty if it is none of numbers."""
    if not re.fullmatch(r"\d{1,6}(?:[._-]\d{1,6})*", version):
        return ()
    numbers = [int(part) for part in re.split(r"[._-]", version)]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def file_version(path: str) -> str:
    """The version that a file's name ends with or holds (``policy-v2_1.docx`` → ``2.1``), else empty."""
    match = _FILE_VERSION.search(_stem(path).lower())
    return match[1].replace("_", ".") if match else ""


def _from_title(title: str) -> dict[str, object]:
    match = _IN_TITLE.search(title)
    return {"version": match[1] if match else "", "status": _known(standing.in_title(title))}


def _from_name(path: str) -> dict[str, object]:
    draft = _FILE_DRAFT.search(_stem(path).lower())
    return {"version": file_version(path), "status": Status.DRAFT if draft else ""}


def _put_aside(path: str, meta: DocumentMeta) -> bool:
    """Whether its folder or its name says that the document was replaced.

    What records a moment is filed in archives without losing its worth.
    """
    said = standing.in_name(_stem(path))
    kind = meta.kind if meta.kind is not Kind.UNKNOWN else kind_from_words(_stem(path))
    if path.lower().endswith(_MESSAGES) or kind in (Kind.RECORD, Kind.CONTRACT, Kind.AUDIT_REPORT):
        return said == "superseded"
    return said != "" or any(map(standing.is_old_folder, path.split("/")[:-1]))


def _says_status(text: str, place: str) -> bool:
    """Whether a status was named as such, not taken from a day of approval."""
    return place not in (FRONT_MATTER, CONTROL_BLOCK) or "status" in control_fields(text)


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _known(status: Status) -> Status | str:
    return status if status is not Status.UNKNOWN else ""


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", text.lower()).split())


def file_dates(path: str) -> tuple[int, ...]:
    """Year, month and day that a file's name holds, as far as it does: ``policy-2024-05`` → (2024, 5)."""
    match = _FILE_DATE.search(_stem(path))
    return tuple(int(part) for part in match.groups() if part) if match else ()
