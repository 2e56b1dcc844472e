"""From a model's answer to a verdict: quotes are verified, elements that lose theirs lose their support,
times are compared by the clock and not by the model, and the overall verdict follows from the elements.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from radar_pipeline.judge import quantities
from radar_pipeline.judge.answers import Claim, CoverageAnswer, ElementAnswer
from radar_pipeline.judge.cues import Force
from radar_pipeline.judge.features import whole_terms
from radar_pipeline.judge.match import sentence_match
from radar_pipeline.judge.reading import Polarity, Sentence, polarity, read, terms
from radar_pipeline.judge.shown import Found, Shown
from radar_pipeline.judge.stance import Stance as Reading
from radar_pipeline.judge.stance import stance
from radar_pipeline.models import (
    Element,
    ElementStatus,
    Limit,
    Requirement,
    Role,
    Stance,
    Status,
    Verdict,
)

DUTIES = frozenset({Role.ACTION, Role.OBJECT, Role.DEADLINE})
_QUOTED = frozenset({Claim.MET, Claim.PARTLY, Claim.CONTRADICTED})  # claims that need a quote
_RELATED = 40.0  # times: a duration further from the limit than this measures something else
_MOST_QUOTES = 3  # per element
_BEARS = 0.35  # share of the words, by weight, that a sentence about the matter surely has
_DENIALS = frozenset({Force.DENIED, Force.RELEASED})
LOST = "its quote is not in the documents"


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified quote and what it does to the element."""

    found: Found
    stance: Stance


@dataclass(frozen=True, slots=True)
class Weighed:
    """One element after verification. ``partly``: supported, and not in full."""

    element: Element
    claim: Claim
    status: ElementStatus
    proofs: tuple[Proof, ...]
    claimed: int  # quotes given
    note: str
    partly: bool = False
    objected: bool = False  # reading the quotes by rule says otherwise than the model
    bearing: float = 0.0  # 0..1, how much the best of its quotes speaks of it

    @property
    def duty(self) -> bool:
        """Whether its absence leaves the requirement incomplete."""
        return self.element.role in DUTIES

    @property
    def lost(self) -> bool:
        """Whether it was claimed with quotes of which none could be verified."""
        return self.claim in _QUOTED and not self.proofs


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict that the elements make, and whether quotes that cannot be verified took it away."""

    verdict: Verdict
    claimed: Verdict  # what it would be if every quote were true
    elements: tuple[Weighed, ...]
    drafts: bool  # all that supports it stands in drafts

    @property
    def unverified(self) -> bool:
        """Whether the claimed verdict needed a quote and no verified one carries a verdict any more."""
        return self.claimed is not Verdict.NOT_ADDRESSED and self.verdict is Verdict.NOT_ADDRESSED

    @property
    def bearing(self) -> float:
        """How much the quotes speak of what they are to prove, 0..1; of the elements' means."""
        proved = [w.bearing for w in self.elements if w.proofs]
        return sum(proved) / len(proved) if proved else 0.0

    @property
    def quotes(self) -> tuple[int, int]:
        """How many quotes were given, and how many of them are verified."""
        return sum(w.claimed for w in self.elements), sum(len(w.proofs) for w in self.elements)


def weigh(shown: Shown, answer: CoverageAnswer) -> Outcome:
    """The outcome of an answer about the question as shown."""
    given = {element.element_id: element for element in answer.elements}
    weighed = tuple(_weighed(shown, e, given[e.element_id]) for e in shown.elements)
    supports = [p for w in weighed for p in w.proofs if p.stance is Stance.SUPPORTS]
    drafts = bool(supports) and all(p.found.passage.candidate.status is Status.DRAFT for p in supports)
    verdict = _verdict([(_standing(w), w.partly) for w in weighed if _counts(w, weighed)])
    if verdict is Verdict.COVERED and drafts:
        verdict = Verdict.PARTIAL
    claims = [(w.claim, w.claim is Claim.PARTLY) for w in weighed if _counts(w, weighed)]
    return Outcome(verdict, _verdict(claims), weighed, drafts)


def _counts(one: Weighed, elements: Sequence[Weighed]) -> bool:
    """Whether the verdict rests on it: the duties, or where none is a duty all that needs arranging."""
    duties = [w for w in elements if w.duty]
    pool = duties or [w for w in elements if w.claim is not Claim.NOT_NEEDED] or elements
    return any(one is w for w in pool)


def _standing(weighed: Weighed) -> Claim:
    if weighed.status is ElementStatus.CONTRADICTED:
        return Claim.CONTRADICTED
    if weighed.status is ElementStatus.MET:
        return Claim.MET
    return Claim.PARTLY if weighed.partly else Claim.MISSING


def _verdict(elements: Sequence[tuple[Claim, bool]]) -> Verdict:
    """One contradicted duty contradicts the requirement; all met cover it; none, not even partly,
    leaves it unaddressed."""
    claims = [claim for claim, _ in elements]
    if Claim.CONTRADICTED in claims:
        return Verdict.CONTRADICTED
    if claims and all(claim is Claim.MET for claim in claims):
        return Verdict.COVERED
    if any(claim in (Claim.MET, Claim.PARTLY) for claim in claims):
        return Verdict.PARTIAL
    return Verdict.NOT_ADDRESSED


# ── One element ───────────────────────────────────────────────────────────────────────────────


def _weighed(shown: Shown, element: Element, answer: ElementAnswer) -> Weighed:
    quotes = answer.quotes[:_MOST_QUOTES] if answer.status in _QUOTED else []
    found = [f for q in quotes if (f := shown.find(q.passage, q.quote))]
    note = clean(answer.note)
    if answer.status not in _QUOTED:
        # No duty is waived by a model: what it calls needless is missing until the catalog says otherwise.
        waived = answer.status is Claim.NOT_NEEDED and element.role not in DUTIES
        status = ElementStatus.NOT_NEEDED if waived else ElementStatus.MISSING
        return Weighed(element, answer.status, status, (), 0, note)
    if not found:
        return Weighed(element, answer.status, ElementStatus.MISSING, (), len(quotes), LOST)
    readings = [_reading(shown.requirement, f) for f in found]
    if answer.status is Claim.CONTRADICTED:
        weighed = _contradicted(element, found, readings, note)
    else:
        weighed = _supported(shown.requirement, element, answer.status, found, readings, note)
    bearing = max(_bearing(shown.requirement, element, f) for f in found)
    return replace(weighed, claimed=len(quotes), bearing=bearing)


def _contradicted(
    element: Element, found: Sequence[Found], readings: Sequence[Reading | None], note: str
) -> Weighed:
    """Where a promise and a finding are both quoted, the promise speaks for it and the finding against;
    one quote at least is taken at the model's word."""
    supports = [r is not None and r.supporting > r.against and r.supporting >= 0.5 for r in readings]
    against = [not s for s in supports] if not all(supports) else [True] * len(supports)
    proofs = tuple(
        Proof(f, Stance.CONTRADICTS if a else Stance.SUPPORTS) for f, a in zip(found, against, strict=True)
    )
    late = element.limit is not None and any(_too_long(element.limit, f) for f in found)
    objected = all(supports) and not late
    return Weighed(
        element, Claim.CONTRADICTED, ElementStatus.CONTRADICTED, proofs, len(found), note, False, objected
    )


def _supported(
    requirement: Requirement,
    element: Element,
    claim: Claim,
    found: Sequence[Found],
    readings: Sequence[Reading | None],
    note: str,
) -> Weighed:
    late = [named for f in found if element.limit and (named := _too_long(element.limit, f))]
    if late and element.limit and len(late) == sum(_names_time(element.limit, f) for f in found):
        much = "short" if element.limit.minimum else "long"
        proofs = tuple(
            Proof(f, Stance.CONTRADICTS if _too_long(element.limit, f) else Stance.SUPPORTS) for f in found
        )
        told = f"“{late[0]}” is too {much}: {element.limit}"
        return Weighed(element, claim, ElementStatus.CONTRADICTED, proofs, len(found), told)
    denied = polarity(requirement.text) == Polarity.OBLIGES and all(
        r is not None and (r.finding or (r.anchored and r.force in _DENIALS)) for r in readings
    )
    proofs = tuple(Proof(f, Stance.SUPPORTS) for f in found)
    partly = claim is Claim.PARTLY
    status = ElementStatus.MISSING if partly else ElementStatus.MET
    return Weighed(element, claim, status, proofs, len(found), note, partly, denied)


def _reading(requirement: Requirement, found: Found) -> Reading | None:
    """How the rules read the quoted sentence; None if it is no sentence of the passage."""
    sentence = _sentence(found)
    if sentence is None:
        return None
    whole = whole_terms(requirement)
    heading = found.passage.candidate.heading_path
    lead = heading[-1] if heading else ""
    return stance(requirement.text, whole, sentence, found.passage.candidate.kind, lead)


def _bearing(requirement: Requirement, element: Element, found: Found) -> float:
    """How much the quoted sentence speaks of the element, or of the requirement as a whole, 0..1: a quote
    may stand in the document to the letter and have nothing to do with the matter."""
    sentence = _sentence(found)
    if sentence is None:
        return 0.0
    own = sentence_match(terms(element.text), sentence).coverage
    whole = sentence_match(whole_terms(requirement), sentence).coverage
    return round(min(1.0, max(own, whole) / _BEARS), 4)


def _sentence(found: Found) -> Sentence | None:
    def shared(s: Sentence) -> int:
        return min(s.end, found.end) - max(s.start, found.start)

    best = max(read(found.passage.candidate.text).sentences, key=shared, default=None)
    return best if best is not None and shared(best) > 0 else None


def _times(limit: Limit, found: Found) -> list[quantities.Duration]:
    return [
        d
        for d in quantities.durations(found.quote)
        if limit.hours / _RELATED <= d.hours <= limit.hours * _RELATED and not (limit.minimum and d.recurring)
    ]


def _names_time(limit: Limit, found: Found) -> bool:
    return bool(_times(limit, found))


def _too_long(limit: Limit, found: Found) -> str:
    """The time in the quote that breaks the limit, by the one that is kindest to the document; empty if
    it is kept or none is named."""
    times = _times(limit, found)
    if not times:
        return ""
    best = (max if limit.minimum else min)(times, key=lambda d: d.hours)
    kept = best.hours >= limit.hours if limit.minimum else best.hours <= limit.hours
    return "" if kept else found.quote[best.start : best.end]


def clean(text: str, most: int = 300) -> str:
    """A model's words on one line, cut to a length that fits a report."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
