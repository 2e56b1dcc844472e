"""The definitions, built by one function whose arguments are the seam for tests and for the CLI."""

from datetime import timedelta

import dagster as dg

from radar_pipeline.defs.automation import (
    batches_schedule,
    nightly_schedule,
    nightly_sweep,
    weekly_schedule,
    weekly_verification,
)
from radar_pipeline.defs.batches import judgement_batches, nightly_batches
from radar_pipeline.defs.evals import prompt_evaluation
from radar_pipeline.defs.evals_automation import (
    changes_sensor,
    nightly_evaluations,
    prompt_evaluations,
    weekly_evaluations,
)
from radar_pipeline.defs.evals_experiments import prompt_ab_results
from radar_pipeline.defs.evals_specs import SCORES_KEY
from radar_pipeline.defs.evals_versions import prompt_versions
from radar_pipeline.defs.frameworks import frameworks
from radar_pipeline.defs.metrics import daily_metrics, daily_schedule
from radar_pipeline.defs.resources import EnvironmentResource, Listener, nobody
from radar_pipeline.defs.sensors import sensors
from radar_pipeline.defs.specs import REPORT_TABLES, stage_key
from radar_pipeline.defs.sweep import sweep
from radar_pipeline.defs.verification import QUOTE_VERIFICATION, quote_verification
from radar_pipeline.settings import Settings, load_settings
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage

_ASSETS = (
    *(frameworks, judgement_batches, sweep, quote_verification),
    *(prompt_versions, prompt_evaluation, prompt_ab_results),
)


def build_definitions(
    environment: Environment | None = None,
    listener: Listener | None = None,
    settings: Settings | None = None,
) -> dg.Definitions:
    """All assets, jobs, schedules and sensors.

    ``environment`` replaces the one that settings describe, ``listener`` hears every event of a
    sweep in its process, ``settings`` gives the schedules' time zone. Nothing is read of tenants.yaml
    or a catalog here: a broken one must be told at a tick, not keep the code from loading.
    """
    timezone = (settings or load_settings()).timezone
    policies = freshness_policies(timezone)

    def fresh(spec: dg.AssetSpec) -> dg.AssetSpec:
        policy = policies.get(spec.key)
        return spec.replace_attributes(freshness_policy=policy) if policy else spec

    return dg.Definitions(
        assets=[asset.map_asset_specs(fresh) for asset in _ASSETS],
        jobs=[nightly_sweep, nightly_batches, weekly_verification, daily_metrics, prompt_evaluations],
        schedules=[
            nightly_schedule(timezone),
            batches_schedule(timezone),
            weekly_schedule(timezone),
            daily_schedule(),
            weekly_evaluations(timezone),
            nightly_evaluations(timezone),
        ],
        sensors=[*sensors(environment), changes_sensor()],
        resources={"environment": environment or EnvironmentResource(), "listener": listener or nobody},
        executor=dg.in_process_executor,  # a sweep is one step; a process for each would cost seconds
    )


def freshness_policies(timezone: str) -> dict[dg.AssetKey, dg.FreshnessPolicy]:
    """When an asset counts as stale: at six if nothing was swept since two, or after a missed Sunday.

    A tenant that is unchanged is materialised as well, so a night in which nothing changed is fresh
    and only one in which nobody looked is not. Dagster looks at an asset as a whole: one tenant swept
    after two o'clock makes ``blindspot_report`` fresh.
    """
    nightly = dg.FreshnessPolicy.cron(
        deadline_cron="0 6 * * *", lower_bound_delta=timedelta(hours=4), timezone=timezone
    )
    weekly = dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=8), warn_window=timedelta(days=7, hours=6)
    )
    return {
        stage_key(Stage.BLINDSPOT_REPORT): nightly,
        REPORT_TABLES: nightly,
        QUOTE_VERIFICATION: weekly,
        SCORES_KEY: weekly,
    }
