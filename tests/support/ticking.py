"""Sensors ticked by hand on a real instance; what they ask for is swept by the room, without a run."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import dagster as dg
import yaml

from radar_pipeline.defs import sensors
from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.instance import open_instance
from radar_pipeline.defs.partitions import NAME
from radar_pipeline.defs.sweep import CAUSE_TAG
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import portfolio
from radar_pipeline.sweep.environment import Environment, SweepRequest, open_environment
from radar_pipeline.sweep.events import SweepFinished
from radar_pipeline.sweep.runner import sweep
from tests.support.world import World

SENSORS = ("changed_sources", "tenants_file", "changed_frameworks", "failed_tenants", "judgement_batches")
FOLDERS = ("data", "store", "dagster_home")


def settle(world: World) -> None:
    """Let a minute pass since everything was written."""
    for path in [world.data, *world.data.rglob("*")]:
        stat = path.stat()
        if time.time() - stat.st_mtime < 30:
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - 60_000_000_000))


@cache
def definitions() -> dg.Definitions:
    """As the code location has them: they open the environment anew at every tick."""
    return build_definitions()


@dataclass
class Ticking:
    """A world and its Dagster instance. ``later`` moves the clock of sensors and ledger on, ``change``
    what the sweeps work with."""

    world: World
    instance: dg.DagsterInstance
    cursors: dict[str, str | None] = field(default_factory=dict)
    change: Callable[[Environment], Environment] = lambda environment: environment
    passed: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.passed

    def later(self, **passed: float) -> None:
        self.passed += timedelta(**passed)

    def environment(self) -> Environment:
        settings = self.world.settings()
        ledger = Operations(settings.operations, self.now)
        return self.change(replace(open_environment(settings), clock=self.now, operations=ledger))

    def tick(self, name: str) -> tuple[list[dg.RunRequest], str]:
        """The run requests of one tick of a sensor, and why there are none."""
        loaded = definitions()
        before = self.cursors.get(name)
        context = dg.build_sensor_context(self.instance, cursor=before, definitions=loaded)
        opening, sensors.open_environment = sensors.open_environment, lambda _: self.environment()
        try:
            found = loaded.resolve_sensor_def(name).evaluate_tick(context)
        finally:
            sensors.open_environment = opening
        self.cursors[name] = found.cursor
        return list(found.run_requests or ()), found.skip_message or ""

    def quiet(self) -> bool:
        """Whether no sensor asks for anything."""
        return not any(self.tick(name)[0] for name in SENSORS)

    def sweep(self, *tenants: str, trigger: str = "schedule", frameworks: tuple[str, ...] = ()) -> bool:
        """Sweep as a run would; whether it went well."""
        *_, last = sweep(SweepRequest(tenants, frameworks, None, trigger), self.environment())
        assert isinstance(last, SweepFinished)
        return last.state == "succeeded"

    def run(self, request: dg.RunRequest) -> bool:
        """Do what the request's run would; whether it went well."""
        if request.asset_selection:
            portfolio.publish(self.environment(), {})
            return True
        order = self.instance.get_dynamic_partitions(NAME)
        config = request.run_config["ops"]["sweep"]["config"] if request.run_config else {}
        listed = {tenant.slug for tenant in self.environment().tenants}
        return self.sweep(
            *(slug for slug in sensors.covered(request.tags, order) if slug in listed),
            trigger=request.tags["radar/trigger"],
            frameworks=tuple(config.get("frameworks", ())),
        )

    def run_in_dagster(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        job = build_definitions(self.environment()).resolve_job_def(NIGHTLY)
        return job.execute_in_process(
            instance=self.instance,
            tags=dict(request.tags),
            run_config=dict(request.run_config),
            asset_selection=list(request.asset_selection or ()) or None,
            raise_on_error=False,
        )

    def pending(
        self, status: dg.DagsterRunStatus = dg.DagsterRunStatus.NOT_STARTED, **tags: str
    ) -> dg.DagsterRun:
        """A run that has not begun, or is at work."""
        job = definitions().resolve_job_def(NIGHTLY)
        one = frozenset([dg.AssetKey("frameworks")])  # an event is stored for each planned partition
        return self.instance.create_run_for_job(job, tags=tags, status=status, asset_selection=one)


def hush(instance: dg.DagsterInstance) -> None:
    """Keep all sensors from asking for anything: a run of each cause is pending."""
    job = definitions().resolve_job_def(NIGHTLY)
    for cause in (*SENSORS, "changed_prompts"):
        instance.create_run_for_job(job, tags={CAUSE_TAG: cause})


def save_as_template(root: Path, template: Path) -> None:
    """Put a world that was swept aside, for tests to start from."""
    for name in FOLDERS:
        shutil.move(root / name, template / name)


def from_template(template: Path, root: Path, cursors: dict[str, str | None]) -> Ticking:
    """The same world again, in a folder of its own."""
    for name in FOLDERS:
        shutil.copytree(template / name, root / name, symlinks=True, dirs_exist_ok=True)
    world = World(root / "data", root / "store")
    listed = yaml.safe_load((world.data / "tenants.yaml").read_text())["tenants"]
    world.tenants.update({entry["slug"]: entry for entry in listed})
    settle(world)
    return Ticking(world, open_instance(), dict(cursors))
