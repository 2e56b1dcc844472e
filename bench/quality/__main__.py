"""``python -m bench.quality sample|coverage FOLDER|pdf|office|hostile`` – see ``--help``."""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.quality.labelled import read_set
from bench.quality.metrics import figures, intervals
from bench.quality.sample import sweep_sample
from bench.quality.through_sweep import Swept, baseline, sweep_set
from radar_pipeline.errors import RadarError

Interval = tuple[float, float]
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """How right the verdicts are."""


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--home", type=click.Path(path_type=Path), help="Keep and reuse this RADAR_HOME.")
def sample(as_json: bool, home: Path | None) -> None:
    """The sample truth, through the real sweep. A case counts as a document in the intervals."""
    with _folder(home) as folder:
        outcomes, _ = sweep_sample(Path(folder))
    _print("sample truth", figures(outcomes), intervals(outcomes), None, as_json)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--home", type=click.Path(path_type=Path), help="Keep and reuse this RADAR_HOME.")
@click.option("--limit", type=int, help="Only so many documents, drawn with a fixed seed.")
def coverage(folder: Path, as_json: bool, home: Path | None, limit: int | None) -> None:
    """A labelled set in the common form, each document its own tenant, through the real sweep."""
    labelled = read_set(folder.resolve(), limit)
    with _folder(home) as store:
        swept = sweep_set(labelled, Path(store), lambda slug: print(slug, file=sys.stderr))
    measured = figures(swept.outcomes)
    measured["judgements_per_second"] = len(swept.outcomes) / swept.seconds
    measured["documents_failed"] = len(swept.failed)
    _print(labelled.name, measured, intervals(swept.outcomes), _threshold(swept), as_json)


@main.command()
@click.option("--data", envvar="RADAR_BENCH_DATA", type=_FOLDER, help="Its corpora/cuad_pdf: real contracts.")
@click.option("--more", multiple=True, type=_FOLDER, help="A folder of more real PDFs; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pdf(data: Path | None, more: tuple[Path, ...], as_json: bool) -> None:
    """PDFs: words against pdftotext; headings, furniture, page breaks, footnotes and cells."""
    from bench.quality.pdf import measure

    folders = [*more, *([data / "corpora" / "cuad_pdf"] if data else [])]
    if not data:
        click.echo("RADAR_BENCH_DATA is not set: no real contracts are read.", err=True)
    measured = measure([folder for folder in folders if folder.is_dir()])
    if as_json:
        rows = {
            name: {"share": round(s.value, 4), "hits": s.hits, "of": s.of, "files": s.files}
            for name, s in measured.rows.items()
        }
        click.echo(json.dumps({"rows": rows, "short": measured.short}, indent=2))
        return
    table = Table(title="PDF")
    for column in ("what", "share", "95% interval", "hits", "of", "files"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, share in sorted(measured.rows.items()):
        low, high = share.interval
        values = (f"{share.value:.3f}", f"{low:.3f} – {high:.3f}", share.hits, share.of, share.files)
        table.add_row(name, *map(str, values))
    Console().print(table)
    for name in measured.short:
        click.echo(f"below: {name}", err=True)


@main.command()
@click.option("--data", envvar="RADAR_BENCH_DATA", type=_FOLDER, help="Its hostile/ holds collected attacks.")
@click.option("--small", is_flag=True, help="The generated files in the sizes that the tests use.")
@click.option("--home", type=click.Path(path_type=Path), help="Keep everything in this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def hostile(data: Path | None, small: bool, home: Path | None, as_json: bool) -> None:
    """Hostile files, collected and generated: what they came to, how long, how much memory."""
    from bench.quality.hostile import measure
    from bench.quality.hostile_table import print_table, record

    if not data:
        click.echo("RADAR_BENCH_DATA is not set: only generated files are read.", err=True)
    with _folder(home) as folder:
        families = measure(data, Path(folder), full=not small, tell=lambda told: click.echo(told, err=True))
    if as_json:
        click.echo(json.dumps(record(families), indent=2))
    else:
        print_table(families)


@main.command()
@click.option("--files", default=40, show_default=True, help="Generated files of each format.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def office(files: int, as_json: bool) -> None:
    """Office files: words against each library's own reading, and against what the file shows."""
    from bench.quality.office import table as measure

    rows = measure(files)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    shown = Table(title="office files")
    for column in rows[0]:
        shown.add_column(column, justify="left" if column in {"format", "library"} else "right")
    for row in rows:
        shown.add_row(*(f"{value:.4f}" if isinstance(value, float) else str(value) for value in row.values()))
    Console().print(shown)


def _threshold(swept: Swept) -> dict[str, float]:
    """Figures of the cosine baseline; it states no confidence, so there is no calibration error."""
    found = figures(baseline(swept))
    del found["ece"]
    return found


class _folder:  # noqa: N801 - a context manager used like a function
    """The given folder, or a temporary one that goes away."""

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> str:
        if self._given is not None:
            self._given.mkdir(parents=True, exist_ok=True)
            return str(self._given)
        self._temporary = tempfile.TemporaryDirectory(prefix="radar-bench-")
        return self._temporary.name

    def __exit__(self, *_: object) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()


def _print(
    title: str,
    measured: Mapping[str, float],
    between: Mapping[str, Interval],
    floor: Mapping[str, float] | None,
    as_json: bool,
) -> None:
    if as_json:
        record: dict[str, object] = {"set": title, **{k: round(v, 4) for k, v in measured.items()}}
        record["intervals_95"] = {k: [round(a, 4), round(b, 4)] for k, (a, b) in between.items()}
        if floor is not None:
            record["baseline_cosine"] = {k: round(v, 4) for k, v in floor.items()}
        click.echo(json.dumps(record, indent=2))
        return
    table = Table(title=title)
    for column in ("figure", "value", "95% interval", "cosine threshold"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, value in measured.items():
        low_high = f"{between[name][0]:.3f} – {between[name][1]:.3f}" if name in between else ""
        table.add_row(name, f"{value:.3f}", low_high, f"{floor[name]:.3f}" if floor and name in floor else "")
    Console().print(table)


if __name__ == "__main__":
    try:
        main(standalone_mode=True)
    except RadarError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
