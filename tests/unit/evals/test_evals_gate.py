"""No version becomes active that has not earned it, and a person reads why not in one paragraph."""

from dataclasses import replace

import pytest

from radar_pipeline.evals.gate import Decision, Rule, decide
from tests.support.evaluated import answer, judge_cases, run_of, unanswered

CASES = judge_cases(128, critical=[8, 9])


def rules(decision: Decision) -> list[Rule]:
    assert decision.passed is not bool(decision.reasons)
    return [reason.rule for reason in decision.reasons]


def test_a_version_that_answers_every_case_as_before_passes_and_says_what_that_leaves_open() -> None:
    decision = decide(run_of(CASES, "1.0.1", wrong=[3, 50]), run_of(CASES, wrong=[3, 50]))
    assert decision.passed
    assert decision.paragraph.startswith("coverage@1.0.1 may become active in place of 1.0.0.")
    assert "No case changed between right and wrong." in decision.paragraph
    assert "would not show a loss of up to" in decision.paragraph


def test_a_version_that_only_mends_passes() -> None:
    decision = decide(run_of(CASES, "1.0.1", wrong=[3]), run_of(CASES, wrong=[3, 50]))
    assert decision.passed and "1 case (case-050) now right" in decision.paragraph


def test_a_version_that_is_worse_is_blocked_for_being_worse() -> None:
    broken = [n for n in range(128) if n % 4 == 0 and n > 9]
    decision = decide(run_of(CASES, "1.1.0", wrong=broken), run_of(CASES))
    assert rules(decision) == [Rule.WORSE]
    assert "coverage@1.1.0 is blocked: it is worse than 1.0.0" in decision.paragraph
    assert "29 cases (case-012, case-016, case-020 and 26 more) now wrong" in decision.paragraph
    assert "not enough data" not in decision.paragraph


def test_a_version_of_which_too_little_is_known_is_blocked_for_that_with_how_many_cases_would_decide() -> (
    None
):
    decision = decide(run_of(CASES, "1.1.0", wrong=[40]), run_of(CASES, wrong=[80]))
    assert rules(decision) == [Rule.DATA]
    assert "not enough data rather than a proof of harm" in decision.paragraph
    (reason,) = decision.reasons
    assert reason.remedy.startswith("About ") and "more cases like these would decide" in reason.remedy
    assert "1 case (case-040)" in reason.remedy


def test_clear_gains_outweigh_a_loss() -> None:
    gains = [n for n in range(128) if n % 4 == 1 and n > 9]
    assert decide(run_of(CASES, "1.1.0", wrong=[40]), run_of(CASES, wrong=gains)).passed


def test_a_critical_case_that_fails_blocks_even_if_it_always_did() -> None:
    decision = decide(run_of(CASES, "1.1.0", wrong=[8]), run_of(CASES, wrong=[8]))
    assert rules(decision) == [Rule.CRITICAL]
    assert "1 critical case (case-008) of 2 fails" in decision.paragraph


def test_a_critical_case_must_pass_in_every_repeat() -> None:
    now = run_of(CASES, "1.1.0", answers={9: [answer(), answer(right=False), answer()]}, repeats=3)
    assert Rule.CRITICAL in rules(decide(now, run_of(CASES, repeats=3)))


def test_quotes_that_are_in_no_document_block_above_one_in_a_hundred() -> None:
    one, two = ({n: answer(made_up=1) for n in wrong} for wrong in ([20], [20, 21]))
    usual = run_of(CASES)
    assert Rule.CITATIONS not in rules(decide(run_of(CASES, "1.1.0", answers=one), usual))  # 128 of 129
    decision = decide(run_of(CASES, "1.1.0", answers=two), usual)  # 128 of 130
    assert rules(decision) == [Rule.CITATIONS]
    assert "only 98.5% of its 130 quotes are literally in the documents" in decision.paragraph
    assert "2 cases (case-020, case-021)" in decision.paragraph


@pytest.mark.parametrize(
    ("dearer", "rule", "says"),
    [
        (answer(cost_usd=0.013), Rule.COST, "the cost of a request is $0.0130, with 1.0.0 it is $0.0100"),
        (answer(latency_ms=1200.0), Rule.LATENCY, "latency is 1.2 s, with 1.0.0 it is 900 ms"),
    ],
)
def test_more_cost_or_time_needs_a_note(dearer: object, rule: Rule, says: str) -> None:
    now, before = run_of(CASES, "1.1.0", usual=dearer), run_of(CASES)  # type: ignore[arg-type]
    decision = decide(now, before)
    assert rules(decision) == [rule] and says in decision.paragraph
    noted = decide(now, before, note="Reads the annexes too.")
    assert noted.passed and "Its note: Reads the annexes too." in noted.paragraph


def test_a_fifth_more_is_not_too_much_and_an_unmeasured_cost_is_no_cost() -> None:
    before = run_of(CASES)
    assert decide(run_of(CASES, "1.1.0", usual=answer(cost_usd=0.012, latency_ms=1080.0)), before).passed
    local = answer(cost_usd=None, latency_ms=None)
    assert decide(run_of(CASES, "1.1.0", usual=answer(cost_usd=9.0)), run_of(CASES, usual=local)).passed


def test_a_run_that_is_not_complete_is_never_enough() -> None:
    half = replace(run_of(CASES, "1.1.0"), unasked=3)
    decision = decide(half, run_of(CASES))
    assert rules(decision) == [Rule.INCOMPLETE] and "3 cases were not asked of 1.1.0" in decision.paragraph
    assert Rule.INCOMPLETE in rules(decide(run_of(CASES, "1.1.0"), replace(run_of(CASES), unasked=1)))
    assert Rule.INCOMPLETE in rules(decide(half, None))


def test_a_version_that_leaves_hard_cases_unanswered_does_not_pass_for_it() -> None:
    silent = run_of(CASES, "1.1.0", answers={5: unanswered()})
    decision = decide(silent, run_of(CASES))
    assert rules(decision) == [Rule.INCOMPLETE] and "1 case (case-005)" in decision.paragraph
    assert decide(silent, run_of(CASES, answers={5: unanswered()})).passed  # the active one was silent too


def test_a_refusal_counts_as_a_wrong_answer() -> None:
    refused = run_of(CASES, "1.1.0", answers={5: unanswered("refusal")})
    assert rules(decide(refused, run_of(CASES))) == [Rule.DATA]


def test_other_cases_are_not_compared() -> None:
    assert rules(decide(run_of(CASES, "1.1.0"), run_of(CASES, dataset="e" * 16))) == [Rule.INCOMPLETE]


@pytest.mark.parametrize("count", [0, 16])
def test_too_few_cases_are_not_enough_with_or_without_an_active_version(count: int) -> None:
    few = judge_cases(count)
    for active in (run_of(few), None):
        decision = decide(run_of(few, "1.1.0"), active)
        assert rules(decision) == [Rule.DATA]
        assert f"Add at least {20 - count} cases" in decision.paragraph


def test_the_first_version_is_held_to_the_absolute_rules_alone() -> None:
    assert decide(run_of(CASES, wrong=range(40, 128)), None).passed
    failing = decide(run_of(CASES, wrong=[9], usual=answer(made_up=1)), None)
    assert rules(failing) == [Rule.CITATIONS, Rule.CRITICAL]
    assert "On 128 cases from 32 sources its accuracy is 99.2%" in failing.paragraph


def test_a_simulated_decision_says_so() -> None:
    now = run_of(CASES, "1.1.0", usual=answer(made_up=1), simulated=True)
    decision = decide(now, run_of(CASES, simulated=True))
    assert decision.simulated and not decision.passed
    assert decision.paragraph.startswith("Simulated, which says nothing about a real model:")


def test_the_paragraph_is_one_and_says_what_to_do() -> None:
    decision = decide(run_of(CASES, "1.1.0", wrong=[8], usual=answer(made_up=1)), run_of(CASES))
    assert "\n" not in decision.paragraph
    told = (
        "What to do: Tell the model to copy quotes letter by letter. Look at what it answered in its critical"
    )
    assert told in decision.paragraph
    assert decision.paragraph.count("literally in the documents") == 1
