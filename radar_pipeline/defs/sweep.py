"""The sweep as one multi-asset: it runs the room ``sweep`` for a range of tenants and tells Dagster.

One step for all tenants, because a step's success marks all its partitions and its failure all of
them too: here a good (stage, tenant) gets its materialisation, a failed one none, and the step fails
at the end if any tenant did. So Dagster shows exactly the failed tenants as failed.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from datetime import date

import dagster as dg
from pydantic import Field, field_validator

from radar_pipeline import tenancy
from radar_pipeline.defs import metrics, overview
from radar_pipeline.defs.checks import Inspection
from radar_pipeline.defs.instance import HOLDER_TAG
from radar_pipeline.defs.reports import Told
from radar_pipeline.defs.resources import Listener
from radar_pipeline.defs.specs import BLOCKING, CHECKS, CITATIONS_ARE_EXACT, check_specs, specs
from radar_pipeline.errors import RadarError, StoreError
from radar_pipeline.storage import holder
from radar_pipeline.sweep import events, portfolio, runner
from radar_pipeline.sweep.batching import board
from radar_pipeline.sweep.environment import Environment, SweepRequest

OP = "sweep"
TRIGGER_TAG = "radar/trigger"
CAUSE_TAG = "radar/cause"  # the sensor that asked for the run

Results = Iterator[
    dg.AssetMaterialization | dg.AssetObservation | dg.MaterializeResult[None] | dg.AssetCheckResult
]


class SweepConfig(dg.Config):
    """What a run sweeps apart from its tenants, which are its partitions."""

    frameworks: list[str] = Field(
        default=[], description="Only these frameworks, such as gdpr; none named: all that bind the tenants."
    )
    as_of: str = Field(
        default="", description="Judge deadlines and review dates by this day, YYYY-MM-DD; empty: today."
    )

    @field_validator("as_of")
    @classmethod
    def _a_day(cls, value: str) -> str:
        if value:
            date.fromisoformat(value)  # its ValueError names what is wrong with the value
        return value

    @property
    def day(self) -> date | None:
        """``as_of`` as a date, None for today."""
        return date.fromisoformat(self.as_of) if self.as_of else None


@dg.multi_asset(
    name=OP,
    specs=specs(),
    check_specs=check_specs(),
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def sweep(
    context: dg.AssetExecutionContext,
    config: SweepConfig,
    environment: dg.ResourceParam[Environment],
    listener: dg.ResourceParam[Listener],
) -> Results:
    """Sweep the run's tenants whole, whatever is selected: what is due is the ledger's decision.

    Only what is selected is reported. Without partitions, only what all tenants share is brought up
    to date. Raises Failure, naming slugs and kinds of error alone, if any tenant failed.
    """
    context.instance.add_run_tags(context.run.run_id, {HOLDER_TAG: holder.this_holder()})
    told = Told(environment, context.selected_asset_keys, _why(context.run.tags))
    try:
        if context.has_partition_key or context.has_partition_key_range:
            request = _request(context, config, environment)
            with closing(_sweeping(request, environment)) as sweeping:
                for event in sweeping:
                    listener(event)
                    _log(context, event)
                    yield from told.reports(event)
        else:
            told.loaded = portfolio.publish(environment, {}) or None
        yield from _shared(context, environment, told)
    except RadarError as error:
        # Raised from it, so that whoever runs this in process gets the error itself back.
        raise dg.Failure(str(error), allow_retries=False) from error
    if told.failed:
        raise _failure(told)


def _sweeping(request: SweepRequest, environment: Environment) -> Generator[events.Event, None, None]:
    """The room's events as a generator, whose closing gives the tenant's lease back."""
    if request.tenants:  # none would mean all
        yield from runner.sweep(request, environment)


def _request(
    context: dg.AssetExecutionContext, config: SweepConfig, environment: Environment
) -> SweepRequest:
    """The sweep of the run's partitions. Tenants that left tenants.yaml since are passed over; and, unless
    a person asked for the run, those that wait for a batch, which would be paid again live."""
    keys = list(context.partition_keys)
    if not keys:
        raise dg.Failure(
            "The run's range of partitions is empty: its end was added before its start.",
            allow_retries=False,
        )
    known = {tenant.slug for tenant in environment.tenants}
    retired = [key for key in keys if key not in known]
    if len(retired) == len(keys):
        tenancy.select(environment.tenants, keys)  # raises the error that names them
    if retired:
        context.log.warning(f"Not in tenants.yaml any more: {', '.join(retired)}")
    by_hand = _trigger(context.run.tags) in ("cli", "dagster")
    waiting = {} if by_hand else board.board(environment.operations, environment.clock()).waiting
    for key in waiting.keys() & set(keys):
        context.log.info(f"{key}: {waiting[key]}")
    return SweepRequest(
        tenants=tuple(key for key in keys if key in known and key not in waiting),
        frameworks=tuple(config.frameworks),
        as_of=config.day,
        trigger=_trigger(context.run.tags),
    )


def _trigger(tags: Mapping[str, str]) -> str:
    return tags.get(TRIGGER_TAG) or ("schedule" if "dagster/schedule_name" in tags else "dagster")


def _why(tags: Mapping[str, str]) -> dict[str, str]:
    """Why the run was made: who or what asked for it, and which sensor, if one did."""
    cause = tags.get(CAUSE_TAG)
    return {"trigger": _trigger(tags), **({"cause": cause} if cause else {})}


def _shared(context: dg.AssetExecutionContext, environment: Environment, told: Told) -> Results:
    """Tables, the checks on what is published, and the page. Two checks block: nothing is told of the
    tables while a quote is not in its document, nor of the page while a verdict lacks what it needs.
    A warning of theirs, as of one tenant's store that cannot be read, keeps nothing back.

    Raises StoreError if one of them fails: no tenant is to blame, and no page must show such rows.
    """
    yield from metrics.results(context, environment)
    inspection = Inspection(environment)
    yield from _check(context, inspection, CITATIONS_ARE_EXACT)
    yield from told.portfolio()
    for key in CHECKS:
        if key != CITATIONS_ARE_EXACT:
            yield from _check(context, inspection, key)
    yield from told.site()


def _check(context: dg.AssetExecutionContext, inspection: Inspection, key: dg.AssetCheckKey) -> Results:
    if key not in context.selected_asset_check_keys:
        return
    if key in BLOCKING and not inspection.published:
        return  # there is nothing that it could keep back
    result = inspection.result(key)
    failed = not result.passed and result.severity is dg.AssetCheckSeverity.ERROR
    if not result.passed:
        (context.log.error if failed else context.log.warning)(f"{key.name}: {result.description}")
    yield result
    if key in BLOCKING and failed:
        raise StoreError(
            f"What is published failed the check {key.name}. {result.description}",
            remedy="The Dagster UI shows how many rows broke which expectation; run `radar doctor`.",
        )


def _log(context: dg.AssetExecutionContext, event: events.Event) -> None:
    """One line for each tenant: slugs, stages and counts."""
    match event:
        case events.StageProgress() if event.note:
            context.log.warning(f"{event.tenant}: {event.note}")
        case events.TenantPublished():
            context.log.info(f"{event.tenant}: published for {', '.join(event.frameworks)}")
        case events.TenantUnchanged():
            context.log.info(f"{event.tenant}: unchanged since {event.published_sweep}")
        case events.TenantSkipped():
            context.log.warning(f"{event.tenant}: skipped, {event.holder}")
        case events.StageDone() if event.counts.get("batch_left"):
            context.log.warning(
                f"{event.tenant}: judged live; its batch is stopped, and {event.counts['batch_left']} of its "
                "requests may be billed as well"
            )
        case events.TenantFailed():
            context.log.error(f"{event.tenant}: {event.reason} in {event.stage}")
        case events.SweepFinished():
            context.log.info(f"Sweep {event.sweep_id} {event.state}: {dict(event.totals)}")


def _failure(told: Told) -> dg.Failure:
    named = "; ".join(f"{f.tenant} ({f.reason} in {f.stage})" for f in told.failed)
    return dg.Failure(
        f"{len(told.failed)} of {told.tenants} tenants failed and keep their last published report: {named}. "
        "`radar status` says what mends them.",
        metadata={
            "failed": len(told.failed),
            "tenants": ", ".join(f.tenant for f in told.failed),
            "failures": overview.failures(told.failed),
        },
        allow_retries=False,
    )
