"""Bring the portfolio up to what the tenants have published: tables, then the index page."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.files import read_json, write_json, write_text
from radar_pipeline.sweep import page
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Counts


def publish(environment: Environment, failures: Mapping[str, tuple[str, str]]) -> Counts:
    """Load every tenant's newest release; returns counts, empty if there was nothing to load.

    ``failures``: (message, remedy) of the tenants that failed in this sweep, for the index page.
    """
    settings = environment.settings
    home = settings.home / "tenants"
    published = _published(home)
    if not published:
        return {}
    counts = warehouse.load_portfolio(settings.portfolio, published, home)
    index = settings.portfolio / "published" / "index.html"
    shown = settings.portfolio / "published" / "failures.json"
    told = {slug: list(words) for slug, words in failures.items()}
    if not counts and index.exists() and (read_json(shown) or {}) == told:
        return {}
    names = {tenant.slug: tenant.name for tenant in environment.tenants}
    bound = {scope.framework_id for tenant in environment.tenants for scope in tenant.frameworks}
    frameworks = {framework_id: environment.framework(framework_id).name for framework_id in sorted(bound)}
    write_text(index, page.index_page(settings, names, frameworks, failures))
    write_json(shown, told)
    return {"tenants_loaded": counts.loaded, "tenants": len(published)}


def _published(home: Path) -> dict[str, str]:
    """The published sweep of each tenant. One whose release is damaged is left as the portfolio has
    it: its own sweep has said so, and the others must not wait for its mending."""
    published = {}
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        with suppress(StoreError):
            release = warehouse.published_release(folder)
            if release is not None:
                published[folder.name] = release.sweep_id
    return published
