"""The job of evaluations, and what starts it: Sundays, the night with something due, and a change."""

import dagster as dg

from radar_pipeline.defs.evals_specs import AB_RESULTS_KEY, GROUP, PARTITIONS
from radar_pipeline.defs.evals_versions import sync_versions
from radar_pipeline.defs.partitions import range_tags
from radar_pipeline.defs.sweep import TRIGGER_TAG
from radar_pipeline.errors import RadarError
from radar_pipeline.evals import experiments
from radar_pipeline.evals.values import LOCAL
from radar_pipeline.sweep import evaluating
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluation_inputs import is_askable, roster

JOB = "prompt_evaluations"
WEEKLY = f"{JOB}_weekly"
NIGHTLY = f"{JOB}_nightly"

prompt_evaluations = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.groups(GROUP),
    description="Put every case to the versions of prompts and to the local judge, and compare them.",
)


def weekly_evaluations(timezone: str) -> dg.ScheduleDefinition:
    """Every version on Sundays at 05:00 in ``timezone``, as one run.

    On by default. Prevents a prompt that nobody touches being shown with the figures of a model that
    models.yaml names no longer, or of documents that have changed; without a key, with none at all.
    """

    @dg.schedule(
        name=WEEKLY,
        job=prompt_evaluations,
        cron_schedule="0 5 * * 0",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Evaluates every version on Sundays at 05:00; what was answered is not asked again.",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, environment: dg.ResourceParam[Environment]
    ) -> dg.RunRequest | dg.SkipReason:
        try:
            wanted = roster(environment).keys
        except RadarError as error:
            return dg.SkipReason(f"Could not look. {error}")
        return _over(context, wanted)

    return schedule


def nightly_evaluations(timezone: str) -> dg.ScheduleDefinition:
    """What is due at 04:30 in ``timezone`` and can be asked for real, on every night but Sunday's; else how
    running experiments stand after the night's sweep.

    On by default. Prevents reports that say "not evaluated" for a week after the first key was set, and an
    evaluation that ended with its day's money staying half done until Sunday. Sunday's is the weekly one:
    two evaluations at once would find each other's lock.
    """

    @dg.schedule(
        name=NIGHTLY,
        job=prompt_evaluations,
        cron_schedule="30 4 * * 1-6",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Evaluates at 04:30 what has no complete evaluation by a real model as it is now.",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, environment: dg.ResourceParam[Environment]
    ) -> dg.RunRequest | dg.SkipReason:
        try:
            return _due_tonight(context, environment)
        except RadarError as error:
            return dg.SkipReason(f"Could not look. {error}")

    return schedule


def _due_tonight(
    context: dg.ScheduleEvaluationContext, environment: Environment
) -> dg.RunRequest | dg.SkipReason:
    """What is due; else where experiments in production stand, if one is running."""
    askable = is_askable(environment, roster(environment).subjects)
    due = evaluating.due(environment) if askable else []
    if any(subject.name != LOCAL for subject in due):
        return _over(context, [subject.key for subject in due])
    if any(e.runs(environment.today()) for e in experiments.load(environment.settings.data)):
        return dg.RunRequest(asset_selection=[AB_RESULTS_KEY], tags={TRIGGER_TAG: "schedule"})
    if not askable:
        return dg.SkipReason("No provider's key is there: without one, evaluations are simulated.")
    return dg.SkipReason("Every version has its evaluation as it is now.")


def changes_sensor() -> dg.AutomationConditionSensorDefinition:
    """Looks at the conditions of the assets in ``evals_specs``; each tells the incident it prevents."""
    return dg.AutomationConditionSensorDefinition(
        name="prompt_changes",
        target=dg.AssetSelection.groups(GROUP),
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        run_tags={TRIGGER_TAG: "sensor/prompt_changes"},
        description="Evaluates every version once a prompt, a case or a scorer changed.",
    )


def _over(
    context: dg.ScheduleEvaluationContext, keys: list[str] | tuple[str, ...]
) -> dg.RunRequest | dg.SkipReason:
    """One run from the first of the partitions to the last. Those in between that are not due are scored
    from the answers that are there."""
    sync_versions(context.instance, keys)
    wanted = [key for key in context.instance.get_dynamic_partitions(PARTITIONS) if key in keys]
    return dg.RunRequest(tags=range_tags(wanted[0], wanted[-1]) | {TRIGGER_TAG: "schedule"})
