"""Sweeps that die by SIGKILL at their n-th step, each in a process of its own.

``python -m tests.support.killed_sweep`` takes one order in JSON a line and answers with one line. It
imports what a sweep imports, prepares what a process prepares once (templates of pages, empty databases),
and forks a process for each order: all that is most of what a sweep of two small tenants costs. It runs
no sweep itself, so no thread of a store is there to be forked.

A step is anything that leaves a trace or may: every event of the sweep, every rename, every fsync.
With ``kill_at`` 0 the sweep runs to its end, and the number of steps is told. Every text embedded
and every requirement judged leaves a line in the file ``spent``, written before the work is done.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from radar_pipeline.models import JudgeIdentity, Judgement, Question
from radar_pipeline.report.site import frame
from radar_pipeline.settings import Settings
from radar_pipeline.storage import warehouse
from radar_pipeline.sweep import assess, embeddings
from radar_pipeline.sweep.environment import SweepRequest, open_environment
from radar_pipeline.sweep.events import Event, StageDone
from radar_pipeline.sweep.runner import sweep

SECONDS = 120  # a sweep that takes longer hangs
_IMPORTED_BY_A_SWEEP = (  # when it first needs them
    *("alembic.command", "alembic.config", "bm25s", "datasketch", "lancedb", "py3langid.langid"),
    *("matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    *("multiprocessing.synchronize", "sqlalchemy.dialects.sqlite", "tokenizers"),
)


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

    def identity_for(self, requirement_id: str) -> JudgeIdentity:
        identity: JudgeIdentity = self._inner.identity_for(requirement_id)
        return identity

    def judge(self, question: Question) -> Judgement:
        self._meter.spend("judgement", 1)
        judgement: Judgement = self._inner.judge(question)
        return judgement


class Sweeps:
    """The program above, as a test uses it."""

    def __init__(self) -> None:
        command = (sys.executable, "-m", "tests.support.killed_sweep")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """(what ended it: 0 or minus a signal, what it told) of one sweep."""
        assert self._process.stdin and self._process.stdout
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return answer["status"], answer["told"]

    def close(self) -> None:
        self._process.communicate()


def serve() -> None:
    """Answer orders until the input ends."""
    for name in _IMPORTED_BY_A_SWEEP:
        importlib.import_module(name)
    pages = frame._environment(frame.HERE)
    for name in pages.list_templates(extensions=["j2"]):
        pages.get_template(name)
    for shared in (True, False):
        warehouse._template(shared=shared)
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _work(json.loads(line), writer)
        os.close(writer)
        with os.fdopen(reader) as told:
            text = told.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "told": json.loads(text) if text else {}}), flush=True)


def _work(order: dict[str, Any], writer: int) -> NoReturn:
    status = 1
    signal.alarm(SECONDS)
    try:
        os.write(writer, json.dumps(_sweep(order)).encode())
        status = 0
    except BaseException:
        os.write(writer, json.dumps({"error": traceback.format_exc()[-2000:]}).encode())
    os._exit(status)  # what was imported before the fork has nothing to tidy up


def _sweep(order: dict[str, Any]) -> dict[str, Any]:
    settings = Settings(data=Path(order["data"]), home=Path(order["home"]), embedder="hashing", workers=1)
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
    return {"steps": steps.count, "boundaries": steps.boundaries}


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="lancedb fork support", category=RuntimeWarning)
    serve()
