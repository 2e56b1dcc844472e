"""The wild cluster bootstrap: intervals that hold with few, unequal and strongly correlated clusters.

Drawing whole clusters with replacement and taking percentiles is too narrow with few of them: at 10 sources
it finds a difference that is not there in about one of ten comparisons instead of one of twenty, see
``python -m bench.quality bootstrap``. Cameron, Gelbach & Miller (2008, Review of Economics and Statistics 90)
compare the ways out: studentised, with the null hypothesis imposed, and each cluster's residual multiplied by
a random weight, the test holds its level down to about six clusters. The weights are Webb's six points (2014,
Queen's Economics Department Working Paper 1315), which stay fine-grained where two signs would give few
distinct draws. The interval is made of the values that the test does not refuse.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from radar_pipeline import ids
from radar_pipeline.evals.clusters import Clustered, Floats

DRAWS = 1999  # (draws + 1) · 5% is whole
LEVEL = 0.05
_WEIGHTS = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
_STEPS = 30  # halvings: to a billionth of where the search began
_FARTHEST = 64.0  # standard errors; beyond, the interval is open


@dataclass(frozen=True, slots=True)
class Parts:
    """What each cluster contributes to an estimate: cluster g's residual is ``made − value · weight`` if
    ``value`` is the truth. ``made`` sums to the estimate and ``weight`` to 1."""

    made: Floats
    weight: Floats

    @property
    def estimate(self) -> float:
        """The estimate itself."""
        return float(self.made.sum())


def parts_of(values: Clustered) -> Parts:
    """The contributions to a mean."""
    return Parts(values.sums / values.n, values.sizes / values.n)


def interval(parts: Parts) -> tuple[float, float] | None:
    """95% interval of the estimate; None where the clusters show no spread, or leave a side open.

    Deterministic: the draws' seed comes from the contributions.
    """
    estimate = parts.estimate
    residuals = parts.made - estimate * parts.weight
    error = float(np.sqrt(residuals @ residuals))
    if error <= 1e-12:
        return None
    p_value = _test(parts, estimate, error)
    low, high = (_end(p_value, estimate, side * error) for side in (-1.0, 1.0))
    return None if low is None or high is None else (low, high)


def _test(parts: Parts, estimate: float, error: float) -> Callable[[float], float]:
    """The p-value of a true value. Numerator and variance of a draw are polynomials in that value, so their
    coefficients are computed once for all draws."""
    seed = int(ids.digest(parts.made.tobytes(), parts.weight.tobytes(), length=16), 16)
    drawn = np.random.default_rng(seed).choice(_WEIGHTS, (DRAWS, len(parts.made)))
    a, b, squared = parts.made, parts.weight, drawn * drawn
    made, weighed = drawn @ a, drawn @ b
    made_b, weighed_b, b_b = drawn @ (a * b), drawn @ (b * b), float(b @ b)
    a2, ab, b2 = squared @ (a * a), squared @ (a * b), squared @ (b * b)

    def p_value(value: float) -> float:
        shift = made - value * weighed
        spread = a2 - 2 * value * ab + value * value * b2
        spread += shift * (shift * b_b - 2 * (made_b - value * weighed_b))
        seen = ((estimate - value) / error) ** 2
        return float((shift * shift >= seen * np.maximum(spread, 0.0) * (1 - 1e-9)).mean())

    return p_value


def _end(p_value: Callable[[float], float], estimate: float, step: float) -> float | None:
    """Where the test begins to refuse, going from the estimate in steps of that sign; None: nowhere near."""
    inside, outside = 0.0, 1.0
    while p_value(estimate + outside * step) > LEVEL:
        inside, outside = outside, 2 * outside
        if outside > _FARTHEST:
            return None
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if p_value(estimate + middle * step) > LEVEL:
            inside = middle
        else:
            outside = middle
    return estimate + outside * step
