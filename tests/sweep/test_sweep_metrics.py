"""The tables by day: complete, computed twice alike, written only when they change, and forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.storage import portfolio as storage
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.operations.records import Attempt, Limits, Outcome
from radar_pipeline.sweep import budgets, metrics, portfolio
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.tenancy import erase
from tests.support.spending import Ledger, with_models
from tests.support.world import World


@pytest.fixture
def ledger(world: World) -> Ledger:
    return Ledger(with_models(world))


@pytest.fixture
def environment(world: World, ledger: Ledger) -> Environment:
    return ledger.at()(world.environment())


@pytest.fixture(autouse=True)
def closed(ledger: Ledger) -> Iterator[None]:
    yield
    ledger.operations.close()


def ask(world: World, sql: str) -> list[list[Any]]:
    return warehouse.query(sql, None, world.settings().portfolio)[1]


def load(environment: Environment) -> bool:
    """What ``portfolio.publish`` does of the tables, without the page; whether anything was written."""
    settings = environment.settings
    shown = storage.shown(settings.portfolio)
    rows = metrics.by_day(environment, shown.days if shown else {})
    return bool(warehouse.load_portfolio(settings.portfolio, {}, settings.home / "tenants", [], by_day=rows))


def files(folder: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_what_was_called_is_in_the_tables_and_their_views(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    first, *_ = ledger.call("acme", "0.25", of=3)
    ledger.operations.spending.note_claims(first, 8, 2)
    ledger.call("beta", "0.5")
    ledger.operations.feedback.put("acme", "assessment", "a1", 1)
    portfolio.publish(environment, {})
    assert ask(world, "SELECT tenant_id, attempts, cost_usd, unsupported_claim_rate, satisfaction "
               "FROM llm_metrics_daily ORDER BY ALL") == [
        ["acme", 3, 0.75, 0.25, 1.0],
        ["beta", 1, 0.5, None, None],
    ]  # fmt: skip
    assert ask(world, "SELECT day, attempts, cost_usd FROM llm_by_day") == [["2026-11-22", 4, 1.25]]
    assert ask(world, "SELECT tenant_id, attempts FROM llm_by_tenant") == [["acme", 3], ["beta", 1]]
    assert ask(world, "SELECT alias, attempts FROM llm_by_deployment") == [["small", 4]]
    assert ask(world, "SELECT feature, prompt_ref, attempts FROM llm_by_prompt") == [
        ["judge", "coverage@1#a", 4]
    ]
    assert ask(world, "SELECT tenant_id, queries, queries_per_month, usd_per_day FROM usage_daily") == [
        ["acme", 3, 10, 1.0],
        ["beta", 1, 10, 1.0],
    ]


def test_what_was_used_adds_up_within_a_month_and_starts_anew_with_the_next(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    for days, calls in ((0, 2), (3, 3), (6, 1)):  # 22 and 25 November, 1 December
        ledger.now += timedelta(days=days)
        ledger.call("acme", "0.1", of=calls)
    load(environment)
    columns = "day, queries_month, queries_share, cost_usd_month"
    assert ask(world, f"SELECT {columns} FROM usage_to_date") == [
        ["2026-12-01", 1, 0.1, 0.1],
        ["2026-11-25", 5, 0.5, 0.5],
        ["2026-11-22", 2, 0.2, 0.2],
    ]


def test_computing_twice_changes_nothing_and_writes_not_a_byte(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    ledger.call("acme", of=2)
    assert portfolio.publish(environment, {})
    before = files(world.home)
    assert portfolio.publish(environment, {}) == {}
    ledger.now += timedelta(days=2)  # days pass without a call
    assert portfolio.publish(environment, {}) == {}
    after = files(world.home)
    assert {p: t for p, t in after.items() if "sqlite" not in p} == {
        p: t for p, t in before.items() if "sqlite" not in p
    }


def test_a_call_that_is_settled_later_changes_the_day_in_which_it_began(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    attempt = Attempt("acme", "judge", "p", "small", "mine", "tiny-1", Decimal("0.4"), batch_id="b1")
    late = ledger.operations.spending.begin(attempt, Limits(), 200_000)
    load(environment)
    assert ask(world, "SELECT unsettled, answered, cost_usd FROM llm_by_day") == [[1, 0, 0.0]]
    ledger.now += timedelta(days=2)
    ledger.operations.spending.settle(late, Outcome("answered", Decimal("0.3"), 10, 10))
    assert load(environment)
    assert ask(world, "SELECT day, unsettled, answered, cost_usd FROM llm_by_day") == [
        ["2026-11-22", 0, 1, 0.3]
    ]


def test_days_in_which_nobody_looked_are_made_up_for_and_old_ones_stay(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    ledger.call("acme")
    load(environment)
    ledger.now += timedelta(days=20)
    ledger.call("acme")
    ledger.now += timedelta(days=20)
    ledger.call("acme")
    loaded = storage.shown(world.settings().portfolio)
    assert loaded is not None
    assert f"{metrics.by_day(environment, loaded.days).since}" == "2026-11-22"
    load(environment)
    days = ["2027-01-01", "2026-12-12", "2026-11-22"]
    assert ask(world, "SELECT day FROM llm_by_day") == [[day] for day in days]
    again = storage.shown(world.settings().portfolio)
    assert again is not None and f"{metrics.by_day(environment, again.days).since}" == "2026-12-29"


def test_a_lost_portfolio_is_made_again_from_the_ledger(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    ledger.call("acme")
    ledger.now += timedelta(days=30)
    ledger.call("beta")
    load(environment)
    rows = ask(world, "SELECT * FROM llm_metrics_daily ORDER BY ALL")
    for path in ("work/radar.duckdb", "published/portfolio.json"):
        (world.settings().portfolio / path).unlink()
    load(environment)
    assert len(rows) == 2 and ask(world, "SELECT * FROM llm_metrics_daily ORDER BY ALL") == rows


def test_an_erased_tenants_rows_go_and_do_not_come_back(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    ledger.call("acme", "0.2")
    ledger.call("beta", "0.3")
    load(environment)
    erase.erase(world.settings(), ledger.operations, "acme")
    for table in ("llm_metrics_daily", "llm_rollups_daily", "llm_errors_daily", "usage_daily"):
        assert ask(world, f"SELECT count(*) FROM {table} WHERE tenant_id = 'acme'") == [[0]]
    stale = metrics.by_day(environment, {})
    load(environment)
    assert not [row for rows in stale.tables.values() for row in rows if row["tenant_id"] == "acme"]
    assert ask(world, "SELECT tenant_id FROM usage_daily") == [["beta"]]
    assert ask(world, "SELECT cost_usd FROM llm_by_day") == [[0.3]]


def test_rows_read_before_an_erasure_are_not_written_after_it(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    ledger.call("acme")
    early = metrics.by_day(environment, {})
    home = world.settings()
    warehouse.load_portfolio(home.portfolio, {}, home.home / "tenants", [], lambda: {"acme"}, early)
    assert ask(world, "SELECT * FROM usage_daily WHERE tenant_id = 'acme'") == []


def test_a_sweep_tells_what_it_read_and_judged_and_an_unchanged_night_writes_nothing(world: World) -> None:
    world.sweep()
    assert ask(world, "SELECT tenant_id, documents, sweeps, judged, reused, queries FROM usage_daily "
               "ORDER BY ALL") == [["acme", 2, 1, 7, 0, 0], ["beta", 2, 1, 7, 0, 0]]  # fmt: skip
    folder = world.settings().portfolio
    before = files(folder)
    assert world.sweep().totals["unchanged"] == 2
    assert files(folder) == before


def test_what_calls_cost_is_left_out_when_two_stores_are_compared(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    load(environment)
    path = world.settings().portfolio / "published"
    quiet = warehouse.rows_digest(path)
    ledger.call("acme")
    assert load(environment)
    assert warehouse.rows_digest(path) == quiet


def test_each_warning_is_told_once(world: World, ledger: Ledger, environment: Environment) -> None:
    ledger.call("acme", "0.85")
    found = budgets.standing(environment)
    assert [(s.scope, s.period, s.level.value) for s in found if s.level != "holds"] == [
        ("acme", "2026-11-22", "warning")
    ]
    assert [(a.scope, a.level) for a in budgets.tell(environment, found)] == [("acme", "warning")]
    assert budgets.tell(environment, budgets.standing(environment)) == []


def test_the_limit_of_evaluations_is_told_like_the_others_and_is_no_tenants(
    world: World, ledger: Ledger, environment: Environment
) -> None:
    ledger.call("", "1.7", feature="evaluate")
    found = budgets.standing(environment, ["acme"])
    assert [(s.scope, s.period, s.level.value) for s in found if s.level != "holds"] == [
        ("*evaluate", "2026-11-22", "warning")
    ]
    assert [(a.scope, a.used) for a in budgets.tell(environment, found)] == [("*evaluate", Decimal("1.7"))]
    assert budgets.tell(environment, budgets.standing(environment)) == []
