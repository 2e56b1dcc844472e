"""The jobs, and what starts by the clock: the nightly sweep and the weekly verification.

What starts because something changed is in ``sensors``.

Tags of ours on runs, all shown in the UI: ``radar/trigger`` says what started it (``cli``,
``schedule`` or ``sensor/<cause>``) and is the trigger of its row in the ledger; ``radar/cause`` is the
sensor that asked for it, of which one run at a time is pending; ``radar/holder`` is the process that
works on it.
"""

import dagster as dg

from radar_pipeline.defs.partitions import range_tags, ranges, sync_partitions
from radar_pipeline.defs.sweep import TRIGGER_TAG
from radar_pipeline.defs.verification import QUOTE_VERIFICATION
from radar_pipeline.sweep.environment import Environment

NIGHTLY = "nightly_sweep"
WEEKLY = "weekly_verification"

_VERIFYING = dg.AssetSelection.assets(QUOTE_VERIFICATION)

nightly_sweep = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all() - _VERIFYING,
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
        slugs = [tenant.slug for tenant in environment.tenants]
        if not slugs:
            return dg.SkipReason("There is no tenant in tenants.yaml.")
        sync_partitions(context.instance, slugs)
        [(first, last)] = ranges(context.instance, slugs, slugs)
        return dg.RunRequest(tags=range_tags(first, last) | {TRIGGER_TAG: "schedule"})

    return schedule


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
