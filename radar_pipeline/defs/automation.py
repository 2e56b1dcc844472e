"""What starts by itself: the nightly sweep."""

import dagster as dg

from radar_pipeline.defs.partitions import range_tags, ranges, sync_partitions
from radar_pipeline.sweep.environment import Environment

NIGHTLY = "nightly_sweep"

nightly_sweep = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all(),
    description="Sweep tenants: read what is new, assess what it touches, publish the reports.",
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
        return dg.RunRequest(tags=range_tags(first, last))

    return schedule
