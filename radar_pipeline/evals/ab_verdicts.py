"""What an experiment in production has shown: A, B, no difference that matters, or not enough data.

Outcomes are clustered by tenant: an analyst who agrees once tends to agree again, and questions of one tenant
read the same documents. The interval of B minus A is that of the wild cluster bootstrap (``resampling``) on
the score of the difference (Kline & Santos 2012), or Newcombe's of two shares (1998) where outcomes hardly
vary. It holds for one look. Looking every night until something shows finds what is not there more often than
in one of twenty experiments, so a verdict is provisional until the experiment has ended.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import get_args

import numpy as np

from radar_pipeline.evals import power, resampling, statistics
from radar_pipeline.evals.clusters import FEWEST, Clustered
from radar_pipeline.evals.experiments import MISMATCH, ArmName, Experiment, sample_ratio
from radar_pipeline.evals.shares import Bounds, share_interval
from radar_pipeline.evals.values import Difference, Estimate

NO_DIFFERENCE = "no difference that matters"
NOT_ENOUGH = "not enough data"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: ``value`` from 0 to 1, such as 1 where an analyst agreed."""

    arm: ArmName
    tenant: str
    value: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """``says``: ``A``, ``B``, ``no difference that matters``, or ``not enough data (need n)`` with how many
    more outcomes, if that can be told. ``difference``: B minus A, clustered by tenant. ``sample_ratio``:
    p value of the arms' sizes; under ``MISMATCH``, ``balanced`` is false and no data are enough."""

    says: str
    arms: Mapping[ArmName, Estimate]
    difference: Difference
    sample_ratio: float
    balanced: bool
    provisional: bool  # the experiment has not ended


def verdict(
    experiment: Experiment,
    outcomes: Sequence[Outcome],
    questions: Mapping[ArmName, int],
    *,
    metric: str = "agreement",
    higher_is_better: bool = True,
    ended: bool = False,
) -> Verdict:
    """The state of an experiment by one metric; ``questions``: how many each arm got (``sample_ratio``)."""
    arms = {arm: _arm(outcomes, arm) for arm in get_args(ArmName)}
    p_value = sample_ratio(experiment, questions)
    balanced = p_value >= MISMATCH
    difference = _difference(metric, arms, experiment.minimum_difference)
    says = _said(difference, experiment.minimum_difference, higher_is_better) if balanced else NOT_ENOUGH
    levels = {arm: _level(data) for arm, data in arms.items()}
    return Verdict(says, levels, difference, p_value, balanced, not ended)


def _arm(outcomes: Sequence[Outcome], arm: ArmName) -> Clustered:
    own = [o for o in outcomes if o.arm == arm]
    return Clustered.of([o.value for o in own], [o.tenant for o in own])


def _level(data: Clustered) -> Estimate:
    if not data.n:
        return statistics.NOTHING
    low, high = share_interval(data) if data.count >= FEWEST else (None, None)
    return Estimate(data.mean, low, high, data.n, data.count)


def _said(difference: Difference, least: float, higher_is_better: bool) -> str:
    low, high = difference.estimate.low, difference.estimate.high
    if low is not None and high is not None:
        if -least < low and high < least:
            return NO_DIFFERENCE
        if low > 0.0 or high < 0.0:
            return "B" if (low > 0.0) is higher_is_better else "A"
    return NOT_ENOUGH if difference.needed is None else f"{NOT_ENOUGH} (need {difference.needed})"


def _difference(metric: str, arms: Mapping[ArmName, Clustered], least: float) -> Difference:
    """B minus A; ``needed``: outcomes until it is told apart from zero or shown to be under ``least``."""
    a, b = arms["A"], arms["B"]
    n = a.n + b.n
    if not (a.n and b.n):
        return Difference(metric, Estimate(None, None, None, n, max(a.count, b.count)))
    names = np.union1d(a.names, b.names)
    value, tenants = b.mean - a.mean, len(names)
    fewest = min(a.count, b.count)
    if fewest < FEWEST:
        missing = power.for_sources(n, fewest)
        return Difference(metric, Estimate(value, None, None, n, tenants), missing)
    bounds = _bounds(a, b, value)

    def decided(more: float) -> bool:
        low, high = bounds(more)
        return low > 0.0 or high < 0.0 or (-least < low and high < least)

    low, high = bounds(1.0)
    return Difference(metric, Estimate(value, low, high, n, tenants), power.needed(decided, n))


def _bounds(a: Clustered, b: Clustered, value: float) -> Callable[[float], Bounds]:
    """The interval of B minus A with so many times the outcomes."""
    found = resampling.interval(_parts(a, b)) if _varied(a, b) else None
    if found is None:
        return lambda more: _newcombe(a, b, more)
    below, above = value - found[0], found[1] - value
    return lambda more: (max(-1.0, value - below / more**0.5), min(1.0, value + above / more**0.5))


def _newcombe(a: Clustered, b: Clustered, more: float) -> Bounds:
    (a_low, a_high), (b_low, b_high) = share_interval(a, more), share_interval(b, more)
    value = b.mean - a.mean
    return (
        max(-1.0, value - hypot(b.mean - b_low, a_high - a.mean)),
        min(1.0, value + hypot(b_high - b.mean, a.mean - a_low)),
    )


def _varied(a: Clustered, b: Clustered) -> bool:
    """Whether enough tenants have an outcome other than the usual one."""
    values = np.concatenate([a.values, b.values])
    names = np.concatenate([a.names[a.groups], b.names[b.groups]])
    usual, _ = Counter(values.tolist()).most_common(1)[0]
    return len(np.unique(names[values != usual])) >= statistics.FEWEST_CHANGED


def _parts(a: Clustered, b: Clustered) -> resampling.Parts:
    """What each tenant contributes to B's mean minus A's, the common level being what the data say under the
    difference that is tested."""
    names = np.union1d(a.names, b.names)
    sums, sizes = np.zeros((2, len(names))), np.zeros((2, len(names)))
    for row, arm in enumerate((a, b)):
        at = np.searchsorted(names, arm.names)
        sums[row, at], sizes[row, at] = arm.sums, arm.sizes
    part = sizes / sizes.sum(axis=1, keepdims=True)
    level, of_b = sums.sum() / sizes.sum(), b.n / (a.n + b.n)
    made = (sums[1] / b.n - level * part[1]) - (sums[0] / a.n - level * part[0])
    return resampling.Parts(made, (1.0 - of_b) * part[1] + of_b * part[0])
