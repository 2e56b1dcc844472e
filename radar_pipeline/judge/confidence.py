"""From raw logits to honest probabilities, and when to abstain.

Calibration is Platt scaling on held-out requirements (Platt 1999): it is fitted on questions whose
requirement the other weights never saw, and its error (ECE) is printed by ``bench.quality``.
"""

import math
from collections.abc import Mapping

from radar_pipeline.judge.coefficients import Coefficients
from radar_pipeline.models import Verdict

REVIEW = 0.6  # a verdict below this confidence stands, flagged with needs_review


def probability(logit: float) -> float:
    """Logistic function, safe for large logits."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def calibrated(logit: float, coefficients: Coefficients, name: str) -> float:
    """Probability of a raw logit under the calibration ``name`` (slope and intercept)."""
    slope = coefficients.calibration[f"{name}_slope"]
    return probability(slope * logit + coefficients.calibration[f"{name}_intercept"])


def normalised(scores: Mapping[Verdict, float]) -> dict[Verdict, float]:
    """Scores with sum 1, rounded to four digits so that a stored judgement has the same bytes on
    every machine; the largest takes up the rounding."""
    total = sum(scores.values()) or 1.0
    rounded = {v: round(s / total, 4) for v, s in scores.items()}
    top = max(rounded, key=lambda v: rounded[v])
    rounded[top] = round(rounded[top] + 1.0 - sum(rounded.values()), 4)
    return rounded


def decide(scores: Mapping[Verdict, float], coefficients: Coefficients) -> tuple[Verdict, bool]:
    """The verdict, and whether it is too close to call.

    A contradiction weighs more than its probability: it is rarer than the other verdicts, and one
    that is missed stands in the report as a clear or as silence. Under a floor it does not: there it
    would lead at a probability at which nobody should be told that documents say the opposite.
    """
    floor = coefficients.thresholds["contradicted_floor"]
    weighted = dict(scores)
    if scores[Verdict.CONTRADICTED] >= floor:
        weighted[Verdict.CONTRADICTED] *= coefficients.thresholds["contradicted_weight"]
    first, second = sorted(weighted.values(), reverse=True)[:2]
    leaning = max(weighted, key=lambda v: weighted[v])
    return leaning, first - second < coefficients.thresholds["abstain_margin"]


def needs_review(confidence: float) -> bool:
    """Whether a verdict of this confidence should be looked at by a person."""
    return confidence < REVIEW
