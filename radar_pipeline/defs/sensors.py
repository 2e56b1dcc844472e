"""What the sensors do: look, ask the pure differences, and request at most one run for each cause.

All are on by default and none can storm: a request is made for a new input only, while no run of the
same cause is pending, and never for a tenant that somebody has in hand. What could not be read is
told in the tick and changes nothing that is remembered.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import dagster as dg

from radar_pipeline import ids
from radar_pipeline.defs import batches, sensors_batches
from radar_pipeline.defs import sensors_differences as differences
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.evals_automation import JOB as EVALUATIONS
from radar_pipeline.defs.evals_specs import VERSIONS_KEY
from radar_pipeline.defs.instance import fail_dead_runs
from radar_pipeline.defs.partitions import NAME, covered, range_tags, sync_partitions
from radar_pipeline.defs.sensors_differences import Answer, Request, Roll, Scene
from radar_pipeline.defs.sensors_memory import Memory, remembered
from radar_pipeline.defs.sensors_prompts import changed_prompts
from radar_pipeline.defs.specs import REPORT_SITE, REPORT_TABLES
from radar_pipeline.defs.sweep import CAUSE_TAG, OP, TRIGGER_TAG
from radar_pipeline.errors import RadarError
from radar_pipeline.settings import load_settings
from radar_pipeline.storage import holder
from radar_pipeline.storage.operations import RETIRED, RETURNED
from radar_pipeline.sweep import evaluation_inputs, watch
from radar_pipeline.sweep.batching import board
from radar_pipeline.sweep.environment import Environment, open_environment
from radar_pipeline.tenancy import erase

PENDING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
Decide = Callable[["Watch", Memory], Answer]
SHARED = (REPORT_TABLES, REPORT_SITE)  # what a sweep without partitions brings up to date


@dataclass(frozen=True, slots=True)
class Watch:
    """What a tick works with."""

    environment: Environment
    instance: dg.DagsterInstance
    pending: Sequence[dg.DagsterRun]

    def scene(self, *, looking: bool = True) -> Scene:
        """How everything stands; with ``looking`` every tenant's source is listed."""
        environment, order = self.environment, self.instance.get_dynamic_partitions(NAME)
        today = environment.today()
        tenants = environment.tenants if looking else ()
        return Scene(
            now=environment.clock().timestamp(),
            order=order,
            looks={tenant.slug: watch.look(environment, tenant, today) for tenant in tenants},
            busy=self._busy(order),
            tries={tenant.slug: environment.operations.tries(tenant.slug) for tenant in tenants},
        )

    def _busy(self, order: Sequence[str]) -> dict[str, str]:
        """Who has which tenant in hand: a pending run, or the living holder of a lease; and who waits for
        a batch, which would be paid again live."""
        operations, now = self.environment.operations, self.environment.clock()
        busy = dict(board.board(operations, now).waiting)
        for run in self.pending:
            busy.update(dict.fromkeys(covered(run.tags, order), f"run {run.run_id[:8]} has it in hand"))
        for lease in operations.leases():
            if lease.expires_at > now and holder.is_alive(lease.holder):
                busy[lease.tenant_id] = f"is being swept by {holder.describe(lease.holder)}"
        return busy


def sensors(given: Environment | None) -> list[dg.SensorDefinition]:
    """All sensors; ``given`` replaces the environment that is else opened anew at every tick."""
    return [
        _sensor("changed_sources", 30, _changed_sources, given),
        _sensor("tenants_file", 30, _tenants_file, given),
        _sensor("changed_frameworks", 60, _changed_frameworks, given),
        _sensor("failed_tenants", 60, _failed_tenants, given),
        _sensor("judgement_batches", 60, _judgement_batches, given),
        _sensor("changed_prompts", 60, _changed_prompts, given, EVALUATIONS, (VERSIONS_KEY,)),
    ]


def _sensor(
    cause: str,
    seconds: int,
    decide: Decide,
    given: Environment | None,
    job: str = NIGHTLY,
    shared: Sequence[dg.AssetKey] = SHARED,
) -> dg.SensorDefinition:
    """``shared``: what of the job a request without partitions is for."""

    @dg.sensor(
        name=cause,
        job_name=job,
        minimum_interval_seconds=seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=decide.__doc__,
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return _tick(context, cause, decide, given, shared)

    return sensor


def _tick(
    context: dg.SensorEvaluationContext,
    cause: str,
    decide: Decide,
    given: Environment | None,
    shared: Sequence[dg.AssetKey],
) -> dg.SensorResult:
    fail_dead_runs(context.instance)  # a dead run would keep its cause pending for ever
    pending = context.instance.get_runs(filters=dg.RunsFilter(statuses=PENDING))
    for run in pending:
        if run.tags.get(CAUSE_TAG) == cause:
            return _skip(
                f"Run {run.run_id[:8]} of this cause is {run.status.value}: looked at once it ended."
            )
    try:
        with _opened(given) as environment:
            memory = remembered(context.cursor, environment.clock().timestamp())
            answer = decide(Watch(environment, context.instance, pending), memory)
    except RadarError as error:  # nothing was seen, so nothing that is remembered changes
        return _skip(f"Could not look. {error}")
    if answer.request is None:
        return dg.SensorResult(skip_reason=answer.says, cursor=answer.memory.cursor())
    context.log.info(answer.says)
    request = _run_request(cause, answer.request, shared)
    return dg.SensorResult(run_requests=[request], cursor=answer.memory.cursor())


@contextmanager
def _opened(given: Environment | None) -> Iterator[Environment]:
    """The environment. A process that ticks for months must give its connections back."""
    if given is not None:
        yield given
        return
    environment = open_environment(load_settings())
    try:
        yield environment
    finally:
        environment.operations.close()


def _skip(why: str) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=why)


def _run_request(cause: str, request: Request, shared: Sequence[dg.AssetKey]) -> dg.RunRequest:
    key = f"{cause}-{request.key}"
    tags = {TRIGGER_TAG: f"sensor/{cause}", CAUSE_TAG: cause}
    if not request.first:
        return dg.RunRequest(run_key=key, tags=tags, asset_selection=list(shared))
    config = {"frameworks": list(request.frameworks)}
    return dg.RunRequest(
        run_key=key,
        tags=tags | range_tags(request.first, request.last),
        run_config={"ops": {OP: {"config": config}}} if request.frameworks else None,
    )


# ── Each cause: its effect, and the incident it prevents ──────────────────────────────────────


def _changed_sources(seen: Watch, memory: Memory) -> Answer:
    """Sweeps tenants whose documents changed.

    Prevents the policy that was withdrawn at nine in the morning and stays "covered" in the report
    until the next night.
    """
    return differences.changed_sources(memory, seen.scene())


def _changed_frameworks(seen: Watch, memory: Memory) -> Answer:
    """Sweeps the tenants bound by a catalog that changed, for that catalog alone.

    Prevents reports that show an amended law's duties as they were before the amendment.
    """
    environment = seen.environment
    bound = sorted({scope.framework_id for tenant in environment.tenants for scope in tenant.frameworks})
    folder = environment.settings.data / "frameworks"
    if watch.is_settling(folder / f"{name}.yaml" for name in bound):
        return Answer(memory, "A catalog is being written: looked at at the next tick.")
    catalogs = {name: watch.catalog_key(environment, name) for name in bound}
    changed = any(mark and memory.marks.get(name, mark) != mark for name, mark in catalogs.items())
    return differences.changed_frameworks(memory, seen.scene(looking=changed), catalogs)


def _failed_tenants(seen: Watch, memory: Memory) -> Answer:
    """Tries failed tenants again after ten minutes, an hour and four hours; the ledger counts.

    Prevents a report that misses a night because a share was not mounted for a minute, and a run
    every minute for a tenant that nothing but a person can mend.
    """
    operations = seen.environment.operations
    operations.interrupt_dead_sweeps(holder.is_alive)
    last = [operations.tries(tenant.slug, 1) for tenant in seen.environment.tenants]
    failed = any(tries and tries[0].state != "done" for tries in last)
    return differences.failed_tenants(memory, seen.scene(looking=failed))


def _tenants_file(seen: Watch, memory: Memory) -> Answer:
    """Follows tenants.yaml: the new are swept, those taken out are retired, nothing is deleted.

    Prevents a new customer without a report until the night, and one who left being shown for ever
    as if somebody still looked.
    """
    environment, operations = seen.environment, seen.environment.operations
    if watch.is_settling([environment.settings.tenants_file]):
        return Answer(memory, "tenants.yaml is being written: looked at at the next tick.")
    roll = Roll(
        listed=frozenset(tenant.slug for tenant in environment.tenants),
        partitions=frozenset(seen.instance.get_dynamic_partitions(NAME)),
        retired=operations.retired(),
        erased=erase.erased(operations),
        mark=ids.digest(*sorted(watch.definition_key(tenant) for tenant in environment.tenants), length=24),
    )
    sync_partitions(seen.instance, roll.added)
    for slug in sorted(differences.leavers(memory, roll)):
        operations.audit(RETIRED, slug, {})
    for slug in sorted(roll.returned):
        operations.audit(RETURNED, slug, {})
    edited = bool(roll.added or roll.returned or roll.mark not in memory.marks.values())
    return differences.tenants_file(memory, seen.scene(looking=edited), roll)


def _judgement_batches(seen: Watch, memory: Memory) -> Answer:
    """Looks after batches at the providers, and sweeps tenants once theirs are done or their time is up.

    Prevents a night that waits for a provider for ever, and answers that were paid for and never fetched.
    """
    environment = seen.environment
    trouble = batches.poll(environment, seen.instance)
    night = batches.last_night(seen.instance) if environment.settings.batch else None
    over = sensors_batches.unswept(board.board(environment.operations, environment.clock()), environment)
    scene = seen.scene(looking=bool(over))
    answer = sensors_batches.judgement_batches(memory, scene, over, night)
    return replace(answer, says=" ".join([*trouble, answer.says]))


def _changed_prompts(seen: Watch, memory: Memory) -> Answer:
    """Reads the registry anew once files of prompts or cases changed; the conditions of its assets evaluate.

    Prevents a prompt that was edited at noon being evaluated, and a broken one being told of, on Sunday.
    """
    environment = seen.environment
    if watch.is_settling(evaluation_inputs.paths(environment)):
        return Answer(memory, "A prompt or a case is being written: looked at at the next tick.")
    return changed_prompts(memory, evaluation_inputs.stamp(environment))
