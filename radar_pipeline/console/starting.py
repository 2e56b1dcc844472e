"""``radar ui``: the Dagster UI with a partition for every tenant."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from radar_pipeline.settings import PROJECT, Settings


def ui(settings: Settings, arguments: Sequence[str]) -> None:
    """Make the tenants partitions of the instance, then become ``dagster dev``."""
    from radar_pipeline.defs.instance import dagster_home
    from radar_pipeline.defs.run_sweep import sync_tenants

    sync_tenants(settings)
    os.environ["DAGSTER_HOME"] = str(dagster_home())
    program = Path(sys.executable).with_name("dagster")
    os.execv(program, [str(program), "dev", "-w", str(PROJECT / "workspace.yaml"), *arguments])
