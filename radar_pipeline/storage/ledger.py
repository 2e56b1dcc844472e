"""The operations store's records as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a tenant. ``token`` grows with every acquisition (a fencing token)."""

    tenant_id: str
    token: int
    holder: str
    sweep_id: str
    acquired_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """A sweep; ``state`` is running, succeeded, failed or interrupted."""

    sweep_id: str
    as_of: date
    scope: Mapping[str, Any]
    trigger: str
    holder: str
    state: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StageRecord:
    """A stage of a tenant in a sweep; ``state`` is started, done, failed, skipped or unchanged."""

    sweep_id: str
    tenant_id: str
    stage: str
    state: str
    input_key: str
    counts: Mapping[str, Any]
    reason: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class PublicationRecord:
    """What a sweep made visible of one (tenant, framework)."""

    tenant_id: str
    framework_id: str
    sweep_id: str
    input_key: str
    release: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class TenantState:
    """A tenant at a glance: its newest stage in the ledger, and what is published of it."""

    tenant_id: str
    last_stage: StageRecord | None
    publications: tuple[PublicationRecord, ...]
    lease: Lease | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Something done to a tenant's data that must stay known."""

    at: datetime
    action: str
    tenant_id: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """All that is kept of an erased tenant."""

    tenant_id: str
    erasure_id: str
    erased_at: datetime


def without_tenant(scope: Mapping[str, Any], tenant: str) -> dict[str, Any] | None:
    """A sweep's scope with the tenant left out; None if it does not name it."""
    named = scope.get("tenants")
    if not isinstance(named, list) or tenant not in named:
        return None
    return {**scope, "tenants": [slug for slug in named if slug != tenant]}
