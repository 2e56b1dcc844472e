"""Run one sweep in this process and die by SIGKILL at the n-th step. ``python -m`` with one JSON argument.

A step is anything that leaves a trace or may: every event of the sweep, every rename, every fsync.
With ``kill_at`` 0 the sweep runs to its end, and the number of steps is printed. Every text embedded
and every requirement judged leaves a line in the file ``spent``, written before the work is done.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from radar_pipeline.models import JudgeIdentity, Judgement, Question
from radar_pipeline.settings import Settings
from radar_pipeline.sweep import assess, embeddings
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


class Meter:
    """Writes down what is spent, past any buffer that a SIGKILL would lose."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def spend(self, what: str, count: int) -> None:
        os.write(self._file, f"{what}\n".encode() * count)


class MeteredEmbedder:
    def __init__(self, inner: Any, meter: Meter) -> None:
        self._inner, self._meter = inner, meter
        self.identity, self.dimensions, self.max_tokens = inner.identity, inner.dimensions, inner.max_tokens

    def embed(self, texts: Any) -> Any:
        self._meter.spend("text", len(texts))
        return self._inner.embed(texts)


class MeteredJudge:
    concurrency = 1

    def __init__(self, inner: Any, meter: Meter) -> None:
        self._inner, self._meter = inner, meter

    @property
    def identity(self) -> JudgeIdentity:
        identity: JudgeIdentity = self._inner.identity
        return identity

    def judge(self, question: Question) -> Judgement:
        self._meter.spend("judgement", 1)
        judgement: Judgement = self._inner.judge(question)
        return judgement


def main() -> None:
    order = json.loads(sys.argv[1])
    settings = Settings(data=Path(order["data"]), home=Path(order["home"]), embedder="hashing")
    environment = open_environment(settings)
    meter = Meter(order["spent"])
    environment = replace(
        environment,
        embedder=MeteredEmbedder(environment.embedder, meter),
        judge=MeteredJudge(environment.judge, meter),
    )
    embeddings.BATCH = assess.SAVE_EVERY = order["in_flight"]
    steps = Steps(order["kill_at"])
    for owner, name in ((os, "fsync"), (os, "replace"), (os, "rename"), (Path, "replace"), (Path, "rename")):
        steps.watch(owner, name)
    for event in sweep(SweepRequest(as_of=date(2026, 11, 22)), environment):
        steps.event(event)
    print(json.dumps({"steps": steps.count, "boundaries": steps.boundaries}))


if __name__ == "__main__":
    main()
