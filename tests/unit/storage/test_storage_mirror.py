"""The mirrored tables of the portfolio: replaced together, written only when they say something else."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from storage_builders import value

from radar_pipeline.storage import portfolio, warehouse
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.prompts_schema import (
    AB_RESULTS,
    FEEDBACK,
    MIRRORED,
    PROMPT_VERSIONS,
    RESULTS,
    SCORES,
)

BY_NAME = {table.name: table for table in MIRRORED}
EARLIER, LATER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)


def row(table: str, tag: str = "a", **given: Any) -> dict[str, Any]:
    made = {column.name: value(column, tag) for column in BY_NAME[table].columns}
    assert given.keys() <= made.keys()
    return made | given


def all_rows(tag: str = "a", **more: Any) -> MirrorRows:
    return MirrorRows({name: [row(name, tag)] for name in BY_NAME} | more)


class Portfolio:
    def __init__(self, root: Path) -> None:
        self.home, self.tenants = root / "portfolio", root / "tenants"

    def load(self, mirrored: MirrorRows | None, erased: frozenset[str] = frozenset()) -> bool:
        given = {"erased": lambda: erased, "mirrored": mirrored}
        return warehouse.load_portfolio(self.home, {}, self.tenants, **given).published

    def rows(self, table: str) -> list[dict[str, Any]]:
        return warehouse.TenantReport.current(self.home / "published")[table]

    def view(self, name: str) -> list[dict[str, Any]]:
        return warehouse.TenantReport.view(self.home / "published", name)

    def files(self) -> dict[str, int]:
        return {str(p): p.stat().st_mtime_ns for p in self.home.rglob("*")}


@pytest.fixture
def stored(tmp_path):
    return Portfolio(tmp_path)


def test_what_is_mirrored_comes_back_in_tables_and_parquet(stored):
    assert stored.load(all_rows())
    for name in BY_NAME:
        assert stored.rows(name) == [row(name)]
        assert (stored.home / "published" / "parquet" / f"{name}.parquet").exists()


def test_rows_of_a_table_that_are_no_longer_given_are_gone_and_other_tables_stay(stored):
    stored.load(all_rows("old"))
    assert stored.load(MirrorRows({SCORES.name: [row(SCORES.name, "new")], RESULTS.name: []}))
    assert [each["run_id"] for each in stored.rows(SCORES.name)] == ["run_id-new"]
    assert stored.rows(RESULTS.name) == []
    assert stored.rows(PROMPT_VERSIONS.name) == [row(PROMPT_VERSIONS.name, "old")]


def test_the_same_rows_in_another_order_write_not_a_byte(stored):
    pair = [row(SCORES.name, "a"), row(SCORES.name, "b")]
    stored.load(all_rows(prompt_eval_scores=pair))
    before = stored.files()
    assert not stored.load(all_rows(prompt_eval_scores=pair[::-1]))
    assert stored.files() == before


def test_that_only_the_clock_of_the_computation_moved_on_is_nothing(stored):
    for when, wrote in ((EARLIER, True), (LATER, False)):
        assert stored.load(MirrorRows({AB_RESULTS.name: [row(AB_RESULTS.name, computed_at=when)]})) is wrote
    assert stored.rows(AB_RESULTS.name)[0]["computed_at"] == EARLIER


def test_one_table_is_read_alone(stored):
    assert warehouse.TenantReport.table(stored.home / "published", SCORES.name) == []
    stored.load(all_rows())
    assert warehouse.TenantReport.table(stored.home / "published", SCORES.name) == [row(SCORES.name)]
    with pytest.raises(ValueError, match="no table"):
        warehouse.TenantReport.table(stored.home / "published", "nothing")


def test_a_load_that_tells_nothing_of_prompts_leaves_them_as_they_are(stored):
    stored.load(all_rows())
    shown = portfolio.shown(stored.home)
    assert warehouse.load_portfolio(stored.home, {}, stored.tenants, []).published
    assert stored.rows(SCORES.name) == [row(SCORES.name)]
    assert portfolio.shown(stored.home).mirrored == shown.mirrored
    assert not stored.load(all_rows())


def test_a_portfolio_without_anything_to_say_is_not_made(stored):
    assert not stored.load(MirrorRows({name: [] for name in BY_NAME}))
    assert not stored.home.exists()


def test_rows_read_before_an_erasure_are_not_written_after_it(stored):
    both = [row(FEEDBACK.name, tenant_id=tenant) for tenant in ("acme", "globex")]
    stored.load(all_rows(assessment_feedback=both), erased=frozenset({"globex"}))
    assert [each["tenant_id"] for each in stored.rows(FEEDBACK.name)] == ["acme"]
    assert stored.load(all_rows(assessment_feedback=both)), "let in again"


def test_after_an_erasure_what_is_left_is_given_anew(stored):
    both = [row(RESULTS.name, tenant_id=tenant) for tenant in ("", "globex")]
    stored.load(all_rows(prompt_eval_results=both))
    warehouse.erase_from_portfolio(stored.home, "globex")
    assert [each["tenant_id"] for each in stored.rows(RESULTS.name)] == [""]
    assert portfolio.shown(stored.home).mirrored == {}
    assert stored.rows(SCORES.name) == [row(SCORES.name)]


def test_a_row_that_does_not_fit_is_our_defect(stored):
    with pytest.raises(ValueError, match="same key"):
        stored.load(MirrorRows({SCORES.name: [row(SCORES.name), row(SCORES.name)]}))
    with pytest.raises(ValueError, match="NULL"):
        stored.load(MirrorRows({RESULTS.name: [row(RESULTS.name, tenant_id=None)]}))


def test_what_is_mirrored_is_left_out_when_two_stores_are_compared(stored):
    stored.load(all_rows())
    before = warehouse.rows_digest(stored.home / "published")
    stored.load(all_rows("other"))
    assert warehouse.rows_digest(stored.home / "published") == before


# ── Views ─────────────────────────────────────────────────────────────────────────────────────


def score(run: str, at: datetime, amount: float, **given: Any) -> dict[str, Any]:
    own = {"run_id": run, "evaluated_at": at, "value": amount, "metric": "verdict_match", "simulated": False}
    return row(SCORES.name) | own | given


def test_the_score_now_is_that_of_the_newest_run_live_and_simulated_apart(stored):
    scores = [
        score("r1", EARLIER, 0.5),
        score("r2", LATER, 0.75),
        score("r3", LATER, 0.25, simulated=True),
        score("r2", LATER, 12.0, metric="latency_p50_ms"),
        score("r1", EARLIER, 0.1, metric="of a scorer that is gone"),
    ]
    stored.load(
        MirrorRows({SCORES.name: scores, PROMPT_VERSIONS.name: [row(PROMPT_VERSIONS.name, status="active")]})
    )
    found = [(r["metric"], r["value"], r["simulated"], r["status"]) for r in stored.view("prompt_scores_now")]
    assert found == [
        ("latency_p50_ms", 12.0, False, "active"),
        ("verdict_match", 0.75, False, "active"),
        ("verdict_match", 0.25, True, "active"),
    ]


def result(case: str, scorer: str = "verdict_match", **given: Any) -> dict[str, Any]:
    own = {"case_id": case, "scorer": scorer, "repeat": 1, "tenant_id": "", "answer": "", "error": ""}
    return row(RESULTS.name) | own | {"passed": False, "severity": "major"} | given


def test_failing_cases_come_once_each_and_critical_ones_first(stored):
    results = [
        result("minor", severity="minor"),
        result("twice", answer="partial"),
        result("twice", "schema_validity", answer="valid"),
        result("twice", repeat=2),
        result("grave", severity="critical", error="timeout"),
        result("fine", passed=True),
        result("unknown", passed=None),
    ]
    stored.load(MirrorRows({RESULTS.name: results}))
    found = [
        (r["case_id"], r["repeats"], r["answer"], r["error"]) for r in stored.view("prompt_failing_cases")
    ]
    assert found == [("grave", 1, "", "timeout"), ("twice", 2, "partial", ""), ("minor", 1, "", "")]
