"""The assets of model calls and usage: their lineage, their refreshing, and the check on limits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import dagster as dg
import pytest

from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.metrics import BUDGETS_HOLD, JOB, METRICS
from radar_pipeline.storage.operations.records import Attempt, Limits, Outcome
from tests.support.spending import Ledger, with_models
from tests.support.world import World


@pytest.fixture
def ledger(world: World) -> Iterator[Ledger]:
    made = Ledger(with_models(world))
    yield made
    made.operations.close()


def run(world: World, ledger: Ledger, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    definitions = build_definitions(ledger.at()(world.environment()), settings=world.settings())
    return definitions.resolve_job_def(JOB).execute_in_process(instance=instance)


def told(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, object]]:
    return {
        event.asset_key.to_user_string(): {
            name: value.value
            for name, value in event.step_materialization_data.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def check(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    [found] = [e for e in result.get_asset_check_evaluations() if e.asset_check_key == BUDGETS_HOLD]
    return found


def test_they_follow_from_assessments_and_are_part_of_the_tables(world: World) -> None:
    definitions = build_definitions(settings=world.settings())
    graph = definitions.resolve_asset_graph()
    for key in METRICS:
        assert graph.get(key).parent_keys == {dg.AssetKey("assessments")}
    assert graph.get(dg.AssetKey("report_tables")).parent_keys >= {*METRICS}
    assert {*METRICS} <= definitions.resolve_job_def(NIGHTLY).asset_layer.selected_asset_keys


def test_a_schedule_of_their_own_runs_when_a_day_of_budgets_has_ended(world: World) -> None:
    definitions = build_definitions(settings=world.settings())
    assert definitions.resolve_job_def(JOB).asset_layer.selected_asset_keys == {*METRICS}
    schedule = definitions.resolve_schedule_def(f"{JOB}_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("10 0 * * *", "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    at = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 11, 22, 0, 10, tzinfo=UTC))
    [request] = schedule.evaluate_tick(at).run_requests or []
    assert request.tags["radar/trigger"] == "schedule"


def test_a_run_of_their_own_brings_them_up_to_date_and_sweeps_nobody(
    world: World, ledger: Ledger, instance: dg.DagsterInstance
) -> None:
    ledger.call("acme", "0.1", of=3)
    found = told(run(world, ledger, instance))
    assert set(found) == {key.to_user_string() for key in METRICS}
    models, usage = found["llm_metrics_daily"], found["usage_daily"]
    assert (models["day"], models["attempts"], models["cost_usd"]) == ("2026-11-22", 3, 0.3)
    assert (models["latency_p95_ms"], models["dagster/row_count"]) == (900.0, 1)
    assert "satisfaction" not in models  # unknown is no number
    assert (usage["queries"], usage["tenants"], usage["cost_usd"]) == (3, 1, 0.3)
    assert not ledger.operations.sweeps()


def test_a_day_of_which_less_is_known_stands_in_the_table_beside_the_others(
    world: World, ledger: Ledger, instance: dg.DagsterInstance
) -> None:
    ledger.call("acme", "0.1")
    ledger.now += timedelta(days=1)
    attempt = Attempt("acme", "judge", "coverage@1#a", "small", "mine", "tiny-1", Decimal("0.1"))
    call = ledger.operations.spending.begin(attempt, Limits(), 60)
    ledger.operations.spending.settle(call, Outcome("failed"))  # nobody measured how long it took
    days = told(run(world, ledger, instance))["llm_metrics_daily"]["days"]
    assert isinstance(days, dg.TableMetadataValue)
    latencies = [row.data["latency_p95_ms"] for row in days.records]
    assert latencies == [None, 900.0]


def test_limits_that_hold_pass_those_at_80_percent_warn_and_those_that_refuse_fail_without_stopping(
    world: World, ledger: Ledger, instance: dg.DagsterInstance
) -> None:
    ledger.call("acme", "0.1")
    held = check(run(world, ledger, instance))
    assert held.passed and not held.blocking
    ledger.call("acme", "0.7")
    warned = check(run(world, ledger, instance))
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert warned.description == "acme has used $0.80 of $1.00 in 2026-11-22."
    assert "models.yaml" in str(warned.metadata["remedy"].value)
    ledger.call("acme", "0.2")
    result = run(world, ledger, instance)
    reached = check(result)
    assert result.success and set(told(result)) == {key.to_user_string() for key in METRICS}
    assert (reached.passed, reached.severity) == (False, dg.AssetCheckSeverity.ERROR)


def test_a_refused_call_is_an_error_though_the_limit_is_not_used_up(
    world: World, ledger: Ledger, instance: dg.DagsterInstance
) -> None:
    from radar_pipeline.storage.operations.errors import LimitReachedError

    models = world.environment().models
    assert models is not None
    limits: Limits = models.client.limits("acme")
    with pytest.raises(LimitReachedError):
        ledger.call("acme", "1.5", limits=limits)
    reached = check(run(world, ledger, instance))
    assert (reached.passed, reached.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "calls are refused" in str(reached.description)
