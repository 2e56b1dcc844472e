"""The weekly verification, and when an asset counts as stale."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState
from dagster._core.definitions.freshness_evaluator import FRESHNESS_EVALUATORS_BY_POLICY_TYPE
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time

from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY, WEEKLY
from radar_pipeline.defs.instance import dagster_home, open_instance
from radar_pipeline.defs.partitions import TENANTS, range_tags, sync_partitions
from radar_pipeline.defs.verification import QUOTE_VERIFICATION
from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep import verify
from radar_pipeline.sweep.verify import Verified
from tests.support.two_tenants import CANARY
from tests.support.world import World

ZONE = ZoneInfo("Europe/Dublin")


@pytest.fixture
def definitions(two: World) -> dg.Definitions:
    return build_definitions(two.environment(), settings=two.settings(timezone=ZONE.key))


def verifying(definitions: dg.Definitions, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return definitions.resolve_job_def(WEEKLY).execute_in_process(instance=instance, raise_on_error=False)


# ── Verification ──────────────────────────────────────────────────────────────────────────────


def test_quotes_are_verified_on_sundays_in_a_job_of_their_own(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def(f"{WEEKLY}_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 4 * * 0", ZONE.key)
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    nightly = definitions.resolve_job_def(NIGHTLY).asset_layer.selected_asset_keys
    weekly = definitions.resolve_job_def(WEEKLY).asset_layer.selected_asset_keys
    assert QUOTE_VERIFICATION not in nightly and set(weekly) == {QUOTE_VERIFICATION}
    at = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 11, 22, 4, tzinfo=ZONE))
    [request] = schedule.evaluate_tick(at).run_requests or []
    assert request.tags["radar/trigger"] == "schedule"


def test_sound_quotes_are_counted_by_tenant(
    two: World, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    two.sweep()
    result = verifying(definitions, instance)
    assert result.success
    [event] = result.get_asset_materialization_events()
    metadata = event.step_materialization_data.materialization.metadata
    assert metadata["tenants"].value == 2 and metadata["wrong"].value == 0
    quotes = len(two.report("acme")["evidence"]) + len(two.report("beta")["evidence"])
    assert metadata["quotes"].value == quotes > 0
    rows = metadata["verified"].value.records
    assert [row.data["tenant"] for row in rows] == ["acme", "beta"]


def test_a_wrong_quote_fails_the_run_and_is_told_without_its_text(two: World) -> None:
    two.sweep()
    store = Texts(two.settings().tenant_home("beta") / "work" / "texts")
    [version] = store.version_ids()
    text = store.get(version)
    [path] = [p for p in store.root.rglob("*") if p.is_file()]
    path.unlink()
    store.put(version, text.replace("72 hours", "27 hours"))
    definitions = build_definitions(two.environment())
    with open_instance() as instance:
        result = verifying(definitions, instance)
        assert not result.success and result.get_asset_materialization_events() == []
        [observed] = instance.fetch_observations(QUOTE_VERIFICATION, limit=5).records
    observation = observed.asset_observation
    assert observation is not None
    beta = observation.metadata["verified"].value.records[1].data
    assert beta["tenant"] == "beta" and beta["wrong"] >= 1 and beta["evidence_ids"]
    for file in dagster_home().rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"27 hours" not in content and CANARY.encode() not in content, file


def test_a_tenant_that_cannot_be_verified_fails_the_run_too(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = Verified("beta", problem="A text is damaged.", remedy="Sweep again.")
    monkeypatch.setattr(
        "radar_pipeline.defs.verification.tenants", lambda _: iter([Verified("acme", 3), torn])
    )
    result = verifying(definitions, instance)
    assert not result.success
    assert verify.Verified("acme", 3).sound


# ── Freshness ─────────────────────────────────────────────────────────────────────────────────


def freshness(definitions: dg.Definitions, instance: dg.DagsterInstance, asset: str) -> FreshnessState:
    """What Dagster's daemon would say of an asset now."""
    node = definitions.resolve_asset_graph().get(dg.AssetKey(asset))
    evaluator = FRESHNESS_EVALUATORS_BY_POLICY_TYPE[type(node.freshness_policy_or_from_metadata)]()
    return asyncio.run(evaluator.evaluate_freshness(LoadingContextForTest(instance), node))


def test_a_missed_night_shows_at_six_and_a_night_in_which_nothing_changed_does_not(
    two: World, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    night = datetime(2026, 11, 23, 2, 0, tzinfo=ZONE)
    sync_partitions(instance, ["acme", "beta"])
    job = definitions.resolve_job_def(NIGHTLY)

    def sweep() -> None:
        tags = range_tags("acme", "beta")
        assert job.execute_in_process(instance=instance, tags=tags, asset_selection=ASSETS).success

    watched = ("blindspot_report", "report_tables")
    for asset in watched:
        assert freshness(definitions, instance, asset) is FreshnessState.UNKNOWN
    two.sweep()  # so that both runs below find nothing to do
    with freeze_time(night):
        sweep()
    for hours, state in ((4, "PASS"), (20, "PASS"), (27, "PASS"), (28.1, "FAIL"), (40, "FAIL")):
        with freeze_time(night + timedelta(hours=hours)):
            for asset in watched:
                assert freshness(definitions, instance, asset) is FreshnessState(state), (asset, hours)
    with freeze_time(night + timedelta(hours=24)):
        sweep()
    with freeze_time(night + timedelta(hours=28.1)):
        for asset in watched:
            assert freshness(definitions, instance, asset) is FreshnessState.PASS


ASSETS = [dg.AssetKey(name) for name in ("blindspot_report", "report_tables")]


def test_a_missed_sunday_shows(definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
    sunday = datetime(2026, 11, 22, 4, 0, tzinfo=ZONE)
    with freeze_time(sunday):
        instance.report_runless_asset_event(dg.AssetMaterialization(QUOTE_VERIFICATION))
    for days, state in ((1, "PASS"), (7.1, "PASS"), (7.5, "WARN"), (8.1, "FAIL")):
        with freeze_time(sunday + timedelta(days=days)):
            assert freshness(definitions, instance, "quote_verification") is FreshnessState(state), days


def test_the_committed_instance_evaluates_freshness(two: World) -> None:
    with open_instance() as instance:
        assert instance.freshness_enabled
    assert TENANTS.name == "tenants" and two.tenants
