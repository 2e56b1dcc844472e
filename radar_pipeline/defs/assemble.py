"""The definitions, built by one function whose arguments are the seam for tests and for the CLI."""

import dagster as dg

from radar_pipeline.defs.automation import nightly_schedule, nightly_sweep
from radar_pipeline.defs.frameworks import frameworks
from radar_pipeline.defs.resources import EnvironmentResource, Listener, nobody
from radar_pipeline.defs.sweep import sweep
from radar_pipeline.settings import Settings, load_settings
from radar_pipeline.sweep.environment import Environment


def build_definitions(
    environment: Environment | None = None,
    listener: Listener | None = None,
    settings: Settings | None = None,
) -> dg.Definitions:
    """All assets, the job and its schedule.

    ``environment`` replaces the one that settings describe, ``listener`` hears every event of a
    sweep in its process, ``settings`` gives the schedule's time zone.
    """
    timezone = (settings or load_settings()).timezone
    return dg.Definitions(
        assets=[frameworks, sweep],
        jobs=[nightly_sweep],
        schedules=[nightly_schedule(timezone)],
        resources={"environment": environment or EnvironmentResource(), "listener": listener or nobody},
        executor=dg.in_process_executor,  # a sweep is one step; a process for each would cost seconds
    )
