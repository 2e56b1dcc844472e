"""Rendering: the tenant's page and the index of all tenants, as HTML strings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from radar_pipeline.report.site import frame
from radar_pipeline.report.site.chart import describe, stacked_bars
from radar_pipeline.report.site.context import Context
from radar_pipeline.report.site.documents import chores, documents, missing
from radar_pipeline.report.site.index.gaps import gaps
from radar_pipeline.report.site.index.grave import gravest
from radar_pipeline.report.site.index.health import health
from radar_pipeline.report.site.index.heatmap import BAND_NAMES, heat_map
from radar_pipeline.report.site.index.movers import movers, moves
from radar_pipeline.report.site.index.portfolio import IndexExtras, Portfolio
from radar_pipeline.report.site.limits import held_by_limits
from radar_pipeline.report.site.links import relative
from radar_pipeline.report.site.questions import questions
from radar_pipeline.report.site.tables import Arranged, Counts, Row, Tables
from radar_pipeline.report.site.view import FrameworkView, framework_view

OPEN_CARDS = 8  # of the gravest, shown in full; the rest is folded
OPEN_DOMAINS = 120  # requirements up to which the list of all is unfolded
LONG_LIST = 25  # changes up to which their list is unfolded
MOVERS_SHOWN = 6  # each way; the rest is folded
GRAVE_SHOWN = 12  # of the gravest over all tenants
GRAVE_FOLDED = 28  # more of them, folded; the rest stands in the tenants' pages
MANY = 12  # tenants above which they are also listed by name, and an entry's tenants are folded


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
    return frame.render(
        "tenant.html.j2",
        tenant=extras.tenant_name or tenant_id,
        tenant_id=tenant_id,
        about=[part for part in (extras.industry, ", ".join(extras.jurisdictions)) if part],
        frameworks=frameworks,
        documents=documents(data),
        missing=missing(data),
        held=held_by_limits(data),
        chores=chores(data),
        questions=questions(data, extras.contexts),
        index_href=relative(extras.index_href),
        open_cards=OPEN_CARDS,
        open_domains=OPEN_DOMAINS,
        long_list=LONG_LIST,
    )


def render_index(tables: Tables, extras: IndexExtras | None = None) -> str:
    """One page over all tenants and frameworks, from the portfolio's tables.

    Reads the current rows of ``framework_scores``, ``assessments``, ``findings``, ``requirements`` and
    ``documents``, and ``sweeps``, ``verdict_changes``, ``tenants`` and ``framework_scores_history``;
    any of them may be missing, and may lack rows of which the index says nothing (``sweep/page.py``).
    """
    data = Portfolio(tables, extras or IndexExtras())
    found = moves(data)
    return frame.render(
        "index.html.j2",
        health=health(data),
        totals=_totals(list(data.counted.values())),
        heat=heat_map(data, found),
        bands=list(enumerate(BAND_NAMES)),
        movers=movers(found),
        grave=gravest(data),
        gaps=gaps(data),
        organisations=len(data.active),
        frameworks=len({framework for _, framework in data.counted}),
        first=MOVERS_SHOWN,
        top=GRAVE_SHOWN,
        rest=GRAVE_FOLDED,
        many=MANY,
    )


# ── The tenant's page ─────────────────────────────────────────────────────────────────────────


def _with_charts(view: FrameworkView) -> FrameworkView:
    bars = [domain.bar for domain in view.domains]
    if not bars:
        return view
    label = describe(bars, view.name)
    return replace(view, charts=[stacked_bars(bars, label), stacked_bars(bars, label, narrow=True)])


# ── The index ─────────────────────────────────────────────────────────────────────────────────


def _totals(scores: Sequence[Row]) -> Counts:
    """Verdicts of all tenants together."""
    each = [Counts.of(row) for row in scores]
    return Counts(*(sum(getattr(c, name) for c in each) for name in Counts.__dataclass_fields__))
