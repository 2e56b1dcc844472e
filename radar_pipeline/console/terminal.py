"""What the command line shows: progress from a sweep's events, and tables of what came out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from radar_pipeline.console.plain import plain
from radar_pipeline.report.site import words
from radar_pipeline.report.summary import Summary
from radar_pipeline.sweep import events

VERDICT_STYLE = {
    "covered": "green",
    "partial": "yellow",
    "contradicted": "red",
    "not_addressed": "magenta",
    "not_assessed": "dim",
}
COLUMN_WORDS = {  # narrow: the table must fit a terminal of 80 columns
    "covered": "cov-\nered",
    "partial": "par-\ntial",
    "contradicted": "contra-\ndicted",
    "not_addressed": "blind\nspot",
    "not_assessed": "not as-\nsessed",
}
GRAVEST = 5
SHOWN = 12  # changed verdicts listed; the page has them all
STAGE_WORDS = {
    events.Stage.DOCUMENTS: "reading documents",
    events.Stage.CHUNKS: "cutting chunks",
    events.Stage.EMBEDDINGS: "embedding texts",
    events.Stage.ASSESSMENTS: "assessing requirements",
    events.Stage.STANDING_ANSWERS: "answering questions",
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
        self.swept: set[str] = set()  # tenants, however it ended for them
        self.unchanged: set[str] = set()
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
            case events.TenantStarted():
                self.swept.add(event.tenant)
            case events.StageStarted():
                label = f"{plain(event.tenant)} · {STAGE_WORDS[event.stage]}"
                self._tasks[event.tenant, event.stage] = self._progress.add_task(label, total=None)
            case events.StageProgress():
                self._go_on(event)
            case events.StageDone():
                self._finish(event)
            case events.TenantUnchanged():
                self.swept.add(event.tenant)
                self.unchanged.add(event.tenant)
                self._say(f"{plain(event.tenant)} · unchanged since {event.published_sweep}")
            case events.TenantFailed():
                self.swept.add(event.tenant)
                self.failures.append(event)
                self._say(f"[red]{plain(event.tenant)} failed in {event.stage}[/]: {plain(event.message)}")
                self._say(f"  [bold]→[/] {plain(event.remedy)}")
            case events.TenantSkipped():
                self.skipped.append(event)
                self._say(f"[yellow]{plain(event.tenant)} skipped[/]: {plain(event.holder)}")
            case events.SweepFinished():
                self.totals, self.state = event.totals, event.state
            case _:
                pass

    def _go_on(self, event: events.StageProgress) -> None:
        task = self._tasks[event.tenant, event.stage]
        self._progress.update(task, completed=event.done, total=event.total)
        if event.note:
            self._say(f"[yellow]{plain(event.tenant)}[/]: {plain(event.note)}")

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
    unchanged = totals.get("unchanged")
    if unchanged:
        text += f"; {unchanged} tenant{'' if unchanged == 1 else 's'} unchanged"
    failed = totals.get("failed")
    if failed:
        text += f"; {failed} failed"
    return text


def show_scores(console: Console, reports: Sequence[Summary], sweep_id: str = "") -> None:
    """One row per (tenant, framework): score and verdicts; then what changed since last time.

    ``sweep_id``: the sweep of which it tells; what another one published is not this one's news.
    """
    if reports:
        console.print(_score_table(reports))
    for summary in reports:
        since = _since(summary, bool(sweep_id) and summary.sweep_id != sweep_id)
        console.print(f"  {plain(summary.tenant)} · {plain(summary.framework)}: {since}")


def _score_table(reports: Sequence[Summary]) -> Table:
    table = Table(
        title="Where the documents stand",
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("tenant", no_wrap=True, max_width=24)
    table.add_column("framework", no_wrap=True, max_width=16)
    table.add_column("score", justify="right", no_wrap=True)
    for verdict, style in VERDICT_STYLE.items():
        table.add_column(COLUMN_WORDS[verdict], justify="right", style=style, no_wrap=True)
    for summary in reports:
        table.add_row(
            plain(summary.tenant),
            plain(summary.framework),
            "none" if summary.score is None else f"{summary.score:.1f}",
            *(str(summary.counts.get(verdict, 0)) for verdict in VERDICT_STYLE),
        )
    return table


def _since(summary: Summary, stands: bool) -> str:
    if stands:
        return f"nothing new, the report of {summary.as_of} stands"
    if summary.first:
        return "first report, nothing to compare with"
    changed = words.plural(len(summary.changes), "verdict")
    return f"{changed} changed since last time, {words.plural(summary.resolved, 'finding')} resolved"


def show_changes(console: Console, reports: Sequence[Summary]) -> None:
    """What happened to documents since the previous publication, and verdicts that differ, with causes."""
    _show_documents(console, reports)
    changes = [(r, c) for r in reports for c in r.changes]
    if changes:
        console.print("\n[bold]Changed verdicts[/]")
    for summary, change in changes[:SHOWN]:
        now = change.to_verdict or "no longer asked"
        line = f"  {change.ref} {change.title}: {change.from_verdict or 'new'} → {now}"
        why = ", ".join(change.causes)
        about = f" ({', '.join(change.documents)})" if change.documents else ""
        console.print(plain(f"{line} · {summary.tenant} · {why}{about}"), soft_wrap=True)
    if len(changes) > SHOWN:
        console.print(f"  … and {len(changes) - SHOWN} more: see the page")


def _show_documents(console: Console, reports: Sequence[Summary]) -> None:
    """Each tenant's documents once, whatever number of frameworks binds it."""
    changed = {(r.tenant, d.change, d.path): d for r in reports for d in r.documents}
    counts = Counter((tenant, change) for tenant, change, _ in changed)
    if counts:
        console.print("\n[bold]Changed documents[/]")
    for (tenant, change), count in counts.items():
        names = [d.path for key, d in changed.items() if key[:2] == (tenant, change)]
        more = f" … and {count - SHOWN} more" if count > SHOWN else ""
        what = f"{words.plural(count, 'document')} {words.DOCUMENT_CHANGES[change]}"
        console.print(plain(f"  {tenant}: {what}: {', '.join(names[:SHOWN])}{more}"), soft_wrap=True)
    for slug, missing in {r.tenant_id: r.missing for r in reports if r.missing}.items():
        console.print(
            f"  [yellow]{words.plural(len(missing), 'document')} of {plain(slug)} seem to be gone and are "
            f"kept.[/] If they are meant to be: radar documents confirm-removals {plain(slug)}",
            soft_wrap=True,
        )


def show_gravest(console: Console, reports: Sequence[Summary]) -> None:
    """The five gravest findings of all reports, each with its quotes or its search record."""
    graves = [(r, g) for r in reports for g in r.gravest]
    graves.sort(key=lambda pair: (-pair[1].importance, -pair[1].confidence, pair[1].ref))
    if graves:
        console.print("\n[bold]Gravest blindspots and contradictions[/]")
    for number, (summary, grave) in enumerate(graves[:GRAVEST], 1):
        verdict = grave.verdict.replace("_", " ")
        console.print(
            f" {number}. [bold]{plain(grave.ref)} {plain(grave.title)}[/] · {plain(summary.tenant)} · "
            f"[{VERDICT_STYLE.get(grave.verdict, 'bold')}]{verdict}[/]",
            soft_wrap=True,
        )
        if grave.searched:
            console.print(f"    [dim]{plain(grave.searched)}[/]", soft_wrap=True)
        for excerpt in grave.excerpts[:2]:
            near = f" ({excerpt.where})" if excerpt.stance == "nearest" else ""
            place = f"{excerpt.citation}{near}"
            console.print(f"    {excerpt.stance}: {plain(_short(excerpt.text))}", soft_wrap=True)
            console.print(f"      [dim]{plain(place)}[/]", soft_wrap=True)


def _short(text: str, width: int = 160) -> str:
    plain = " ".join(text.split())
    return f"“{plain}”" if len(plain) <= width else f"“{plain[:width].rsplit(' ', 1)[0]} …”"


def rows_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Any query's answer."""
    table = Table(header_style="bold")
    for column in columns:
        table.add_column(plain(column), overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else plain(str(value)) for value in row))
    return table
