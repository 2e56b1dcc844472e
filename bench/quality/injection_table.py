"""The table of ``bench.quality injection``, and the same as plain values."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.quality.injection import Measured
from bench.quality.pdf import Share


def record(measured: Measured) -> dict[str, Any]:
    """Everything measured, for ``--json``."""
    return {
        "rows": [
            asdict(row)
            | {"share": round(row.share.value, 5), "interval_95": [round(x, 5) for x in row.share.interval]}
            | {"suspect": round(row.suspect.value, 5)}
            | {"suspect_interval_95": [round(x, 5) for x in row.suspect.interval]}
            for row in measured.rows
        ],
        "misses": measured.misses,
        "false_flags": measured.false_flags,
        "suspicions": measured.suspicions,
        "microseconds_per_passage": {k: round(v, 1) for k, v in measured.microseconds.items()},
    }


def print_table(measured: Measured) -> None:
    """One row per set and part; under it the speed, what was missed and what was flagged wrongly."""
    table = Table(title="Instructions to a reader's machine", title_justify="left")
    for column in (
        "set",
        "part",
        "texts",
        "flagged",
        "share",
        "95% interval",
        "or suspected",
        "share",
        "95% interval",
        "covered",
        "spilled",
        "keywords",
    ):
        table.add_column(column, justify="left" if column in ("set", "part") else "right")
    for row in measured.rows:
        spans = ["" if count is None else str(count) for count in (row.covered, row.spilled)]
        counts = (
            *_told(row.share),
            row.either,
            *_told(row.suspect),
            *spans,
            row.keywords,
        )
        table.add_row(row.name, row.part, str(row.texts), str(row.flagged), *map(str, counts))
    console = Console(width=max(160, Console().width))
    console.print(table)
    spent = ", ".join(f"{name} {value:.1f}" for name, value in measured.microseconds.items())
    console.print(f"Microseconds of CPU per passage: {spent}.", highlight=False)
    for title, lines in (
        ("Missed", measured.misses),
        ("Flagged, and no attack", measured.false_flags),
        ("Suspected, and no attack", measured.suspicions),
    ):
        for line in lines:
            console.print(f"{title}: {line}", markup=False, highlight=False)


def _told(share: Share) -> tuple[str, str]:
    low, high = share.interval
    return f"{share.value:.4f}", f"{max(0.0, low):.4f} – {high:.4f}"
