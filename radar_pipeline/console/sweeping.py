"""``radar sweep``: progress while it runs, and afterwards where the documents stand."""

import json
from collections.abc import Callable, Sequence
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
    reports, unshown = _reports(settings, tenants)
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


def _reports(
    settings: Settings, tenants: Sequence[str]
) -> tuple[list[Summary], list[tuple[str, RadarError]]]:
    """Summaries of what is published, and the tenants whose report cannot be read."""
    found: list[Summary] = []
    damaged: list[tuple[str, RadarError]] = []
    for slug in _swept(settings, tenants):
        try:
            found += published_summaries(settings, slug)
        except RadarError as error:
            damaged.append((slug, error))
    return found, damaged


def _swept(settings: Settings, tenants: Sequence[str]) -> list[str]:
    if tenants:
        return sorted(set(tenants))
    home = settings.home / "tenants"
    return sorted(p.name for p in home.iterdir() if (p / "published").exists()) if home.is_dir() else []


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
    unchanged = progress.unchanged
    console.print()
    terminal.show_scores(console, reports, unchanged)
    terminal.show_changes(console, [r for r in reports if r.tenant_id not in unchanged])
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
