"""A model's grades: asked once, of what was really shown, and deciding nothing before experts agree."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.evals import runs
from radar_pipeline.evals.evaluate import evaluate
from radar_pipeline.evals.grading import FAITHFUL, NOTED, criteria, words
from radar_pipeline.evals.scorers import passed
from radar_pipeline.evals.simulated.opening import open_simulated
from radar_pipeline.evals.values import Case, Response, Run, Score
from radar_pipeline.llm.fake import FakeServer, Fault, Request
from radar_pipeline.prompts.use_cases import UseCase
from tests.support.benches import BREACH, Bench, made, passage, with_keys

QUESTION = "Within which time is a breach notified to the authority?"
ANSWER = {
    "sentences": [
        {
            "text": "Breaches are notified within 48 hours.",
            "quotes": [{"passage": 1, "quote": BREACH}],
            "assessments": [],
        }
    ],
    "not_answered": "",
}
Open = Callable[..., Bench]


class Model:
    """Answers questions, and grades answers by the words in the answer and the criteria it was shown."""

    def __init__(self) -> None:
        self.passes: Any = True
        self.answer: Any = ANSWER
        self.reason = "It was compared."
        self.graded: list[str] = []

    def __call__(self, request: Request) -> Any:
        if "passes" not in (request.schema or {}).get("properties", {}):
            return self.answer
        self.graded.append(request.text)
        passes = self.passes(request) if callable(self.passes) else self.passes
        return {
            "reasoning": self.reason,
            "criteria": [],
            "passes": passes,
            "score": 1.0 if passes else 0.5,
        }


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Model) -> Iterator[Open]:
    with_keys(monkeypatch)
    servers = []

    def make(faults: Any = None, confess: bool = False, **more: Any) -> Bench:
        server = FakeServer(model, faults, confess=confess)
        servers.append(server)
        return Bench(tmp_path, server, **more)

    yield make
    for server in servers:
        server.close()


def question(name: str = "breach-time", **changes: Any) -> Case:
    inputs = {"question": QUESTION, "today": "2026-11-29", "passages": [passage(), passage("Badges.")]}
    return made(UseCase.ASK, name, inputs, {"answered": True}, **changes)


def labels(count: int) -> list[Case]:
    """Answers that an expert passed, and as many that one failed."""
    about = {"task": "Tell the time.", "material": BREACH, "criteria": [FAITHFUL]}
    return [
        made(
            UseCase.EVALUATE,
            f"label-{n}",
            {**about, "answer": f"{'Right' if n % 2 else 'Wrong'} {n}."},
            {"passes": bool(n % 2)},
        )
        for n in range(count)
    ]


def run_of(bench: Bench, *cases: Case, **more: Any) -> Run:
    return evaluate(bench.work, bench.subject(UseCase.ASK), cases or (question(),), **more)


def grades(run: Run) -> list[Score]:
    return [result.scores["model_grade"] for result in run.results]


def is_grading(request: Request) -> bool:
    return "passes" in (request.schema or {}).get("properties", {})


# ── What is asked ─────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_graded_on_what_was_shown_and_by_what_its_case_says(opened: Open, model: Model) -> None:
    run = run_of(opened(), question(why="The policy in force fixes 48 hours."))
    [asked] = model.graded
    for told in (QUESTION, "[1] policy, approved, passage 1, Breaches", BREACH, FAITHFUL):
        assert told in asked
    assert f"{NOTED}The policy in force fixes 48 hours." in asked
    assert asked.count("Breaches are notified within 48 hours.") == 1
    [grade] = grades(run)
    assert (grade.value, grade.answer, grade.explanation) == (1.0, "passes", "It was compared.")


def test_documents_and_the_answer_reach_the_grader_as_data_alone(opened: Open, model: Model) -> None:
    parts: list[Any] = []
    model.passes = lambda request: not parts.extend(request.parts)
    run_of(opened())
    holding = [part for part in parts if BREACH in part.text or "within 48 hours" in part.text]
    [part] = holding
    assert part.role == "user"
    assert "begin: text of documents" in part.text


def test_a_question_that_the_material_leaves_open_is_graded_by_whether_the_answer_says_so() -> None:
    whole, part = question(), replace(question(), expected={"answered": False})
    assert criteria(whole)[0] != criteria(part)[0]
    assert "leaves open" in criteria(part)[0]
    assert criteria(replace(part, why=""))[1:] == (FAITHFUL,)


def test_what_an_answer_leaves_open_is_part_of_it() -> None:
    told = Response({"sentences": [{"text": "Yes.", "supported": True}], "not_answered": "Since when."})
    assert words(told) == "Yes.\nLeft open: Since when."
    assert words(Response({"sentences": [], "not_answered": ""})) != ""


def test_only_answers_to_questions_are_graded(opened: Open, model: Model) -> None:
    bench = opened()
    model.answer = {
        "reasoning": "",
        "contradicts": False,
        "kind": "none",
        "first_quote": "",
        "second_quote": "",
    }
    pair = made(
        UseCase.CONTRADICT, "pair", {"first": passage(), "second": passage("Badges.")}, {"contradicts": False}
    )
    run = evaluate(bench.work, bench.subject(UseCase.CONTRADICT), [pair])
    assert ("model_grade" in run.scorers, model.graded) == (False, [])


# ── Once ──────────────────────────────────────────────────────────────────────────────────────


def test_a_grade_is_asked_for_once_and_booked_as_an_evaluation(opened: Open, model: Model) -> None:
    bench = opened()
    first = run_of(bench)
    runs.save(bench.home, first)
    assert [
        (row.tenant_id, row.feature, row.prompt_ref.partition("@")[0]) for row in bench.models.ledger()
    ] == [
        ("", "evaluate", "answer"),
        ("", "evaluate", "grade"),
    ]
    second = run_of(bench)
    assert (bench.asked, len(model.graded)) == (2, 1)
    assert (second.run_id, second.evaluated_at, grades(second)) == (
        first.run_id,
        first.evaluated_at,
        grades(first),
    )


def test_repeats_that_say_the_same_have_one_grade(opened: Open, model: Model) -> None:
    run = run_of(opened(), repeats=3)
    assert ([grade.value for grade in grades(run)], len(model.graded)) == ([1.0] * 3, 1)


def test_another_expectation_is_graded_anew_without_asking_for_the_answer(opened: Open, model: Model) -> None:
    bench = opened()
    run_of(bench)
    run_of(bench, question(why="Another reason."))
    assert (bench.asked, len(model.graded)) == (3, 2)


def test_a_changed_grader_grades_anew_and_is_another_scorer(opened: Open, model: Model) -> None:
    bench = opened()
    first = run_of(bench)
    (bench.prompts / "lock").unlink()
    bench.change(UseCase.EVALUATE, "You judge an answer", "You assess an answer")
    second = run_of(bench)
    assert (bench.asked, len(model.graded)) == (3, 2)
    assert first.scorers["model_grade"] != second.scorers["model_grade"]
    assert first.run_id != second.run_id


# ── What cannot be graded ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", [Fault.REFUSAL, Fault.TRUNCATED_ANSWER, Fault.INVALID_JSON])
def test_what_the_grader_cannot_judge_is_unscored_and_not_paid_for_again(opened: Open, fault: Fault) -> None:
    bench = opened(faults=lambda request: fault if is_grading(request) else None)
    run = run_of(bench)
    asked = bench.asked
    assert ([grade.value for grade in grades(run)], run.complete) == ([None], True)
    assert passed(run.results[0]) is True
    run_of(bench)
    assert bench.asked == asked


def test_a_grader_that_nobody_can_ask_costs_the_answers_nothing(opened: Open, model: Model) -> None:
    down = [True]
    bench = opened(faults=lambda r: Fault.SERVER_ERROR if is_grading(r) and down[0] else None)
    notes: list[str] = []
    run = run_of(bench, note=notes.append)
    runs.save(bench.home, run)
    assert ([grade.value for grade in grades(run)], run.unasked) == ([None], 0)
    assert notes[0].startswith("Answers left without a grade: 1. ") and "server_error" in notes[0]
    down[0] = False
    later = run_of(bench)
    assert (later.run_id, [grade.value for grade in grades(later)]) == (run.run_id, [1.0])
    assert later.evaluated_at > run.evaluated_at


def test_without_a_grader_in_force_answers_are_scored_all_the_same(opened: Open) -> None:
    bench = opened()
    bench.change(UseCase.EVALUATE, "You judge an answer", "You assess an answer")  # not what the lock says
    run = run_of(bench)
    assert (bench.asked, run.complete) == (1, True)
    assert [(g.value, g.explanation) for g in grades(run)] == [(None, "No model graded the answer.")]


def test_a_grader_that_asks_for_other_variables_stops_no_evaluation(opened: Open) -> None:
    bench = opened()
    (bench.prompts / "lock").unlink()
    bench.change(UseCase.EVALUATE, "    {{ task }}", "    {{ job }}")
    bench.change(UseCase.EVALUATE, "    task:\n      description", "    job:\n      description")
    bench.change(UseCase.EVALUATE, "  task: Tell", "  job: Tell")
    notes: list[str] = []
    run = run_of(bench, note=notes.append)
    assert ([grade.value for grade in grades(run)], run.complete) == ([None], True)
    assert notes[0].startswith("The answers were not graded: ")


def test_no_more_is_spent_on_grades_than_is_set_aside_for_evaluations(opened: Open) -> None:
    def edit(body: dict[str, Any]) -> None:
        body["budgets"] = {"overall": {}, "evaluations": {"daily": 0.04, "monthly": 10}}

    bench = opened(edit=edit)
    asked = [question(f"question-{n}", why=f"Reason {n}.") for n in range(12)]
    notes: list[str] = []
    run = run_of(bench, *asked, note=notes.append)
    assert 0 < bench.models.spent() <= 0.04
    assert any(grade.value is None for grade in grades(run))
    assert any("evaluations of prompts" in note for note in notes)


# ── What counts ───────────────────────────────────────────────────────────────────────────────


def calibrated(bench: Bench, model: Model, count: int) -> Run:
    """The grader's evaluation on so many labels, all of which it tells right; two are really asked."""
    model.passes = lambda request: "Right" in request.text
    run = evaluate(bench.work, bench.subject(UseCase.EVALUATE), labels(2))
    model.passes = False
    results = tuple(replace(run.results[n % 2], case=label) for n, label in enumerate(labels(count)))
    run = replace(run, run_id=f"labels-{count}", results=results)
    runs.save(bench.home, run)
    return run


def test_a_grade_is_only_reported_until_the_grader_judges_as_experts_do(opened: Open, model: Model) -> None:
    bench = opened()
    model.passes = False
    [before] = (run := run_of(bench)).results
    assert grades(run)[0].metadata["counts"] is False
    assert "not compared with experts" in grades(run)[0].metadata["calibration"]
    calibrated(bench, model, 98)
    few = run_of(bench)
    assert "2 more labels are needed" in grades(few)[0].metadata["calibration"]
    calibrated(bench, model, 100)
    asked = bench.asked
    counting = run_of(bench)
    assert grades(counting)[0].metadata["counts"] is True
    assert grades(counting)[0].metadata["calibration"].startswith("It counts")
    assert bench.asked == asked
    assert counting.scorers["model_grade"] != few.scorers["model_grade"]
    verdicts = [passed(run.results[0]) for run in (run, few, counting)]
    assert (verdicts, before.scores["properties"].value) == ([True, True, False], 1.0)


def test_a_calibration_of_other_models_does_not_count(opened: Open, model: Model) -> None:
    bench = opened()
    run = calibrated(bench, model, 100)
    runs.save(bench.home, replace(run, model="another/model"))
    assert grades(run_of(bench))[0].metadata["counts"] is False


def test_a_simulated_grader_never_counts(opened: Open, model: Model) -> None:
    bench = opened(confess=True)
    assert calibrated(bench, model, 100).simulated
    [told] = grades(run_of(bench))
    assert (told.value, told.metadata["counts"], told.metadata["simulated"]) == (0.0, False, True)


def test_the_scripted_model_grades_too_and_never_counts(opened: Open, model: Model) -> None:
    bench = opened()
    calibrated(bench, model, 100)
    with open_simulated(bench.work) as simulated:
        run = evaluate(simulated, bench.subject(UseCase.ASK), [question()])
    [told] = grades(run)
    assert told.value is not None
    assert (run.simulated, told.metadata["counts"], told.metadata["simulated"]) == (True, False, True)


# ── Tenants ───────────────────────────────────────────────────────────────────────────────────


def test_the_grade_of_a_tenants_answer_lies_under_the_tenant_and_nowhere_else(
    opened: Open, model: Model
) -> None:
    bench = opened()
    calibrated(bench, model, 100)
    (bench.home / "tenants" / "acme").mkdir(parents=True)
    own = question(tenant="acme", why="The pigeon carries it.")
    model.answer = {"sentences": [], "not_answered": "The pigeon is not named."}
    model.reason = "No pigeon carries it."
    run = run_of(bench, own)
    runs.save(bench.home, run)
    kept = list((bench.home / "tenants" / "acme" / "evals").rglob("*.json"))
    assert {"passes" in json.loads(path.read_text())["answer"] for path in kept} == {True, False}
    elsewhere = [path for path in bench.home.rglob("*.json") if path not in kept]
    assert not [path for path in elsewhere if "pigeon" in path.read_text()]
    stored = runs.find(bench.home, run.run_id)
    assert stored is not None
    assert [passed(r) for r in stored.results] == [passed(r) for r in run.results] == [False]
    assert stored.results[0].scores["model_grade"] == Score(0.0, metadata={"counts": True})
