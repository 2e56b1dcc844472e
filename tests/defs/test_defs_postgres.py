"""Dagster's instance on PostgreSQL, by the file in ``deploy``: a real server, a real daemon."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickStatus,
)
from dagster._core.workspace.load import location_origins_from_yaml_paths

from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.instance import dagster_home, open_instance
from radar_pipeline.defs.partitions import NAME, forget_tenant
from radar_pipeline.defs.run_sweep import run_in_process, sync_tenants
from radar_pipeline.settings import PROJECT
from radar_pipeline.sweep.events import Event, Stage
from tests.support.two_tenants import CANARY, lose_source
from tests.support.waiting import wait_for
from tests.support.world import World

SCHEDULE = f"{NIGHTLY}_schedule"


@pytest.fixture
def on_postgres(two: World, postgres: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two tenants, a new database for the instance and one for the ledger."""
    for name, variable in (("dagster", "DAGSTER_POSTGRES_URL"), ("radar", "RADAR_OPERATIONS_URL")):
        postgres.psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")
        postgres.psql(f"CREATE DATABASE {name};")
        monkeypatch.setenv(variable, postgres.get_uri(database=name, driver="psycopg2"))
    deployed = (PROJECT / "deploy" / "dagster.postgres.yaml").read_text(encoding="utf-8")
    (dagster_home() / "dagster.yaml").write_text(deployed, encoding="utf-8")
    return two


def deaf(event: Event) -> None:
    """Hears nothing."""


def materialised(instance: dg.DagsterInstance, stage: Stage) -> set[str]:
    return set(instance.get_materialized_partitions(dg.AssetKey(stage.value)))


def test_the_file_differs_from_the_embedded_instance_in_its_storage_alone() -> None:
    deployed = yaml.safe_load((PROJECT / "deploy" / "dagster.postgres.yaml").read_text(encoding="utf-8"))
    embedded = yaml.safe_load((PROJECT / "dagster_home" / "dagster.yaml").read_text(encoding="utf-8"))
    assert deployed.pop("storage") == {"postgres": {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}}
    assert deployed == embedded and deployed["telemetry"] == {"enabled": False}


def test_a_sweep_from_the_command_line_is_kept_in_postgres_without_a_word_of_a_document(
    on_postgres: World, postgres: Any
) -> None:
    lose_source(on_postgres, "beta")
    outcome = run_in_process((), (), None, deaf, on_postgres.settings())
    assert [failed.tenant for failed in outcome.failed] == ["beta"], outcome.failed
    with open_instance() as instance:
        assert materialised(instance, Stage.BLINDSPOT_REPORT) == {"acme"}
        assert instance.get_runs()[0].status is dg.DagsterRunStatus.FAILURE
    forget_tenant("beta")
    with open_instance() as instance:
        assert instance.get_dynamic_partitions(NAME) == ["acme"]
    assert not (dagster_home() / "history").exists()
    rows = postgres.psql(rf"""\c dagster
        SELECT count(*), count(*) FILTER (WHERE event LIKE '%{CANARY}%') FROM event_logs;""")
    kept, quoting = (int(part) for part in rows.split("\n")[-4].split("|"))
    assert kept > 20 and quoting == 0


def test_the_daemon_ticks_the_schedule_and_the_sensors_and_the_nightly_run_finishes(
    on_postgres: World, tmp_path: Path
) -> None:
    assert sync_tenants(on_postgres.settings()) == ("acme", "beta")
    with open_instance() as instance:
        state = running_since(instance, datetime.now(UTC) - timedelta(hours=24))
        with daemon(tmp_path / "daemon.log"):
            nightly = wait_for(lambda: finished_nightly(instance))
            ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id)
            wait_for(lambda: sensor_ticks(instance))
        assert nightly.status is dg.DagsterRunStatus.SUCCESS
        assert all(tick.status is TickStatus.SUCCESS for tick in ticks)
        assert nightly.run_id in {run_id for tick in ticks for run_id in tick.run_ids}
        assert all(ticks[-1].status is not TickStatus.FAILURE for ticks in sensor_ticks(instance))
        for stage in Stage:
            assert materialised(instance, stage) == {"acme", "beta"}, stage
        assert instance.get_latest_materialization_event(dg.AssetKey("report_tables"))
    states = {sweep.trigger: sweep.state for sweep in on_postgres.environment().operations.sweeps()}
    assert states["schedule"] == "succeeded"


def running_since(instance: dg.DagsterInstance, since: datetime) -> InstigatorState:
    """The nightly schedule as if the daemon had known it for a day: it has missed one tick."""
    [location] = location_origins_from_yaml_paths([str(PROJECT / "workspace.yaml")])
    origin = RemoteRepositoryOrigin(location, "__repository__").get_instigator_origin(SCHEDULE)
    data = ScheduleInstigatorData("0 2 * * *", since.timestamp())
    state = InstigatorState(origin, InstigatorType.SCHEDULE, InstigatorStatus.DECLARED_IN_CODE, data)
    instance.add_instigator_state(state)
    return state


def finished_nightly(instance: dg.DagsterInstance) -> dg.DagsterRun | None:
    runs = instance.get_runs(filters=dg.RunsFilter(tags={"dagster/schedule_name": SCHEDULE}))
    return runs[0] if runs and runs[0].is_finished else None


def sensor_ticks(instance: dg.DagsterInstance) -> list[list[Any]]:
    """The finished ticks of each sensor that has any; a sensor is on unless somebody stops it."""
    found = []
    for state in instance.all_instigator_state(instigator_type=InstigatorType.SENSOR):
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id)
        ended = [tick for tick in ticks if tick.status is not TickStatus.STARTED]
        found += [ended] if ended else []
    return found


class daemon:  # noqa: N801 – read as a verb phrase: with daemon(...)
    """``dagster-daemon run`` in a process group of its own."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def __enter__(self) -> None:
        command = [str(Path(sys.executable).parent / "dagster-daemon"), "run"]
        command += ["-w", str(PROJECT / "workspace.yaml")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=PROJECT, start_new_session=True
            )

    def __exit__(self, *failure: object) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if any(failure):
            print(self._log.read_text(errors="replace")[-6000:])
