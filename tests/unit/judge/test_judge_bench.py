"""The figures of bench.quality say what their names say."""

import pytest

from bench.quality.metrics import Outcome, average_precision, figures, intervals, recalled
from radar_pipeline.models import Verdict

C, N, X = Verdict.COVERED, Verdict.NOT_ADDRESSED, Verdict.NOT_ASSESSED


def outcome(truth: Verdict, said: Verdict, absent: float = 0.5, document: str = "d") -> Outcome:
    return Outcome(document, "r", truth, said, 0.8, absent, {1: 1, 5: 1, 10: 2}, 2)


def test_an_abstention_is_never_a_clear_and_costs_recall() -> None:
    found = figures([outcome(N, X), outcome(N, N), outcome(N, C), outcome(C, C)])
    assert found["false_clear_rate"] == pytest.approx(1 / 3)
    assert found["not_addressed.recall"] == pytest.approx(1 / 3)
    assert found["abstained"] == 0.25


def test_macro_f1_is_over_the_verdicts_of_the_truth() -> None:
    found = figures([outcome(N, N), outcome(C, C), outcome(C, Verdict.PARTIAL)])
    assert found["macro_f1"] == pytest.approx((1.0 + 2 / 3) / 2)
    assert "partial.f1" not in found


def test_average_precision_of_a_perfect_and_of_a_constant_ranking() -> None:
    assert average_precision([True, True, False], [0.9, 0.8, 0.1]) == 1.0
    assert average_precision([True, False, False, False], [0.5] * 4) == 0.25


def test_evidence_recall_counts_spans() -> None:
    assert recalled([(0, 10), (50, 60)], [(5, 8), (90, 99), (55, 70)]) == {1: 1, 5: 2, 10: 2}
    assert figures([outcome(C, C)])["evidence_recall_at_1"] == 0.5


def test_confidence_that_is_always_right_at_its_rate_has_no_calibration_error() -> None:
    right, wrong = [outcome(C, C)] * 8, [outcome(N, C)] * 2
    assert figures([*right, *wrong])["ece"] == pytest.approx(0.0, abs=1e-9)


def test_intervals_draw_whole_documents_and_repeat_exactly() -> None:
    some = [outcome(C, C, document="a"), outcome(N, C, document="b"), outcome(N, N, document="c")]
    assert intervals(some, draws=20) == intervals(some, draws=20)
    low, high = intervals(some, draws=50)["abstained"]
    assert low == high == 0.0
