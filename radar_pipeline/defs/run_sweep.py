"""The sweep as ``radar sweep`` runs it: the same job on the same instance as the UI, in this process."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import dagster as dg

from radar_pipeline import tenancy
from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.instance import HOLDER_TAG, dagster_home, fail_dead_runs, kept_open, open_instance
from radar_pipeline.defs.partitions import range_tags, ranges, sync_partitions
from radar_pipeline.defs.resources import Listener
from radar_pipeline.defs.sweep import OP, TRIGGER_TAG, SweepConfig
from radar_pipeline.errors import ConfigurationError, RadarError, StoreError
from radar_pipeline.settings import Settings
from radar_pipeline.storage import holder
from radar_pipeline.sweep.environment import Environment, open_environment
from radar_pipeline.sweep.events import Event, SweepStarted, TenantFailed, TenantSkipped

# So that the UI lists these runs under the job of the code location too.
_REPOSITORY = {".dagster/repository": "__repository__@radar"}


@dataclass(slots=True)
class SweepOutcome:
    """How it ended. One run, and one sweep, for each stretch of neighbouring partitions."""

    runs: list[str] = field(default_factory=list)
    sweeps: list[str] = field(default_factory=list)
    failed: list[TenantFailed] = field(default_factory=list)
    skipped: list[TenantSkipped] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether nothing failed; a skipped tenant is being swept by somebody else."""
        return not self.failed

    def hear(self, event: Event) -> None:
        """Take one event into account."""
        match event:
            case SweepStarted():
                self.sweeps.append(event.sweep_id)
            case TenantFailed():
                self.failed.append(event)
            case TenantSkipped():
                self.skipped.append(event)


def run_in_process(
    tenants: Sequence[str],
    frameworks: Sequence[str],
    as_of: date | None,
    on_event: Listener,
    settings: Settings,
    environment: Environment | None = None,
) -> SweepOutcome:
    """Sweep ``tenants`` (none named: all) as runs of the instance; ``on_event`` hears every event.

    Failed tenants are in the outcome. Raises RadarError if the sweep as a whole could not be made,
    and KeyboardInterrupt when interrupted: the run is then marked failed and the lease given back.
    """
    environment = environment or open_environment(settings)
    chosen = [tenant.slug for tenant in tenancy.select(environment.tenants, tenants)]
    known = [tenant.slug for tenant in environment.tenants]
    if not chosen:
        raise ConfigurationError(
            f"There is no tenant in {settings.tenants_file.name}.", remedy="Add one, with its documents."
        )
    outcome = SweepOutcome()

    def hear(event: Event) -> None:
        outcome.hear(event)
        on_event(event)

    job = build_definitions(environment, hear, settings).resolve_job_def(NIGHTLY)
    config = SweepConfig(frameworks=list(frameworks), as_of=as_of.isoformat() if as_of else "")
    with open_instance() as instance, _told_plainly(settings):
        fail_dead_runs(instance)
        sync_partitions(instance, known)
        for first, last in ranges(instance, chosen, known):
            _execute(instance, job, range_tags(first, last), config, outcome)
    return outcome


@contextmanager
def _told_plainly(settings: Settings) -> Iterator[None]:
    """Dagster's own troubles, such as a full disk under its home, as an error with a remedy."""
    try:
        yield
    except RadarError:
        raise
    except Exception as error:
        if settings.debug:
            raise
        raise StoreError(
            f"The Dagster instance in {dagster_home()} failed ({type(error).__name__}).",
            remedy="Check disk space and permissions there; `radar sweep --debug` shows where it failed.",
        ) from error


def sync_tenants(settings: Settings) -> tuple[str, ...]:
    """Make the tenants of tenants.yaml partitions of the instance; returns the new ones."""
    with open_instance() as instance:
        return sync_partitions(instance, [tenant.slug for tenant in open_environment(settings).tenants])


def _execute(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    tags: dict[str, str],
    config: SweepConfig,
    outcome: SweepOutcome,
) -> None:
    run_id = str(uuid.uuid4())
    outcome.runs.append(run_id)
    try:
        with kept_open(instance, run_id):
            job.execute_in_process(
                instance=instance,
                run_id=run_id,
                tags={**tags, **_REPOSITORY, TRIGGER_TAG: "cli", HOLDER_TAG: holder.this_holder()},
                run_config={
                    "ops": {OP: {"config": config.model_dump()}},
                    # The caller shows progress; what Dagster would print is in its event log.
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            )
    except dg.Failure as failure:
        if isinstance(failure.__cause__, RadarError):
            raise failure.__cause__ from None
        if not outcome.failed:
            raise
    except dg.DagsterExecutionInterruptedError:
        raise KeyboardInterrupt from None
