"""A scorer says what is right and wrong, and says nothing where it can't judge."""

import ast
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from radar_pipeline.evals import scorers
from radar_pipeline.evals.calibration import calibrate
from radar_pipeline.evals.scorers import scorer as scorer_module
from radar_pipeline.evals.scorers.model_grade import Grade, graded_by
from radar_pipeline.evals.scorers.verdict_cost import ABSTENTION, COSTS
from radar_pipeline.evals.values import Case, Quoted, Response, Result, Score
from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.prompts.use_cases import UseCase

EXPECTED: Mapping[UseCase, dict[str, Any]] = {
    UseCase.JUDGE: {"verdict": "covered"},
    UseCase.ASK: {"answered": True},
    UseCase.DECOMPOSE: {"elements": [{"role": "action", "contains": ["notif"]}], "most": 2},
    UseCase.CONTRADICT: {"contradicts": True},
    UseCase.EVALUATE: {"passes": True},
}
RIGHT: Mapping[UseCase, dict[str, Any]] = {
    UseCase.JUDGE: {"verdict": "covered", "withheld": "", "text": "It is arranged."},
    UseCase.ASK: {"sentences": [{"text": "Yes.", "supported": True}], "not_answered": "", "text": "Yes."},
    UseCase.DECOMPOSE: {"elements": [{"role": "action", "text": "notify people", "limit": ""}], "text": ""},
    UseCase.CONTRADICT: {"contradicts": True, "kind": "duty", "text": "They differ."},
    UseCase.EVALUATE: {"passes": True, "score": 0.9, "text": "Good."},
}
UNASKED = (
    ErrorClass.RATE_LIMIT,
    ErrorClass.CIRCUIT_OPEN,
    ErrorClass.AUTH,
    ErrorClass.QUOTA,
    ErrorClass.BUDGET,
)
OWN = (ErrorClass.INVALID_ANSWER, ErrorClass.TRUNCATED, ErrorClass.REFUSAL, ErrorClass.CONTEXT_OVERFLOW)


def case(use_case: UseCase = UseCase.JUDGE, **changes: Any) -> Case:
    fields: dict[str, Any] = {"expected": EXPECTED[use_case], "inputs": {}, "source": "firm"}
    return Case(case_id="case-1", use_case=use_case, **(fields | changes))


def response(use_case: UseCase = UseCase.JUDGE, *, error: str = "", **changes: Any) -> Response:
    own = {name: changes.pop(name) for name in list(changes) if name in Response.__slots__}
    return Response({} if error else RIGHT[use_case] | changes, error=error, **own)


def score(name: str, asked: Case, told: Response) -> Score:
    return scorers.ALL[name].score(asked, told)


def value(name: str, asked: Case, told: Response) -> float | None:
    return score(name, asked, told).value


def result(asked: Case, told: Response) -> Result:
    scored = {s.name: s.score(asked, told) for s in scorers.for_use_case(asked.use_case)}
    return Result(asked, 1, told, scored)


# ── All of them ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("use_case", list(UseCase))
def test_a_right_answer_has_a_full_primary_score_and_passes(use_case: UseCase) -> None:
    told = result(case(use_case), response(use_case))
    first = scorers.for_use_case(use_case)[0]
    assert first.name == scorers.PRIMARY[use_case]
    assert told.scores[first.name].value == 1.0 and scorers.passed(told) is True


@pytest.mark.parametrize("use_case", list(UseCase))
@pytest.mark.parametrize("error", UNASKED)
def test_a_question_that_reached_no_model_is_unscored_and_never_a_zero(
    use_case: UseCase, error: ErrorClass
) -> None:
    told = result(
        case(use_case, required_quotes=("a b c",), patterns=("x",)), response(use_case, error=error)
    )
    assert {score.value for score in told.scores.values()} == {None}
    assert scorers.passed(told) is None


@pytest.mark.parametrize("use_case", list(UseCase))
@pytest.mark.parametrize("error", OWN)
def test_an_answer_that_is_none_is_a_failure_of_who_was_asked(use_case: UseCase, error: ErrorClass) -> None:
    told = result(case(use_case, forbidden_claims=("x",)), response(use_case, error=error))
    assert told.scores[scorers.PRIMARY[use_case]].value == 0.0
    assert told.scores["forbidden_claim"].value is None  # nothing was said, so nothing was withstood
    assert scorers.passed(told) is False


def test_a_case_without_its_primary_score_neither_passes_nor_fails() -> None:
    assert scorers.passed(Result(case(), 1, response(), {})) is None


def test_every_file_of_a_scorer_is_registered_under_its_own_name() -> None:
    for name, scorer in scorers.ALL.items():
        assert name == scorer.name
        assert (files(scorer_module.HERE) / f"{name}.py").is_file()
        assert scorer.unit in ("share", "usd", "ms", "cost")
        assert scorer.higher_is_better is (scorer.unit == "share")
    kept = {path.name.removesuffix(".py") for path in files(scorer_module.HERE).iterdir()}
    assert kept - set(scorers.ALL) <= {
        "__init__",
        "__pycache__",
        "scorer",
        "answering",
        "overlap",
        "verdicts",
    }


@pytest.mark.parametrize("name", sorted(scorers.ALL))
def test_whatever_a_scorer_computes_with_is_part_of_its_sha(name: str) -> None:
    words = {"radar_pipeline.evals.values", "radar_pipeline.models", "radar_pipeline.prompts.use_cases"}
    words |= {f"{scorer_module.HERE}.scorer", "radar_pipeline.llm.call", "radar_pipeline.evals.calibration"}
    scorer = scorers.ALL[name]
    for module in (f"{scorer_module.HERE}.{name}", *scorer.uses):
        if module.startswith(scorer_module.HERE):
            assert imported(module) - words <= {*scorer.uses}, module


def imported(module: str) -> set[str]:
    """Modules of the program that a module's source imports."""
    package, _, name = module.rpartition(".")
    found = set()
    for node in ast.walk(ast.parse((files(package) / f"{name}.py").read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("radar_pipeline"):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            is_package = (files("radar_pipeline") / "/".join(str(node.module).split(".")[1:])).is_dir()
            found |= set(inside) if is_package else {str(node.module)}
    return found


def test_the_shas_of_scorers_differ_and_that_of_a_grader_is_its_identitys() -> None:
    shas = [scorer.sha for scorer in scorers.ALL.values()]
    assert len(set(shas)) == len(shas) and {len(sha) for sha in shas} == {16}
    assert graded_by(None, "a").sha != graded_by(None, "b").sha


# ── Verdicts ──────────────────────────────────────────────────────────────────────────────────


def test_a_verdict_that_is_as_right_is_right() -> None:
    asked = case(expected={"verdict": "partial", "also": ["contradicted"]})
    assert value("verdict_match", asked, response(verdict="contradicted")) == 1.0
    assert value("verdict_cost", asked, response(verdict="contradicted")) == 0.0
    assert value("verdict_match", asked, response(verdict="covered")) == 0.0


def test_a_withheld_judgement_is_wrong_whatever_it_leans_to_and_costs_little() -> None:
    told = response(verdict="covered", withheld="uncertain")
    found = score("verdict_match", case(), told)
    assert found.value == 0.0 and found.answer == "withheld" and "leaning to covered" in found.explanation
    assert value("verdict_cost", case(), told) == ABSTENTION


def test_a_false_all_clear_is_the_dearest_mistake() -> None:
    for gone in ("not_addressed", "contradicted"):
        assert value("verdict_cost", case(expected={"verdict": gone}), response(verdict="covered")) == 1.0
    costs = [cost for row in COSTS.values() for cost in row.values()]
    assert all(ABSTENTION < cost <= 1.0 for cost in costs)
    for right in ("not_addressed", "contradicted"):
        assert COSTS[right]["covered"] > max(v for row in ("covered", "partial") for v in COSTS[row].values())


def test_what_the_cost_table_does_not_know_is_the_dearest_too() -> None:
    assert value("verdict_cost", case(), response(verdict="rubbish")) == 1.0


@pytest.mark.parametrize("use_case", [UseCase.CONTRADICT, UseCase.EVALUATE])
def test_yes_and_no_are_verdicts_too(use_case: UseCase) -> None:
    [field] = EXPECTED[use_case]
    assert value("verdict_match", case(use_case), response(use_case, **{field: False})) == 0.0
    bad = case(use_case, expected={field: False})
    missed = value("verdict_cost", case(use_case), response(use_case, **{field: False}))
    alarm = value("verdict_cost", bad, response(use_case))
    assert {missed, alarm} == {0.5, 1.0}
    assert value("verdict_match", case(use_case), response(use_case, **{field: "yes"})) == 0.0


# ── Form, latency and cost ────────────────────────────────────────────────────────────────────


def test_an_answer_that_had_to_be_mended_was_not_of_the_form() -> None:
    assert value("schema_validity", case(), response()) == 1.0
    assert value("schema_validity", case(), response(valid=False)) == 0.0
    assert value("schema_validity", case(), response(error=ErrorClass.INVALID_ANSWER)) == 0.0
    assert value("schema_validity", case(), response(error=ErrorClass.REFUSAL)) is None


@pytest.mark.parametrize(("name", "field"), [("latency_ms", "latency_ms"), ("cost_usd", "cost_usd")])
def test_only_a_real_model_has_a_latency_and_a_cost(name: str, field: str) -> None:
    assert value(name, case(), response(**{field: 12.5})) == 12.5
    assert value(name, case(), response(**{field: 12.5}, simulated=True)) is None
    assert value(name, case(), response()) is None


# ── A model that grades ───────────────────────────────────────────────────────────────────────


def test_without_a_grader_an_answer_is_ungraded() -> None:
    assert value("model_grade", case(), response()) is None


def test_a_grade_is_reported_with_its_reason_and_counts_only_if_calibrated() -> None:
    def grader(asked: Case, told: Response) -> Grade | None:
        return Grade(False, 0.75, "It says so.")

    graded = graded_by(grader, "grader@1.0.0").score(case(), response())
    assert (graded.value, graded.answer, graded.explanation) == (0.0, "fails", "It says so.")
    assert (graded.metadata["counts"], graded.metadata["share_of_criteria"]) == (False, 0.75)
    good = calibrate([(True, True), (False, False)] * 60)
    assert not graded_by(grader, "x").counts and not scorers.ALL["model_grade"].counts
    counting = graded_by(grader, "x", good)
    assert counting.counts and counting.score(case(), response()).metadata["counts"] is True
    assert counting.sha != graded_by(grader, "x").sha
    assert not graded_by(grader, "x", calibrate([(True, True), (False, False)] * 49)).counts


def test_a_simulated_grade_never_counts() -> None:
    good = calibrate([(True, True), (False, False)] * 60)
    told = graded_by(lambda *_: Grade(True, 1.0, simulated=True), "x", good).score(case(), response())
    assert (told.metadata["counts"], told.metadata["simulated"]) == (False, True)


@pytest.mark.parametrize("grade", [None, Grade(True, float("nan")), Grade(True, 1.5), Grade(False, -1.0)])
def test_a_grade_that_is_none_is_unscored(grade: Grade | None) -> None:
    assert graded_by(lambda asked, told: grade, "x").score(case(), response()).value is None


# ── Passing ───────────────────────────────────────────────────────────────────────────────────


def test_a_right_verdict_with_an_invented_quote_does_not_pass() -> None:
    quotes = (Quoted("It is so.", True), Quoted("It is not so.", False))
    assert scorers.passed(result(case(), response(quotes=quotes))) is False
    assert scorers.passed(result(case(), response(quotes=quotes[:1]))) is True


@pytest.mark.parametrize(("counts", "right"), [(False, True), (True, False)])
def test_a_failing_grade_decides_only_where_grades_count(counts: bool, right: bool) -> None:
    asked = result(case(), response())
    grade = Score(0.0, "fails", metadata={"counts": counts})
    assert scorers.passed(replace(asked, scores={**asked.scores, "model_grade": grade})) is right


def test_a_right_verdict_with_a_forbidden_claim_does_not_pass() -> None:
    asked = case(forbidden_claims=(r"certified",))
    assert scorers.passed(result(asked, response(text="The firm is certified."))) is False
    assert scorers.passed(result(asked, response(text="The firm is not."))) is True
