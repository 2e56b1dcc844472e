"""The documents of a tenant's page: each with what is known of it and where that was read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath

from radar_pipeline import ids
from radar_pipeline.report.site import words
from radar_pipeline.report.site.tables import Arranged, Row

# Column of ``documents`` → what to call it, in the order of the page; dates are told as days.
_KNOWN = {
    "title": "Title",
    "document_version": "Version",
    "owner": "Owner",
    "author": "Author",
    "approved_by": "Approved by",
    "approved_on": "Approved on",
    "effective_date": "In effect from",
    "review_by": "Review by",
    "language": "Language",
    "kind": "Kind",
    "status": "Status",
}
_FIELDS = {"document_version": "version"}  # where the name in ``read_from`` is another


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that is known of a document."""

    name: str
    value: str
    place: str  # where it was read


@dataclass(frozen=True, slots=True)
class Other:
    """A document that this one refers to."""

    name: str
    anchor: str  # empty: it is not on the page


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document in the list."""

    anchor: str
    name: str
    path: str
    kind: str
    status: str
    version: str
    owner: str
    readable: bool
    hides_text: bool  # not read, or mostly not, and a sentence may stand in it
    why: str
    remedy: str
    size: str
    review_by: date | None
    overdue: bool
    needs_ocr: bool  # most of its pages are pictures without text
    missing: bool  # it was not listed any more, and its removal waits
    container: Other | None = None
    superseded_by: Other | None = None
    duplicate_of: Other | None = None
    pictures: list[str] = field(default_factory=list)  # what is said of pages that are pictures
    known: list[Known] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Missing:
    """Documents that are no longer in the source, and that were not removed yet."""

    count: int
    total: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Chores:
    """Findings of one kind on documents, and what to do about each."""

    title: str
    advice: list[str]


def documents(data: Arranged) -> list[DocumentView]:
    """All documents: what could not be read first, then what is overdue, then by path."""
    views = [_view(data, row) for row in data.of("documents")]
    return sorted(views, key=lambda d: (not d.hides_text, d.readable, not d.overdue, d.path))


def missing(data: Arranged) -> Missing | None:
    """The removals that are held back, if any."""
    rows = data.of("documents")
    since = [row["missing_since"] for row in rows if row["missing_since"]]
    return Missing(len(since), len(rows), min(since)) if since else None


def chores(data: Arranged) -> list[Chores]:
    """The open findings on documents that the list itself does not show as notices, by kind."""
    found = data.findings.get("", [])
    groups = []
    for kind, (one, many) in words.CHORES.items():
        rows = sorted((r for r in found if r["kind"] == kind), key=lambda r: (r["title"], r["fingerprint"]))
        if rows:
            groups.append(Chores(words.plural(len(rows), one, many), [r["advice"] for r in rows]))
    return groups


def anchor(document_id: str) -> str:
    """HTML id of a document in the list."""
    return f"d-{ids.digest(document_id, length=12)}"


def _view(data: Arranged, row: Row) -> DocumentView:
    hidden = words.hides_text(row)
    why, remedy = words.unreadable(words.unread_because(row)) if hidden or not row["readable"] else ("", "")
    pages = words.plural(row["pages"], "page") + ", " if row["pages"] else ""
    return DocumentView(
        anchor=anchor(row["document_id"]),
        name=row["title"] or row["path"],
        path=row["path"],
        kind=row["kind"].replace("_", " "),
        status=row["status"],
        version=row["document_version"] or "",
        owner=row["owner"] or "",
        readable=row["readable"],
        hides_text=hidden,
        why=why,
        remedy=remedy,
        size=pages + words.plural(row["passages"], "passage"),
        review_by=row["review_by"],
        overdue=row["overdue"],
        needs_ocr=bool(row["needs_ocr"]),
        missing=row["missing_since"] is not None,
        container=_other(data, row["container"], inside=True),
        superseded_by=_other(data, row["superseded_by"], beside=row),
        duplicate_of=_other(data, row["duplicate_of"], beside=row),
        pictures=_pictures(row["scanned_pages"] or (), row["ocr_pages"] or ()),
        known=_known(row) if row["readable"] else [],
    )


def _other(
    data: Arranged, document_id: str | None, inside: bool = False, beside: Row | None = None
) -> Other | None:
    """A document that another refers to; ``beside`` one of the same name, with what tells them apart."""
    if not document_id:
        return None
    row = data.documents.get(document_id)
    if row is None:
        return Other("a document that is gone", "")
    name = PurePosixPath(row["path"]).name if inside else row["title"] or row["path"]
    if beside is not None and name == (beside["title"] or beside["path"]):
        version = row["document_version"]
        apart = f"version {version}" if version and version != beside["document_version"] else row["path"]
        name = f"{name} ({apart})"
    return Other(name, anchor(document_id))


def _pictures(scanned: Sequence[int], recognised: Sequence[int]) -> list[str]:
    told = []
    if scanned:
        one = len(scanned) == 1
        are = "is a picture and was" if one else "are pictures and were"
        told.append(f"page{'' if one else 's'} {words.ranges(scanned)} {are} not read")
    if recognised:
        one = len(recognised) == 1
        are = "is a picture" if one else "are pictures"
        told.append(
            f"page{'' if one else 's'} {words.ranges(recognised)} {are} whose text a program recognised (OCR)"
        )
    return told


def _known(row: Row) -> list[Known]:
    places = _places(row["read_from"])
    found = []
    for column, name in _KNOWN.items():
        value = row[column]
        if not value or value == "unknown":
            continue
        said = words.day(value) if isinstance(value, date) else str(value).replace("_", " ")
        if column == "language":
            said = words.LANGUAGES.get(said, said)
        place = places.get(_FIELDS.get(column, column), "")
        found.append(Known(name, said, words.PLACES.get(place, "")))
    return found


def _places(read_from: str | None) -> Mapping[str, str]:
    try:
        places = json.loads(read_from or "{}")
    except ValueError:
        return {}
    return places if isinstance(places, dict) else {}
