"""The commands that look and change nothing: status, report, query, tenants check, doctor."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from rich.console import Console
from rich.table import Table

from radar_pipeline import ids
from radar_pipeline.console import spending, terminal
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import RadarError
from radar_pipeline.settings import Settings

OK, WRONG = "[green]ok[/]", "[red]problem[/]"


def status(settings: Settings, limit: int) -> Answer:
    """The last sweeps, each tenant's newest stage and publication, and the leases in force."""
    from radar_pipeline.storage import holder
    from radar_pipeline.storage.operations import Operations

    operations = Operations(settings.operations)
    # What was killed has had no time to say so; the next sweep notes it in the ledger.
    sweeps = [
        replace(s, state="interrupted") if s.state == "running" and not holder.is_alive(s.holder) else s
        for s in operations.sweeps(limit)
    ]
    tenants, leases = operations.tenant_states(), operations.leases()
    gone = _gone(settings, [t.tenant_id for t in tenants])
    pressing = spending.warnings(settings) if operations.spending.asked() else []
    value = {
        "sweeps": [asdict(s) for s in sweeps],
        "tenants": [{**asdict(t), "retired": t.tenant_id in gone} for t in tenants],
        "leases": [asdict(lease) for lease in leases],
        "limits": [asdict(s) | {"level": s.level.value} for s in pressing],
    }

    def render(console: Console) -> None:
        table = Table(title="Sweeps", title_justify="left", header_style="bold")
        for column in ("sweep", "as of", "state", "started", "trigger"):
            table.add_column(column)
        for s in sweeps:
            table.add_row(s.sweep_id, str(s.as_of), s.state, f"{s.started_at:%Y-%m-%d %H:%M}", s.trigger)
        console.print(table)
        table = Table(title="Tenants", title_justify="left", header_style="bold")
        for column in ("tenant", "last stage", "state", "why", "published"):
            table.add_column(column)
        for t in tenants:
            stage = t.last_stage
            published = ", ".join(f"{p.framework_id} {p.published_at:%Y-%m-%d %H:%M}" for p in t.publications)
            words = (stage.stage, stage.state, stage.reason) if stage else ("", "", "")
            if t.tenant_id in gone:
                words = (words[0], words[1], "retired: no longer in tenants.yaml")
            table.add_row(t.tenant_id, *(plain(w) for w in words), published)
        console.print(table)
        for lease in leases:
            console.print(f"{lease.tenant_id} is being worked on by {holder.describe(lease.holder)}")
        spending.show_warnings(console, pressing)

    return Answer(value, render)


def _gone(settings: Settings, slugs: Iterable[str]) -> frozenset[str]:
    """Those that tenants.yaml no longer has; none while it can't be read, which `radar doctor` tells."""
    from radar_pipeline import frameworks
    from radar_pipeline.tenancy import load_tenants

    try:
        listed = load_tenants(settings.tenants_file, frameworks.available(settings.data / "frameworks"))
    except RadarError:
        return frozenset()
    return frozenset(slugs) - {tenant.slug for tenant in listed}


def explain(settings: Settings, slug: str, ref: str, framework: str | None) -> Answer:
    """One verdict's decision record."""
    from radar_pipeline.console import feeding, record
    from radar_pipeline.console.published import published_tables
    from radar_pipeline.storage.operations import Operations
    from radar_pipeline.sweep import feedback

    found = record.decision_record(published_tables(settings, slug), slug, ref, framework)
    of = found["requirement"]["requirement_id"]
    said = feedback.told(Operations(settings.operations), settings.tenant_home(slug), slug, requirement_id=of)

    def render(console: Console) -> None:
        record.render(console, found)
        if said:
            console.print("\n[bold]What people say of it[/]")
            feeding.show(console, said)

    return Answer(found | {"feedback": feeding.values(said)}, render)


def report(settings: Settings, slug: str) -> Answer:
    """A tenant's published report in short."""
    from radar_pipeline.console.published import published_summaries, published_tables

    published_tables(settings, slug)  # says so if there is none
    reports = published_summaries(settings, slug)
    folder = settings.tenant_home(slug) / "published"

    def render(console: Console) -> None:
        terminal.show_scores(console, reports)
        terminal.show_changes(console, reports)
        terminal.show_gravest(console, reports)
        console.print()
        for label, name in (("page", "index.html"), ("tables", "radar.duckdb"), ("Parquet", "parquet")):
            console.print(f"  {label:8} {folder / name}", soft_wrap=True)

    value = {"tenant": slug, "published": str(folder), "reports": [s.as_dict() for s in reports]}
    return Answer(value, render)


def query(settings: Settings, sql: str, slug: str | None) -> Answer:
    """A person's SQL on published tables."""
    from radar_pipeline.storage import warehouse

    home = settings.tenant_home(ids.tenant_slug(slug)) if slug else None
    columns, rows = warehouse.query(sql, home, settings.portfolio)
    value = [dict(zip(columns, row, strict=True)) for row in rows]
    return Answer(value, lambda console: console.print(terminal.rows_table(columns, rows)))


def check_tenants(settings: Settings) -> Answer:
    """tenants.yaml as a whole, then each tenant's source."""
    from radar_pipeline import frameworks
    from radar_pipeline.ingest import discover
    from radar_pipeline.sweep import personas
    from radar_pipeline.sweep.plan import check_quota, resolved
    from radar_pipeline.tenancy import load_tenants

    folder = settings.data / "frameworks"
    rows: list[dict[str, Any]] = []
    for tenant in load_tenants(settings.tenants_file, frameworks.available(folder), settings.home):
        row: dict[str, Any] = {"tenant": tenant.slug, "documents": 0, "problem": "", "remedy": ""}
        try:
            for scope in tenant.frameworks:
                resolved(tenant, frameworks.load(folder, scope.framework_id), scope)
            listed = discover.discover(tenant)
            row["documents"] = len(listed)
            check_quota(tenant, listed)
            personas.check(settings.prompts, tenant)
            if not row["documents"]:
                row |= {"problem": "its source is empty", "remedy": f"Put documents into {tenant.documents}."}
        except RadarError as error:
            row |= {"problem": error.message, "remedy": error.remedy}
        rows.append(row)

    def render(console: Console) -> None:
        for row in rows:
            state = f"{WRONG} {plain(row['problem'])} {plain(row['remedy'])}" if row["problem"] else OK
            console.print(f"{row['tenant']:24} {row['documents']:5} documents  {state}", soft_wrap=True)

    return Answer(rows, render, healthy=not any(row["problem"] for row in rows))


def doctor(settings: Settings) -> Answer:
    """Everything that can be checked without sweeping."""
    from radar_pipeline.console import checkup

    checks = checkup.run(settings)

    def render(console: Console) -> None:
        for check in checks:
            line = (
                OK
                if not check.problem
                else f"{WRONG} {plain(check.problem)} [bold]→[/] {plain(check.remedy)}"
            )
            console.print(f"{check.name:28} {line}", soft_wrap=True)

    return Answer([asdict(c) for c in checks], render, healthy=not any(c.problem for c in checks))
