"""What the confidence in a model's answer is made of, read off the answer, its quotes and the passages."""

import numpy as np

from radar_pipeline.judge.answers import CoverageAnswer
from radar_pipeline.judge.confidence import normalised
from radar_pipeline.judge.trust import Signs
from radar_pipeline.judge.weigh import Outcome
from radar_pipeline.models import Judgement, Question, Verdict


def signs(question: Question, outcome: Outcome, answer: CoverageAnswer, agreement: float) -> Signs:
    """What can be observed of an answer; ``agreement``: the local judge's score of the same verdict."""
    given, verified = outcome.quotes
    elements = outcome.elements
    return Signs(
        verified=verified / given if given else 1.0,
        margin=_margin(question),
        agreement=agreement,
        unopposed=1.0 - sum(w.objected for w in elements) / len(elements),
        claimed=answer.confidence,
        bearing=outcome.bearing if any(w.proofs for w in elements) else _silence(agreement),
    )


def scores(leaning: Verdict, confidence: float, local: Judgement) -> dict[Verdict, float]:
    """The confidence for the verdict; the rest over the others as the local judge sees them."""
    others = {v: local.scores.get(v, 0.0) + 0.02 for v in Verdict if v not in (leaning, Verdict.NOT_ASSESSED)}
    total = sum(others.values())
    return normalised({leaning: confidence, **{v: (1 - confidence) * s / total for v, s in others.items()}})


def _silence(agreement: float) -> float:
    """How well silence becomes the passages: not at all, where the local judge is all but sure that one of
    them speaks of the matter."""
    return min(1.0, max(0.0, 2.5 * agreement - 0.25))


def _margin(question: Question) -> float:
    """How far the nearest candidate stands above the middle one; 0 without vectors."""
    if question.query_vectors is None or any(c.vector is None for c in question.candidates):
        return 0.0
    vectors = np.stack([np.asarray(c.vector, dtype=np.float64) for c in question.candidates])
    cosines = vectors @ np.asarray(question.query_vectors[0], dtype=np.float64)
    return round(float(min(1.0, max(0.0, cosines.max() - np.median(cosines)))), 4)
