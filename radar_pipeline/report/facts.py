"""What a report says about documents, and where two of them disagree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath

from radar_pipeline.models import Kind, Status, UnreadableReason


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One source file of a tenant at the time of a sweep, read or not: a row of ``documents``."""

    document_id: str
    version_id: str
    path: str
    title: str
    owner: str
    kind: Kind
    status: Status
    readable: bool
    reason: UnreadableReason | None
    media_type: str
    parser: str
    pages: int
    characters: int
    passages: int
    effective_date: date | None
    review_by: date | None
    overdue: bool
    content_hash: str
    version: str = ""
    author: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    language: str = ""
    read_from: Mapping[str, str] = field(default_factory=dict)
    scanned_pages: tuple[int, ...] = ()
    ocr_pages: tuple[int, ...] = ()
    container: str = ""  # document id of the archive or message it came in
    superseded_by: str = ""  # document ids, as the next
    duplicate_of: str = ""
    missing_since: datetime | None = None  # with time zone; its removal awaits confirmation
    instructs: tuple[str, ...] = ()  # places where it instructs a reader's machine

    @property
    def needs_ocr(self) -> bool:
        """True if most of it could not be read, because it is pictures of pages."""
        return self.reason is UnreadableReason.NEEDS_OCR or 2 * len(self.scanned_pages) > self.pages

    @property
    def hides_text(self) -> bool:
        """True if a sentence may stand in it that the search could not see."""
        if self.readable:
            return self.needs_ocr
        return self.reason is not UnreadableReason.NOT_TEXT

    @property
    def name(self) -> str:
        """What to call the document in a sentence: its title, else its file name."""
        return self.title or PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two documents that disagree. ``topic`` and the values are our words or bare quantities.

    ``requirement_id`` and ``element_id`` are empty when the disagreement bears on no requirement.
    """

    document_id: str
    other_document_id: str
    topic: str  # "the deadline for notifying the supervisory authority"
    value: str = ""  # what the first document says: "72 hours"
    other_value: str = ""
    framework_id: str = ""
    requirement_id: str = ""
    element_id: str = ""


def is_overdue(review_by: date | None, as_of: date) -> bool:
    """Whether the review date had passed; the day itself is still in time."""
    return review_by is not None and review_by < as_of


def by_id(documents: Iterable[DocumentFacts]) -> dict[str, DocumentFacts]:
    """Documents by their id."""
    return {d.document_id: d for d in documents}
