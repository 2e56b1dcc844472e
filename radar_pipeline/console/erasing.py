"""``radar tenants erase`` and ``readmit``."""

from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.tenancy import erase as erasure


def erase(settings: Settings, slug: str) -> str:
    """Erase a tenant from every store and from Dagster; returns what to tell the person."""
    from radar_pipeline.defs.partitions import forget_tenant

    erasure_id = erasure.erase(settings, Operations(settings.operations), slug)
    forget_tenant(slug)
    return (
        f"Tenant {slug} is erased ({erasure_id}): its texts, vectors, judgements, reports and rows.\n"
        f"Its source folder is untouched: deleting that is its owner's to do. Remove {slug} from "
        "tenants.yaml;\nuntil then sweeps leave it out (`radar tenants readmit` lets it in again)."
    )


def readmit(settings: Settings, slug: str) -> str:
    """Lift the tombstone of an erased tenant."""
    erasure.readmit(Operations(settings.operations), slug)
    return f"Tenant {slug} will be swept again."
