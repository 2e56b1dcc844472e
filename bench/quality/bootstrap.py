"""Whether the intervals of evaluations hold: false positives without a difference, coverage with one.

Two versions answer the same cases, right or wrong. A latent normal value per answer is made of a part of the
source document and a part of the case, half of each common to both versions and half the version's own, so
answers on one source agree strongly, differences of two versions too, and the versions are exchangeable when
their accuracy is equal. The variances are shares of one: accuracy is then exactly what it is set to be.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.evals.statistics import mean, paired
from radar_pipeline.evals.values import Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shape:
    """A data set's form. ``within``: the share of variance that lies between sources."""

    sources: int
    smallest: int  # cases of a source, drawn evenly between the two
    largest: int
    accuracy: float
    within: float


SHAPES = (
    Shape(10, 3, 8, 0.7, 0.6),
    Shape(10, 3, 8, 0.8, 0.8),
    Shape(20, 3, 8, 0.8, 0.6),
    Shape(20, 3, 8, 0.9, 0.8),
    Shape(20, 1, 20, 0.8, 0.6),
    Shape(40, 3, 8, 0.8, 0.6),
    Shape(40, 3, 8, 0.9, 0.8),
    Shape(40, 1, 6, 0.97, 0.6),  # hardly a source differs: any interval that holds is too wide there
)
LEGEND = (
    "False positives without a difference (5% is right): ours, clustered; drawn, percentiles of whole "
    "sources; single, cases as if independent. Intervals that hold the truth (95% is right): of a true "
    "difference, of a share."
)
WORSE = 0.1  # by so much, where coverage is measured with a true difference


@dataclass(frozen=True, slots=True)
class Held:
    """Shares of the simulated comparisons of one shape. The three false positives are without a difference
    and should be 0.05; the coverages should be 0.95."""

    shape: Shape
    clustered: float  # false positives of the interval that the program gives
    drawn: float  # of a percentile bootstrap that draws whole sources
    unclustered: float  # of an interval that takes cases for independent
    covers_difference: float  # intervals that hold the true difference, −WORSE or less
    covers_share: float  # intervals that hold the true accuracy


def measure(draws: int, seed: int = 20261129, shapes: Sequence[Shape] = SHAPES) -> list[Held]:
    """All figures by simulation: ``draws`` comparisons of each shape, with and without a difference."""
    return [_held(shape, draws, np.random.default_rng([seed, number])) for number, shape in enumerate(shapes)]


def comparisons(
    shape: Shape, draws: int, worse: float, rng: np.random.Generator
) -> Iterator[tuple[Floats, Floats, list[str]]]:
    """Scores of a candidate (``worse`` by so much), of an active version, and the source of each case."""
    lines = [NormalDist().inv_cdf(shape.accuracy - less) for less in (worse, 0.0)]
    for _ in range(draws):
        sizes = rng.integers(shape.smallest, shape.largest + 1, shape.sources)
        of = np.repeat(np.arange(shape.sources), sizes)
        common, *own = (_latent(shape, of, rng) for _ in range(3))
        candidate, active = (
            (common + mine < sqrt(2) * line).astype(np.float64) for mine, line in zip(own, lines, strict=True)
        )
        yield candidate, active, [f"s{number}" for number in of]


def _latent(shape: Shape, of: NDArray[np.intp], rng: np.random.Generator) -> Floats:
    """Standard normal, one a case, correlated within its source."""
    source, case = rng.normal(size=shape.sources)[of], rng.normal(size=len(of))
    return np.asarray(sqrt(shape.within) * source + sqrt(1 - shape.within) * case, dtype=np.float64)


def _held(shape: Shape, draws: int, rng: np.random.Generator) -> Held:
    methods: tuple[Callable[..., bool], ...] = (_clustered, _drawn, _unclustered)
    false = np.zeros(len(methods))
    share = difference = 0
    for candidate, active, sources in comparisons(shape, draws, 0.0, rng):
        change = candidate - active
        false += [method(candidate, active, change, sources) for method in methods]
        share += _holds(mean(active.tolist(), sources, share=True), shape.accuracy)
    worse = min(WORSE, 1 - shape.accuracy)
    for candidate, active, sources in comparisons(shape, draws, worse, rng):
        difference += _holds(paired("", candidate.tolist(), active.tolist(), sources).estimate, -worse)
    rates = [float(rate) for rate in false / draws]
    return Held(shape, *rates, covers_difference=difference / draws, covers_share=share / draws)


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high


def _clustered(candidate: Floats, active: Floats, _: Floats, sources: list[str]) -> bool:
    return not _holds(paired("", candidate.tolist(), active.tolist(), sources).estimate, 0.0)


def _drawn(_: Floats, __: Floats, change: Floats, sources: list[str]) -> bool:
    """Percentiles of the mean over whole sources drawn with replacement."""
    groups = np.unique(sources, return_inverse=True)[1]
    sums, sizes = np.bincount(groups, change), np.bincount(groups)
    chosen = np.random.default_rng(7).integers(0, len(sums), (999, len(sums)))
    low, high = np.percentile(sums[chosen].sum(1) / sizes[chosen].sum(1), (2.5, 97.5))
    return not low <= 0.0 <= high


def _unclustered(_: Floats, __: Floats, change: Floats, ___: list[str]) -> bool:
    """Percentiles of the mean over cases drawn with replacement."""
    chosen = np.random.default_rng(7).integers(0, len(change), (999, len(change)))
    low, high = np.percentile(change[chosen].mean(1), (2.5, 97.5))
    return not low <= 0.0 <= high
