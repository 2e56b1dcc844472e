"""A tenant's published report, read for the terminal."""

from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import StoreError
from radar_pipeline.report.summary import Summary, summaries
from radar_pipeline.settings import Settings
from radar_pipeline.storage.warehouse import TenantReport

Tables = dict[str, list[dict[str, Any]]]


def published_tables(settings: Settings, slug: str) -> Tables:
    """Current rows of every table. Raises StoreError if nothing is published of the tenant."""
    rows = TenantReport.current(settings.tenant_home(ids.tenant_slug(slug)) / "published")
    if not rows:
        raise StoreError(
            f"Nothing is published of tenant {slug!r}.",
            remedy=f"Run `radar sweep --tenant {slug}`, or `radar tenants check` to see who is known.",
        )
    return rows


def published_summaries(settings: Settings, slug: str) -> list[Summary]:
    """One summary per framework; empty if nothing is published."""
    published = settings.tenant_home(ids.tenant_slug(slug)) / "published"
    if not published.exists():
        return []
    return summaries(
        TenantReport.current(published) | TenantReport.departed(published),
        page=published / "index.html",
        database=published / "radar.duckdb",
    )
