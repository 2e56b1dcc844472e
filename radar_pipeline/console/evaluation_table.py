"""Evaluations in a terminal: a line for each version, the critical cases that fail, a grader's agreement."""

from collections.abc import Sequence
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table

from radar_pipeline.console.plain import plain
from radar_pipeline.evals import wording
from radar_pipeline.evals.calibration import Calibration
from radar_pipeline.evals.scoreboard import PASSES, SIMULATED, Line
from radar_pipeline.evals.values import Estimate, Run

SIMULATED_SAYS = (
    "Simulated: no key of a provider is set for these, so a scripted model answered. It shows what a prompt "
    "tells, and says nothing about a real model."
)
_ASKED = len(SIMULATED)
_SHOWN = 8  # failing critical cases of a version; the page has them all
_COLUMNS: tuple[
    tuple[str, Literal["left", "right"]], ...
] = (  # narrow: the table must fit a terminal of 80 columns, so some hold two figures
    ("version\nvariant", "left"),
    ("asked", "left"),
    ("n", "right"),
    ("right\n95%", "right"),
    ("wrong\ncosts", "right"),
    ("recall\ncites", "right"),
    ("p50\np95", "right"),
    ("$ per\ncall", "right"),
    ("crit.\nfail", "right"),
    ("gate", "left"),
)
LEGEND = (
    "right: answers as expected; wrong costs: 0 to 1, a false all-clear is the dearest; recall: required "
    "quotes found; cites: quotes that are in the documents; crit. fail: critical cases that fail."
)


def show(console: Console, lines: Sequence[Line]) -> None:
    """The table; below it whether something is simulated, and what fails."""
    table = Table(
        header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0)
    )
    for number, (name, justify) in enumerate(_COLUMNS):
        width = _ASKED if number == 1 else None
        table.add_column(name, justify=justify, overflow="fold", no_wrap=number == 0, min_width=width)
    for line in lines:
        table.add_row(*_cells(line))
    console.print(table)
    console.print(LEGEND, soft_wrap=True, style="dim")
    if any(line.simulated for line in lines):
        console.print(SIMULATED_SAYS, soft_wrap=True)
    _show_failures(console, lines)


def _cells(line: Line) -> list[str]:
    accuracy = wording.figure("verdict_match", line.accuracy.value)
    if line.accuracy.low is not None and line.accuracy.high is not None:
        accuracy += f"\n{100 * line.accuracy.low:.0f}–{100 * line.accuracy.high:.0f}"
    notes = [line.subject.variant, line.subject.status if line.subject.status != "active" else ""]
    style = "green" if line.gate == PASSES else "red"
    return [
        "\n".join(plain(part) for part in (line.subject.key, *notes) if part),
        f"[yellow]{SIMULATED}[/]" if line.simulated else plain(line.asked.rpartition("/")[2]),
        f"{line.cases}" + (f"\n−{line.unasked}" if line.unasked else ""),
        accuracy,
        _figure("verdict_cost", line.cost_weighted),
        _two(_figure("evidence_recall", line.recall), _figure("citation_validity", line.citations)),
        _two(_figure("latency_p50_ms", line.p50), _figure("latency_p95_ms", line.p95)),
        _figure("cost_usd", line.cost),
        f"{len(line.failures)}/{line.critical}",
        f"[{style}]{plain(line.gate)}[/]" if line.gate else "",
    ]


def _two(above: str, below: str) -> str:
    """Two figures over each other; the second keeps its place where the first was not measured."""
    return f"{above}\n{below}" if above or below else ""


def _figure(name: str, estimate: Estimate) -> str:
    return wording.figure(name, estimate.value)


def _show_failures(console: Console, lines: Sequence[Line]) -> None:
    failing = [line for line in lines if line.failures]
    if failing:
        console.print("\n[bold]Critical cases that fail[/]")
    for line in failing:
        of = " (simulated)" if line.simulated else ""
        console.print(f"  [bold]{plain(line.subject.key)}[/]{of}")
        for failure in line.failures[:_SHOWN]:
            told = f"    {failure.case}: expected {failure.expected.lower()}, said {failure.said.lower()}"
            console.print(plain(told), soft_wrap=True)
        if len(line.failures) > _SHOWN:
            console.print(f"    … and {len(line.failures) - _SHOWN} more: see the page")


def show_calibration(console: Console, run: Run, found: Calibration) -> None:
    """How far a grader agrees with experts, and whether its grades count."""
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (run.subject.key, "value", "95% interval", "n"):
        table.add_column(plain(name), justify="left" if name == run.subject.key else "right")
    for name, estimate in (
        ("kappa, agreement beyond chance", found.kappa),
        ("good answers passed (TPR)", found.tpr),
        ("bad answers failed (TNR)", found.tnr),
    ):
        value = "" if estimate.value is None else f"{estimate.value:.2f}"
        within = "" if estimate.low is None else f"{estimate.low:.2f} to {estimate.high:.2f}"
        table.add_row(name, value, within, str(estimate.n))
    console.print(table)
    console.print(plain(found.says), soft_wrap=True)
    if run.simulated:
        console.print(SIMULATED_SAYS, soft_wrap=True)
