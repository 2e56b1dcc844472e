"""Evaluations beside sweeps: what is due, what a report tells of its prompt, and that nothing waits."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.evals import grading, runs
from radar_pipeline.evals.chosen import chosen
from radar_pipeline.evals.evaluate import evaluate
from radar_pipeline.evals.values import Subject
from radar_pipeline.llm.fake import FakeServer, Fault, Request
from radar_pipeline.prompts import perf
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.prompts.versions import active
from radar_pipeline.settings import PROJECT
from radar_pipeline.sweep import evaluating, evaluation_lines
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluating import due, prompt_evaluations
from radar_pipeline.sweep.examining import Examiner
from tests.support.benches import BREACH, passage
from tests.support.models import auditor, with_models
from tests.support.rounds import evaluate_due
from tests.support.world import World

Serve = Callable[..., FakeServer]


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the prompts with one of the judge's and the contradictions'."""
    folder = tmp_path / "prompts"
    for name in ("judge", "contradict"):
        shutil.copytree(PROJECT / "prompts" / name, folder / name)
    for path in (folder / "judge").rglob("1.[12].0.prompt.yaml"):
        path.unlink()
    shutil.copy(PROJECT / "prompts" / "lock", folder / "lock")
    monkeypatch.setenv("RADAR_PROMPTS", str(folder))
    return folder


@pytest.fixture
def ready(world: World, prompts: Path) -> World:
    """A world with two cases."""
    world.tenant("acme")
    case(world, UseCase.JUDGE, "breach")
    pair = {"first": passage(), "second": passage("Visitors wear a badge at all times.")}
    case(world, UseCase.CONTRADICT, "badges", pair, {"contradicts": False})
    return world


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, ready: World) -> Iterator[Serve]:
    running: list[FakeServer] = []

    def start(faults: Any = None, *, confess: bool = False, **models: Any) -> FakeServer:
        server = FakeServer(says, faults, confess=confess)
        running.append(server)
        with_models(ready, server, monkeypatch, **models)
        return server

    yield start
    for server in running:
        server.close()


def says(request: Request) -> Any:
    """A model that judges by shared words, sees no contradiction, and is content with every answer."""
    if "ELEMENTS" in request.text:
        return auditor()(request)
    if "sentences" in (asked := (request.schema or {}).get("properties", {})):
        return {"sentences": [], "not_answered": "Nothing tells it."}
    if "passes" in asked:
        return {"reasoning": "", "criteria": [], "passes": True, "score": 1.0}
    return {"reasoning": "", "contradicts": False, "kind": "none", "first_quote": "", "second_quote": ""}


def case(
    world: World,
    use_case: UseCase,
    name: str,
    inputs: dict[str, Any] | None = None,
    expected: dict[str, Any] | None = None,
) -> None:
    """Add a case to the world's files; by default one about R1."""
    body = {
        "case_id": name,
        "inputs": inputs or {"framework": "rules", "ref": "R1", "passages": [passage()]},
        "expected": expected or {"verdict": "covered", "also": ["partial", "not_addressed"]},
        "source": "made-up",
        "why": "It is made up.",
        "severity": "major",
    }
    path = world.data / "eval_cases" / use_case.value / "own.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        stream.write(json.dumps(body) + "\n")


def keys(subjects: list[Subject]) -> list[str]:
    return [subject.key for subject in subjects]


def lines(environment: Environment) -> dict[str, str]:
    return {ref.partition("#")[0]: line for ref, line in prompt_evaluations(environment).items()}


def test_without_a_key_only_the_local_judge_is_due(ready: World) -> None:
    environment = ready.environment()
    assert keys(due(environment)) == ["local@rules-4"]
    done = evaluate_due(environment)
    assert (keys([run.subject for run in done.runs]), done.problems) == (["local@rules-4"], [])
    assert due(environment) == []


def test_the_first_night_with_a_key_evaluates_what_is_active_and_no_second_one_does(
    ready: World, serve: Serve
) -> None:
    server = serve()
    environment = ready.environment()
    assert keys(due(environment)) == ["passages@1.0.0", "coverage@1.0.0", "local@rules-4"]
    done = evaluate_due(environment)
    assert [(run.complete, run.simulated) for run in done.runs] == [(True, False)] * 3
    asked = len(server.books)
    again = ready.environment()
    assert (due(again), evaluate_due(again).runs, len(server.books)) == ([], [], asked)


def test_a_broken_draft_holds_up_no_other_evaluation(ready: World, serve: Serve) -> None:
    serve()
    environment = ready.environment()
    draft = environment.settings.prompts / "judge" / "coverage" / "1.9.0.prompt.yaml"
    draft.write_text("name: coverage\nmessages: [\n")
    assert keys(due(environment)) == ["passages@1.0.0", "coverage@1.0.0", "local@rules-4"]


def test_a_new_case_makes_its_use_case_due_and_asks_only_what_is_new(ready: World, serve: Serve) -> None:
    server = serve()
    evaluate_due(ready.environment())
    asked = len(server.books)
    case(ready, UseCase.JUDGE, "another", {"framework": "rules", "ref": "R2", "passages": [passage()]})
    environment = ready.environment()
    assert keys(due(environment)) == ["coverage@1.0.0", "local@rules-4"]
    evaluate_due(environment)
    assert len(server.books) == asked + 1


def test_a_changed_prompt_is_due_and_a_deprecated_one_is_not(
    ready: World, serve: Serve, prompts: Path
) -> None:
    serve()
    evaluate_due(ready.environment())
    path = prompts / "judge" / "coverage" / "1.0.0.prompt.yaml"
    text = path.read_text().replace("You are a compliance auditor.", "You are an auditor.")
    path.write_text(text)
    assert keys(due(ready.environment())) == ["coverage@1.0.0"]
    path.write_text(text.replace("status: active", "status: deprecated"))
    assert due(ready.environment()) == []


def test_what_fails_is_told_and_the_others_are_evaluated(ready: World, serve: Serve) -> None:
    serve()
    (ready.data / "empty.md").write_text("")
    broken = {"framework": "rules", "ref": "R1", "documents": [{"path": "empty.md"}]}
    case(ready, UseCase.JUDGE, "broken", broken)
    done = evaluate_due(ready.environment())
    assert keys([run.subject for run in done.runs]) == ["passages@1.0.0"]
    assert [problem.partition(":")[0] for problem in done.problems] == ["coverage@1.0.0", "local@rules-4"]


def test_an_evaluation_that_ran_out_of_money_is_due_again_and_shown_nowhere(
    ready: World, serve: Serve
) -> None:
    server = serve(budgets={"overall": {}, "tenant": {}, "evaluations": {"daily": 0}})
    environment = ready.environment()
    done = evaluate_due(environment)
    assert [run.unasked for run in done.runs] == [1, 1, 0]
    assert len(done.problems) == 2
    assert server.books == ()
    assert keys(due(environment)) == ["passages@1.0.0", "coverage@1.0.0"]
    assert list(lines(environment)) == ["local@rules-4"]


def test_a_provider_that_is_down_blocks_no_sweep(ready: World, serve: Serve) -> None:
    serve(faults=lambda request: Fault.WRONG_KEY if "first passage" in request.text else None)
    environment = ready.environment()
    done = evaluate_due(environment)
    assert {run.subject.key: run.unasked for run in done.runs} == {
        "passages@1.0.0": 1,
        "coverage@1.0.0": 0,
        "local@rules-4": 0,
    }
    assert ready.sweep().state == "succeeded"


def test_a_report_tells_how_well_its_prompt_was_found_to_do(ready: World, serve: Serve) -> None:
    serve()
    ready.sweep()
    shown = {row["prompt_evaluation"] for row in ready.report("acme")["assessments"]}
    assert shown == {"not evaluated"}
    evaluate_due(ready.environment())
    ready.write("acme", "policy.md", BREACH)
    ready.sweep()
    [row] = [r for r in ready.report("acme")["assessments"] if r["requirement_id"] == "rules:R1"]
    assert row["prompt_evaluation"] == lines(ready.environment())["coverage@1.0.0"]
    assert row["prompt_evaluation"].startswith("accuracy ")
    assert ", n 1, 20" in row["prompt_evaluation"]


def test_a_simulated_evaluation_is_told_in_no_report(ready: World, serve: Serve) -> None:
    serve(confess=True)
    environment = ready.environment()
    assert evaluate_due(environment).runs[0].simulated
    assert list(lines(environment)) == ["local@rules-4"]
    ready.sweep()
    shown = {row["prompt_evaluation"] for row in ready.report("acme")["assessments"]}
    assert shown == {"not evaluated"}


def test_a_later_simulated_evaluation_takes_no_live_figure_from_a_report(ready: World, serve: Serve) -> None:
    serve()
    environment = ready.environment()
    evaluate_due(environment)
    told = lines(environment)
    assert "coverage@1.0.0" in told
    with Examiner(environment) as examiner:
        [subject] = [s for s in chosen(examiner.bench) if s.key == "coverage@1.0.0"]
        assert examiner.run(subject, simulated=True).simulated
    latest = runs.latest(ready.home, subject)
    assert latest is not None and latest.simulated
    assert lines(environment) == told


def test_graded_answers_are_due_again_once_the_grades_count_and_nobody_is_asked_then(
    ready: World, serve: Serve, prompts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ask", "evaluate"):
        shutil.copytree(PROJECT / "prompts" / name, prompts / name)
    inputs = {"question": "Who wears a badge?", "today": "2026-11-29", "passages": [passage()]}
    case(ready, UseCase.ASK, "badges", inputs, {"answered": False})
    about = {"task": "Tell.", "material": BREACH, "answer": BREACH, "criteria": ["It is so."]}
    case(ready, UseCase.EVALUATE, "label", about, {"passes": True})
    server = serve()
    done = evaluate_due(ready.environment())
    [answered] = [run for run in done.runs if run.subject.use_case is UseCase.ASK]
    assert (answered.results[0].scores["model_grade"].value, done.problems) == (1.0, [])
    assert due(ready.environment()) == []
    asked = len(server.books)
    monkeypatch.setattr(grading.calibration, "_reasons", lambda *_: [])
    assert keys(due(ready.environment())) == ["answer@1.0.0"]
    [counting] = evaluate_due(ready.environment()).runs
    assert counting.results[0].scores["model_grade"].metadata["counts"] is True
    assert (due(ready.environment()), len(server.books)) == ([], asked)


def test_figures_beside_the_prompt_are_told_until_there_is_a_run(
    ready: World, serve: Serve, prompts: Path
) -> None:
    prompt = active(prompts, UseCase.JUDGE, "coverage")
    figures = dict.fromkeys(perf.FIGURES)
    accuracy = {"value": 0.81, "low": 0.74, "high": 0.87, "n": 131}
    told = {"dataset": "0" * 16, "n": 131, "judge_version": "scorers-1", "model": "a/b", "date": "2026-11-30"}
    perf.write(prompts, prompt, {**figures, **told, "sha": prompt.sha, "accuracy": accuracy})
    assert lines(ready.environment()) == {"coverage@1.0.0": "accuracy 0.81 (0.74–0.87), n 131, 2026-11-30"}
    serve()
    evaluate_due(ready.environment())
    assert ", n 1, " in lines(ready.environment())["coverage@1.0.0"]


def test_an_unchanged_night_opens_no_run_for_what_it_tells(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = ready.environment()
    evaluate_due(environment)
    before = lines(environment)
    evaluation_lines._lines.cache_clear()
    monkeypatch.setattr(evaluation_lines.runs, "find", lambda *_: pytest.fail("a run was opened"))
    assert lines(environment) == before != {}


def test_damaged_evaluations_stop_no_report(ready: World) -> None:
    environment = ready.environment()
    evaluate_due(environment)
    for path in (ready.home / "evals").rglob("*.json"):
        path.write_text("{")
    assert lines(environment) == {}
    assert ready.sweep().state == "succeeded"


def test_a_tenants_reviewed_case_takes_part_and_a_broken_one_holds_up_nobody(ready: World) -> None:
    own = ready.home / "tenants" / "acme" / "eval_cases" / "judge.jsonl"
    own.parent.mkdir(parents=True)
    line = json.loads((ready.data / "eval_cases" / "judge" / "own.jsonl").read_text())
    elements = [{"id": "action-1", "role": "action", "text": "notify a breach"}]
    requirement = {"ref": "R1", "title": "Breach", "text": "Notify a breach.", "elements": elements}
    line |= {"inputs": {"requirement": requirement, "passages": [passage()]}, "reviewed": True}
    own.write_text(json.dumps(line))
    [run] = evaluate_due(ready.environment()).runs
    assert [result.case.tenant for result in run.results] == ["", "acme"]
    assert [result.case.tenant for result in runs.load(ready.home)[0].results] == ["", "acme"]
    own.write_text("{")
    [run] = evaluate_due(ready.environment()).runs
    assert [result.case.tenant for result in run.results] == [""]


def test_where_no_key_is_the_scripted_model_answers_and_its_run_says_so(ready: World, prompts: Path) -> None:
    environment = ready.environment()
    bench, cases = evaluating.workbench(environment), evaluating.all_cases(environment)
    prompt = evaluating.subject_of(active(prompts, UseCase.JUDGE, "coverage"))
    with evaluating.with_provider(bench, prompt) as opened:
        assert evaluate(opened, prompt, cases).simulated
    local = evaluating.local_subject(bench)
    with evaluating.with_provider(bench, local) as opened:
        assert opened is bench
