"""The asset ``judgement_batches``: what is sent at night, the job that sends it, and what its sensor polls.

A run sends for its tenants and ends; the sensor looks after what is open from then on, and asks for the
sweeps. Metadata holds counts and dollars.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from radar_pipeline.defs.instance import HOLDER_TAG
from radar_pipeline.defs.partitions import NAME, covered
from radar_pipeline.defs.sensors_batches import Sent
from radar_pipeline.defs.specs import JUDGEMENT_BATCHES, stage_key
from radar_pipeline.defs.specs import judgement_batches as spec
from radar_pipeline.errors import LeaseHeldError, RadarError
from radar_pipeline.models import Tenant
from radar_pipeline.storage import holder
from radar_pipeline.sweep.batching import polling
from radar_pipeline.sweep.batching.office import cost_of, office_of
from radar_pipeline.sweep.batching.polling import Closed, Trouble
from radar_pipeline.sweep.batching.submitting import Submission, submit
from radar_pipeline.sweep.embeddings import RequirementVectors
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage

OP = "submit_batches"
NIGHTLY_BATCHES = "nightly_batches"
POLL_SECONDS = 30.0  # of one tick: Dagster ends one that takes a minute
_OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dg.multi_asset(
    name=OP,
    specs=[spec()],
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def judgement_batches(
    context: dg.AssetExecutionContext, environment: dg.ResourceParam[Environment]
) -> Iterator[dg.AssetMaterialization | dg.MaterializeResult[None]]:
    """Send the open questions of the run's tenants, if RADAR_BATCH is on.

    A tenant that nothing is sent for is materialised too, with the reason; one that failed is not, and the
    run fails at its end. Either is swept by the sensor's next run.
    """
    context.instance.add_run_tags(context.run.run_id, {HOLDER_TAG: holder.this_holder()})
    if why := _idle(context, environment):
        context.log.warning(why)
        # An output all the same: without one, Dagster would skip a sweep in the same run.
        yield dg.MaterializeResult(asset_key=JUDGEMENT_BATCHES, metadata={"passed_over": why})
        return
    vectors = RequirementVectors(environment.settings.portfolio, environment.embedder)
    keys, failed = set(context.partition_keys), list[str]()
    for tenant in environment.tenants:
        if tenant.slug not in keys:
            continue
        try:
            sent = _submitted(environment, tenant, vectors)
        except RadarError as error:
            context.log.error(f"{tenant.slug}: {error}")
            failed.append(f"{tenant.slug} ({type(error).__name__})")
            continue
        context.log.info(f"{tenant.slug}: {sent.passed_over or f'{sent.requests} requests sent'}")
        yield dg.AssetMaterialization(
            JUDGEMENT_BATCHES, partition=tenant.slug, metadata=standing(environment, sent)
        )
    if failed:
        raise dg.Failure(
            f"Nothing could be sent for {', '.join(failed)}: they are judged live.", allow_retries=False
        )


nightly_batches = dg.define_asset_job(
    NIGHTLY_BATCHES,
    selection=dg.AssetSelection.assets(JUDGEMENT_BATCHES),
    description="Send the judge's open questions as batches; the sensor judgement_batches does the rest.",
)


def standing(environment: Environment, sent: Submission) -> dict[str, Any]:
    """What was sent for a tenant now, and how its open batches stand."""
    office = office_of(environment)
    records = environment.operations.batches.open_batches(sent.tenant)
    counts = {
        "batches": sent.batches,
        "submitted": sent.requests,
        "answered": sum(record.answered for record in records),
        "missing": sum(record.requests - record.answered - record.failed for record in records),
        "cost_usd": float(sum(cost_of(office, record) for record in records)),
    }
    oldest = {"oldest": _moment(min(r.prepared_at for r in records))} if records else {}
    why = {"passed_over": sent.passed_over} if sent.passed_over else {}
    return counts | oldest | why


def poll(environment: Environment, instance: dg.DagsterInstance) -> list[str]:
    """Take every open batch a step further, observe those that came to an end; returns what is in the way."""
    trouble = []
    for told in polling.advance(office_of(environment), POLL_SECONDS):
        if isinstance(told, Trouble):
            trouble.append(f"{told.batch.tenant_id}: {told.why}")
        else:
            instance.report_runless_asset_event(_observed(told))
    return trouble


def last_night(instance: dg.DagsterInstance) -> Sent | None:
    """The newest run of the job that has ended; None while one is under way, or if there was none."""
    runs = instance.get_runs(filters=dg.RunsFilter(job_name=NIGHTLY_BATCHES), limit=1)
    if not runs or runs[0].status not in _OVER:
        return None
    order: Sequence[str] = instance.get_dynamic_partitions(NAME)
    return Sent(runs[0].run_id, tuple(covered(runs[0].tags, order)))


def _idle(context: dg.AssetExecutionContext, environment: Environment) -> str:
    """Why this run sends nothing; empty if it does."""
    if not environment.settings.batch:
        return "RADAR_BATCH is off: nothing is sent. Set it to true to judge by batch."
    if stage_key(Stage.ASSESSMENTS) in (context.run.asset_selection or ()):
        return "Nothing is sent: this run sweeps at once, and would stop its own batches."
    return ""


def _submitted(environment: Environment, tenant: Tenant, vectors: RequirementVectors) -> Submission:
    try:
        return submit(environment, tenant, vectors)
    except LeaseHeldError as error:
        return Submission(tenant.slug, passed_over=error.message)


def _observed(closed: Closed) -> dg.AssetObservation:
    batch = closed.batch
    return dg.AssetObservation(
        JUDGEMENT_BATCHES,
        partition=batch.tenant_id,
        metadata={
            "batch": batch.batch_key,
            "deployment": batch.alias,
            "state": batch.state,
            "submitted": batch.requests,
            "answered": batch.answered,
            "failed": batch.failed,
            "missing": closed.missing,
            "cost_usd": float(closed.cost_usd),
            "oldest": _moment(batch.prepared_at),
        },
    )


def _moment(at: datetime) -> dg.TimestampMetadataValue:
    return dg.MetadataValue.timestamp(at)
