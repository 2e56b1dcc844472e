"""``radar sweep``: progress while it runs, and afterwards where the documents stand."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from rich.console import Console

from radar_pipeline.console import terminal
from radar_pipeline.console.plain import plain
from radar_pipeline.console.published import published_summaries
from radar_pipeline.errors import LeaseHeldError, RadarError, TenantFailedError
from radar_pipeline.report.summary import Summary
from radar_pipeline.settings import Settings, load_settings
from radar_pipeline.sweep import events
from radar_pipeline.sweep.environment import SweepRequest, open_environment

FEW = 8  # tenants
Sink = Callable[[events.Event], None]


def run(
    tenants: Sequence[str],
    frameworks: Sequence[str],
    as_of: date | None,
    *,
    dagster: bool,
    debug: bool,
    as_json: bool,
) -> int:
    """Sweep and show; returns the exit code."""
    settings = load_settings()
    if debug:
        settings = settings.model_copy(update={"debug": True})
    console = Console(stderr=as_json, highlight=False)
    with terminal.SweepProgress(console) as progress:
        sweep = _through_dagster if dagster else _alone
        sweep(settings, tuple(tenants), tuple(frameworks), as_of, progress.show)
    if progress.skipped:
        first = progress.skipped[0]
        raise LeaseHeldError(
            f"Tenant {first.tenant!r} was not swept: {first.holder}",
            remedy="Wait for that sweep to end, or end it; then sweep again.",
        )
    reports, unshown = _reports(settings, _worth_showing(progress))
    if as_json:
        print(json.dumps(_as_json(progress, reports), ensure_ascii=False, indent=2, default=str))
    else:
        _show(console, settings, progress, reports)
    for slug, error in unshown:
        console.print(f"[red]{slug}: its report cannot be shown.[/] {plain(str(error))}")
    return TenantFailedError.exit_code if progress.failures or unshown else 0


def _through_dagster(
    settings: Settings, tenants: Sequence[str], frameworks: Sequence[str], as_of: date | None, sink: Sink
) -> None:
    from radar_pipeline.defs.run_sweep import run_in_process

    run_in_process(tenants, frameworks, as_of, sink, settings)


def _alone(
    settings: Settings, tenants: Sequence[str], frameworks: Sequence[str], as_of: date | None, sink: Sink
) -> None:
    from radar_pipeline.sweep.runner import sweep

    request = SweepRequest(tuple(tenants), tuple(frameworks), as_of)
    for event in sweep(request, open_environment(settings)):
        sink(event)


def _worth_showing(progress: terminal.SweepProgress) -> set[str]:
    """Tenants whose report is read for the terminal: all of a few, else those with something new.
    Reading sixty reports takes longer than finding that nothing in them changed."""
    return progress.swept if len(progress.swept) <= FEW else progress.swept - progress.unchanged


def _reports(
    settings: Settings, tenants: Collection[str]
) -> tuple[list[Summary], list[tuple[str, RadarError]]]:
    """Summaries of what is published of those, and the tenants whose report cannot be read."""
    found: list[Summary] = []
    damaged: list[tuple[str, RadarError]] = []
    for slug in sorted(tenants):
        try:
            found += published_summaries(settings, slug)
        except RadarError as error:
            damaged.append((slug, error))
    return found, damaged


def _as_json(progress: terminal.SweepProgress, reports: Sequence[Summary]) -> dict[str, Any]:
    return {
        "sweep_id": progress.sweep_id,
        "state": progress.state,
        "totals": dict(progress.totals),
        "failed": [asdict(f) for f in progress.failures],
        "reports": [s.as_dict() for s in reports],
    }


def _show(
    console: Console, settings: Settings, progress: terminal.SweepProgress, reports: Sequence[Summary]
) -> None:
    console.print()
    terminal.show_scores(console, reports, progress.sweep_id)
    terminal.show_changes(console, [r for r in reports if r.sweep_id == progress.sweep_id])
    terminal.show_gravest(console, reports)
    console.print(f"\n{terminal.work_line(progress.totals)}")
    published = settings.portfolio / "published"
    console.print("\n[bold]Where to look[/]")
    for label, place in (
        ("page", published / "index.html"),
        ("tables", f'{published / "radar.duckdb"} (radar query "SELECT …", docs/tables.md)'),
        ("one verdict", "radar explain TENANT REF"),
        ("Dagster UI", "make ui"),
    ):
        console.print(f"  {label:12} {plain(str(place))}", soft_wrap=True)
