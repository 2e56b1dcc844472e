"""The pages: a tenant's from its staged release, the index from the published portfolio."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.models import Document, Framework, Tenant
from radar_pipeline.report.site.context import contexts
from radar_pipeline.report.site.index.portfolio import IndexExtras, TenantFailure
from radar_pipeline.report.site.pages import PageExtras, render_index, render_tenant
from radar_pipeline.settings import Settings
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.storage.warehouse import TenantReport
from radar_pipeline.sweep import index_rows


def tenant_page(
    tenant: Tenant,
    staged: Path,
    settings: Settings,
    frameworks: Mapping[str, Framework],
    documents: DocumentFiles,
) -> str:
    """The page of a release that is about to be published; quotes are shown in their paragraph."""
    tables = TenantReport.current(staged) | TenantReport.departed(staged)

    def document_of(version_id: str) -> Document | None:
        try:
            return documents.get(version_id)
        except StoreError:  # damaged: its quotes are shown without their paragraph
            return None

    extras = PageExtras(
        tenant_name=tenant.name,
        industry=tenant.industry,
        jurisdictions=tenant.jurisdictions,
        framework_names={f.framework_id: f.name for f in frameworks.values()},
        contexts=contexts([*tables["evidence"], *tables["standing_answer_quotes"]], document_of),
        previous_scores=_previous_scores(staged),
        # As a browser sees it: from tenants/<slug>/published/, which it takes for a plain folder.
        index_href="../../../portfolio/published/index.html",
    )
    return render_tenant(tables, extras)


def _previous_scores(staged: Path) -> dict[str, float | None]:
    """By framework, the score at its publication before: a sweep need not publish all of them."""
    newest = {row["framework_id"]: row for row in TenantReport.view(staged, "trend")}  # oldest first
    return {f: row["previous_score"] if row["delta"] is not None else None for f, row in newest.items()}


def index_page(
    settings: Settings,
    tenants: Mapping[str, str],
    frameworks: Mapping[str, str],
    failures: Mapping[str, tuple[str, str]],
    bound: Mapping[str, Collection[str]] | None = None,
    left_out: Collection[str] = (),
) -> str:
    """All tenants and frameworks: names by slug and id, failures as (message, remedy) by slug.

    ``bound``: the frameworks of each tenant, which tells one that does not bind it from one that
    has no report yet; None: only what is published is known. ``left_out``: tenants of whom the
    page must not speak, whatever is published.
    """
    folder = settings.portfolio / "published"
    tables = {
        table: [row for row in rows if row["tenant_id"] not in left_out]
        for table, rows in index_rows.read(settings.portfolio).items()
    }
    slugs = {row["tenant_id"] for row in tables["framework_scores"]}
    links = {
        slug: os.path.relpath(settings.tenant_home(slug) / "published" / "index.html", folder)
        for slug in slugs
    }
    extras = IndexExtras(
        tenant_names=dict(tenants),
        framework_names=dict(frameworks),
        links=links,
        failures=[TenantFailure(slug, *words) for slug, words in sorted(failures.items())],
        bound=bound,
    )
    return render_index(tables, extras)
