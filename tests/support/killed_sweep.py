"""Run one sweep in this process and die by SIGKILL at the n-th step. ``python -m`` with one JSON argument.

A step is anything that leaves a trace or may: every event of the sweep, every rename, every fsync.
With ``kill_at`` 0 the sweep runs to its end, and the number of steps is printed.
"""

import json
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

from radar_pipeline.settings import Settings
from radar_pipeline.sweep.environment import SweepRequest, open_environment
from radar_pipeline.sweep.events import Event, StageDone
from radar_pipeline.sweep.runner import sweep


class Steps:
    """Counts steps and kills the process at the wanted one."""

    def __init__(self, kill_at: int) -> None:
        self.count = 0
        self.boundaries: list[int] = []
        self._kill_at = kill_at

    def step(self) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: Any, name: str) -> None:
        """Count calls of a function, before and after it takes effect."""
        inner = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = inner(*args, **kwargs)
            self.step()
            return result

        setattr(owner, name, counted)

    def event(self, event: Event) -> None:
        self.step()
        if isinstance(event, StageDone):
            self.boundaries.append(self.count)


def main() -> None:
    order = json.loads(sys.argv[1])
    settings = Settings(data=Path(order["data"]), home=Path(order["home"]), embedder="hashing")
    environment = open_environment(settings)
    steps = Steps(order["kill_at"])
    for owner, name in ((os, "fsync"), (os, "replace"), (os, "rename"), (Path, "replace"), (Path, "rename")):
        steps.watch(owner, name)
    for event in sweep(SweepRequest(as_of=date(2026, 11, 22)), environment):
        steps.event(event)
    print(json.dumps({"steps": steps.count, "boundaries": steps.boundaries}))


if __name__ == "__main__":
    main()
