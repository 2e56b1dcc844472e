"""Bind a judgement to the documents as they are now, and verify every quote to the letter.

A judgement names passages by hash and offsets in them; the same passage may stand in another
version, or elsewhere in it, at the next sweep. What can't be verified carries nothing.
"""

from collections.abc import Callable, Mapping

from radar_pipeline import ids
from radar_pipeline.judge import confidence
from radar_pipeline.models import (
    Citation,
    ElementStatus,
    Evidence,
    Judgement,
    Passage,
    Reason,
    Stance,
    Verdict,
)

_NEEDS = {Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED}
Bound = tuple[Verdict, Reason | None, tuple[Evidence, ...]]


def bind(
    judgement: Judgement,
    passages: Mapping[str, Passage],
    texts: Callable[[str], str],
    paths: Mapping[str, str] | None = None,
) -> Bound:
    """Verdict, reason and verified evidence of ``judgement`` against the current versions.

    ``passages``: current passages by hash; ``texts``: canonical text of a version id; ``paths``:
    document id -> path, for the report. A quote whose passage is gone, or that is not literally at
    its place, is dropped, and with it the support of its elements:

    - ``contradicted`` needs a verified contradicting quote, else ``not_assessed(unverified_quote)``;
    - ``covered`` that lost an element's only quote is ``partial`` if a supporting quote is left;
    - ``covered`` or ``partial`` without any is ``not_assessed(unverified_quote)``.

    ``not_addressed`` and ``not_assessed`` need no quote and stay what they are.
    """
    verified = [(c, e) for c in judgement.citations if (e := _verify(c, passages, texts, paths or {}))]
    evidence = tuple(e for _, e in verified)
    if judgement.verdict not in _NEEDS:
        return judgement.verdict, judgement.reason, evidence
    stance = Stance.CONTRADICTS if judgement.verdict is Verdict.CONTRADICTED else Stance.SUPPORTS
    carrying = [c for c, _ in verified if c.stance is stance]
    if not carrying:
        return Verdict.NOT_ASSESSED, Reason.UNVERIFIED_QUOTE, evidence
    if judgement.verdict is Verdict.COVERED and _lost(judgement, carrying):
        return Verdict.PARTIAL, None, evidence
    return judgement.verdict, None, evidence


def _lost(judgement: Judgement, carrying: list[Citation]) -> set[str]:
    """Elements that were met by quotes of which none is left."""
    claimed = {e for c in judgement.citations if c.stance is Stance.SUPPORTS for e in c.element_ids}
    met = {e.element_id for e in judgement.elements if e.status is ElementStatus.MET}
    return (claimed & met) - {e for c in carrying for e in c.element_ids}


def _verify(
    citation: Citation,
    passages: Mapping[str, Passage],
    texts: Callable[[str], str],
    paths: Mapping[str, str],
) -> Evidence | None:
    passage = passages.get(citation.passage_hash)
    if passage is None or not 0 <= citation.start < citation.end <= len(passage.text):
        return None
    start, end = passage.start + citation.start, passage.start + citation.end
    if texts(passage.version_id)[start:end] != citation.quote:
        return None
    return Evidence(
        evidence_id=ids.digest(passage.version_id, str(start), str(end), citation.stance.value, length=24),
        document_id=passage.document_id,
        version_id=passage.version_id,
        path=paths.get(passage.document_id, ""),
        page=passage.page,
        heading_path=passage.heading_path,
        start=start,
        end=end,
        quote=citation.quote,
        stance=citation.stance,
        element_ids=citation.element_ids,
        score=citation.score,
        noisy=citation.noisy,
    )


def needs_review(judgement: Judgement, verdict: Verdict) -> bool:
    """Whether the verdict that stands after ``bind`` should be looked at by a person: abstentions,
    verdicts of low confidence, and verdicts that lost a quote."""
    return (
        verdict is Verdict.NOT_ASSESSED
        or verdict is not judgement.verdict
        or confidence.needs_review(judgement.confidence)
    )
