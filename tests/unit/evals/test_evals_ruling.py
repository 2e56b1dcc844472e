"""What fails on both sides is held against a real model's prompt, and against nobody else."""

from dataclasses import replace

import pytest

from radar_pipeline.evals import gate, ruling
from radar_pipeline.evals.values import LOCAL, Response, Run
from radar_pipeline.models import Reason
from tests.support.evaluated import judge_cases, run_of
from tests.support.evaluations import response, subject

CASES = judge_cases(40, critical=(0, 1))


def pair(wrong: tuple[int, ...], was_wrong: tuple[int, ...], *, kind: str) -> tuple[Run, Run]:
    runs = run_of(CASES, "1.1.0", wrong=wrong), run_of(CASES, "1.0.0", wrong=was_wrong)
    if kind == "live":
        return runs
    if kind == "simulated":
        return replace(runs[0], simulated=True), replace(runs[1], simulated=True)
    return replace(runs[0], subject=subject("rules-5", LOCAL)), replace(
        runs[1], subject=subject("rules-4", LOCAL)
    )


@pytest.mark.parametrize(("kind", "passes"), [("live", False), ("simulated", True), ("local", True)])
def test_a_critical_case_that_failed_before_blocks_only_a_real_models_prompt(kind: str, passes: bool) -> None:
    found = ruling.decide(*pair((0,), (0,), kind=kind))
    assert found.passed is passes
    told = "1 critical case (case-000) fails as before, which is not held against it." in found.paragraph
    assert told is passes


@pytest.mark.parametrize("kind", ["live", "simulated", "local"])
def test_a_critical_case_that_fails_now_blocks_everybody(kind: str) -> None:
    found = ruling.decide(*pair((0, 1), (0,), kind=kind))
    assert not found.passed and gate.Rule.CRITICAL in {reason.rule for reason in found.reasons}
    assert "case-001" in found.paragraph


def test_without_anything_beside_it_the_gates_own_rules_hold() -> None:
    alone = pair((0,), (), kind="simulated")[0]
    assert ruling.decide(alone, None) == gate.decide(alone, None)
    both = pair((), (), kind="live")
    assert ruling.decide(*both) == gate.decide(*both)


def withheld(why: Reason, *, leaning: str = "covered") -> Response:
    told = response(leaning)
    return replace(told, answer={**told.answer, "withheld": why.value})


DOUBTED = withheld(Reason.UNCERTAIN)


def test_what_the_judge_itself_is_in_doubt_of_as_before_keeps_no_wording_of_a_prompt_from_promotion() -> None:
    now, before = (run_of(CASES, version, answers={0: DOUBTED}) for version in ("1.1.0", "1.0.0"))
    found = ruling.decide(now, before)
    assert found.passed and not gate.decide(now, before).passed
    told = "1 critical case (case-000) is withheld as too uncertain, as before, though leaning to the right"
    assert told in found.paragraph


@pytest.mark.parametrize(
    "now", [withheld(Reason.UNVERIFIED_QUOTE), withheld(Reason.UNCERTAIN, leaning="not_addressed")]
)
def test_a_critical_case_that_is_withheld_otherwise_blocks(now: Response) -> None:
    for before in (DOUBTED, now):
        found = ruling.decide(
            run_of(CASES, "1.1.0", answers={0: now}), run_of(CASES, "1.0.0", answers={0: before})
        )
        assert {reason.rule for reason in found.reasons} == {gate.Rule.CRITICAL}


def test_a_critical_case_that_only_now_is_doubted_blocks() -> None:
    found = ruling.decide(run_of(CASES, "1.1.0", answers={0: DOUBTED}), run_of(CASES, "1.0.0"))
    assert gate.Rule.CRITICAL in {reason.rule for reason in found.reasons}
