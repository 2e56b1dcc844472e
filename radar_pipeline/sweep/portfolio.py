"""What all tenants share, brought up to what is published: tables, then the index page."""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from radar_pipeline.errors import RadarError, StoreError
from radar_pipeline.models import Tenant
from radar_pipeline.storage import holder, warehouse
from radar_pipeline.storage import portfolio as storage
from radar_pipeline.storage.files import read_json, write_json, write_text
from radar_pipeline.storage.ledger import TenantState
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.portfolio import Shown
from radar_pipeline.storage.warehouse import ReleaseInfo
from radar_pipeline.sweep import metrics, page, prompt_tables
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Counts, Stage
from radar_pipeline.tenancy import erase

LOG = logging.getLogger(__name__)


def publish(environment: Environment, failures: Mapping[str, tuple[str, str]]) -> Counts:
    """Load every tenant's newest release and how its last sweep ended; returns counts, empty if there
    was nothing to load.

    ``failures``: (message, remedy) of the tenants that failed in this sweep, for the index page.
    """
    settings = environment.settings
    home = settings.home / "tenants"
    published = _published(home)
    tenants = _tenants(environment, published)
    if not published and not tenants:
        return {}
    releases = {slug: release.sweep_id for slug, release in published.items()}
    erased = partial(erase.erased, environment.operations)
    shown = storage.shown(settings.portfolio)
    by_day = metrics.by_day(environment, shown.days if shown else {})
    prompts = _prompts(environment, shown)
    counts = warehouse.load_portfolio(settings.portfolio, releases, home, tenants, erased, by_day, prompts)
    wrote = bool(counts)
    if counts.loaded and prompt_tables.follow_reports(environment):
        prompts = _prompts(environment, storage.shown(settings.portfolio))
        warehouse.load_portfolio(settings.portfolio, {}, home, erased=erased, mirrored=prompts)
    while True:  # an erasure beside us removes the page before or after we write it: look again
        gone = erased()
        kept = {slug: words for slug, words in failures.items() if slug not in gone}
        wrote = _write_index(environment, kept, gone, anew=wrote) or wrote
        if erased() == gone:
            break
    return {"tenants_loaded": counts.loaded, "tenants": len(published)} if wrote else {}


def publish_evaluations(environment: Environment) -> Counts:
    """Load what changed of prompts, their evaluations, experiments and feedback, and nothing else; returns
    counts, empty if nothing did. The index page tells nothing of them, and stays.

    Raises StoreError for a file under ``RADAR_HOME/evals`` that is damaged.
    """
    settings = environment.settings
    rows = prompt_tables.gather(environment, storage.shown(settings.portfolio))
    erased = partial(erase.erased, environment.operations)
    home = settings.home / "tenants"
    counts = warehouse.load_portfolio(settings.portfolio, {}, home, erased=erased, mirrored=rows)
    return {name: len(found) for name, found in rows.tables.items()} if counts.published else {}


def _prompts(environment: Environment, shown: Shown | None) -> MirrorRows | None:
    """A night's reports do not wait for the mending of what only tells how prompts were evaluated."""
    try:
        return prompt_tables.gather(environment, shown)
    except RadarError as error:
        LOG.warning("The tables of prompts stay as they are: %s", error)
        return None
    except Exception as error:  # a file of another making, or a defect of ours: the same holds
        if environment.settings.debug:
            raise
        LOG.warning("The tables of prompts stay as they are: %s", type(error).__name__)
        return None


def _write_index(
    environment: Environment, failures: Mapping[str, tuple[str, str]], gone: Collection[str], *, anew: bool
) -> bool:
    """Write the index page, if it must be new or there is another failure to tell; whether it did."""
    settings = environment.settings
    index = settings.portfolio / "published" / "index.html"
    shown = settings.portfolio / "published" / "failures.json"
    told = {slug: list(words) for slug, words in failures.items()}
    if not anew and index.exists() and (read_json(shown) or {}) == told:
        return False
    tenants = [tenant for tenant in environment.tenants if tenant.slug not in gone]
    names = {tenant.slug: tenant.name for tenant in tenants}
    scopes = {tenant.slug: [scope.framework_id for scope in tenant.frameworks] for tenant in tenants}
    frameworks = {name: _name(environment, name) for name in sorted({f for b in scopes.values() for f in b})}
    write_text(index, page.index_page(settings, names, frameworks, failures, scopes, gone))
    write_json(shown, told)
    return True


def _name(environment: Environment, framework_id: str) -> str:
    """Its id stands for a catalog that is just broken: its tenants have failed and said so, and the
    others' page must not wait for its mending."""
    try:
        return environment.framework(framework_id).name
    except RadarError:
        return framework_id


def _published(home: Path) -> dict[str, ReleaseInfo]:
    """The published release of each tenant. One whose release is damaged is left as the portfolio has
    it: its own sweep has said so, and the others must not wait for its mending."""
    published = {}
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        with suppress(StoreError):
            release = warehouse.published_release(folder)
            if release is not None:
                published[folder.name] = release
    return published


# ── The table of tenants ──────────────────────────────────────────────────────────────────────


def _tenants(environment: Environment, published: Mapping[str, ReleaseInfo]) -> list[dict[str, Any]]:
    """A row for each tenant of tenants.yaml, never swept ones included. One erased while this sweep
    ran has none."""
    states = {state.tenant_id: state for state in environment.operations.tenant_states()}
    erased = erase.erased(environment.operations)
    return [
        _row(tenant, states.get(tenant.slug), published.get(tenant.slug))
        for tenant in environment.tenants
        if tenant.slug not in erased
    ]


def _row(tenant: Tenant, state: TenantState | None, release: ReleaseInfo | None) -> dict[str, Any]:
    outcome, stage, reason = _outcome(state, release)
    return {
        "tenant_id": tenant.slug,
        "name": tenant.name,
        "industry": tenant.industry,
        "jurisdictions": list(tenant.jurisdictions),
        "plan": tenant.plan,
        "state": "active",
        "last_sweep_id": state.last_stage.sweep_id if state and state.last_stage else None,
        "last_outcome": outcome,
        "failed_stage": stage,
        "failure_reason": reason,
        "published_at": release.published_at if release else None,
    }


def _outcome(state: TenantState | None, release: ReleaseInfo | None) -> tuple[str, str | None, str | None]:
    """How the tenant's newest sweep ended, in which stage it failed, and why."""
    last = state.last_stage if state else None
    if last is None or state is None:
        return ("published" if release else "never"), None, None
    if last.state in ("unchanged", "skipped", "failed"):
        stage = last.stage if last.state == "failed" else None
        return last.state, stage, _class(last.reason) if last.state != "unchanged" else None
    if last.state == "done" and last.stage == Stage.BLINDSPOT_REPORT:
        return "published", None, None
    if state.lease is not None and holder.is_alive(state.lease.holder):
        # Another sweep works on it at this moment; until it ends, what it published before counts.
        return ("published" if release else "never"), None, None
    return "failed", last.stage, "Interrupted"


def _class(reason: str) -> str:
    """The class of an error out of the ledger's ``Class: message``; the message stays in the ledger."""
    name = reason.partition(":")[0]
    return name if name.isidentifier() else "Unknown"
