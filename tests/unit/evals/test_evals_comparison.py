"""Two versions are compared on the same cases, and a case that got no answer is not forgotten."""

from dataclasses import replace

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals.comparison import Change, compare
from radar_pipeline.prompts.use_cases import UseCase
from tests.support.evaluated import answer, judge_cases, run_of, unanswered

CASES = judge_cases(40, critical=[8])


def test_each_case_tells_what_became_of_it() -> None:
    found = compare(run_of(CASES, "1.1.0", wrong=[0, 1]), run_of(CASES, wrong=[1, 2]))
    changes = {row.name: row.change for row in found.rows}
    assert changes["case-000"] is Change.BROKEN
    assert changes["case-001"] is Change.STILL_WRONG
    assert changes["case-002"] is Change.FIXED
    assert sum(change is Change.STILL_RIGHT for change in changes.values()) == 37
    assert found.lower == ("case-000",)


def test_a_row_shows_both_answers_and_both_quotes() -> None:
    found = compare(run_of(CASES, "1.1.0", wrong=[0], usual=answer(verified=2)), run_of(CASES))
    (row,) = found.changed_to(Change.BROKEN)
    assert row.candidate.response.answer["verdict"] == "not_addressed"
    assert row.active.response.answer["verdict"] == "covered"
    assert (len(row.candidate.response.quotes), len(row.active.response.quotes)) == (2, 1)


def test_a_case_is_wrong_if_one_repeat_is_and_that_repeat_is_shown() -> None:
    now = run_of(CASES, "1.1.0", answers={3: [answer(), answer(right=False)]}, repeats=2)
    found = compare(now, run_of(CASES, repeats=2))
    (row,) = found.changed_to(Change.BROKEN)
    assert (row.name, row.candidate.repeat, row.active.repeat) == ("case-003", 2, 1)
    assert found.differences["verdict_match"].estimate.value == pytest.approx(-0.5 / 40)


def test_cases_without_an_answer_are_counted_and_not_paired() -> None:
    now = run_of(CASES, "1.1.0", answers={0: unanswered(), 1: unanswered()})
    found = compare(now, run_of(CASES, answers={1: unanswered(), 2: unanswered()}))
    assert (found.lost, found.unjudged, found.gained) == (("case-000",), ("case-001",), ("case-002",))
    assert found.differences["verdict_match"].estimate.n == len(found.rows) == 37


def test_a_case_that_was_changed_is_another_case() -> None:
    changed = (replace(CASES[0], sha="f" * 16), *CASES[1:39])
    found = compare(run_of(changed, "1.1.0"), run_of(CASES))
    assert found.others == 2 and len(found.rows) == 38


def test_a_tenants_case_is_never_taken_for_anothers_of_the_same_id() -> None:
    theirs = [replace(CASES[0], tenant=tenant) for tenant in ("acme", "bolt")]
    found = compare(run_of([*CASES, *theirs], "1.1.0", wrong=[40]), run_of([*CASES, *theirs]))
    assert len(found.rows) == 42
    assert [row.name for row in found.changed_to(Change.BROKEN)] == ["acme/case-000"]


def test_parts_tell_what_changed_where() -> None:
    found = compare(run_of(CASES, "1.1.0", wrong=[0, 2, 8]), run_of(CASES, wrong=[1]))
    parts = {(part.kind, part.name): part for part in found.parts}
    even, odd, critical = parts["tag", "even"], parts["tag", "odd"], parts["severity", "critical"]
    assert (even.cases, even.right, even.right_before, even.broken, even.fixed) == (20, 17, 20, 3, 0)
    assert (odd.right, odd.right_before, odd.fixed) == (20, 19, 1)
    assert (critical.cases, critical.broken) == (1, 1)
    assert even.difference.estimate.value == pytest.approx(-0.15)
    assert next(row.name for row in found.changed_to(Change.BROKEN)) == "case-008"  # the critical one first


def test_every_figure_stands_beside_that_of_the_active_version() -> None:
    found = compare(run_of(CASES, "1.1.0", usual=answer(cost_usd=0.03)), run_of(CASES))
    now, before = found.levels["cost_usd"]
    assert (now.value, before.value) == (pytest.approx(0.03), pytest.approx(0.01))
    assert found.levels["latency_p95_ms"][0].value == 900.0


def test_a_scorer_that_changed_in_between_is_left_out() -> None:
    old = run_of(CASES)
    old = replace(old, scorers={**old.scorers, "pattern": "other"})
    found = compare(run_of(CASES, "1.1.0"), old)
    assert found.unlike == ("pattern",) and "pattern" not in found.differences


def test_simulated_figures_are_never_compared_with_real_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"coverage@1\.1\.0 are simulated") as caught:
        compare(run_of(CASES, "1.1.0", simulated=True), run_of(CASES))
    assert caught.value.remedy


def test_runs_that_say_nothing_about_each_other_are_refused() -> None:
    now, old = run_of(CASES, "1.1.0"), run_of(CASES)
    with pytest.raises(ConfigurationError, match="verdict_match changed"):
        compare(now, replace(old, scorers={**old.scorers, "verdict_match": "other"}))
    with pytest.raises(ConfigurationError, match="one is for judge, the other for evaluate"):
        compare(now, replace(old, subject=replace(old.subject, use_case=UseCase.EVALUATE)))
