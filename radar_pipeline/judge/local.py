"""The judge without a model call: element-wise evidence search, deterministic comparison of
deadlines, negation and modality, and small fitted weights that turn them into probabilities.

Same question, same bytes: it uses the given vectors, the texts, and packaged tables, nothing else.
"""

from dataclasses import dataclass, replace

from radar_pipeline.judge.coefficients import Coefficients, load
from radar_pipeline.judge.confidence import calibrated, decide, normalised, probability
from radar_pipeline.judge.cues import Force
from radar_pipeline.judge.elements import Found, all_met, find_elements, none_met
from radar_pipeline.judge.explain import explanation
from radar_pipeline.judge.reading import Polarity, Sentence, polarity
from radar_pipeline.judge.view import Spot, View, open_view
from radar_pipeline.models import (
    Citation,
    ElementJudgement,
    ElementStatus,
    JudgeIdentity,
    Judgement,
    Question,
    Reason,
    Role,
    Stance,
    Status,
    Verdict,
)

RULES = "rules@4"  # raise when the same question would be judged otherwise by code alone
_CITED = 6  # quotes at most


@dataclass(frozen=True, slots=True)
class _Reasoning:
    """How the verdict came about."""

    scores: dict[Verdict, float]
    found: tuple[Found, ...]
    against: Spot | None  # the sentence that contradicts
    draft_only: bool


class LocalJudge:
    """The local judge for vectors of one embedder."""

    def __init__(self, embedder_identity: str, coefficients: Coefficients | None = None) -> None:
        self._coefficients = coefficients or load()
        self._own_embedder = embedder_identity == self._coefficients.embedder
        fit = "fitted" if self._own_embedder else "unfitted"
        self._identity = JudgeIdentity(
            judge="local",
            model=f"{RULES}+{embedder_identity}",
            prompt="",
            calibration=f"{fit}#{self._coefficients.version}",
        )

    concurrency = 1  # it computes: threads would only take turns

    @property
    def identity(self) -> JudgeIdentity:
        """Rules, embedder and coefficients."""
        return self._identity

    def identity_for(self, requirement_id: str) -> JudgeIdentity:
        """The same for every requirement."""
        del requirement_id
        return self._identity

    def judge(self, question: Question) -> Judgement:
        """Judge one question. Deterministic; never raises for any text."""
        view = open_view(question, self._coefficients, self._own_embedder)
        if view is None:
            return _nothing(question)
        reasoning = self._reason(view)
        return _judgement(question, view, reasoning, self._coefficients)

    def _reason(self, view: View) -> _Reasoning:
        numbers = self._coefficients
        absent = calibrated(float(numbers.question.logit(view.question_row())), numbers, "question")
        opposed = calibrated(float(numbers.stance.logit(view.stance_row())), numbers, "stance")
        found = find_elements(view, numbers)
        rule, against = _rule_against(view, found, numbers)
        opposed = max(opposed, rule)
        draft_only = _draft_only(view)
        own = _own_duties(view, found)
        if own:
            absent = none_met(own)
        incomplete = _incomplete(view, own, absent, draft_only)
        absent = min(absent, 1.0 - rule)
        agreed = (1.0 - absent) * (1.0 - opposed)
        scores = {
            Verdict.COVERED: agreed * (1.0 - incomplete),
            Verdict.PARTIAL: agreed * incomplete,
            Verdict.CONTRADICTED: (1.0 - absent) * opposed,
            Verdict.NOT_ADDRESSED: absent,
        }
        return _Reasoning(normalised(scores), found, against, draft_only)


def _own_duties(view: View, found: tuple[Found, ...]) -> list[float]:
    """Scores of the duties where a catalog tells them apart; empty where the whole text is the one
    duty, which the question model judges better. A deadline alone arranges nothing."""
    duties = [f for f in found if f.duty]
    acts = [f for f in duties if f.element.role is not Role.DEADLINE]
    told_apart = any(f.element.text != view.requirement.text.strip() for f in acts)
    if not told_apart:
        return []
    reach = max(f.score for f in acts)
    return [min(f.score, reach) for f in duties]


def _rule_against(view: View, found: tuple[Found, ...], numbers: Coefficients) -> tuple[float, Spot | None]:
    """Probability that hard facts contradict: a deadline too long, a finding, a duty denied."""
    late = next((f for f in found if f.status is ElementStatus.CONTRADICTED), None)
    floor = numbers.thresholds["evidence_logit"]
    if late is not None and late.sentence is not None and view.logits[late.candidate] >= floor:
        return 0.75, next((s for s in view.spots if s.sentence is late.sentence), None)
    denial = next((s for s in view.spots if _denies(view, s)), None)
    if denial is not None:
        return 0.7, denial
    spots = [s for s in view.spots if s.stance.against > 0.0]
    return 0.0, max(spots, key=lambda s: (s.share * s.stance.against, s.logit), default=None)


def _denies(view: View, spot: Spot) -> bool:
    """A sentence by which a duty is not done, or need not be done. A finding of what happened
    outweighs what is laid down, so it need not be the strongest sentence; a denial elsewhere must."""
    if polarity(view.requirement.text) != Polarity.OBLIGES or spot.share < _FINDING_SHARE:
        return False
    if spot.stance.finding:
        return True
    strongest = spot.logit >= view.logits[view.order[0]] - 1.5
    return strongest and spot.stance.anchored and spot.stance.force in _DENIALS


_FINDING_SHARE = 0.4  # how much of the best sentence's match a finding needs
_DENIALS = frozenset({Force.DENIED, Force.RELEASED})


def _draft_only(view: View) -> bool:
    """Whether all that speaks for the requirement stands in drafts."""
    top = view.logits[view.order[0]]
    strong = [i for i in view.order if view.logits[i] >= top - 1.0]
    return all(view.candidates[i].status is Status.DRAFT for i in strong)


def _promised(view: View) -> bool:
    """Whether the strongest sentence only recommends or plans what is a duty."""
    duty = polarity(view.requirement.text) == Polarity.OBLIGES
    first = view.spots[0].stance if view.spots else None
    return duty and first is not None and first.anchored and first.force is Force.WEAK


def _incomplete(view: View, own: list[float], absent: float, draft_only: bool) -> float:
    """Share of the agreement that is only partial: some duties met, not all."""
    if draft_only:
        return 0.9
    share = 1.0 - all_met(own) / max(1.0 - absent, 1e-6) if own else 0.0
    return min(0.95, max(share, 0.6 if _promised(view) else 0.02))


def _judgement(question: Question, view: View, reasoning: _Reasoning, numbers: Coefficients) -> Judgement:
    scores = reasoning.scores
    leaning, unsure = decide(scores, numbers)
    found = _settled(reasoning.found, leaning)
    citations = _citations(view, found, reasoning.against, leaning)
    return Judgement(
        verdict=Verdict.NOT_ASSESSED if unsure else leaning,
        confidence=scores[leaning],
        scores=scores,
        elements=tuple(ElementJudgement(f.element.element_id, f.status, f.score, f.note) for f in found),
        citations=citations,
        explanation=explanation(leaning, scores[leaning], unsure, found, view, reasoning.draft_only),
        suggested_verdict=leaning if unsure else None,
        reason=Reason.UNCERTAIN if unsure else None,
        ranking=tuple(view.candidates[i].passage_hash for i in view.order) + _left_out(question, view),
    )


def _settled(found: tuple[Found, ...], leaning: Verdict) -> tuple[Found, ...]:
    """Element findings in line with the verdict: none is met where nothing is addressed, none is
    missing where all is covered, the weakest is missing where only a part is, and a requirement of
    one duty stands or falls with it."""
    duties = [f for f in found if f.duty]
    if not duties:
        return found
    if leaning is Verdict.NOT_ADDRESSED:
        return tuple(replace(f, status=ElementStatus.MISSING) if f.duty else f for f in found)
    if leaning is Verdict.COVERED:
        return tuple(replace(f, status=ElementStatus.MET, note="") if _silent(f) else f for f in found)
    if leaning is Verdict.CONTRADICTED and len(duties) == 1:
        return tuple(replace(f, status=ElementStatus.CONTRADICTED) if f.duty else f for f in found)
    weakest = min(duties, key=lambda f: f.score)
    if leaning is Verdict.PARTIAL and len(duties) > 1 and not any(_silent(f) for f in duties):
        return tuple(replace(f, status=ElementStatus.MISSING) if f is weakest else f for f in found)
    return found


def _silent(found: Found) -> bool:
    return found.duty and found.status is ElementStatus.MISSING


def _citations(
    view: View, found: tuple[Found, ...], against: Spot | None, leaning: Verdict
) -> tuple[Citation, ...]:
    if leaning is Verdict.NOT_ADDRESSED or not view.spots:
        return ()
    claims = _claims(view, found, against, leaning)
    merged: dict[tuple[int, int], Citation] = {}
    for candidate, sentence, stance, element in claims:
        key = (candidate, sentence.start)
        earlier = merged.get(key)
        elements = dict.fromkeys((*(earlier.element_ids if earlier else ()), *element))
        merged[key] = Citation(
            passage_hash=view.candidates[candidate].passage_hash,
            start=sentence.start,
            end=sentence.end,
            quote=view.candidates[candidate].text[sentence.start : sentence.end],
            stance=earlier.stance if earlier else stance,
            element_ids=tuple(elements),
            score=round(probability(float(view.logits[candidate])), 4),
        )
    return tuple(merged.values())[:_CITED]


def _claims(
    view: View, found: tuple[Found, ...], against: Spot | None, leaning: Verdict
) -> list[tuple[int, Sentence, Stance, tuple[str, ...]]]:
    """What is quoted, most important first: candidate, sentence, stance, elements."""
    first = view.spots[0]
    if leaning is Verdict.CONTRADICTED:
        spot = against or first
        claims = [(spot.candidate, spot.sentence, Stance.CONTRADICTS, _duties(found))]
    else:
        claims = [(first.candidate, first.sentence, Stance.SUPPORTS, ())]
    for f in found:
        if f.sentence is not None and f.status is not ElementStatus.MISSING:
            opposed = f.status is ElementStatus.CONTRADICTED
            stance = Stance.CONTRADICTS if opposed else Stance.SUPPORTS
            claims.append((f.candidate, f.sentence, stance, (f.element.element_id,)))
    return claims


def _duties(found: tuple[Found, ...]) -> tuple[str, ...]:
    """The contradicted elements, for the quote that contradicts the whole."""
    return tuple(f.element.element_id for f in found if f.status is ElementStatus.CONTRADICTED)


def _left_out(question: Question, view: View) -> tuple[str, ...]:
    kept = {c.passage_hash for c in view.candidates}
    return tuple(c.passage_hash for c in question.candidates if c.passage_hash not in kept)


def _nothing(question: Question) -> Judgement:
    """No admitted candidate: nothing the organisation arranged was found."""
    scores = {Verdict.COVERED: 0.01, Verdict.PARTIAL: 0.01, Verdict.CONTRADICTED: 0.01}
    return Judgement(
        verdict=Verdict.NOT_ADDRESSED,
        confidence=0.97,
        scores={**scores, Verdict.NOT_ADDRESSED: 0.97},
        elements=tuple(
            ElementJudgement(e.element_id, ElementStatus.MISSING, 0.0) for e in question.requirement.elements
        ),
        citations=(),
        explanation="No passage of a document in force was found that could be evidence.",
        ranking=tuple(c.passage_hash for c in question.candidates),
    )
