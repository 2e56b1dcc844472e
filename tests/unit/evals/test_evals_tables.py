"""Rows of runs and opinions: what they hold, and what of a tenant's they never hold."""

from datetime import UTC, datetime, timedelta

import pytest

from radar_pipeline.evals import tables
from radar_pipeline.evals.values import Score, Severity
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.operations.records import Opinion
from tests.support.evaluations import SUNDAY, case, run, subject

HALF = ["covered", "partial"] * 20
SECRET = "the-crown-jewels"


def fits(table: str, rows: list[dict]) -> bool:
    """Whether the portfolio takes the rows: it raises for any that does not fit the schema."""
    return bool(MirrorRows({table: rows}).digests())


def test_every_case_has_a_row_for_each_of_its_scorers():
    made = run(subject(), HALF)
    rows = tables.result_rows(made)
    assert fits("prompt_eval_results", rows)
    assert len(rows) == sum(len(result.scores) for result in made.results)
    (first,) = [r for r in rows if (r["case_id"], r["scorer"]) == ("case-001", "verdict_match")]
    assert (first["value"], first["passed"], first["answer"]) == (0.0, False, "partial")
    assert (first["source"], first["severity"], first["tags"]) == ("source-0", "major", ["deadline"])
    assert first["scorer_sha"] == made.scorers["verdict_match"]


def test_an_answer_in_words_is_not_kept():
    made = run(subject(), ["covered"])
    told = {"a": Score(1.0, "covered"), "b": Score(0.5, "1 of 2"), "c": Score(0.0, "It says 'our secret'.")}
    made.results[0].scores.clear()
    made.results[0].scores.update(told)
    assert [row["answer"] for row in tables.result_rows(made)] == ["covered", "1 of 2", ""]


def test_of_a_tenants_case_there_is_no_word():
    own = case(1, case_id="acme-r1", tenant="acme", source=SECRET, tags=(SECRET,), why=SECRET)
    rows = tables.result_rows(run(subject(), HALF, cases={1: own}))
    mine = [row for row in rows if row["tenant_id"] == "acme"]
    assert mine and {row["case_id"] for row in mine} == {"acme-r1"}
    assert SECRET not in str(rows)
    assert all(row["tags"] == [] and row["answer"] == "" for row in mine)
    assert len({row["source"] for row in mine}) == 1, "the cluster stays one"


def test_the_scores_of_a_run_come_with_their_intervals():
    made = run(subject(), HALF, unasked=3)
    rows = tables.score_rows(made)
    assert fits("prompt_eval_scores", rows)
    by_metric = {row["metric"]: row for row in rows}
    match = by_metric["verdict_match"]
    assert (match["value"], match["n"], match["clusters"], match["unasked"]) == (0.5, 40, 10, 3)
    assert match["low"] < 0.5 < match["high"]
    assert {"latency_p50_ms", "latency_p95_ms"} < by_metric.keys()


def test_a_version_beside_the_active_one_has_differences_and_the_gates_word():
    now, before = run(subject("1.1.0"), HALF), run(subject(), ["covered"] * 40, at=SUNDAY - timedelta(days=7))
    rows = tables.comparison_rows(now, before)
    assert fits("prompt_comparison", rows)
    (match,) = [row for row in rows if row["metric"] == "verdict_match"]
    assert (match["candidate"], match["active"]) == (now.subject.ref, before.subject.ref)
    assert (match["difference"], match["n"], match["gate_passed"]) == (-0.5, 40, False)
    assert "1.0.0" in match["gate_says"] and match["compared_at"] == SUNDAY


def test_a_first_version_has_the_gates_word_and_no_difference():
    (row,) = tables.comparison_rows(run(subject(), ["covered"] * 40), None)
    assert fits("prompt_comparison", [row])
    assert (row["metric"], row["active"], row["difference"]) == (tables.NOT_COMPARED, "", None)
    assert row["gate_passed"] is True


def test_runs_that_cannot_be_compared_say_so_and_neither_pass_nor_fail():
    (row,) = tables.comparison_rows(run(subject("1.1.0"), HALF, simulated=True), run(subject(), HALF))
    assert fits("prompt_comparison", [row])
    assert row["gate_passed"] is None and "simulated" in row["gate_says"]
    (row,) = tables.unevaluated_rows(run(subject("1.1.0"), HALF), "coverage@1.0.0#abab")
    assert fits("prompt_comparison", [row])
    assert row["gate_passed"] is None and "coverage@1.0.0#abab was not evaluated" in row["gate_says"]


def test_the_gates_word_names_no_tenants_case():
    grave = case(1, case_id=f"acme-{SECRET}", tenant="acme", severity=Severity.CRITICAL)
    rows = tables.comparison_rows(run(subject(), HALF, cases={1: grave}), None)
    assert not rows[0]["gate_passed"] and "tenant-case-" in rows[0]["gate_says"]
    assert "acme" not in str(rows)


def test_an_opinion_is_told_without_a_name():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    about = ("acme", "gdpr", "gdpr:Art. 5")
    said = Opinion("o1", *about, "disagree", "partial", "covered", 0.8, "local", "", "key", "5e1f", at)
    (row,) = tables.feedback_rows([said])
    assert fits("assessment_feedback", [row])
    assert (row["opinion"], row["suggested_verdict"], row["verdict_then"]) == (
        "disagree",
        "partial",
        "covered",
    )
    assert (row["given_by"], row["given_at"]) == ("5e1f", at)


@pytest.mark.parametrize("verdicts", [[], ["covered"]])
def test_a_run_of_hardly_any_case_still_fits(verdicts):
    made = run(subject(), verdicts)
    assert fits("prompt_eval_scores", tables.score_rows(made))
    assert fits("prompt_comparison", tables.comparison_rows(made, None))
