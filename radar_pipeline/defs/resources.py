"""Resources hand out plain objects: the rooms never meet Dagster, and fakes go straight in."""

from collections.abc import Callable

import dagster as dg

from radar_pipeline.settings import load_settings
from radar_pipeline.sweep.environment import Environment, open_environment
from radar_pipeline.sweep.events import Event

Listener = Callable[[Event], None]


class EnvironmentResource(dg.ConfigurableResource[Environment]):
    """The environment that RADAR_* variables and tenants.yaml describe, opened anew for each run."""

    def create_resource(self, context: dg.InitResourceContext) -> Environment:
        """The environment itself. Raises ConfigurationError for a wrong file or setting."""
        return open_environment(load_settings())


def nobody(event: Event) -> None:
    """The listener of runs that Dagster starts: only Dagster listens."""
