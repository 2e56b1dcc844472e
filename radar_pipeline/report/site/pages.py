"""Rendering: the tenant's page and the index of all tenants, as HTML strings."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from radar_pipeline.report.site import words
from radar_pipeline.report.site.chart import describe, stacked_bars
from radar_pipeline.report.site.context import Context
from radar_pipeline.report.site.tables import Arranged, Counts, Row, Tables
from radar_pipeline.report.site.view import FrameworkView, framework_view

OPEN_CARDS = 8  # of the gravest, shown in full; the rest is folded
OPEN_DOMAINS = 120  # requirements up to which the list of all is unfolded
LONG_LIST = 25  # changes up to which their list is unfolded


@dataclass(frozen=True, slots=True)
class PageExtras:
    """What a tenant's page needs beside its tables. Everything has a fair default."""

    tenant_name: str = ""
    industry: str = ""
    jurisdictions: tuple[str, ...] = ()
    framework_names: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[str, Context] = field(default_factory=dict)  # by evidence id, see context.contexts
    previous_scores: Mapping[str, float | None] = field(default_factory=dict)  # by framework
    index_href: str = ""  # relative link to the index of all tenants


@dataclass(frozen=True, slots=True)
class TenantFailure:
    """A tenant whose last sweep failed; its last published report stands. No tenant's text."""

    tenant_id: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class IndexExtras:
    """What the index needs beside the portfolio's tables."""

    tenant_names: Mapping[str, str] = field(default_factory=dict)
    framework_names: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)  # tenant -> relative path of its page
    failures: Sequence[TenantFailure] = ()


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document in the list."""

    name: str
    path: str
    kind: str
    status: str
    owner: str
    readable: bool
    why: str
    remedy: str
    size: str
    review_by: date | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One (tenant, framework) of the index."""

    tenant_id: str
    tenant: str
    framework: str
    href: str
    score: float | None
    counts: Counts
    changed: int
    first: bool
    as_of: date | None
    unreadable: int


def render_tenant(tables: Tables, extras: PageExtras | None = None) -> str:
    """One self-contained page from the current rows of a tenant's report tables."""
    extras = extras or PageExtras()
    data = Arranged(tables)
    tenant_id = next((r["tenant_id"] for r in data.of("framework_scores")), "")
    frameworks = [
        _with_charts(
            framework_view(
                data,
                row["framework_id"],
                extras.framework_names.get(row["framework_id"], row["framework_id"]),
                extras.contexts,
                extras.previous_scores.get(row["framework_id"]),
            )
        )
        for row in sorted(data.of("framework_scores"), key=lambda r: r["framework_id"])
    ]
    return _page(
        "tenant.html.j2",
        tenant=extras.tenant_name or tenant_id,
        tenant_id=tenant_id,
        about=[part for part in (extras.industry, ", ".join(extras.jurisdictions)) if part],
        frameworks=frameworks,
        documents=_documents(data),
        index_href=_relative(extras.index_href),
        open_cards=OPEN_CARDS,
        open_domains=OPEN_DOMAINS,
        long_list=LONG_LIST,
    )


def render_index(tables: Tables, extras: IndexExtras | None = None) -> str:
    """One page over all tenants and frameworks, from the current rows of the portfolio."""
    extras = extras or IndexExtras()
    sweeps = _by_pair(tables.get("sweeps", ()))
    changes = _by_pair(tables.get("verdict_changes", ()))
    rows = []
    for score in tables.get("framework_scores", ()):
        pair = (score["tenant_id"], score["framework_id"])
        rows.append(_index_row(score, sweeps.get(pair, []), changes.get(pair, []), extras))
    rows.sort(key=lambda r: (r.tenant.lower(), r.tenant_id, r.framework))
    names = extras.tenant_names
    return _page(
        "index.html.j2",
        rows=rows,
        tenants=len({r.tenant_id for r in rows} | {f.tenant_id for f in extras.failures}),
        failures=[(names.get(f.tenant_id, f.tenant_id), f) for f in extras.failures],
        as_of=max((r.as_of for r in rows if r.as_of), default=None),
    )


# ── The tenant's page ─────────────────────────────────────────────────────────────────────────


def _with_charts(view: FrameworkView) -> FrameworkView:
    bars = [domain.bar for domain in view.domains]
    if not bars:
        return view
    label = describe(bars, view.name)
    return replace(view, charts=[stacked_bars(bars, label), stacked_bars(bars, label, narrow=True)])


def _documents(data: Arranged) -> list[DocumentView]:
    views = [_document(row) for row in data.of("documents")]
    return sorted(views, key=lambda d: (d.readable, not d.overdue, d.path))


def _document(row: Row) -> DocumentView:
    why, remedy = ("", "") if row["readable"] else words.unreadable(row["reason"])
    pages = words.plural(row["pages"], "page") + ", " if row["pages"] else ""
    return DocumentView(
        name=row["title"] or row["path"],
        path=row["path"],
        kind=row["kind"].replace("_", " "),
        status=row["status"],
        owner=row["owner"] or "",
        readable=row["readable"],
        why=why,
        remedy=remedy,
        size=pages + words.plural(row["passages"], "passage"),
        review_by=row["review_by"],
        overdue=row["overdue"],
    )


# ── The index ─────────────────────────────────────────────────────────────────────────────────


def _by_pair(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    pairs: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        pairs.setdefault((row["tenant_id"], row["framework_id"]), []).append(row)
    return pairs


def _index_row(score: Row, sweeps: list[Row], changes: list[Row], extras: IndexExtras) -> IndexRow:
    tenant_id, framework_id = score["tenant_id"], score["framework_id"]
    nothing: Row = {"sweep_id": "", "as_of": None, "unreadable": 0}
    last = max(sweeps, key=lambda r: r["sweep_id"], default=nothing)
    return IndexRow(
        tenant_id=tenant_id,
        tenant=extras.tenant_names.get(tenant_id, tenant_id),
        framework=extras.framework_names.get(framework_id, framework_id),
        href=_relative(extras.links.get(tenant_id, "")),
        score=score["score"],
        counts=Counts.of(score),
        changed=sum(r["sweep_id"] == last["sweep_id"] for r in changes),
        first=len(sweeps) <= 1,
        as_of=last["as_of"],
        unreadable=last["unreadable"],
    )


def _relative(href: str) -> str:
    """A relative link, or nothing: a page never leads to another scheme or host."""
    escaped = quote(href, safe="/.-_~#")
    return "" if escaped.startswith("//") else escaped


# ── Templates ─────────────────────────────────────────────────────────────────────────────────


def _page(template: str, **values: Any) -> str:
    style = _style()
    # The browser strips a carriage return before hashing; ours has none.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template(template)
    return page.render(style=Markup(style), policy=policy, **values) + "\n"


@cache
def _style() -> str:
    return (files("radar_pipeline.report.site") / "templates" / "page.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("radar_pipeline.report.site"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=words.day, moment=words.moment, number=words.number, plural=words.plural, coded=words.coded
    )
    environment.globals.update(verdicts=words.VERDICTS, meanings=words.MEANINGS)
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: text without characters that hide or reorder; our own markup as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return words.visible(value)
