"""``radar sweep``: progress while it runs, and afterwards where the documents stand."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape

from radar_pipeline.console import terminal
from radar_pipeline.errors import LeaseHeldError, TenantFailedError
from radar_pipeline.report.summary import Summary, gravest
from radar_pipeline.settings import Settings, load_settings
from radar_pipeline.storage.warehouse import TenantReport
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
    summaries = [s for slug in _swept(settings, tenants) for s in _summaries(settings, slug)]
    if as_json:
        print(json.dumps(_as_json(progress, summaries), ensure_ascii=False, indent=2, default=str))
    else:
        _show(console, settings, progress, summaries)
    return TenantFailedError.exit_code if progress.failures else 0


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


def _swept(settings: Settings, tenants: Sequence[str]) -> list[str]:
    if tenants:
        return sorted(set(tenants))
    home = settings.home / "tenants"
    return sorted(p.name for p in home.iterdir() if (p / "published").exists()) if home.is_dir() else []


def _summaries(settings: Settings, slug: str) -> list[Summary]:
    from radar_pipeline.report.summary import summarise

    published = settings.tenant_home(slug) / "published"
    return summarise(TenantReport.current(published), published)


def _as_json(progress: terminal.SweepProgress, summaries: Sequence[Summary]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "sweep_id": progress.sweep_id,
        "state": progress.state,
        "totals": dict(progress.totals),
        "failed": [asdict(f) for f in progress.failures],
        "reports": [asdict(s) for s in summaries],
    }


def _show(
    console: Console, settings: Settings, progress: terminal.SweepProgress, summaries: Sequence[Summary]
) -> None:
    console.print()
    console.print(terminal.score_table(summaries))
    worst = gravest(summaries, 5)
    if worst:
        console.print("\n[bold]Gravest blindspots[/]")
    for number, item in enumerate(worst, 1):
        console.print(
            f" {number}. [bold]{escape(item.ref)}[/] {escape(item.title)} · {escape(item.tenant_id)}"
        )
        console.print(f"    {escape(item.proof)}", style="dim")
    console.print(f"\n{terminal.work_line(progress.totals)}")
    console.print("\n[bold]Where to look[/]")
    index = settings.portfolio / "published" / "index.html"
    for label, place in (
        ("pages", index),
        ("tables", settings.portfolio / "published" / "radar.duckdb"),
        ("a verdict's reasons", "radar explain TENANT REF"),
        ("the Dagster UI", "make ui, then http://localhost:3000"),
    ):
        console.print(f"  {label:20} {place}", soft_wrap=True)
