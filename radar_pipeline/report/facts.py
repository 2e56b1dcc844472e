"""What a report says about documents, and where two of them disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from radar_pipeline.models import Document, Kind, Status, UnreadableDocument, UnreadableReason


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

    @property
    def hides_text(self) -> bool:
        """True if a sentence may stand in it that the search could not see."""
        return not self.readable and self.reason is not UnreadableReason.NOT_TEXT

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


def readable_facts(document: Document, passages: int, as_of: date) -> DocumentFacts:
    """Facts of a document that was read; ``passages`` is how many were cut from it."""
    meta = document.meta
    return DocumentFacts(
        document_id=document.document_id,
        version_id=document.version_id,
        path=document.path,
        title=meta.title,
        owner=meta.owner,
        kind=meta.kind,
        status=meta.status,
        readable=True,
        reason=None,
        media_type=document.media_type,
        parser=document.parser,
        pages=document.pages,
        characters=len(document.text),
        passages=passages,
        effective_date=meta.effective_date,
        review_by=meta.review_by,
        overdue=meta.status is not Status.SUPERSEDED and is_overdue(meta.review_by, as_of),
        content_hash=document.content_hash,
    )


def unreadable_facts(document: UnreadableDocument) -> DocumentFacts:
    """Facts of a document that could not be read: only its place, its hash and the reason."""
    return DocumentFacts(
        document_id=document.document_id,
        version_id=document.version_id,
        path=document.path,
        title="",
        owner="",
        kind=Kind.UNKNOWN,
        status=Status.UNKNOWN,
        readable=False,
        reason=document.reason,
        media_type="",
        parser="",
        pages=0,
        characters=0,
        passages=0,
        effective_date=None,
        review_by=None,
        overdue=False,
        content_hash=document.content_hash,
    )


def is_overdue(review_by: date | None, as_of: date) -> bool:
    """Whether the review date had passed; the day itself is still in time."""
    return review_by is not None and review_by < as_of


def by_id(documents: Iterable[DocumentFacts]) -> dict[str, DocumentFacts]:
    """Documents by their id."""
    return {d.document_id: d for d in documents}
