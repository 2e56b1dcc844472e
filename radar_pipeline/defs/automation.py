"""The jobs, and what starts by the clock: the nightly sweep and the weekly verification.

What starts because something changed is in ``sensors``.

Tags of ours on runs, all shown in the UI: ``radar/trigger`` says what started it (``cli``,
``schedule`` or ``sensor/<cause>``) and is the trigger of its row in the ledger; ``radar/cause`` is the
sensor that asked for it, of which one run at a time is pending; ``radar/holder`` is the process that
works on it.
"""

import dagster as dg

from radar_pipeline.defs.batches import NIGHTLY_BATCHES
from radar_pipeline.defs.evals_specs import GROUP as PROMPTS
from radar_pipeline.defs.partitions import range_tags, ranges, sync_partitions
from radar_pipeline.defs.specs import JUDGEMENT_BATCHES
from radar_pipeline.defs.sweep import TRIGGER_TAG
from radar_pipeline.defs.verification import QUOTE_VERIFICATION
from radar_pipeline.sweep.environment import Environment

NIGHTLY = "nightly_sweep"
WEEKLY = "weekly_verification"

_VERIFYING = dg.AssetSelection.assets(QUOTE_VERIFICATION)

nightly_sweep = dg.define_asset_job(
    NIGHTLY,
    # An evaluation never holds up a night; and a run has partitions of one kind.
    selection=dg.AssetSelection.all()
    - _VERIFYING
    - dg.AssetSelection.assets(JUDGEMENT_BATCHES)
    - dg.AssetSelection.groups(PROMPTS),
    description="Sweep tenants: read what is new, assess what it touches, publish the reports.",
)

weekly_verification = dg.define_asset_job(
    WEEKLY,
    selection=_VERIFYING,
    description="Verify every stored quote of every tenant against the document version it names.",
)


def nightly_schedule(timezone: str) -> dg.ScheduleDefinition:
    """Every tenant at 02:00 in ``timezone``, as one run.

    On by default: a night that nobody switched on is a night nobody looked. A run costs seconds
    before its first tenant, so there is one for all, and the sweep keeps them apart.
    """

    @dg.schedule(
        name=f"{NIGHTLY}_schedule",
        job=nightly_sweep,
        cron_schedule="0 2 * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Sweeps every tenant at 02:00; the ledger decides which of them are due.",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, environment: dg.ResourceParam[Environment]
    ) -> dg.RunRequest | dg.SkipReason:
        if environment.settings.batch:
            return dg.SkipReason(
                f"RADAR_BATCH is on: {NIGHTLY_BATCHES} sends first, and the sensor judgement_batches sweeps."
            )
        return over_all(context, environment)

    return schedule


def batches_schedule(timezone: str) -> dg.ScheduleDefinition:
    """The batches of every tenant at 02:00 in ``timezone``, as one run, where RADAR_BATCH is on.

    On by default, as the other is that it stands in for.
    """

    @dg.schedule(
        name=f"{NIGHTLY_BATCHES}_schedule",
        job_name=NIGHTLY_BATCHES,
        cron_schedule="0 2 * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="With RADAR_BATCH, sends the judge's questions at 02:00 instead of sweeping.",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, environment: dg.ResourceParam[Environment]
    ) -> dg.RunRequest | dg.SkipReason:
        if not environment.settings.batch:
            return dg.SkipReason(f"RADAR_BATCH is off: {NIGHTLY} asks models live.")
        return over_all(context, environment)

    return schedule


def over_all(
    context: dg.ScheduleEvaluationContext, environment: Environment
) -> dg.RunRequest | dg.SkipReason:
    """One run over every tenant of tenants.yaml, each a partition by then."""
    slugs = [tenant.slug for tenant in environment.tenants]
    if not slugs:
        return dg.SkipReason("There is no tenant in tenants.yaml.")
    sync_partitions(context.instance, slugs)
    [(first, last)] = ranges(context.instance, slugs, slugs)
    return dg.RunRequest(tags=range_tags(first, last) | {TRIGGER_TAG: "schedule"})


def weekly_schedule(timezone: str) -> dg.ScheduleDefinition:
    """Every stored quote on Sundays at 04:00 in ``timezone``, after the night's sweep.

    On by default: a sweep verifies what it writes, and only this sees what rots afterwards.
    """
    return dg.ScheduleDefinition(
        name=f"{WEEKLY}_schedule",
        job=weekly_verification,
        cron_schedule="0 4 * * 0",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        tags={TRIGGER_TAG: "schedule"},
        description="Verifies every stored quote on Sundays at 04:00.",
    )
