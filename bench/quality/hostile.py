"""Hostile files through the real sweep: what each family came to, how long it took, what it cost.

Each family is a tenant. A file is shown to the sweep under its own name and, where that is no
document's, under endings that fit what it holds.
"""

import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radar_pipeline.ingest import isolate
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.ingest.parsers import parser_for
from radar_pipeline.models import Document
from radar_pipeline.settings import Settings
from radar_pipeline.sweep import documents
from radar_pipeline.sweep.environment import SweepRequest
from radar_pipeline.sweep.events import (
    Event,
    StageDone,
    StageStarted,
    TenantFailed,
    TenantPublished,
    TenantStarted,
)
from radar_pipeline.sweep.manifest import load_manifest
from radar_pipeline.sweep.runner import sweep
from tests.support import hostile
from tests.support.world import World

LONGEST = 60.0  # seconds for one file
LARGEST = 3072  # MB for one child
# Which documents' endings fit files of the collections that have none.
FITTING = {
    "json-test-suite": (".json", ".txt"),
    "blns": (".txt", ".json", ".csv", ".html", ".md", ".eml"),
    "csv-injection-payloads": (".csv", ".txt", ".tsv"),
    "bipia": (".json", ".txt", ".md"),
    "piguard-notinject": (".json", ".txt"),
    "qpdf-fuzz": (".pdf",),
    "hostile-generated": (),
}


@dataclass(slots=True)
class Family:
    """What one family of hostile files came to."""

    name: str
    files: int = 0
    listed: int = 0  # source files the sweep accounts for; must be ``files``
    outcomes: Counter[str] = field(default_factory=Counter)  # of documents: files and what came in them
    members: int = 0
    broken: list[str] = field(default_factory=list)  # a file that came to what it must not come to
    slowest: tuple[float, str] = (0.0, "")
    slowest_cut: tuple[float, str] = (0.0, "")
    child_mb: int = 0
    stages: dict[str, float] = field(default_factory=dict)
    failure: str = ""

    @property
    def adds_up(self) -> bool:
        """Every file is one document, and every document is parsed or has a reason."""
        return self.files == self.listed and not self.failure


def measure(data: Path | None, folder: Path, *, full: bool, tell: Callable[[str], None]) -> list[Family]:
    """Sweep everything under ``folder``; ``data``: the collections' parent folder, if there is one."""
    world = World(folder / "data", folder / "store")
    promises: dict[str, dict[str, hostile.Hostile]] = {}
    for file in hostile.corpus(full=full):
        place = world.data / "corpus" / file.family
        promises.setdefault(file.family, {}).update(hostile.write(place, iter([file])))
    for collection in sorted((data / "hostile").iterdir()) if data else []:
        _collect(collection, world.data / "corpus" / collection.name)
    families = {place.name: Family(place.name) for place in sorted((world.data / "corpus").iterdir())}
    for name, family in families.items():
        family.files = sum(1 for path in world.tenant(name, {}).rglob("*") if path.is_file())
    environment = world.environment()
    log = folder / "peaks.log"
    log.touch()
    watch = _Watch(families, log)
    with watch.installed():
        for event in sweep(SweepRequest(trigger="bench"), environment):
            watch.take(event)
            if isinstance(event, TenantPublished | TenantFailed):
                tell(f"{event.tenant}: {families[event.tenant].stages}")
    for family in families.values():
        _read_back(family, world, promises.get(family.name, {}))
    return list(families.values())


def _collect(collection: Path, target: Path) -> None:
    for source in sorted(
        p for p in collection.rglob("[!.]*") if p.is_file()
    ):  # hidden files are no documents
        place = target / source.relative_to(collection)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        if parser_for(source.name) is None or collection.name == "blns":
            for suffix in FITTING.get(collection.name, (".txt",)):
                shutil.copyfile(source, place.with_name(place.name + suffix))


@contextmanager
def watched_peaks(log: Path) -> Iterator[Callable[[], int]]:
    """Inside, servers write down their children's peaks; yields a function for the largest, in MB."""
    log.touch()
    pool = isolate.ParserPool

    class Watched(pool):  # type: ignore[misc, valid-type]
        def __init__(self, settings: Settings) -> None:
            super().__init__(settings, (sys.executable, "-m", "bench.quality.watched_server", str(log)))

    isolate.ParserPool = Watched  # type: ignore[misc]
    try:
        yield lambda: max((int(line) for line in log.read_text().split()), default=0) // 1024
    finally:
        isolate.ParserPool = pool  # type: ignore[misc]


class _Watch:
    """Writes down, while a sweep runs, how long each file and stage takes and what children need."""

    def __init__(self, families: dict[str, Family], log: Path) -> None:
        self._families = families
        self._log = log
        self._family = next(iter(families.values()))
        self._peaks = 0
        self._started = 0.0

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Measures from here on, in this process and in the servers it starts."""
        pool, cut, pieces = isolate.ParserPool, documents.chunk.chunk, documents.passages.passages
        isolate.ParserPool = self._pool()  # type: ignore[misc]
        documents.chunk.chunk = self._timed_cut(cut)  # type: ignore[assignment]
        documents.passages.passages = self._timed_cut(pieces)  # type: ignore[assignment]
        try:
            yield
        finally:
            isolate.ParserPool = pool  # type: ignore[misc]
            documents.chunk.chunk = cut
            documents.passages.passages = pieces

    def take(self, event: Event) -> None:
        """One event of the sweep."""
        if isinstance(event, TenantStarted):
            self._family = self._families[event.tenant]
        elif isinstance(event, StageStarted):
            self._started = time.perf_counter()
        elif isinstance(event, StageDone):
            took = round(time.perf_counter() - self._started, 2)
            self._family.stages[str(event.stage)] = took
            if event.stage.value == "documents":
                self._family.child_mb = self._largest()
        elif isinstance(event, TenantFailed):
            self._families[event.tenant].failure = event.reason

    def _largest(self) -> int:
        peaks = [int(line) for line in self._log.read_text().split()[self._peaks :]]
        self._peaks += len(peaks)
        return max(peaks, default=0) // 1024

    def _pool(self) -> type[isolate.ParserPool]:
        watch = self

        class Watched(isolate.ParserPool):
            def __init__(self, settings: Settings) -> None:
                command = (sys.executable, "-m", "bench.quality.watched_server", str(watch._log))
                super().__init__(settings, command)

            def ask(self, file: SourceFile, *rest: Any) -> tuple[dict[str, Any], int]:
                started = time.perf_counter()
                try:
                    return super().ask(file, *rest)
                finally:
                    found = (time.perf_counter() - started, file.path)
                    watch._family.slowest = max(watch._family.slowest, found)

        return Watched

    def _timed_cut(self, cut: Callable[..., Sequence[Any]]) -> Callable[..., Any]:
        def timed(document: Document, *rest: Any) -> Sequence[Any]:
            started = time.perf_counter()
            pieces = cut(document, *rest)
            found = (time.perf_counter() - started, document.path)
            self._family.slowest_cut = max(self._family.slowest_cut, found)
            return pieces

        return timed


def _read_back(family: Family, world: World, promised: dict[str, hostile.Hostile]) -> None:
    for entry in load_manifest(world.home / "tenants" / family.name).values():
        outcome = hostile.PARSED if entry.readable else str(entry.reason)
        family.outcomes[outcome] += 1
        if entry.container:
            family.members += 1
            continue
        family.listed += 1
        promise = promised.get(entry.path)
        if promise and outcome not in promise.promise:
            family.broken.append(f"{entry.path}: {outcome}, not {' or '.join(sorted(promise.promise))}")
