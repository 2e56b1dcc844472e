"""The comparison of versions and the gate's check, as Dagster shows them; and experiments."""

from typing import Any

import dagster as dg
import pytest

from radar_pipeline.defs.evals_comparison import checked
from radar_pipeline.defs.evals_specs import AB_RESULTS_KEY, COMPARISON_KEY, GATE_HOLDS
from tests.support.prompt_runs import LETTER, Prompted, checks, failures, told


def test_a_blocked_draft_fails_the_gate_s_check_in_one_paragraph_and_its_scores_stand(
    ready: Prompted,
) -> None:
    ready.version("1.1.0", "draft", LETTER)
    result = ready.evaluate()
    found = checks(result)["gate_holds"]
    assert (found.passed, found.blocking, found.severity) == (False, True, dg.AssetCheckSeverity.ERROR)
    assert "coverage@1.1.0 is blocked" in str(found.description)
    assert found.metadata["blocked"].value == "coverage@1.1.0" and found.metadata["simulated"].value
    assert not result.success and "gate_holds" in failures(result)
    assert len(told(result, "prompt_eval_scores")) == 4
    comparison = told(result, "prompt_comparison")[None]
    by_key = {row["prompt_key"]: row for row in comparison["gates"]}
    assert by_key["coverage@1.1.0"]["gate_says"] == found.description
    assert by_key["coverage@1.1.0"]["active"].startswith("coverage@1.0.0#")
    assert {row["metric"] for row in comparison["differences"]} >= {"verdict_match", "citation_validity"}
    assert comparison["simulated_accuracy_coverage@1.1.0"] <= 1.0
    assert "accuracy_local@rules-4" in comparison


def test_the_comparison_can_be_made_by_itself(ready: Prompted) -> None:
    ready.evaluate()
    result = ready.run(assets=[COMPARISON_KEY])
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [COMPARISON_KEY]
    assert GATE_HOLDS.name in checks(result)


def gate(key: str, status: str, passed: bool | None, *, simulated: bool = False) -> dict[str, Any]:
    return {
        "prompt_key": key,
        "candidate": f"{key}#1",
        "status": status,
        "gate_passed": passed,
        "gate_says": f"{key} says.",
        "simulated": simulated,
    }


@pytest.mark.parametrize(
    ("rows", "passed", "severity", "says"),
    [
        ([], True, "WARN", "No draft"),
        ([gate("a@1", "draft", True)], True, "WARN", "a@1 says."),
        ([gate("a@1", "draft", None)], True, "WARN", "a@1 says."),
        (
            [gate("a@1", "draft", False), gate("b@1", "draft", False)],
            False,
            "ERROR",
            "a@1 says.\n\nb@1 says.",
        ),
        ([gate("a@1", "active", False)], False, "WARN", "a@1 says."),
        ([gate("a@1", "active", False, simulated=True)], True, "WARN", "No draft"),
        ([gate("a@1", "active", False), gate("b@1", "draft", False)], False, "ERROR", "b@1 says."),
    ],
)
def test_only_a_blocked_draft_is_an_error_and_simulated_figures_say_nothing_of_what_is_in_force(
    rows: list[dict[str, Any]], passed: bool, severity: str, says: str
) -> None:
    found = checked(rows)
    assert (found.passed, found.severity.name) == (passed, severity)
    assert str(found.description).startswith(says)


def test_a_draft_is_judged_by_real_answers_once_there_are_any() -> None:
    simulated = gate("a@1", "draft", False, simulated=True)
    assert checked([simulated, gate("a@1", "draft", True)]).passed
    assert checked([gate("a@1", "draft", True), simulated]).passed
    assert not checked([gate("a@1", "draft", False), {**simulated, "gate_passed": True}]).passed


def test_experiments_are_shown_even_if_there_is_none(ready: Prompted) -> None:
    result = ready.run(assets=[AB_RESULTS_KEY])
    assert result.success, failures(result)
    assert told(result, "prompt_ab_results")[None]["experiments"] == 0
