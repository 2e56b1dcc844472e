"""The portfolio's rows arranged for the index: who the tenants are, and what each last published."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from radar_pipeline.report.site import words
from radar_pipeline.report.site.links import framework_anchor, relative, within
from radar_pipeline.report.site.tables import Row, Tables

Pair = tuple[str, str]  # tenant, framework


@dataclass(frozen=True, slots=True)
class TenantFailure:
    """A tenant whose last sweep failed; its last published report stands. No tenant's text."""

    tenant_id: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class IndexExtras:
    """What the index needs beside the portfolio's tables. Everything has a fair default."""

    tenant_names: Mapping[str, str] = field(default_factory=dict)
    framework_names: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)  # tenant -> relative path of its page
    failures: Sequence[TenantFailure] = ()
    bound: Mapping[str, Collection[str]] | None = None  # tenant -> its frameworks; None: not known


@dataclass(frozen=True, slots=True)
class Organisation:
    """A tenant as the index names it."""

    tenant_id: str
    name: str
    industry: str
    href: str  # of its page; empty if it has none
    retired: bool
    outcome: str  # of its last sweep: published, unchanged, failed, skipped or never
    failed_stage: str
    failure_reason: str
    published_at: datetime | None

    def at(self, anchor: str) -> str:
        """Link to a part of its page."""
        return within(self.href, anchor)


class Portfolio:
    """The current rows of all tenants, by what the index asks for.

    ``tables`` may hold only the rows and columns that the index reads (``sweep/page.py``). Without
    rows of ``tenants`` every tenant with a score, a name or a failure counts as active.
    """

    def __init__(self, tables: Tables, extras: IndexExtras) -> None:
        self.tables = tables
        self.extras = extras

    def of(self, table: str) -> Sequence[Row]:
        """The rows of a table, none if it is missing."""
        return self.tables.get(table, ())

    @cached_property
    def organisations(self) -> dict[str, Organisation]:
        """Every tenant, retired ones included, by id."""
        rows = {row["tenant_id"]: row for row in self.of("tenants")}
        scored = {row["tenant_id"] for row in self.of("framework_scores")}
        named = {*self.extras.tenant_names, *(f.tenant_id for f in self.extras.failures)}
        return {
            tenant_id: self._organisation(tenant_id, rows.get(tenant_id), tenant_id in scored)
            for tenant_id in sorted({*rows, *scored, *named})
        }

    def _organisation(self, tenant_id: str, row: Row | None, scored: bool) -> Organisation:
        failed = any(f.tenant_id == tenant_id for f in self.extras.failures)
        outcome = row["last_outcome"] if row else "published" if scored else "never"
        return Organisation(
            tenant_id=tenant_id,
            name=self.extras.tenant_names.get(tenant_id) or (row["name"] if row else "") or tenant_id,
            industry=(row["industry"] or "") if row else "",
            href=relative(self.extras.links.get(tenant_id, "")),
            retired=row is not None and row["state"] == "retired",
            outcome="failed" if failed else outcome or "never",
            failed_stage=(row["failed_stage"] or "") if row else "",
            failure_reason=(row["failure_reason"] or "") if row else "",
            published_at=row["published_at"] if row else None,
        )

    @cached_property
    def active(self) -> dict[str, Organisation]:
        """The tenants that are not retired, by id."""
        return {tenant_id: o for tenant_id, o in self.organisations.items() if not o.retired}

    @cached_property
    def scores(self) -> dict[Pair, Row]:
        """The current score of every tenant under every framework, retired ones included."""
        return {(r["tenant_id"], r["framework_id"]): r for r in self.of("framework_scores")}

    @cached_property
    def counted(self) -> dict[Pair, Row]:
        """The scores that count: of active tenants, under frameworks that still bind them."""
        return {pair: r for pair, r in self.scores.items() if pair[0] in self.active and self.binds(*pair)}

    @cached_property
    def publications(self) -> dict[Pair, list[Row]]:
        """Rows of ``sweeps`` by pair, oldest first."""
        pairs: dict[Pair, list[Row]] = {}
        for row in sorted(self.of("sweeps"), key=lambda r: r["sweep_id"]):
            pairs.setdefault((row["tenant_id"], row["framework_id"]), []).append(row)
        return pairs

    @cached_property
    def last_publication(self) -> dict[str, Row]:
        """The newest row of ``sweeps`` of each tenant: what it says of documents holds for all."""
        newest: dict[str, Row] = {}
        for row in sorted(self.of("sweeps"), key=lambda r: r["sweep_id"]):
            newest[row["tenant_id"]] = row
        return newest

    @cached_property
    def _reported(self) -> set[str]:
        return {tenant_id for tenant_id, _ in self.scores}

    def binds(self, tenant_id: str, framework_id: str) -> bool:
        """Whether the framework binds the tenant; what is not known is taken from what is published."""
        if self.extras.bound is None or tenant_id not in self.extras.bound:
            return (tenant_id, framework_id) in self.scores
        return framework_id in self.extras.bound[tenant_id]

    def awaited(self, tenant_id: str, framework_id: str) -> bool:
        """Whether a report that is missing may still come. Of a tenant without any, who knows."""
        if self.extras.bound is not None and tenant_id in self.extras.bound:
            return framework_id in self.extras.bound[tenant_id]
        return tenant_id not in self._reported

    def framework(self, framework_id: str) -> str:
        """Full name of a framework."""
        return self.extras.framework_names.get(framework_id, framework_id)

    def short(self, framework_id: str) -> str:
        """Name of a framework for a column."""
        return words.short(self.framework(framework_id))

    def place(self, tenant_id: str, framework_id: str) -> str:
        """Link to the framework's section on the tenant's page."""
        return self.organisations[tenant_id].at(framework_anchor(framework_id))
