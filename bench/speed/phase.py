"""One sweep in a process of its own, measured; prints one line of JSON. Used by ``bench.speed``."""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.retrieval.embedder import Embedder
from radar_pipeline.settings import Settings
from radar_pipeline.sweep.environment import SweepRequest, open_environment
from radar_pipeline.sweep.events import SweepFinished
from radar_pipeline.sweep.runner import sweep


class TimedEmbedder:
    """Passes texts on and adds up the time; the loading of the model counts as the embedder's."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.seconds = 0.0
        self.identity = inner.identity
        self.max_tokens = inner.max_tokens

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        start = time.perf_counter()
        rows = self._inner.embed(texts)
        self.seconds += time.perf_counter() - start
        return rows


def main() -> None:
    folder, name = Path(sys.argv[1]), sys.argv[2]
    read = _read_and_hash(folder / "data" / "corpus" / "bench")
    environment = open_environment(Settings(data=folder / "data", home=folder / "store", embedder=name))
    timed = TimedEmbedder(environment.embedder)
    environment = replace(environment, embedder=timed)
    start, cpu = time.perf_counter(), _cpu()
    totals = {}
    for event in sweep(SweepRequest(), environment):
        if isinstance(event, SweepFinished):
            totals = dict(event.totals)
    print(
        json.dumps(
            {
                "sweep_s": time.perf_counter() - start,
                "embed_s": timed.seconds,
                "read_s": read,
                "cpu_s": _cpu() - cpu,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "parsed": int(totals.get("parsed", 0)),
                "embedded": int(totals.get("embedded", 0)),
                "judged": int(totals.get("judged", 0)),
                "failed": int(totals.get("failed", 0)),
            }
        )
    )


def _read_and_hash(source: Path) -> float:
    start = time.perf_counter()
    for path in sorted(source.iterdir()):
        hashlib.sha256(path.read_bytes()).hexdigest()
    return time.perf_counter() - start


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
