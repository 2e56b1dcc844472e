"""How many more cases would decide, if they were as those that were seen."""

from collections.abc import Callable
from math import ceil

from radar_pipeline.evals.clusters import FEWEST

_MOST = 1000.0  # times the present cases; beyond, the question cannot be decided by collecting


def needed(decided: Callable[[float], bool], n: int) -> int | None:
    """How many cases more than ``n`` make ``decided(times the present cases)`` true; 0 if it is by now, None
    if even a thousand times as many would not do."""
    if decided(1.0):
        return 0
    if not decided(_MOST):
        return None
    low, high = 1.0, _MOST
    while high - low > 0.1 / n:
        middle = (low + high) / 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return max(1, ceil(n * (high - 1) - 0.2))


def for_sources(n: int, sources: int) -> int | None:
    """The cases still missing to the fewest sources that an interval can be told of, at least; None of
    nothing."""
    return ceil(n / sources) * (FEWEST - sources) if sources else None
