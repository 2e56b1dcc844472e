"""``python -m bench.quality sample|coverage FOLDER`` – see ``--help``."""

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
