"""A run of the sweep, as Dagster shows it afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import dagster as dg
import numpy as np
import pytest
from dagster._core.storage.partition_status_cache import AssetPartitionStatus

from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.instance import dagster_home
from radar_pipeline.defs.partitions import TENANTS, range_tags, sync_partitions
from radar_pipeline.defs.run_sweep import run_in_process
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.retrieval.hashing import HashingEmbedder
from radar_pipeline.storage.warehouse import TenantReport
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Event, Stage
from tests.support.two_tenants import CANARY, FILE, TITLE, find_source, lose_source, source
from tests.support.world import World

DONE, FAILED = AssetPartitionStatus.MATERIALIZED, AssetPartitionStatus.FAILED


def sweep(
    instance: dg.DagsterInstance,
    environment: Environment,
    tags: Mapping[str, str],
    assets: Sequence[str] = (),
    **config: Any,
) -> dg.ExecuteInProcessResult:
    sync_partitions(instance, [tenant.slug for tenant in environment.tenants])
    job = build_definitions(environment).resolve_job_def(NIGHTLY)
    return job.execute_in_process(
        instance=instance,
        tags=tags,
        asset_selection=[dg.AssetKey(asset) for asset in assets] or None,
        run_config={"ops": {"sweep": {"config": config}}},
        raise_on_error=False,
    )


def status(instance: dg.DagsterInstance, stage: Stage) -> dict[str, AssetPartitionStatus | None]:
    keys = instance.get_dynamic_partitions(TENANTS.name)
    found = instance.get_status_by_partition(dg.AssetKey(stage.value), keys, TENANTS)
    return dict(found or {})


def told(result: dg.ExecuteInProcessResult, asset: str) -> list[dict[str, Any]]:
    """Metadata of the run's materialisations of an asset, each with its partition."""
    found = [e.step_materialization_data.materialization for e in result.get_asset_materialization_events()]
    return [
        {"partition": m.partition, **{name: plain(value) for name, value in m.metadata.items()}}
        for m in found
        if m.asset_key == dg.AssetKey(asset)
    ]


def plain(value: dg.MetadataValue[Any]) -> Any:
    return [r.data for r in value.records] if isinstance(value, dg.TableMetadataValue) else value.value


def failure(result: dg.ExecuteInProcessResult) -> str:
    [event] = [event for event in result.all_events if event.is_step_failure]
    error = event.step_failure_data.error
    assert error is not None
    return error.message + str(error.cause)


def test_a_failed_tenant_is_shown_as_failed_and_the_other_as_materialised(
    two: World, instance: dg.DagsterInstance
) -> None:
    environment = two.environment()
    lose_source(two, "beta")
    result = sweep(instance, environment, range_tags("acme", "beta"))
    assert not result.success
    for stage in Stage:
        assert status(instance, stage) == {"acme": DONE, "beta": FAILED}, stage
    assert "beta (SourceUnreadableError in documents)" in failure(result)
    assert len(told(result, "report_tables")) == len(told(result, "report_site")) == 1
    assert all(check.passed for check in result.get_asset_check_evaluations())

    find_source(two, "beta")
    assert sweep(instance, environment, range_tags("beta", "beta")).success
    for stage in Stage:
        assert status(instance, stage) == {"acme": DONE, "beta": DONE}, stage


def test_metadata_tell_what_was_done_and_an_unchanged_tenant_says_so(
    two: World, instance: dg.DagsterInstance
) -> None:
    environment = two.environment()
    first = sweep(instance, environment, range_tags("acme", "beta"), as_of="2026-11-01")
    [report, _] = told(first, "blindspot_report")
    assert report["partition"] == "acme" and report["as_of"] == "2026-11-01"
    assert not report["unchanged"] and report["input_key_rules"] and report["sweep_id"]
    [assessed, _] = told(first, "assessments")
    assert (assessed["requirements"], assessed["judged"], assessed["reused"]) == (7, 7, 0)
    [tables] = told(first, "report_tables")
    rows = {row["table"]: row["rows"] for row in tables["rows"]}
    assert rows["assessments"] == 14
    [catalogs] = told(first, "frameworks")
    assert catalogs["requirements"] == 7 and catalogs["hash_rules"]

    lose_source(two, "beta")
    second = sweep(instance, environment, range_tags("acme", "beta"), as_of="2026-11-01")
    for stage in Stage:
        [again] = told(second, stage.value)
        assert again["partition"] == "acme" and again["unchanged"], stage
        assert again["published_sweep"] == report["sweep_id"] != again["sweep_id"]
        assert status(instance, stage) == {"acme": DONE, "beta": FAILED}, stage
    [again] = told(second, "blindspot_report")
    assert again["score_rules"] == report["score_rules"] and again["input_key_rules"]
    assert all(check.passed for check in second.get_asset_check_evaluations())


def test_a_selection_decides_what_is_reported_not_what_is_done(
    two: World, instance: dg.DagsterInstance
) -> None:
    result = sweep(instance, two.environment(), range_tags("acme", "acme"), ["assessments"])
    assert result.success
    assert {e.asset_key for e in result.get_asset_materialization_events()} == {dg.AssetKey("assessments")}
    assert TenantReport.current(two.settings().tenant_home("acme") / "published")["assessments"]

    shared = sweep(instance, two.environment(), {}, ["report_tables", "report_site"])
    assert shared.success
    assert [e.asset_key.to_user_string() for e in shared.get_asset_materialization_events()] == [
        "report_tables",
        "report_site",
    ]


def test_a_tenant_that_somebody_else_sweeps_is_skipped_and_stays_due(
    two: World, instance: dg.DagsterInstance
) -> None:
    environment = two.environment()
    lease = environment.operations.acquire_lease("beta", "elsewhere:0:1:1", "s", 60, lambda _: True)
    result = sweep(instance, environment, range_tags("acme", "beta"))
    assert result.success
    assert [m["partition"] for m in told(result, "documents")] == ["acme"]
    environment.operations.release_lease(lease)
    assert [
        m["partition"] for m in told(sweep(instance, environment, range_tags("beta", "beta")), "documents")
    ]


def test_a_range_written_backwards_fails_instead_of_sweeping_nobody(
    two: World, instance: dg.DagsterInstance
) -> None:
    backwards = {
        "dagster/asset_partition_range_start": "beta",
        "dagster/asset_partition_range_end": "acme",
    }
    result = sweep(instance, two.environment(), backwards)
    assert not result.success


def test_a_partition_whose_tenant_left_is_passed_over_and_alone_is_an_error(
    two: World, instance: dg.DagsterInstance
) -> None:
    sync_partitions(instance, ["acme", "gone"])
    environment = two.environment()
    result = sweep(instance, environment, range_tags("acme", "beta"))
    assert result.success
    assert [m["partition"] for m in told(result, "documents")] == ["acme", "beta"]
    alone = sweep(instance, environment, range_tags("gone", "gone"))
    assert not alone.success and "There is no tenant 'gone'" in failure(alone)


def test_a_broken_catalog_fails_its_check_and_its_tenants_alone(
    two: World, instance: dg.DagsterInstance
) -> None:
    (two.data / "frameworks" / "odd.yaml").write_text("urn: [", encoding="utf-8")
    result = sweep(instance, two.environment(), range_tags("acme", "beta"))
    assert result.success
    passed = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert [name for name, held in passed.items() if not held] == ["catalogs_can_be_read"]
    assert passed["rows_are_sound"]


class Babbling(HashingEmbedder):
    """Dies with what it was given in its message, as libraries do."""

    def embed(self, texts: Sequence[str]) -> np.ndarray[Any, Any]:
        raise RuntimeError(f"cannot embed {texts!r}")


def test_no_sentence_title_or_path_of_a_document_reaches_dagsters_stores(two: World) -> None:
    environment = two.environment()
    (source(two, "acme") / f"broken-{FILE}.pdf").write_bytes(b"%PDF-1.7 broken " + CANARY.encode())
    run_in_process((), (), None, _deaf, two.settings(), environment)
    babbling = replace(environment, embedder=Babbling())
    (source(two, "beta") / FILE).write_text(f"# {TITLE}\n\nAnother text. {CANARY}\n", encoding="utf-8")
    outcome = run_in_process(["beta"], (), None, _deaf, two.settings(), babbling)
    assert [failed.reason for failed in outcome.failed] == ["StoreError"]

    files = [path for path in dagster_home().rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        for secret in (CANARY, TITLE, FILE):
            assert secret.encode() not in path.read_bytes(), (path, secret)


def test_the_command_line_gets_the_events_and_the_error_itself(two: World) -> None:
    heard: list[Event] = []
    settings = two.settings()
    with pytest.raises(UnknownNameError):
        run_in_process(["nobody"], (), None, heard.append, settings)
    with pytest.raises(ConfigurationError):
        run_in_process(["acme"], ["no-such-framework"], None, heard.append, settings)
    assert heard == []

    lose_source(two, "beta")
    today = two.environment().today()
    outcome = run_in_process((), ("rules",), today - timedelta(days=1), heard.append, settings)
    assert not outcome.succeeded and [failed.tenant for failed in outcome.failed] == ["beta"]
    assert len(outcome.runs) == len(outcome.sweeps) == 1
    names = [type(event).__name__ for event in heard]
    assert (names[0], names[-1]) == ("SweepStarted", "SweepFinished") and "TenantPublished" in names


def _deaf(event: Event) -> None:
    """Hears nothing."""
