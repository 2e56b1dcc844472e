"""The check on a run's rows: it must fail for broken rows, and never quote them."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from radar_pipeline.defs import checks
from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.partitions import range_tags, sync_partitions
from radar_pipeline.storage import warehouse
from tests.support.world import World

GOOD: dict[str, Any] = {
    "tenant_id": "acme",
    "requirement_id": "rules:R1",
    "verdict": "covered",
    "reason": None,
    "confidence": 0.9,
    "unexplained": False,
    "unproven": False,
    "unsearched": False,
    "unbalanced": False,
}
BREAKS: list[tuple[dict[str, Any], str]] = [
    ({"verdict": "fine"}, "the verdict is one of ours"),
    ({"verdict": None}, "verdict is known"),
    ({"reason": "moonshine"}, "the reason is one of ours"),
    ({"confidence": 1.2}, "confidence is a probability"),
    ({"confidence": None}, "confidence is known"),
    ({"tenant_id": None}, "tenant_id is known"),
    ({"unexplained": True}, "what is not assessed says why"),
    ({"unproven": True}, "a verdict from documents has a quote"),
    ({"unsearched": True}, "a blindspot was searched for"),
    ({"unbalanced": True}, "the verdicts' scores add up to one"),
]


def broken(*rows: dict[str, Any]) -> dict[str, int]:
    """What does not hold of these rows, and for how many of them."""
    outcomes = checks.validate(list(GOOD), [list(row.values()) for row in rows])
    return {outcome.says: outcome.broken_rows for outcome in outcomes if not outcome.held}


def test_sound_rows_pass_every_expectation() -> None:
    assert broken(GOOD, {**GOOD, "requirement_id": "rules:R2"}, {**GOOD, "tenant_id": "beta"}) == {}


def test_each_kind_of_broken_row_is_found() -> None:
    for change, says in BREAKS:
        assert broken(GOOD, {**GOOD, "requirement_id": "rules:R2", **change}) == {says: 1}, change


def test_a_requirement_assessed_twice_is_found() -> None:
    assert broken(GOOD, GOOD) == {"a requirement is assessed once for each tenant": 2}


def test_no_rows_at_all_are_not_sound() -> None:
    assert broken() == {"there are rows": 0}


def test_the_query_calls_out_rows_that_lack_what_their_verdict_needs(two: World) -> None:
    two.sweep()
    columns, rows = warehouse.query(checks.ROWS, None, two.settings().portfolio)
    assert columns == list(GOOD)
    assert len(rows) == 14
    unproven = """WITH assessments AS (
        SELECT * REPLACE ('covered' AS verdict, 0 AS evidence_count, p_covered + 1 AS p_covered)
        FROM radar.main.assessments)"""
    _, rows = warehouse.query(unproven + checks.ROWS, None, two.settings().portfolio)
    found = dict(zip(columns, rows[0], strict=True))
    assert found["unproven"] and found["unbalanced"] and not found["unexplained"]


def test_broken_rows_fail_the_run_and_keep_the_page_from_being_shown_as_new(
    two: World, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = two.environment()
    sync_partitions(instance, ["acme", "beta"])
    job = build_definitions(environment).resolve_job_def(NIGHTLY)

    def run() -> dg.ExecuteInProcessResult:
        return job.execute_in_process(
            instance=instance, tags=range_tags("acme", "acme"), raise_on_error=False
        )

    def materialised(result: dg.ExecuteInProcessResult) -> set[str]:
        return {
            e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key
        }

    query = warehouse.query

    def lying(sql: str, tenant_home: Path | None, portfolio: Path) -> tuple[list[str], list[list[Any]]]:
        columns, rows = query(sql, tenant_home, portfolio)
        return columns, [*rows, rows[0]] if sql == checks.ROWS else rows

    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "query", lying)
        result = run()
        # Nothing is due now, but rows that failed are looked at again until they are replaced or pass.
        assert not run().success
    assert not result.success
    assert "report_tables" in materialised(result) and "report_site" not in materialised(result)
    [check] = [c for c in result.get_asset_check_evaluations() if c.check_name == "rows_are_sound"]
    assert not check.passed and check.metadata["rows"].value > 0
    assert run().success
