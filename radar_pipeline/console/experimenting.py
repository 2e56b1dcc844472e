"""Experiments on a page: their arms, how evenly these were drawn, what they came to, and the verdict."""

from typing import Any

from rich.console import Console

from radar_pipeline.console import terminal
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.evals.values import Estimate
from radar_pipeline.settings import Settings
from radar_pipeline.sweep.environment import open_environment
from radar_pipeline.sweep.experimenting import ARMS, Shown, shown

_COLUMNS = ("", "A", "B", "B - A", "verdict")
_STYLE = {"running": "green", "stopped": "red"}


def experiments(settings: Settings) -> Answer:
    """What every experiment of the data folder has shown so far, in the file's order."""
    environment = open_environment(settings)
    found = shown(environment)

    def render(console: Console) -> None:
        if not found:
            console.print("No experiment: data/experiments.yaml tells how to begin one.")
        for one in found:
            _show(console, one)

    return Answer([_value(one) for one in found], render)


def _value(one: Shown) -> dict[str, Any]:
    experiment, b = one.experiment, one.experiment.share_of_b
    return {
        "experiment": experiment.id,
        "use_case": experiment.use_case.value,
        "prompt": experiment.prompt,
        "state": one.state,
        "problem": one.problem,
        "started": experiment.started,
        "ended": experiment.ended,
        "arms": {
            arm: {
                "version": experiment.arms[arm].version,
                "prompt_ref": one.refs[arm],
                "share": b if arm == "B" else 1.0 - b,
                "assigned": one.assigned[arm],
            }
            for arm in ARMS
        },
        "sample_ratio_p": _any(one).sample_ratio,
        "balanced": _any(one).balanced,
        "outcomes": {
            metric: {
                **{arm: _numbers(v.arms[arm]) for arm in ARMS},
                "difference": _numbers(v.difference.estimate),
                "needed": v.difference.needed,
                "verdict": v.says,
                "provisional": v.provisional,
            }
            for metric, v in one.verdicts.items()
        },
    }


def _any(one: Shown) -> Any:
    """The arms' sizes are the same whatever is measured."""
    return next(iter(one.verdicts.values()))


def _numbers(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "tenants": estimate.clusters,
    }


def _show(console: Console, one: Shown) -> None:
    experiment = one.experiment
    style = _STYLE.get(one.state, "yellow")
    until = f" to {experiment.ended}" if experiment.ended else ""
    console.print(
        f"[bold]{plain(experiment.id)}[/] [{style}]{one.state}[/], from {experiment.started}{until}",
        soft_wrap=True,
    )
    if one.problem:
        console.print(f"  [red]{plain(one.problem)}[/]", soft_wrap=True)
    for arm in ARMS:
        share = experiment.share_of_b if arm == "B" else 1.0 - experiment.share_of_b
        ref = one.refs[arm] or f"{experiment.prompt}@{experiment.arms[arm].version}"
        console.print(f"  {arm}  {plain(ref)}: {one.assigned[arm]} requirements, {share:.0%} wanted")
    if not _any(one).balanced:
        console.print(
            "  [red]The arms are not as large as they were meant to be "
            f"(p = {_any(one).sample_ratio:.1g}), so nothing that follows can be believed.[/] Something else "
            "than the draw decides who gets which: look for errors of one arm in `radar status`.",
            soft_wrap=True,
        )
    rows = [
        (
            metric,
            *(_cell(v.arms[arm]) for arm in ARMS),
            _cell(v.difference.estimate, signed=True),
            v.says + (" (so far)" if v.provisional else ""),
        )
        for metric, v in one.verdicts.items()
    ]
    console.print(terminal.rows_table(_COLUMNS, rows))


def _cell(estimate: Estimate, *, signed: bool = False) -> str:
    if estimate.value is None:
        return "nothing yet"
    sign = "+" if signed else ""
    interval = "" if estimate.low is None else f" ({estimate.low:{sign}.2f} to {estimate.high:{sign}.2f})"
    return f"{estimate.value:{sign}.2f}{interval}, n {estimate.n}"
