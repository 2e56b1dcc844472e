"""``python -m bench.quality sample|coverage FOLDER|pdf|office|hostile|citations`` – see ``--help``."""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
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
@click.option("--data", envvar="RADAR_BENCH_DATA", type=_FOLDER, help="Its hostile/bipia: more attacks.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def obedient(data: Path | None, as_json: bool) -> None:
    """Verdicts flipped by attacks on a model that obeys the documents."""
    from bench.quality.obedient import measure

    rows = measure(data)
    if as_json:
        click.echo(json.dumps([asdict(row) | {"interval_95": row.interval} for row in rows], indent=2))
        return
    table = Table(title="Verdicts under attack, a model that obeys")
    for column in ("attacks", "n", "flipped", "95% interval", "withheld", "flipped without flagging"):
        table.add_column(column, justify="left" if column == "attacks" else "right")
    for row in rows:
        low, high = row.interval
        told = (str(row.flipped), f"{low:.1%} – {high:.1%}", str(row.withheld), str(row.flipped_unflagged))
        table.add_row(row.name, str(row.attacks), *told)
    Console().print(table)


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--home", type=click.Path(path_type=Path), help="Keep and reuse this RADAR_HOME, and its answers."
)
@click.option("--limit", type=int, help="Only so many documents, drawn with a fixed seed.")
@click.option(
    "--fit", is_flag=True, help="Write the fitted weights of confidence to RADAR_DATA/calibration.json."
)
def llm(folder: Path, as_json: bool, home: Path | None, limit: int | None, fit: bool) -> None:
    """A labelled set judged by the language models of models.yaml. It uses your keys and costs money."""
    from bench.quality.llm import measure, save
    from radar_pipeline.settings import load_settings
    from radar_pipeline.sweep.judges import CALIBRATION

    labelled = read_set(folder.resolve(), limit)
    with _folder(home) as store:
        measured = measure(labelled, Path(store))
    if fit:
        save(measured, load_settings().data / CALIBRATION)
    _print(labelled.name, measured.figures, measured.between, None, as_json)


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
@click.option("--data", envvar="RADAR_BENCH_DATA", type=_FOLDER, help="Its hostile/ holds collected attacks.")
@click.option("--full", is_flag=True, help="Also the largest corpora.")
@click.option("--tuned", is_flag=True, help="Leave out what is held out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def injection(data: Path | None, full: bool, tuned: bool, as_json: bool) -> None:
    """Instructions to a reader's machine: attacks found, benign texts flagged, microseconds a passage."""
    from bench.quality.injection import measure
    from bench.quality.injection_table import print_table, record

    if not data:
        click.echo("RADAR_BENCH_DATA is not set: only our own attacks and documents are read.", err=True)
    measured = measure(data, full=full, held_out=not tuned)
    if as_json:
        click.echo(json.dumps(record(measured), indent=2))
    else:
        print_table(measured)


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


@main.command()
@click.option("--seed", default=20261129, show_default=True, help="Of what is done to the quotes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def citations(seed: int, as_json: bool) -> None:
    """Quotes verified in documents: altered ones caught, copied ones found, and how fast."""
    from bench.quality.citations import table, times_table

    tables = {"quotes": table(seed), "times on 300,000 characters": times_table(seed)}
    if as_json:
        click.echo(json.dumps(tables, indent=2))
        return
    for title, rows in tables.items():
        shown = Table(title=title)
        for column in rows[0]:
            shown.add_column(column, justify="left" if column in {"what", "milliseconds"} else "right")
        for row in rows:
            shown.add_row(*(f"{v:.4f}" if isinstance(v, float) else str(v) for v in row.values()))
        Console().print(shown)


@main.command()
@click.option("--embedder", default="", help="Another than the packaged one, as RADAR_EMBEDDER names it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def semantic(embedder: str, as_json: bool) -> None:
    """The semantic cache: how often it takes a question for another one, beside plain cosine."""
    from bench.quality.semantic import measure
    from radar_pipeline.retrieval.embedder import PACKAGED, load_embedder

    measured = measure(load_embedder(embedder or PACKAGED))
    rows = [
        (method, kind, rate)
        for method, kinds in measured.rates.items()
        for kind, rate in sorted(kinds.items())
    ]
    if as_json:
        told = [
            {"method": method, "pairs": kind, "hits": r.hits, "of": r.of, "interval_95": r.interval}
            for method, kind, r in rows
        ]
        click.echo(json.dumps({"rates": told, "false": [p.other for p in measured.false_hits]}, indent=2))
        return
    table = Table(title="semantic cache: questions answered from another's answer")
    for column in ("method", "pairs", "hits", "of", "rate", "95% interval"):
        table.add_column(column, justify="left" if column in {"method", "pairs"} else "right")
    for method, kind, rate in rows:
        low, high = rate.interval
        table.add_row(
            method, kind, str(rate.hits), str(rate.of), f"{rate.value:.3f}", f"{low:.3f} – {high:.3f}"
        )
    Console().print(table)
    for pair in measured.false_hits:
        click.echo(f"false: {pair.one} | {pair.other}", err=True)


@main.command()
@click.option("--draws", default=2000, show_default=True, help="Simulated comparisons of each shape.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bootstrap(draws: int, as_json: bool) -> None:
    """Intervals of evaluations by simulation: false positives at the 5% level, and coverage."""
    from bench.quality.bootstrap import LEGEND, measure

    rows = measure(draws)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    shown = Table(title=f"intervals of evaluations, {draws} comparisons of each data set", caption=LEGEND)
    found = ("ours", "drawn", "single", "diff.", "share")
    for column in ("sources", "cases", "right", "corr.", *found):
        shown.add_column(column, justify="right")
    for row in rows:
        of = row.shape
        told = (str(of.sources), f"{of.smallest}–{of.largest}", f"{of.accuracy:.0%}", f"{of.within}")
        rates = (row.clustered, row.drawn, row.unclustered, row.covers_difference, row.covers_share)
        shown.add_row(*told, *(f"{rate:.1%}" for rate in rates))
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
