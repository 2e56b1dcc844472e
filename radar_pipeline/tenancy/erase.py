"""Forgetting a tenant: its folder, its rows in every shared store, and one tombstone left behind."""

from collections.abc import Callable
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.settings import Settings
from radar_pipeline.storage import holder, warehouse
from radar_pipeline.storage.files import remove_tree, storing
from radar_pipeline.storage.operations import Operations


def erase(
    settings: Settings,
    operations: Operations,
    slug: str,
    withdraw: Callable[[], object] = lambda: None,
) -> str:
    """Erase everything the radar stored of a tenant; returns the erasure's id.

    The tenant's lease is held meanwhile, so no sweep writes beside it; and it is a tombstone before
    anything is removed, so that no sweep under way brings it back. The source folder is not touched:
    it is its owner's. Killed half way, it can simply be run again. ``withdraw`` takes back what others hold
    of it, such as batches at models' providers, before the radar forgets where that is.

    Raises UnknownNameError if nothing is stored of it, LeaseHeldError if a sweep works on it.
    """
    slug = ids.tenant_slug(slug)
    home = settings.tenant_home(slug)
    if not home.exists() and not _known(settings, operations, slug):
        raise UnknownNameError(
            f"Nothing is stored of tenant {slug!r}.", remedy="Run `radar status` to see who is known."
        )
    erasure_id = ids.new_sweep_id()
    lease = operations.acquire_lease(
        slug, holder.this_holder(), erasure_id, settings.lease_seconds, holder.is_alive
    )
    try:
        operations.tombstone(slug, erasure_id)
        withdraw()
        remove_tree(home)
        warehouse.erase_from_portfolio(settings.portfolio, slug)
        _remove_derived(settings.portfolio)
        operations.erase_tenant(slug, erasure_id)
    finally:
        operations.release_lease(lease)
    return erasure_id


def erased(operations: Operations) -> frozenset[str]:
    """Tenants that were erased and not readmitted since."""
    return frozenset(stone.tenant_id for stone in operations.tombstones())


def readmit(operations: Operations, slug: str) -> None:
    """Let an erased tenant be swept again; the audit keeps that it was erased.

    Raises UnknownNameError if it was not erased.
    """
    if ids.tenant_slug(slug) not in erased(operations):
        raise UnknownNameError(
            f"Tenant {slug!r} was not erased.", remedy="Nothing is to be done: the next sweep reads it."
        )
    operations.lift_tombstone(slug)
    operations.audit("readmitted", slug, {})


def _known(settings: Settings, operations: Operations, slug: str) -> bool:
    states = {state.tenant_id for state in operations.tenant_states()}
    return (
        slug in states
        or any(settings.portfolio.glob(f"inbox/*/{slug}"))
        or warehouse.is_in_portfolio(settings.portfolio, slug)  # listed, and never swept
    )


def _remove_derived(folder: Path) -> None:
    """The index page, what it tells of failures and what the checks remember may name the tenant; all
    are made anew."""
    for path in ("published/index.html", "published/failures.json", "work/checked.json"):
        with storing(folder / path):
            (folder / path).unlink(missing_ok=True)
