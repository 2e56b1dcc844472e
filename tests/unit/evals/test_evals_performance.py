"""What is kept of a version is measured with a real model, whole, and with what it leaves open."""

from dataclasses import replace
from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals.performance import performance
from radar_pipeline.prompts.perf import checked
from tests.support.evaluated import answer, judge_cases, run_of, unanswered

CASES = judge_cases(40)


def test_it_is_of_the_form_that_is_kept_beside_the_prompt() -> None:
    run = run_of(CASES, wrong=[0], answers={1: answer(made_up=3), 2: answer(verified=0)})
    body = performance(run, (7, 8))
    found = checked(Path("judge/coverage/1.0.0.perf.json"), body)
    assert found.sha == run.subject.sha and found.n == 40
    assert found.accuracy is not None and found.accuracy.value == 39 / 40
    assert found.citation_rate is not None and found.citation_rate.value == 39 / 40
    assert found.hallucination_rate is not None and found.hallucination_rate.value == 3 / 42
    assert found.satisfaction is not None and (found.satisfaction.value, found.satisfaction.n) == (7 / 8, 8)
    assert found.latency_p50_ms is not None and found.latency_p50_ms.value == 900.0


def test_all_right_is_kept_with_its_room_for_error() -> None:
    accuracy = performance(run_of(CASES))["accuracy"]
    assert accuracy["value"] == accuracy["high"] == 1.0 and accuracy["low"] < 0.8


def test_what_was_not_measured_is_none_and_not_zero() -> None:
    told = performance(run_of(CASES, usual=answer(verified=0, cost_usd=None, latency_ms=None)))
    assert told["hallucination_rate"] is told["cost_per_request_usd"] is told["satisfaction"] is None
    assert told["latency_p95_ms"] is None and told["citation_rate"]["value"] == 0.0


def test_only_answers_that_need_a_quote_are_asked_for_one() -> None:
    absent = [replace(case, expected={"verdict": "not_addressed"}) for case in CASES]
    told = performance(run_of(absent, usual=answer(right=False, verified=0)))
    assert told["citation_rate"] is None and told["accuracy"]["value"] == 1.0


def test_the_judge_version_changes_with_a_scorer() -> None:
    run = run_of(CASES)
    other = replace(run, scorers={**run.scorers, "pattern": "other"})
    assert performance(run)["judge_version"] != performance(other)["judge_version"]


def test_simulated_unfinished_or_unjudged_runs_are_refused() -> None:
    for run, says in (
        (run_of(CASES, simulated=True), "simulated"),
        (replace(run_of(CASES), unasked=2), "2 cases were not asked"),
        (run_of(CASES, usual=unanswered()), "None of the answers"),
    ):
        with pytest.raises(ConfigurationError, match=says) as caught:
            performance(run)
        assert caught.value.remedy
