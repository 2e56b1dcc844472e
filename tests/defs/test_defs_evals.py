"""Runs of evaluations, as Dagster shows them afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import AssetPartitionStatus

from radar_pipeline.defs.evals import GONE, NO_CASES, RETIRED
from radar_pipeline.defs.evals_specs import (
    COMPARISON_KEY,
    PARTITIONS,
    RESULTS_KEY,
    SCORES_KEY,
    VERSIONS,
)
from radar_pipeline.defs.instance import dagster_home, open_instance
from radar_pipeline.evals import runs
from radar_pipeline.llm.fake import FakeServer, Fault, Request
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.storage import warehouse
from tests.support.models import auditor, with_models
from tests.support.prompt_runs import KEYS, Prompted, failures, told
from tests.support.two_tenants import CANARY

DONE, FAILED = AssetPartitionStatus.MATERIALIZED, AssetPartitionStatus.FAILED
REGISTRY = dg.AssetKey("prompt_versions")
Serve = Callable[..., FakeServer]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, ready: Prompted) -> Iterator[Serve]:
    """A provider that is taken for real, and a key for it."""
    running: list[FakeServer] = []

    def start(faults: Any = None, **models: Any) -> FakeServer:
        server = FakeServer(says, faults, confess=False)
        running.append(server)
        with_models(ready.world, server, monkeypatch, **models)
        return server

    yield start
    for server in running:
        server.close()


def says(request: Request) -> Any:
    """A model that judges by shared words, and sees no contradiction anywhere."""
    if "ELEMENTS" in request.text:
        return auditor()(request)
    return {"reasoning": "", "contradicts": False, "kind": "none", "first_quote": "", "second_quote": ""}


def status(ready: Prompted, asset: dg.AssetKey = SCORES_KEY) -> dict[str, AssetPartitionStatus | None]:
    keys = ready.instance.get_dynamic_partitions(PARTITIONS)
    return dict(ready.instance.get_status_by_partition(asset, keys, VERSIONS) or {})


def rows(ready: Prompted, table: str) -> list[dict[str, Any]]:
    """A table of the published portfolio."""
    published = ready.world.settings().portfolio / "published"
    return list(warehouse.TenantReport.table(published, table))


# ── A round ───────────────────────────────────────────────────────────────────────────────────


def test_one_run_evaluates_a_range_and_says_which_figures_are_simulated(ready: Prompted) -> None:
    result = ready.evaluate()
    assert result.success, failures(result)
    assert status(ready) == status(ready, RESULTS_KEY) == dict.fromkeys(KEYS, DONE)
    scores = told(result, "prompt_eval_scores")
    assert {key: told["simulated"] for key, told in scores.items()} == {
        "passages@1.0.0": True,
        "coverage@1.0.0": True,
        "local@rules-4": False,
    }
    assert scores["coverage@1.0.0"]["description"].startswith("Simulated: ")
    assert scores["local@rules-4"]["model"].startswith("rules@4")
    assert {run.subject.key for run in runs.load(ready.world.settings().home)} == {*KEYS}
    assert {row["prompt_key"] for row in rows(ready, "prompt_eval_scores")} == {*KEYS}
    assert {row["prompt_key"] for row in rows(ready, "prompt_eval_results")} == {*KEYS}


def test_every_figure_is_a_number_with_its_interval_and_failing_cases_are_listed(ready: Prompted) -> None:
    for number in range(6):
        ready.case(
            f"more-{number}", source=f"source-{number}", severity="critical" if not number else "minor"
        )
    expected = {"verdict": "contradicted"}
    ready.case("wrong", expected=expected, tags=["hard"], severity="critical", source="own-policy")
    result = ready.evaluate("local@rules-4")
    [(key, scores)] = told(result, "prompt_eval_scores").items()
    assert key == "local@rules-4" and scores["n"] == 8
    assert scores["verdict_match_low"] <= scores["verdict_match"] <= scores["verdict_match_high"]
    assert all(isinstance(scores[name], float) for name in ("verdict_match", "verdict_cost"))
    assert scores["critical_failed"] == 1 and scores["failed"] == 1
    [failing] = scores["failing"]
    assert failing == {
        "case": "wrong",
        "severity": "critical",
        "tags": "hard",
        "source": "own-policy",
        "expected": "contradicted",
        "said": failing["said"],
    }
    assert failing["said"] in ("covered", "partial")
    results = told(result, "prompt_eval_results")[key]
    assert (results["cases"], results["passed"], results["failed"]) == (8, 7, 1)
    assert [row["failed"] for row in results["by_severity"]] == [1, 0, 0]


def test_what_was_answered_is_not_asked_again(ready: Prompted, serve: Serve) -> None:
    server = serve()
    first = told(ready.evaluate(), "prompt_eval_results")
    asked = len(server.books)
    assert asked == 2 and not first["coverage@1.0.0"]["simulated"]
    second = told(ready.evaluate(), "prompt_eval_results")
    assert len(server.books) == asked
    assert (first["coverage@1.0.0"]["reused"], second["coverage@1.0.0"]["reused"]) == (0, 1)
    assert second["coverage@1.0.0"]["evaluated_at"] == first["coverage@1.0.0"]["evaluated_at"]


def test_repeats_are_asked_for_in_the_run_s_form(ready: Prompted) -> None:
    ready.register()
    result = ready.run(ready.tags("coverage@1.0.0"), repeats=3)
    [results] = told(result, "prompt_eval_results").values()
    assert (results["cases"], results["asked"], results["repeats"]) == (1, 3, 3)
    assert not ready.run(ready.tags("coverage@1.0.0"), repeats=0).success


# ── What fails ────────────────────────────────────────────────────────────────────────────────


def test_a_version_whose_provider_is_down_keeps_its_last_figures_and_stops_no_other(
    ready: Prompted, serve: Serve
) -> None:
    down: list[str] = []
    serve(faults=lambda request: Fault.WRONG_KEY if down and down[0] in request.text else None)
    assert ready.evaluate().success
    before = {head.run_id for head in runs.heads(ready.world.settings().home)}
    down.append("first passage")
    ready.case("more", UseCase.CONTRADICT)
    result = ready.evaluate()
    assert not result.success
    assert status(ready) == {"passages@1.0.0": FAILED, "coverage@1.0.0": DONE, "local@rules-4": DONE}
    said = failures(result)
    assert (
        "1 of 3 versions were not evaluated" in said and "passages@1.0.0: Not asked: 1 of its cases" in said
    )
    assert "coverage@1.0.0" not in said
    assert {head.run_id for head in runs.heads(ready.world.settings().home)} == before
    assert COMPARISON_KEY in {event.asset_key for event in result.get_asset_materialization_events()}


def test_a_budget_that_is_used_up_fails_the_version_alone_and_is_no_figure(
    ready: Prompted, serve: Serve
) -> None:
    server = serve(budgets={"overall": {}, "tenant": {}, "evaluations": {"daily": 0}})
    result = ready.evaluate()
    assert status(ready) == {"passages@1.0.0": FAILED, "coverage@1.0.0": FAILED, "local@rules-4": DONE}
    assert server.books == () and "budget" in failures(result)
    assert set(told(result, "prompt_eval_scores")) == {"local@rules-4"}


def test_a_defect_of_ours_is_told_by_its_kind_alone(ready: Prompted, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(bench: Any, subject: Any, *rest: Any, **more: Any) -> Any:
        if subject.name == "passages":
            raise RuntimeError(f"cannot read {CANARY}")
        return evaluate(bench, subject, *rest, **more)

    from radar_pipeline.evals.evaluate import evaluate

    monkeypatch.setattr("radar_pipeline.defs.evals.evaluate", broken)
    result = ready.evaluate()
    assert status(ready) == {"passages@1.0.0": FAILED, "coverage@1.0.0": DONE, "local@rules-4": DONE}
    assert "RuntimeError" in failures(result) and CANARY not in failures(result)


def test_a_range_written_backwards_fails_instead_of_evaluating_nothing(ready: Prompted) -> None:
    ready.register()
    backwards = {
        "dagster/asset_partition_range_start": KEYS[2],
        "dagster/asset_partition_range_end": KEYS[0],
    }
    assert not ready.run(backwards).success


# ── What is passed over ───────────────────────────────────────────────────────────────────────


def test_nobody_pays_for_what_is_deprecated_or_gone_and_it_never_shows_as_failed(
    ready: Prompted, serve: Serve
) -> None:
    draft = ready.version("1.1.0", "draft")
    serve(faults=lambda request: Fault.WRONG_KEY if "first passage" in request.text else None)
    ready.evaluate()
    last = told(ready.evaluate("coverage@1.1.0"), "prompt_eval_scores")["coverage@1.1.0"]
    ready.version("0.9.0", "deprecated")
    ready.version("0.8.0", "deprecated")
    draft.unlink()
    result = ready.evaluate()
    scores = told(result, "prompt_eval_scores")
    assert scores["coverage@0.8.0"]["passed_over"] == RETIRED
    assert scores["coverage@1.1.0"]["passed_over"] == GONE
    assert scores["coverage@1.1.0"]["verdict_match"] == last["verdict_match"]
    assert "passed_over" not in scores["coverage@0.9.0"]  # the active one is compared with it
    assert not result.success
    assert {key for key, how in status(ready).items() if how is FAILED} == {"passages@1.0.0"}


def test_a_deprecated_version_is_evaluated_if_somebody_asks_for_it_alone(ready: Prompted) -> None:
    ready.version("0.9.0", "deprecated")
    ready.version("0.8.0", "deprecated")
    [scores] = told(ready.evaluate("coverage@0.8.0"), "prompt_eval_scores").values()
    assert "passed_over" not in scores and scores["n"] == 1


def test_a_use_case_without_cases_is_passed_over(ready: Prompted) -> None:
    (ready.world.data / "eval_cases" / "contradict" / "own.jsonl").unlink()
    result = ready.evaluate()
    assert result.success
    assert told(result, "prompt_eval_scores")["passages@1.0.0"]["passed_over"] == NO_CASES


def test_a_tenants_case_is_named_and_nothing_else_of_it_reaches_dagsters_stores(ready: Prompted) -> None:
    import json

    case = {
        "case_id": "acme-r1",
        "inputs": {
            "requirement": {
                "ref": "R1",
                "title": "Breach notice",
                "text": f"The firm must notify the regulator. {CANARY}",
                "elements": [{"id": "action-1", "role": "action", "text": f"notify {CANARY}"}],
            },
            "passages": [{"text": CANARY, "kind": "policy", "status": "approved"}],
        },
        "expected": {"verdict": "contradicted"},
        "source": "quillhaven-policy",
        "why": f"Because {CANARY}",
        "severity": "critical",
        "tags": ["quillhaven"],
        "reviewed": True,
    }
    folder = ready.world.settings().tenant_home("acme") / "eval_cases"
    folder.mkdir(parents=True)
    (folder / "judge.jsonl").write_text(json.dumps(case))
    with open_instance() as instance:
        result = replace(ready, instance=instance).evaluate()
    assert result.success, failures(result)
    failing = told(result, "prompt_eval_scores")["local@rules-4"]["failing"]
    blank = dict.fromkeys(("tags", "source", "expected", "said"), "")
    assert {"case": "acme/acme-r1", "severity": "critical", **blank} in failing
    files = [path for path in dagster_home().rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        for secret in (CANARY, "quillhaven"):
            assert secret.encode() not in path.read_bytes(), path
