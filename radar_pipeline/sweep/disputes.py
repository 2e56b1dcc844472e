"""Where a tenant's documents disagree, each disagreement with both of its sentences as evidence."""

from collections.abc import Sequence
from dataclasses import replace

from radar_pipeline import ids
from radar_pipeline.judge import contradictions
from radar_pipeline.models import Applicability, Assessment, Evidence, Stance, Verdict
from radar_pipeline.report.facts import Conflict
from radar_pipeline.sweep.assess import Desk

_ADDRESSED = frozenset({Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED})
_Found = tuple[list[Conflict], list[Assessment]]


def disputes(desk: Desk, assessments: Sequence[Assessment]) -> _Found:
    """The conflicts on requirements that apply, each told once, and the assessments with their proof.

    Both sentences become evidence of the requirement, with the stance ``conflicts``: it carries no
    verdict. A conflict of which a sentence is not literally in its document is not reported.
    """
    known = {r.requirement_id: r for f in desk.plan.frameworks.values() for r in f.requirements}
    found = contradictions.told_once(
        (a.requirement_id, a.verdict in _ADDRESSED, conflict)
        for a in assessments
        if a.applicability is not Applicability.NOT_APPLICABLE
        for conflict in contradictions.between_documents(
            known[a.requirement_id], [desk.passages[h] for h in a.candidates]
        )
    )
    conflicts: list[Conflict] = []
    proof: dict[str, dict[str, Evidence]] = {}
    for requirement_id, conflict in found:
        sides = [_evidence(desk, requirement_id, side) for side in (conflict.first, conflict.second)]
        quotes = [quote for quote in sides if quote is not None]
        if len(quotes) == len(sides):
            conflicts.append(_conflict(known[requirement_id].framework_id, requirement_id, conflict))
            proof.setdefault(requirement_id, {}).update((quote.evidence_id, quote) for quote in quotes)
    return conflicts, [
        replace(a, evidence=(*a.evidence, *proof.get(a.requirement_id, {}).values())) for a in assessments
    ]


def _evidence(desk: Desk, requirement_id: str, side: contradictions.Side) -> Evidence | None:
    passage = side.passage
    start, end = passage.start + side.start, passage.start + side.end
    if not side.quote or desk.text(passage.version_id)[start:end] != side.quote:
        return None
    stance = Stance.CONFLICTS
    place = (passage.document_id, passage.version_id, str(start), str(end), stance.value)
    return Evidence(
        evidence_id=ids.digest(requirement_id, *place, length=24),
        document_id=passage.document_id,
        version_id=passage.version_id,
        path=desk.paths.get(passage.document_id, ""),
        page=passage.page,
        heading_path=passage.heading_path,
        start=start,
        end=end,
        quote=side.quote,
        stance=stance,
        element_ids=(),
        score=min(1.0, max(0.0, side.strength)),
    )


def _conflict(framework_id: str, requirement_id: str, conflict: contradictions.DocumentConflict) -> Conflict:
    return Conflict(
        document_id=conflict.document_id,
        other_document_id=conflict.other_document_id,
        topic=conflict.topic,
        value=conflict.value,
        other_value=conflict.other_value,
        framework_id=framework_id,
        requirement_id=requirement_id,
        element_id=conflict.element_id,
    )
