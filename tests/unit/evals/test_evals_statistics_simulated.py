"""Without a difference one is found in about one of twenty comparisons, not in one of four."""

import numpy as np
import pytest

from bench.quality.bootstrap import Shape, measure
from radar_pipeline.evals import resampling
from radar_pipeline.evals.clusters import Clustered


@pytest.mark.parametrize("shape", [Shape(10, 3, 8, 0.7, 0.6), Shape(20, 1, 20, 0.8, 0.8)])
def test_intervals_hold_where_unclustered_ones_do_not(shape: Shape) -> None:
    (held,) = measure(100, shapes=[shape])
    assert held.clustered <= 0.11
    assert held.unclustered > 2 * held.clustered and held.unclustered > 0.15
    assert held.covers_difference > 0.87 and held.covers_share > 0.87


def test_with_many_independent_cases_the_bootstrap_agrees_with_the_textbook() -> None:
    values = np.random.default_rng(4).normal(10.0, 2.0, 400)
    data = Clustered.of(values.tolist(), [f"s{n}" for n in range(400)])
    found = resampling.interval(resampling.parts_of(data))
    assert found is not None
    half = 1.966 * values.std(ddof=1) / 20
    assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)


def test_the_bootstrap_tells_nothing_of_clusters_without_spread() -> None:
    data = Clustered.of([2.0] * 12, [f"s{n // 2}" for n in range(12)])
    assert resampling.interval(resampling.parts_of(data)) is None
