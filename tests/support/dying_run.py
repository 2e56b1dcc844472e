"""A sweep through Dagster that dies, or is interrupted, when a tenant's assessments begin."""

import os
import signal
import sys

from radar_pipeline.defs.run_sweep import run_in_process
from radar_pipeline.settings import load_settings
from radar_pipeline.sweep.events import Event, Stage, StageStarted

SIGNALS = {"killed": signal.SIGKILL, "interrupted": signal.SIGINT, "terminated": signal.SIGTERM}


def die(event: Event) -> None:
    if isinstance(event, StageStarted) and event.stage is Stage.ASSESSMENTS:
        os.kill(os.getpid(), SIGNALS[sys.argv[1]])


if __name__ == "__main__":
    try:
        run_in_process((), (), None, die, load_settings())
    except KeyboardInterrupt:
        print("propagated")
