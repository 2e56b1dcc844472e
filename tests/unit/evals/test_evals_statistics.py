"""Figures are told with what they leave open: by source, never more certain than the data."""

import time

import numpy as np
import pytest

from radar_pipeline.evals import statistics
from radar_pipeline.evals.clusters import Clustered
from radar_pipeline.evals.statistics import mean, paired, percentile, summary
from radar_pipeline.evals.values import Estimate
from tests.support.evaluated import answer, judge_cases, run_of, unanswered


def sources(count: int, each: int = 4) -> list[str]:
    return [f"s{n}" for n in range(count) for _ in range(each)]


def bounds(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None and estimate.high is not None
    return estimate.low, estimate.high


def test_the_order_of_cases_changes_no_figure() -> None:
    rng = np.random.default_rng(3)
    of, new, old = sources(20), rng.random(80), rng.random(80)
    order = rng.permutation(80)
    there = paired("m", new.tolist(), old.tolist(), of)
    again = paired("m", new[order].tolist(), old[order].tolist(), [of[n] for n in order])
    assert there.estimate == again.estimate


def test_the_mean_is_over_cases_and_not_over_sources() -> None:
    found = mean([1.0] * 9 + [0.0], ["a"] * 6 + ["b", "c", "d", "e"], share=True)
    assert (found.value, found.n, found.clusters) == (0.9, 10, 5)


def test_of_fewer_than_five_sources_no_interval_is_told_and_the_missing_cases_are() -> None:
    of = sources(4, 10)
    assert mean([1.0, 0.0] * 20, of, share=True).low is None
    assert percentile([1.0, 2.0] * 20, of, 0.5).low is None
    difference = paired("m", [1.0, 0.0] * 20, [0.0] * 40, of)
    assert difference.estimate.low is None and difference.needed == 10


def test_of_nothing_there_is_no_figure() -> None:
    assert mean([], []) == percentile([], [], 0.5) == paired("m", [], [], []).estimate == statistics.NOTHING
    assert paired("m", [], [], []).needed is None


def test_answers_that_are_all_right_are_not_certainty() -> None:
    """As if each source were one case (Clopper & Pearson), and a little wider for few sources."""
    low, high = bounds(mean([1.0] * 160, sources(40), share=True))
    assert high == 1.0 and low == pytest.approx(0.025 ** (1 / 40), abs=0.01)


def test_answers_that_are_all_the_same_in_two_versions_leave_room_for_a_difference() -> None:
    right = [float(n % 7 > 0) for n in range(160)]
    low, high = bounds(paired("m", right, right, sources(40)).estimate)
    assert low < -0.02 and high == -low


def test_a_rare_difference_is_never_more_certain_than_none() -> None:
    old = [float(n % 7 > 0) for n in range(160)]
    one_better = [*old]
    one_better[0] = 1.0
    same, better = (bounds(paired("m", new, old, sources(40)).estimate) for new in (old, one_better))
    assert better[0] > same[0] and better[0] < 0.0 < better[1]


def test_correlated_cases_count_for_less() -> None:
    together = [float(n // 4 % 2) for n in range(160)]
    apart = [float(n % 2) for n in range(160)]
    wide, narrow = (bounds(mean(values, sources(40), share=True)) for values in (together, apart))
    assert wide[1] - wide[0] > 1.5 * (narrow[1] - narrow[0])


def test_a_bounded_figure_never_has_an_interval_beyond_its_bounds() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        new, old = (rng.random(30) < 0.9).astype(float), (rng.random(30) < 0.1).astype(float)
        low, high = bounds(paired("m", new.tolist(), old.tolist(), sources(6, 5)).estimate)
        assert -1.0 <= low <= high <= 1.0


def test_other_units_have_an_interval_only_where_sources_differ() -> None:
    of = sources(10)
    assert mean([3.0] * 40, of).low is None
    low, high = bounds(mean([float(100 + n) for n in range(40)], of))
    assert 100 < low < 119.5 < high < 139
    assert paired("cost", [3.0] * 40, [2.0] * 40, of, share=False).estimate.low is None


def test_needed_is_nothing_where_it_is_decided_and_grows_with_the_doubt() -> None:
    rng = np.random.default_rng(9)
    old = (rng.random(160) < 0.5).astype(float)
    better = np.maximum(old, (rng.random(160) < 0.4).astype(float))
    assert paired("m", better.tolist(), old.tolist(), sources(40)).needed == 0
    some = (rng.permutation(old)).tolist()
    doubt = paired("m", some, old.tolist(), sources(40))
    assert doubt.estimate.value == 0.0 and doubt.needed is not None and doubt.needed > 160


def test_as_many_cases_as_were_said_to_be_needed_decide() -> None:
    old = [float(n % 7 > 0) for n in range(160)]
    needed = paired("m", old, old, sources(40)).needed
    assert needed is not None
    more = 160 + needed + 4  # whole sources
    grown = [float(n % 7 > 0) for n in range(more)]
    of = [f"s{n // 4}" for n in range(more)]
    low, _ = bounds(paired("m", grown, grown, of).estimate)
    assert low > -0.022


def test_a_percentile_is_one_of_the_values_and_lies_in_its_interval() -> None:
    rng = np.random.default_rng(2)
    values = rng.gamma(2.0, 300.0, 160).tolist()
    for q in (0.5, 0.95):
        found = percentile(values, sources(40), q)
        low, high = bounds(found)
        assert found.value in values and low < found.value < high
    assert percentile(values[:24], sources(6), 0.95).low is None  # its upper end was not seen


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Clustered.of([1.0, float("nan")], ["a", "b"])


def test_150_cases_take_less_than_50_milliseconds() -> None:
    rng = np.random.default_rng(1)
    new, old = (rng.random((2, 150)) < 0.8).astype(float).tolist()
    paired("m", new, old, sources(30, 5))
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        paired("m", new, old, sources(30, 5))
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.05


def test_a_summary_leaves_out_what_was_not_scored() -> None:
    run = run_of(judge_cases(40), wrong=[0], answers={1: unanswered(), 2: answer(latency_ms=9000.0)})
    told = summary(run)
    assert (told["verdict_match"].n, told["verdict_match"].value) == (39, 38 / 39)
    assert told["latency_p50_ms"].value == 900.0
    assert told["pattern"].value is None
    assert set(statistics.PERCENTILES) <= set(told) and statistics.LATENCY not in told


def test_repeats_of_a_case_are_one_case() -> None:
    run = run_of(judge_cases(40), wrong=[0], repeats=3)
    assert summary(run)["verdict_match"].n == 40
