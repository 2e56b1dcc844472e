"""What the command line shows: progress from a sweep's events, and tables of what came out."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from radar_pipeline.sweep import events

VERDICT_STYLE = {
    "covered": "green",
    "partial": "yellow",
    "contradicted": "red",
    "not_addressed": "magenta",
    "not_assessed": "dim",
}
STAGE_WORDS = {
    events.Stage.DOCUMENTS: "reading documents",
    events.Stage.CHUNKS: "cutting chunks",
    events.Stage.EMBEDDINGS: "embedding texts",
    events.Stage.ASSESSMENTS: "assessing requirements",
    events.Stage.BLINDSPOT_REPORT: "writing the report",
}


class SweepProgress:
    """Progress bars by stage and tenant, fed by the sweep's events. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=False,
        )
        self._tasks: dict[tuple[str, events.Stage], Any] = {}
        self.totals: Mapping[str, int | float | str] = {}
        self.failures: list[events.TenantFailed] = []
        self.skipped: list[events.TenantSkipped] = []
        self.sweep_id = ""
        self.state = ""

    def __enter__(self) -> "SweepProgress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: events.Event) -> None:
        """Take one event into account."""
        match event:
            case events.SweepStarted():
                self.sweep_id = event.sweep_id
                self._say(f"[bold]Sweep {event.sweep_id}[/] as of {event.as_of}")
            case events.StageStarted():
                label = f"{escape(event.tenant)} · {STAGE_WORDS[event.stage]}"
                self._tasks[event.tenant, event.stage] = self._progress.add_task(label, total=None)
            case events.StageProgress():
                task = self._tasks[event.tenant, event.stage]
                self._progress.update(task, completed=event.done, total=event.total)
            case events.StageDone():
                self._finish(event)
            case events.TenantUnchanged():
                self._say(f"{escape(event.tenant)} · unchanged since {event.published_sweep}")
            case events.TenantFailed():
                self.failures.append(event)
                self._say(f"[red]{escape(event.tenant)} failed in {event.stage}[/]: {escape(event.message)}")
                self._say(f"  [bold]→[/] {escape(event.remedy)}")
            case events.TenantSkipped():
                self.skipped.append(event)
                self._say(f"[yellow]{escape(event.tenant)} skipped[/]: {escape(event.holder)}")
            case events.SweepFinished():
                self.totals, self.state = event.totals, event.state
            case _:
                pass

    def _finish(self, event: events.StageDone) -> None:
        task = self._tasks[event.tenant, event.stage]
        total = self._progress.tasks[task].total
        self._progress.update(task, total=total or 1, completed=total or 1)

    def _say(self, text: str) -> None:
        self._progress.console.print(text, highlight=False)


def work_line(totals: Mapping[str, int | float | str]) -> str:
    """What a sweep did in all, in one line."""
    numbers = {name: totals.get(name, 0) for name in ("parsed", "embedded", "judged", "reused")}
    text = (
        f"{numbers['parsed']} files parsed, {numbers['embedded']} texts embedded, "
        f"{numbers['judged']} requirements judged ({numbers['reused']} judgements reused)"
    )
    if totals.get("unchanged"):
        text += f"; {totals['unchanged']} tenants unchanged"
    return text


def score_table(summaries: Sequence[Any]) -> Table:
    """One row per (tenant, framework): score, verdicts, what changed."""
    table = Table(title="Where the documents stand", title_justify="left", header_style="bold")
    table.add_column("tenant")
    table.add_column("framework")
    table.add_column("score", justify="right")
    for verdict, style in VERDICT_STYLE.items():
        table.add_column(verdict.replace("_", " "), justify="right", style=style)
    table.add_column("since last time")
    for summary in summaries:
        table.add_row(
            escape(summary.tenant_id),
            escape(summary.framework_id),
            "no score" if summary.score is None else f"{summary.score:.1f}",
            *(str(summary.counts.get(verdict, 0)) for verdict in VERDICT_STYLE),
            escape(summary.since_last_time),
        )
    return table


def rows_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Any query's answer."""
    table = Table(header_style="bold")
    for column in columns:
        table.add_column(escape(column), overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    return table
