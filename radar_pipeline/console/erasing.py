"""``radar tenants erase`` and ``readmit``."""

from radar_pipeline.errors import RadarError
from radar_pipeline.evals import runs
from radar_pipeline.evals.page import site
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.tenancy import erase as erasure


def erase(settings: Settings, slug: str) -> str:
    """Erase a tenant from every store and from Dagster; returns what to tell the person."""
    from radar_pipeline.defs.partitions import forget_tenant

    operations, left = Operations(settings.operations), list[str]()
    erasure_id = erasure.erase(
        settings, operations, slug, lambda: left.extend(_withdraw(settings, operations, slug))
    )
    _forget_evaluations(settings, slug)  # again: what was being evaluated ended while its folder was there
    forget_tenant(slug)
    told = (
        f"Tenant {slug} is erased ({erasure_id}): its texts, vectors, judgements, reports and rows.\n"
        f"Its source folder is untouched: deleting that is its owner's to do. Remove {slug} from "
        "tenants.yaml;\nuntil then sweeps leave it out (`radar tenants readmit` lets it in again)."
    )
    if left:
        told += (
            "\nSomething of it may be left at the provider, so cancel and delete it there: batch "
            f"{', '.join(left)}."
        )
    return told


def readmit(settings: Settings, slug: str) -> str:
    """Lift the tombstone of an erased tenant."""
    erasure.readmit(Operations(settings.operations), slug)
    return f"Tenant {slug} will be swept again."


def _withdraw(settings: Settings, operations: Operations, slug: str) -> tuple[str, ...]:
    """Take the tenant's cases out of all evaluations and stop its batches; returns those of which a person
    has to delete what is left."""
    _forget_evaluations(settings, slug)
    open_ones = operations.batches.open_batches(slug)
    if not open_ones:
        return ()  # most tenants have none: nothing of models.yaml or the SDKs is needed

    from radar_pipeline.sweep.batching import polling
    from radar_pipeline.sweep.batching.office import Office
    from radar_pipeline.sweep.judges import open_models

    try:
        models = open_models(settings, operations, {})
    except RadarError:  # a broken models.yaml keeps nobody from being forgotten
        models = None
    return polling.withdraw(Office(settings, operations, models), slug)


def _forget_evaluations(settings: Settings, slug: str) -> None:
    runs.forget(settings.home, slug)
    site.forget(settings.home)  # its pages name the tenant's cases
