"""Figures with 95% intervals, clustered by source document, and paired differences.

Three methods, each where it holds (``python -m bench.quality bootstrap`` measures them):

- a share: Korn & Graubard's interval (``shares``);
- a difference, or a mean that is not a share: the wild cluster bootstrap (``resampling``), if at least
  ``FEWEST_CHANGED`` sources differ. Fewer cannot refute "no difference" at 5% by their signs alone, and any
  bootstrap believes that what was not seen cannot be. A difference of shares then has the interval of two
  rare shares, gains and losses, and another unit has none. No interval is a point, not even that of
  answers that are all the same;
- a percentile: Woodruff's interval (1952), by way of the share of values below it.

With fewer than ``clusters.FEWEST`` sources there is no interval, which is "not enough data".
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

import numpy as np

from radar_pipeline.evals import power, resampling
from radar_pipeline.evals.clusters import FEWEST, Clustered
from radar_pipeline.evals.scorers import ALL
from radar_pipeline.evals.shares import Bounds, rare_difference, share_interval
from radar_pipeline.evals.values import Case, Difference, Estimate, Run

MARGIN = 0.02  # two points: a smaller loss is no loss
FEWEST_CHANGED = 6  # sources: 2 · 2^−6 is under 5%, 2 · 2^−5 is not
LATENCY = "latency_ms"  # the scorer whose percentiles are told, not its mean
PERCENTILES = {"latency_p50_ms": 0.5, "latency_p95_ms": 0.95}
NOTHING = Estimate(None, None, None, 0, 0)


def mean(values: Sequence[float], clusters: Sequence[str], *, share: bool = False) -> Estimate:
    """Mean with its interval; ``share``: all values lie between 0 and 1."""
    if not len(values):
        return NOTHING
    data = Clustered.of(values, clusters)
    if data.count < FEWEST:
        return _estimate(data.mean, None, data)
    if share:
        return _estimate(data.mean, share_interval(data), data)
    spread = int((np.abs(data.sums - data.mean * data.sizes) > 1e-12).sum()) >= FEWEST_CHANGED
    return _estimate(data.mean, resampling.interval(resampling.parts_of(data)) if spread else None, data)


def percentile(values: Sequence[float], clusters: Sequence[str], q: float) -> Estimate:
    """The smallest value that at least the share ``q`` of values does not exceed, with its interval; none
    where an end of it would lie beyond the largest value. ``n`` counts values, not cases."""
    if not len(values):
        return NOTHING
    data = Clustered.of(values, clusters)
    found = float(np.quantile(data.values, q, method="inverted_cdf"))
    bounds = None
    if data.count >= FEWEST:
        below = data.with_values((data.values <= found).astype(np.float64))
        low, high = share_interval(below)
        if high <= 1.0 - 1.0 / data.n:
            ends = np.quantile(data.values, (min(low, q), high), method="inverted_cdf")
            bounds = (float(ends[0]), float(ends[1]))
    return _estimate(found, bounds, data)


def paired(
    metric: str,
    candidate: Sequence[float],
    active: Sequence[float],
    clusters: Sequence[str],
    *,
    share: bool = True,
    margin: float = MARGIN,
) -> Difference:
    """Candidate minus active, case by case: the three are parallel, a case each.

    ``share``: both are between 0 and 1. ``needed`` counts cases until the interval lies wholly above or
    wholly below −margin; of another unit than a share, until it lies wholly on one side of zero.
    """
    if not len(candidate):
        return Difference(metric, NOTHING)
    change = np.asarray(candidate, dtype=np.float64) - np.asarray(active, dtype=np.float64)
    change[np.abs(change) < 1e-12] = 0.0
    data = Clustered.of(change.tolist(), clusters)
    if data.count < FEWEST:
        missing = power.for_sources(data.n, data.count)
        return Difference(metric, _estimate(data.mean, None, data), missing)
    design = None
    if share:
        design = fmean(Clustered.of(side, clusters).design_effect for side in (candidate, active))
    bounds = _bounds(data, design)
    if bounds is None:
        return Difference(metric, _estimate(data.mean, None, data))
    line = -margin if share else 0.0

    def decided(more: float) -> bool:
        low, high = bounds(more)
        return low > line or high < line

    return Difference(metric, _estimate(data.mean, bounds(1.0), data), power.needed(decided, data.n))


def summary(run: Run) -> Mapping[str, Estimate]:
    """Every scorer's mean over cases (of a case's repeats, their mean), by its name, and ``PERCENTILES`` of
    the calls' latency in its place. What was not scored is left out, and ``n`` tells how much is left."""
    sources = sources_of(run)
    told: dict[str, Estimate] = {}
    for name in run.scorers:
        told |= figures(name, scored(run, name), sources)
    return told


def figures(
    metric: str, found: Mapping[str, Sequence[float]], sources: Mapping[str, str]
) -> dict[str, Estimate]:
    """What ``summary`` tells of one scorer: ``found`` holds its values by case, ``sources`` the clusters."""
    if metric == LATENCY:
        calls = [(value, sources[case]) for case, values in found.items() for value in values]
        values, clusters = [value for value, _ in calls], [source for _, source in calls]
        return {name: percentile(values, clusters, q) for name, q in PERCENTILES.items()}
    means, clusters = [fmean(values) for values in found.values()], [sources[case] for case in found]
    return {metric: mean(means, clusters, share=is_share(metric))}


def is_share(metric: str) -> bool:
    """Whether a scorer's values lie between 0 and 1."""
    return metric in ALL and ALL[metric].unit in {"share", "cost"}


def scored(run: Run, metric: str) -> dict[str, list[float]]:
    """By case, what the metric's scorer gave in each repeat that it could score; cases without are absent."""
    found: dict[str, list[float]] = {}
    for result in run.results:
        score = result.scores.get(metric)
        if score is not None and score.value is not None:
            found.setdefault(name_of(result.case), []).append(score.value)
    return found


def name_of(case: Case) -> str:
    """A case's id; a tenant's own, which may be equal to ours or another's, with the tenant before it."""
    return f"{case.tenant}/{case.case_id}" if case.tenant else case.case_id


def source_of(case: Case) -> str:
    """The cluster of a case; two tenants' sources are never the same."""
    return f"{case.tenant}/{case.source}"


def sources_of(run: Run) -> dict[str, str]:
    """By case, its source document: the cluster."""
    return {name_of(result.case): source_of(result.case) for result in run.results}


def _bounds(data: Clustered, design: float | None) -> Callable[[float], Bounds] | None:
    """The interval of the mean difference with so many times the cases; ``design``: the scores' design
    effect, None if they are no shares."""
    if int((data.sums != 0.0).sum()) < FEWEST_CHANGED:
        return None if design is None else lambda more: rare_difference(data, design, more)
    found = resampling.interval(resampling.parts_of(data))
    if found is None:
        return None if design is None else lambda more: rare_difference(data, design, more)
    middle, (low, high) = data.mean, found

    def bounds(more: float) -> Bounds:
        narrowed = middle - (middle - low) / more**0.5, middle + (high - middle) / more**0.5
        return narrowed if design is None else (max(-1.0, narrowed[0]), min(1.0, narrowed[1]))

    return bounds


def _estimate(value: float, bounds: Bounds | None, data: Clustered) -> Estimate:
    low, high = bounds or (None, None)
    return Estimate(value, low, high, data.n, data.count)
