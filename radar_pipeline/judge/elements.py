"""What was found for each element of a requirement: met, missing or contradicted, and where.

Only duties (actions, objects, deadlines) can be missing. An actor needs no evidence of its own;
a condition or exemption need not be arranged.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radar_pipeline.judge import quantities
from radar_pipeline.judge.coefficients import Coefficients
from radar_pipeline.judge.confidence import calibrated
from radar_pipeline.judge.features import look, strength
from radar_pipeline.judge.reading import Sentence, terms
from radar_pipeline.judge.view import View
from radar_pipeline.models import Element, ElementStatus, Limit, Role

_DUTIES = frozenset({Role.ACTION, Role.OBJECT, Role.DEADLINE})
_RELATED = 40.0  # a duration over so many times the limit (or under its part) times something else
_REACH = 4  # candidates, strongest first, in which a deadline is looked for
_SPEAKS = 0.6  # of the best sentence's match: what a sentence needs for its times to be about the duty


@dataclass(frozen=True, slots=True)
class Found:
    """The finding for one element; ``candidate`` is -1 where nothing shows it."""

    element: Element
    status: ElementStatus
    score: float
    candidate: int = -1
    sentence: Sentence | None = None
    note: str = ""

    @property
    def duty(self) -> bool:
        """Whether its absence leaves the requirement incomplete."""
        return self.element.role in _DUTIES


def all_met(scores: Sequence[float]) -> float:
    """Probability that every duty is met: half way between duties that stand and fall together and
    duties that know nothing of each other."""
    return 0.5 * min(scores) + 0.5 * math.prod(scores)


def none_met(scores: Sequence[float]) -> float:
    """Probability that no duty is met, under the same half-way dependence."""
    return 0.5 * (1.0 - max(scores)) + 0.5 * math.prod(1.0 - s for s in scores)


def find_elements(view: View, coefficients: Coefficients) -> tuple[Found, ...]:
    """The findings in the requirement's order of elements."""
    return tuple(_find(view, n, e, coefficients) for n, e in enumerate(view.requirement.elements))


def _find(view: View, index: int, element: Element, coefficients: Coefficients) -> Found:
    if element.role not in _DUTIES:
        return Found(element, ElementStatus.NOT_NEEDED, 0.0)
    if element.role is Role.DEADLINE:
        return _deadline(view, element)
    logits = coefficients.element.logit(view.element_rows(index, element))
    logits = np.where([r.best >= 0 for r in view.readers], np.round(logits, 5), -12.0)
    best = int(np.argmax(logits))
    score = round(calibrated(float(logits[best]), coefficients, "element"), 4)
    sentence = look(terms(element.text), view.candidates[best]).sentence
    if score < coefficients.thresholds["element"] or sentence is None:
        note = "no passage speaks of it clearly"
        return Found(element, ElementStatus.MISSING, score, best, sentence, note)
    return Found(element, ElementStatus.MET, score, best, sentence)


def _deadline(view: View, element: Element) -> Found:
    places = [
        (strength(match), -rank, index, sentence)
        for rank, index in enumerate(view.order[:_REACH])
        for sentence, match in zip(
            view.readers[index].reading.sentences, view.readers[index].matches, strict=True
        )
        if not sentence.instructs
    ]
    floor = _SPEAKS * max((p[0] for p in places), default=0.0)
    places = [p for p in places if p[0] >= floor and p[0] > 0.0]
    places.sort(key=lambda p: (-p[0], -p[1], p[3].start))
    if element.limit is None:
        return _unmeasured(element, [(i, s) for _, _, i, s in places])
    return _measured(element, element.limit, [(i, s) for _, _, i, s in places])


def _unmeasured(element: Element, places: list[tuple[int, Sentence]]) -> Found:
    for index, sentence in places:
        if quantities.prompt(sentence.text) or quantities.durations(sentence.text):
            return Found(element, ElementStatus.MET, 0.75, index, sentence)
    return Found(element, ElementStatus.MISSING, 0.3, note="no time is named")


def _measured(element: Element, limit: Limit, places: list[tuple[int, Sentence]]) -> Found:
    """The best matching sentence that names a comparable time decides, by the time that is kindest to
    the document. How often something recurs says nothing of how long it must at least last."""
    for index, sentence in places:
        times = [
            d
            for d in quantities.durations(sentence.text)
            if limit.hours / _RELATED <= d.hours <= limit.hours * _RELATED
            and not (limit.minimum and d.recurring)
        ]
        if not times:
            continue
        best = (max if limit.minimum else min)(times, key=lambda d: d.hours)
        named = sentence.text[best.start : best.end]
        if best.hours >= limit.hours if limit.minimum else best.hours <= limit.hours:
            note = f"“{named}” is {'long enough' if limit.minimum else 'within the limit'}"
            return Found(element, ElementStatus.MET, 0.9, index, sentence, note)
        much = "short" if limit.minimum else "long"
        note = f"“{named}” is too {much}: {limit}"
        return Found(element, ElementStatus.CONTRADICTED, 0.1, index, sentence, note)
    return Found(element, ElementStatus.MISSING, 0.2, note=f"no time of {limit} is named")
