"""What is worth acting on in the documents themselves: unread, overdue, nobody's, old, twice there."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath

from radar_pipeline import ids
from radar_pipeline.ingest.citing import MONTHS
from radar_pipeline.models import Finding, FindingKind, Kind, Recommendation, Status, UnreadableReason
from radar_pipeline.report import advice
from radar_pipeline.report.facts import DocumentFacts, is_overdue

UNREADABLE_SEVERITY = 3  # what it hides is unknown, so it stands in the middle
INJECTION_SEVERITY = 4  # somebody put it there on purpose, or a text was taken over unread
STALE_SEVERITY = 2
OWNERLESS_SEVERITY = 1
OLD_SEVERITY = 1
_OWNED = frozenset({Kind.POLICY, Kind.PROCEDURE})  # somebody must keep these up to date
# What an organisation tells others is a policy by kind; who keeps it is not for its readers to know.
_NOTICE = re.compile(r"\b(?:notice|statement|terms|charter)\b", re.IGNORECASE)
NEWER_VERSION = "newer_version"  # where the status was read of one that does not say it itself
_MESSAGES = (".eml", ".msg")


def of_document(
    tenant_id: str, document: DocumentFacts, known: Mapping[str, DocumentFacts], as_of: date
) -> list[Finding]:
    """The findings on one document; ``known``: all documents by id. One that was replaced or copied
    is for retiring, not for mending, so there is nothing else to say about it."""
    target = advice.named(document.name)
    if document.hides_text:
        reason = UnreadableReason.NEEDS_OCR if document.readable else document.reason
        return [
            _finding(
                tenant_id,
                document,
                FindingKind.UNREADABLE,
                UNREADABLE_SEVERITY,
                f"Could not be read: {document.name}",
                Recommendation.OBTAIN_EVIDENCE,
                advice.for_unreadable(target, reason or UnreadableReason.CRASH, part=document.readable),
            )
        ]
    retired = _for_retiring(tenant_id, document, known)
    if retired or not document.readable or document.status is Status.SUPERSEDED:
        return retired
    found = []
    if document.instructs:
        found.append(
            _finding(
                tenant_id,
                document,
                FindingKind.INJECTION,
                INJECTION_SEVERITY,
                f"Instructs a reader's machine: {document.name}",
                Recommendation.AMEND,
                advice.for_injection(target, document.instructs),
            )
        )
    review_by = document.review_by
    if review_by and is_overdue(review_by, as_of):
        found.append(
            _finding(
                tenant_id,
                document,
                FindingKind.STALE,
                STALE_SEVERITY,
                f"Past its review date: {document.name}",
                Recommendation.REFRESH,
                advice.for_stale(target, f"{review_by.day} {MONTHS[review_by.month - 1]} {review_by.year}"),
            )
        )
    if _is_ownerless(document, known):
        found.append(
            _finding(
                tenant_id,
                document,
                FindingKind.OWNERLESS,
                OWNERLESS_SEVERITY,
                f"Names no owner: {document.name}",
                Recommendation.ASSIGN_OWNER,
                advice.for_ownerless(target),
            )
        )
    return found


def _for_retiring(
    tenant_id: str, document: DocumentFacts, known: Mapping[str, DocumentFacts]
) -> list[Finding]:
    """An old version beside its successor, or a copy beside what it is a copy of."""
    newer, original = known.get(document.superseded_by), known.get(document.duplicate_of)
    if newer and document.read_from.get("status", NEWER_VERSION) != NEWER_VERSION:
        return []  # it says itself that it was replaced: there is nothing left to do
    other = newer or original
    if other is None or (newer is None and _belongs_together(document, other)):
        return []
    here, there = advice.told_apart((document.name, document.path), (other.name, other.path))
    return [
        _finding(
            tenant_id,
            document,
            FindingKind.SUPERSEDED if newer else FindingKind.DUPLICATE,
            OLD_SEVERITY,
            f"Old version: {document.name}" if newer else f"Copy: {document.name}",
            Recommendation.RETIRE,
            advice.for_superseded(here, there) if newer else advice.for_duplicate(here, there),
        )
    ]


def _belongs_together(copy: DocumentFacts, original: DocumentFacts) -> bool:
    """A copy that nobody need retire: what came in an archive or a message, a document and its PDF."""
    one, other = PurePosixPath(copy.path), PurePosixPath(original.path)
    exported = (one.parent, one.stem.lower()) == (other.parent, other.stem.lower())
    return exported or bool(copy.container or original.container)


def _is_ownerless(document: DocumentFacts, known: Mapping[str, DocumentFacts]) -> bool:
    """A rule in force of which nobody is named who answers for it."""
    outer = known.get(document.container)
    attached = outer is not None and outer.path.lower().endswith(_MESSAGES)
    return (
        not document.owner
        and document.kind in _OWNED
        and document.status in (Status.APPROVED, Status.UNKNOWN)
        and not attached
        and not _NOTICE.search(document.name)
    )


def _finding(
    tenant_id: str,
    document: DocumentFacts,
    kind: FindingKind,
    severity: int,
    title: str,
    recommendation: Recommendation,
    text: str,
) -> Finding:
    return Finding(
        fingerprint=ids.finding_fingerprint(tenant_id, "", document.document_id, kind.value),
        tenant_id=tenant_id,
        framework_id="",
        requirement_id="",
        element_id="",
        document_id=document.document_id,
        kind=kind,
        severity=severity,
        title=title,
        recommendation=recommendation,
        advice=text,
    )
