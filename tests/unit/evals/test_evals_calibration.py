"""A model that judges answers counts only where experts' labels show that it agrees with them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from radar_pipeline.evals.calibration import Calibration, calibrate, of_run
from radar_pipeline.evals.values import Case, Response, Result, Run, Subject
from radar_pipeline.prompts.use_cases import UseCase


def pairs(good_passed: int, good_failed: int, bad_passed: int, bad_failed: int) -> list[tuple[bool, bool]]:
    return (
        [(True, True)] * good_passed
        + [(True, False)] * good_failed
        + [(False, True)] * bad_passed
        + [(False, False)] * bad_failed
    )


def test_agreement_is_measured_beyond_chance() -> None:
    found = calibrate(pairs(20, 5, 10, 15))  # the worked example of Cohen's kappa: 0.4
    assert found.kappa.value == pytest.approx(0.4)
    assert found.tpr.value == pytest.approx(0.8) and found.tnr.value == pytest.approx(0.6)
    for figure in (found.kappa, found.tpr, found.tnr):
        assert figure.low is not None and figure.high is not None and figure.value is not None
        assert figure.low < figure.value < figure.high


def test_agreement_over_a_hundred_labels_counts() -> None:
    found = calibrate(pairs(57, 3, 2, 38))
    assert found.counts and found.n == 100 and found.says.startswith("It counts (100 labels")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ((56, 3, 2, 38), "1 more labels"),
        ((53, 7, 2, 38), "fewer than 90% of the good answers"),
        ((57, 3, 5, 35), "fewer than 90% of the bad answers"),
        ((40, 30, 10, 20), "kappa is under 0.6"),
        ((96, 0, 0, 4), "only 4 labels of bad answers"),
        ((120, 0, 0, 0), "only 0 labels of bad answers"),
        ((0, 0, 0, 0), "100 more labels"),
    ],
)
def test_less_is_reported_and_decides_nothing(cells: tuple[int, int, int, int], said: str) -> None:
    found = calibrate(pairs(*cells))
    assert not found.counts and found.says.startswith("Report only") and said in found.says


def test_one_answer_for_everything_is_no_agreement() -> None:
    always = calibrate(pairs(95, 0, 15, 0))
    assert always.kappa.value == 0.0 and not always.counts
    assert calibrate(pairs(120, 0, 0, 0)).kappa.value is None  # not defined where nothing varies


def test_a_label_without_a_grade_is_counted_and_not_held_for_one() -> None:
    found = calibrate([*pairs(57, 3, 2, 37), (True, None), (False, None)])
    assert (found.n, found.ungraded, found.counts) == (99, 2, False)


def test_equal_pairs_give_equal_figures() -> None:
    assert calibrate(pairs(57, 3, 2, 38)) == calibrate(reversed(pairs(57, 3, 2, 38)))


def run(*, simulated: bool = False, use_case: UseCase = UseCase.EVALUATE, repeats: int = 1) -> Run:
    results = []
    for number in range(120):
        label = number % 2 == 0
        case = Case(f"case-{number}", use_case, {}, {"passes": label}, "firm")
        answers: list[dict[str, Any]] = [{"passes": label}, {"passes": not label}]
        for repeat in range(1, repeats + 1):
            results.append(Result(case, repeat, Response(answers[repeat - 1]), {}))
    results.append(
        Result(Case("last", use_case, {}, {"passes": True}, "f"), 1, Response({}, error="budget"), {})
    )
    subject = Subject(use_case, "grade", "1.0.0", "0" * 64)
    now = datetime(2026, 11, 29, tzinfo=UTC)
    return Run("r", subject, "m", "d", {}, repeats, now, simulated, tuple(results))


def test_an_evaluation_of_the_evaluator_is_its_calibration() -> None:
    found: Calibration = of_run(run())
    assert (found.n, found.ungraded, found.counts) == (120, 1, True)


def test_a_case_asked_twice_is_one_label() -> None:
    assert of_run(run(repeats=2)).n == 120


def test_simulated_grades_never_count() -> None:
    found = of_run(run(simulated=True))
    assert not found.counts and "simulated" in found.says


def test_only_an_evaluator_can_be_calibrated() -> None:
    with pytest.raises(ValueError, match="evaluates answers"):
        of_run(run(use_case=UseCase.JUDGE))
