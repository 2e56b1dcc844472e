"""The operations store's records as plain values."""

from collections.abc import Iterable, Mapping, Sequence
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
class Try:
    """One sweep's try at a tenant; ``state`` is done, failed or started (it was cut short).

    ``input_key`` is known of failed ones: what was tried (see ``sweep.watch``). ``ended_at`` of one
    cut short is when its last stage began.
    """

    sweep_id: str
    state: str
    input_key: str
    reason: str
    began_at: datetime
    ended_at: datetime


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


def tries_of(stages: Iterable[StageRecord]) -> list[Try]:
    """The tries that a tenant's stages make up, in the order of their first stages."""
    by_sweep: dict[str, list[StageRecord]] = {}
    for stage in stages:
        by_sweep.setdefault(stage.sweep_id, []).append(stage)
    return [_try(sweep_id, stages) for sweep_id, stages in by_sweep.items()]


def _try(sweep_id: str, stages: Sequence[StageRecord]) -> Try:
    moments = [at for stage in stages for at in (stage.started_at, stage.finished_at) if at]
    bad = next((s for state in ("failed", "started") for s in stages if s.state == state), None)
    return Try(
        sweep_id=sweep_id,
        state=bad.state if bad else "done",
        input_key=bad.input_key if bad else "",
        reason=bad.reason if bad else "",
        began_at=min(moments),
        ended_at=max(moments),
    )


def without_tenant(scope: Mapping[str, Any], tenant: str) -> dict[str, Any] | None:
    """A sweep's scope with the tenant left out; None if it does not name it."""
    named = scope.get("tenants")
    if not isinstance(named, list) or tenant not in named:
        return None
    return {**scope, "tenants": [slug for slug in named if slug != tenant]}
