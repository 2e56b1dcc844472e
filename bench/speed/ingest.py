"""``python -m bench.speed ingest``: what reading costs, what isolation adds, and what a quiet night costs.

Three tables. Pages per second of one worker, beside PDFium's plain text (the physical limit) and the
same parser without isolation, in the same run. Memory over thousands of small documents, in this very
process. An unchanged corpus: deciding that nothing is to be done, beside a bare walk over the files.
"""

import argparse
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pypdfium2
from rich.console import Console
from rich.table import Table

from bench.quality.hostile import watched_peaks
from bench.speed.documents import mixed, pdfs
from radar_pipeline.ingest import discover, isolate
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.ingest.parsers import parser_for
from radar_pipeline.models import Document, Tenant
from radar_pipeline.settings import Settings
from radar_pipeline.sweep.environment import Environment, SweepRequest
from radar_pipeline.sweep.events import Stage, StageProgress, TenantPublished, TenantUnchanged
from radar_pipeline.sweep.plan import plan
from radar_pipeline.sweep.runner import sweep
from tests.support.world import World

SAMPLES = (0.1, 0.2, 0.5, 1.0)  # of the documents, after which memory is looked at
ROUNDS = 3

Row = tuple[str, ...]


def main(arguments: list[str]) -> None:
    """Run all three and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed ingest", description=__doc__)
    data = os.environ.get("RADAR_BENCH_DATA")
    parser.add_argument("--data", type=Path, default=Path(data) if data else None)
    parser.add_argument("--files", type=int, default=5000, help="documents of the second and third table")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="radar-bench-") as folder:
        _show("PDF, one worker, one core", *pages(options.data, Path(folder)))
        world = World(Path(folder) / "data", Path(folder) / "store")
        mixed(world.tenant("bench", {}), options.files)
        _show(f"Memory over {options.files} small documents of mixed formats", *memory(world, options.files))
        _show(f"{options.files} unchanged files", *unchanged(world))


def _show(title: str, headings: Row, rows: list[Row]) -> None:
    table = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    Console(width=max(110, Console().width)).print(table)


# ── Pages per second ──────────────────────────────────────────────────────────────────────────


def pages(data: Path | None, folder: Path) -> tuple[Row, list[Row]]:
    """Pages per second of wall clock, the best of a few rounds; all ways take turns in each."""
    source = data / "corpora" / "cuad_pdf" if data else pdfs(folder / "pdfs", 24)
    tenant = Tenant("bench", "Bench", source, ())
    files = [f for f in discover.discover(tenant) if f.path.lower().endswith(".pdf")]
    hashed = [(file, discover.content_hash(file)) for file in files]
    count = sum(_count(file) for file in files)
    with isolate.ParserPool(Settings(workers=1)) as pool:
        ways: dict[str, Callable[[], object]] = {
            "PDFium, plain text": lambda: [_plain(file) for file in files],
            "parsed in this process": lambda: [_parsed(file) for file in files],
            "parsed in isolation": lambda: list(isolate.read_documents(hashed, pool, tenant)),
        }
        read = [d for d in isolate.read_documents(hashed, pool, tenant) if isinstance(d, Document)]  # warm
        taken: dict[str, list[float]] = {name: [] for name in ways}
        cpu: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                before = _cpu()
                taken[name].append(_seconds(way))
                cpu[name].append(_cpu() - before)
    rows = [
        (
            name,
            str(count),
            f"{min(taken[name]):.2f}",
            f"{count / min(taken[name]):.0f}",
            f"{_spread(taken[name]):.0f}%",
            f"{count / min(cpu[name]):.0f}",
        )
        for name in ways
    ]
    shares = [
        f"{100 * (1 - min(times['parsed in this process']) / min(times['parsed in isolation'])):.0f}%"
        for times in (taken, cpu)
    ]
    told = f"{len(read)} of {len(files)} files read"
    rows.append(("isolation's share of the time", told, "", shares[0], "", shares[1]))
    return ("", "pages", "seconds", "pages/s", "spread", "pages per CPU second"), rows


def _cpu() -> float:
    """CPU seconds of this process, its servers and their children: other work on the machine is not in it."""
    own = psutil.Process()
    servers = [child.cpu_times() for child in own.children()]
    return sum(own.cpu_times()[:2]) + sum(sum(times[:4]) for times in servers)


def _plain(file: SourceFile) -> int:
    document = pypdfium2.PdfDocument(file.location.read_bytes())
    try:
        return sum(len(page.get_textpage().get_text_bounded()) for page in document)
    finally:
        document.close()


def _parsed(file: SourceFile) -> object:
    parser = parser_for(file.path)
    assert parser is not None
    return parser.parse(file.location.read_bytes(), file.path)


def _count(file: SourceFile) -> int:
    document = pypdfium2.PdfDocument(file.location.read_bytes())
    try:
        return len(document)
    finally:
        document.close()


def _seconds(way: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


def _spread(times: list[float]) -> float:
    return 100 * (max(times) - min(times)) / statistics.median(times)


# ── Memory ────────────────────────────────────────────────────────────────────────────────────


def memory(world: World, files: int) -> tuple[Row, list[Row]]:
    """Resident memory of this process while a sweep reads and cuts; the largest child."""
    own = psutil.Process()
    wanted = [max(1, int(files * share)) for share in SAMPLES]
    rows: list[Row] = []
    with watched_peaks(world.data / "peaks.log") as largest:
        last: dict[Stage, int] = {}
        for event in sweep(SweepRequest(trigger="bench"), world.environment()):
            if isinstance(event, StageProgress) and event.stage is Stage.DOCUMENTS and event.done in wanted:
                rows.append((f"read {event.done}", _megabytes(own), str(largest())))
            elif isinstance(event, StageProgress) and event.stage is Stage.CHUNKS and event.done:
                last[Stage.CHUNKS] = event.done
                rows.append((f"cut {event.done}", _megabytes(own), ""))
            elif isinstance(event, TenantPublished):
                rows.append(("published", _megabytes(own), str(largest())))
    return ("after", "own MB", "largest child MB"), rows


def _megabytes(process: psutil.Process) -> str:
    return str(process.memory_info().rss >> 20)


# ── Nothing to do ─────────────────────────────────────────────────────────────────────────────


def unchanged(world: World) -> tuple[Row, list[Row]]:
    """Seconds until it is decided that nothing is to be done, and how many contents were opened.

    The files were written and read well before, or their times could not be trusted yet.
    """
    source = world.data / "corpus" / "bench"
    _age(source)
    list(sweep(SweepRequest(trigger="bench"), world.environment()))  # notes the times as they are now
    environment = world.environment()
    tenant = environment.tenants[0]
    opened = _Opened(source)
    walk = min(_seconds(lambda: list(_walk(source))) for _ in range(ROUNDS))
    with opened.counting():
        planned = min(_seconds(lambda: _nothing_due(environment, tenant)) for _ in range(ROUNDS))
        events: list[Any] = []
        quiet = [_seconds(lambda: events.extend(sweep(SweepRequest(), environment))) for _ in range(ROUNDS)]
    assert any(isinstance(event, TenantUnchanged) for event in events)
    return (
        ("", "seconds", "contents opened"),
        [
            ("bare walk: scandir and stat", f"{walk:.3f}", "0"),
            ("plan: nothing is due", f"{planned:.3f}", str(opened.count)),
            ("whole unchanged sweep", f"{min(quiet):.3f}", str(opened.count)),
        ],
    )


def _nothing_due(environment: Environment, tenant: Tenant) -> None:
    assert not plan(environment, tenant, (), environment.today()).due


def _walk(folder: Path) -> Iterator[tuple[str, int, int]]:
    folders = [str(folder)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    stat = entry.stat()
                    yield entry.path, stat.st_size, stat.st_mtime_ns


def _age(folder: Path) -> None:
    """Set every file's time to the past: as if it had been written days ago."""
    generator = random.Random(1)
    for path, _, _ in list(_walk(folder)):
        then = time.time() - generator.randrange(100_000, 200_000)
        os.utime(path, (then, then))


class _Opened:
    """Counts every opening of a file under a folder, by whatever code, through Python's audit events."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._on = False
        self.count = 0
        sys.addaudithook(self._hook)

    def counting(self) -> "_Opened":
        """Count inside a ``with``."""
        return self

    def __enter__(self) -> None:
        self._on = True

    def __exit__(self, *_: object) -> None:
        self._on = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._on and event == "open" and str(arguments[0]).startswith(self._folder):
            self.count += 1
