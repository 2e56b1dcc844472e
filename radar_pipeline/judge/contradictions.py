"""Where two documents of a tenant disagree on a requirement, with both quotes."""

from collections.abc import Sequence
from dataclasses import dataclass

from radar_pipeline.models import Passage, Requirement


@dataclass(frozen=True, slots=True)
class DocumentConflict:
    """Two documents that disagree. ``topic`` and the values are our words or bare quantities."""

    document_id: str
    other_document_id: str
    topic: str
    value: str = ""
    other_value: str = ""
    element_id: str = ""


def between_documents(requirement: Requirement, passages: Sequence[Passage]) -> list[DocumentConflict]:
    """Disagreements between documents of the tenant among a requirement's candidate passages."""
    return []
