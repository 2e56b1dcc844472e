"""From assessments and documents to what is worth acting on. Their life across sweeps: ``life.py``."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from radar_pipeline import ids
from radar_pipeline.models import (
    Applicability,
    Assessment,
    Element,
    ElementStatus,
    Evidence,
    Finding,
    FindingKind,
    Kind,
    Recommendation,
    Requirement,
    Stance,
    Status,
    Verdict,
)
from radar_pipeline.report import advice, document_findings
from radar_pipeline.report.facts import Conflict, DocumentFacts, by_id

NEAR = 0.5  # cosine of MiniLM from which a passage is about the same matter: unrelated ones reach 0.45
UNSUPPORTED = (ElementStatus.MISSING, ElementStatus.CONTRADICTED)
_COMMON = frozenset({"a", "an", "and", "for", "of", "on", "or", "our", "the", "to", "with"})


def findings(
    tenant_id: str,
    requirements: Mapping[str, Requirement],
    assessments: Iterable[Assessment],
    documents: Sequence[DocumentFacts],
    as_of: date,
    conflicts: Sequence[Conflict] = (),
) -> list[Finding]:
    """All findings of a tenant's assessments and documents, gravest first, each fingerprint once.

    A requirement that does not apply or was not assessed gives none: nothing is known against it.
    """
    known = by_id(documents)
    found: dict[str, Finding] = {}
    for assessment in assessments:
        requirement = requirements.get(assessment.requirement_id)
        if requirement is None or assessment.applicability is Applicability.NOT_APPLICABLE:
            continue
        for finding in _of_assessment(tenant_id, requirement, assessment, known):
            found.setdefault(finding.fingerprint, finding)
    for conflict in conflicts:
        finding = _conflict(tenant_id, conflict, requirements, known)
        found.setdefault(finding.fingerprint, finding)
    for document in documents:
        for finding in document_findings.of_document(tenant_id, document, known, as_of):
            found.setdefault(finding.fingerprint, finding)
    return sorted(found.values(), key=lambda f: (-f.severity, f.kind.value, f.requirement_id, f.fingerprint))


# ── Requirements ──────────────────────────────────────────────────────────────────────────────


def _of_assessment(
    tenant_id: str, requirement: Requirement, assessment: Assessment, known: Mapping[str, DocumentFacts]
) -> list[Finding]:
    if assessment.verdict is Verdict.NOT_ADDRESSED:
        return [_blindspot(tenant_id, requirement, assessment, known)]
    if assessment.verdict is Verdict.CONTRADICTED:
        return [_contradiction(tenant_id, requirement, assessment, known)]
    if assessment.verdict is Verdict.PARTIAL:
        return _gaps(tenant_id, requirement, assessment, known)
    return []


def _blindspot(
    tenant_id: str, requirement: Requirement, assessment: Assessment, known: Mapping[str, DocumentFacts]
) -> Finding:
    home = _home(requirement, assessment, known)
    return _finding(
        tenant_id,
        requirement,
        FindingKind.BLINDSPOT,
        severity=requirement.importance,
        title=f"Not addressed: {requirement.title}",
        document_id=home.document_id if home else "",
        recommendation=Recommendation.AMEND if home else Recommendation.CREATE,
        text=advice.for_blindspot(requirement, advice.named(home.name) if home else "", create=home is None),
    )


def _home(
    requirement: Requirement, assessment: Assessment, known: Mapping[str, DocumentFacts]
) -> DocumentFacts | None:
    """The document where the missing rule belongs: named like the expected one, else the nearest
    of an expected kind whose passage is about the same matter; None: no such document."""
    namesake = _namesake(requirement.expected_document, known.values())
    if namesake is not None:
        return namesake
    for passage in sorted(assessment.search.nearest, key=lambda p: p.rank):
        document = known.get(passage.document_id)
        if document is None or passage.dense < NEAR or not _can_be_amended(document):
            continue
        if not requirement.expected_kinds or document.kind in requirement.expected_kinds:
            return document
    return None


def _namesake(expected: str, documents: Iterable[DocumentFacts]) -> DocumentFacts | None:
    wanted = _words(expected)
    if not wanted:
        return None
    alike = [d for d in documents if _can_be_amended(d) and wanted <= _words(d.name)]
    return min(alike, key=lambda d: (len(d.name), d.path), default=None)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower())) - _COMMON


def _can_be_amended(document: DocumentFacts) -> bool:
    return (
        document.readable
        and document.characters > 0  # an archive is nothing to write in
        and document.status is not Status.SUPERSEDED
        and document.kind is not Kind.AUDIT_REPORT
    )


def _gaps(
    tenant_id: str, requirement: Requirement, assessment: Assessment, known: Mapping[str, DocumentFacts]
) -> list[Finding]:
    """One gap per element without support; one for the whole if the judge named no element."""
    elements = {e.element_id: e for e in requirement.elements}
    missing: list[Element | None] = [
        elements[j.element_id]
        for j in assessment.elements
        if j.status in UNSUPPORTED and j.element_id in elements
    ]
    best = _strongest(assessment.evidence, Stance.SUPPORTS)
    home = known.get(best.document_id) if best else None
    target = advice.named(home.name) if home else f"the {requirement.expected_document or 'document'}"
    return [
        _finding(
            tenant_id,
            requirement,
            FindingKind.GAP,
            element_id=element.element_id if element else "",
            severity=max(1, requirement.importance - 1),
            title=f"Incomplete: {requirement.title}" + (f" – {element.text}" if element else ""),
            document_id=home.document_id if home else "",
            recommendation=Recommendation.AMEND,
            text=advice.for_gap(requirement, element, target),
        )
        for element in missing or [None]
    ]


def _contradiction(
    tenant_id: str, requirement: Requirement, assessment: Assessment, known: Mapping[str, DocumentFacts]
) -> Finding:
    against = _strongest(assessment.evidence, Stance.CONTRADICTS)
    claim = _strongest(assessment.evidence, Stance.SUPPORTS)
    culprit = known.get(against.document_id) if against else None
    target = advice.named(culprit.name) if culprit else f"the {requirement.expected_document or 'document'}"
    refuted = culprit is not None and _only_audits_contradict(assessment, known)
    claimant = known.get(claim.document_id) if claim else None
    text = (
        advice.for_refuted(requirement, target, advice.named(claimant.name) if claimant else "")
        if refuted
        else advice.for_contradiction(requirement, target)
    )
    return _finding(
        tenant_id,
        requirement,
        FindingKind.CONTRADICTION,
        severity=requirement.importance,
        title=f"{'Refuted by an audit' if refuted else 'Contradicted'}: {requirement.title}",
        document_id=culprit.document_id if culprit else "",
        recommendation=Recommendation.OBTAIN_EVIDENCE if refuted else Recommendation.AMEND,
        text=text,
    )


def _only_audits_contradict(assessment: Assessment, known: Mapping[str, DocumentFacts]) -> bool:
    """An audit report is nobody's to amend: what it refutes must be put right and proved."""
    against = [e.document_id for e in assessment.evidence if e.stance is Stance.CONTRADICTS]
    return all(d in known and known[d].kind is Kind.AUDIT_REPORT for d in against)


def _strongest(evidence: Sequence[Evidence], stance: Stance) -> Evidence | None:
    return min(
        (e for e in evidence if e.stance is stance), key=lambda e: (-e.score, e.evidence_id), default=None
    )


def _finding(  # noqa: PLR0913 – the fields of a finding
    tenant_id: str,
    requirement: Requirement,
    kind: FindingKind,
    *,
    severity: int,
    title: str,
    document_id: str,
    recommendation: Recommendation,
    text: str,
    element_id: str = "",
) -> Finding:
    return Finding(
        fingerprint=ids.finding_fingerprint(tenant_id, requirement.requirement_id, element_id, kind.value),
        tenant_id=tenant_id,
        framework_id=requirement.framework_id,
        requirement_id=requirement.requirement_id,
        element_id=element_id,
        document_id=document_id,
        kind=kind,
        severity=severity,
        title=title,
        recommendation=recommendation,
        advice=text,
    )


# ── Between documents ─────────────────────────────────────────────────────────────────────────


def _conflict(
    tenant_id: str,
    conflict: Conflict,
    requirements: Mapping[str, Requirement],
    known: Mapping[str, DocumentFacts],
) -> Finding:
    pair = sorted((conflict.document_id, conflict.other_document_id))
    requirement = requirements.get(conflict.requirement_id)
    sides = (conflict.document_id, conflict.other_document_id)
    first, second = (advice.named(known[d].name if d in known else "a document") for d in sides)
    # Neither an audit report nor a record of what happened is anybody's to amend.
    audits = [d in known and known[d].kind in (Kind.AUDIT_REPORT, Kind.RECORD) for d in sides]
    text = advice.for_conflict(first, second, conflict.topic)
    if any(audits) and not all(audits):
        audit, claim = (first, second) if audits[0] else (second, first)
        text = advice.for_disputed(audit, claim, conflict.topic)
    values = (
        f": {conflict.value} or {conflict.other_value}" if conflict.value and conflict.other_value else ""
    )
    # Both documents are part of the identity: the same matter may be told in three ways.
    what = "\x1f".join((conflict.element_id, *pair, "" if conflict.requirement_id else conflict.topic))
    return Finding(
        fingerprint=ids.finding_fingerprint(
            tenant_id, conflict.requirement_id, what, FindingKind.CONFLICT.value
        ),
        tenant_id=tenant_id,
        framework_id=requirement.framework_id if requirement else conflict.framework_id,
        requirement_id=conflict.requirement_id,
        element_id=conflict.element_id,
        document_id=conflict.document_id,
        kind=FindingKind.CONFLICT,
        severity=requirement.importance if requirement else 3,
        title=f"Two documents disagree on {conflict.topic}{values}",
        recommendation=Recommendation.RESOLVE_CONFLICT,
        advice=text,
    )
