"""The operations store: ledger, leases, audit. SQLite or PostgreSQL by the same code.

The only module, with its migrations, that knows SQLAlchemy and Alembic. Holds ids, numbers and closed
words, never a tenant's text.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from radar_pipeline.errors import LeaseHeldError, LeaseLostError
from radar_pipeline.storage import holder as holders
from radar_pipeline.storage.ledger import (
    AuditRecord,
    Lease,
    PublicationRecord,
    StageRecord,
    SweepRecord,
    TenantState,
    Tombstone,
    Try,
    tries_of,
    without_tenant,
)
from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.migrations.operations.database import Database

__all__ = ["Lease", "Operations"]

SWEEP_STATES = frozenset({"running", "succeeded", "failed", "interrupted"})
STAGE_STATES = frozenset({"started", "done", "failed", "skipped", "unchanged"})
STAGES_OF_A_TRY = 6  # the five stages, and the tidying after them
RETIRED, RETURNED = "retired", "returned"  # audited when a tenant leaves tenants.yaml, or comes back

_FREE = {"holder": None, "sweep_id": None, "acquired_at": None, "expires_at": None}


class Operations:
    """The store at an SQLAlchemy URL, created or migrated at first use."""

    def __init__(self, url: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = Database(url)
        self._clock = clock

    # ── Sweeps and stages ─────────────────────────────────────────────────────────────────────

    def begin_sweep(
        self, sweep_id: str, as_of: date, scope: Mapping[str, Any], trigger: str, holder: str
    ) -> None:
        """Note that a sweep runs in the process ``holder``."""
        row = {"as_of": as_of, "scope": _json(scope), "trigger": trigger, "holder": holder}
        row |= {"state": "running", "started_at": self._clock(), "finished_at": None}
        with self._db.write() as con:
            _put(con, t.SWEEPS, {"sweep_id": sweep_id}, row)

    def finish_sweep(self, sweep_id: str, state: str) -> None:
        """Note how a sweep ended: succeeded, failed or interrupted."""
        _check(state, SWEEP_STATES)
        with self._db.write() as con:
            con.execute(
                sa.update(t.SWEEPS)
                .where(t.SWEEPS.c.sweep_id == sweep_id)
                .values(state=state, finished_at=self._clock())
            )

    def interrupt_dead_sweeps(self, is_alive: Callable[[str], bool]) -> list[str]:
        """Mark running sweeps whose process is gone as interrupted; returns their ids."""
        running = sa.select(t.SWEEPS.c.sweep_id, t.SWEEPS.c.holder).where(t.SWEEPS.c.state == "running")
        dead = [row.sweep_id for row in self._db.read(running) if not is_alive(row.holder)]
        if dead:
            with self._db.write() as con:
                con.execute(
                    sa.update(t.SWEEPS)
                    .where(t.SWEEPS.c.sweep_id.in_(dead), t.SWEEPS.c.state == "running")
                    .values(state="interrupted", finished_at=self._clock())
                )
        return sorted(dead)

    def record_stage(
        self,
        sweep_id: str,
        tenant: str,
        stage: str,
        state: str,
        input_key: str = "",
        counts: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        """Note where a tenant's stage stands; ``reason`` must hold no tenant's text."""
        _check(state, STAGE_STATES)
        now = self._clock()
        row: dict[str, Any] = {"state": state, "counts": _json(counts or {}), "reason": reason}
        row["finished_at"] = None if state == "started" else now
        key = {"sweep_id": sweep_id, "tenant_id": tenant, "stage": stage}
        with self._db.write() as con:
            found = con.execute(sa.select(t.STAGES.c.input_key).filter_by(**key)).first()
            if found is None or state == "started":
                row["started_at"] = now
            row["input_key"] = input_key or (found.input_key if found else "")
            _put(con, t.STAGES, key, row)

    def record_publication(self, sweep_id: str, tenant: str, framework: str, key: str, release: str) -> None:
        """Note that a sweep made a (tenant, framework) visible."""
        row = {"input_key": key, "release": release, "published_at": self._clock()}
        with self._db.write() as con:
            _put(
                con,
                t.PUBLICATIONS,
                {"tenant_id": tenant, "framework_id": framework, "sweep_id": sweep_id},
                row,
            )

    def last_publications(self) -> list[PublicationRecord]:
        """The newest publication of each (tenant, framework)."""
        rows = self._db.read(sa.select(t.PUBLICATIONS).order_by(t.PUBLICATIONS.c.sweep_id))
        newest = {(row.tenant_id, row.framework_id): PublicationRecord(**row._mapping) for row in rows}
        return [newest[key] for key in sorted(newest)]

    def sweeps(self, limit: int = 20) -> list[SweepRecord]:
        """The newest sweeps, newest first."""
        order = sa.select(t.SWEEPS).order_by(t.SWEEPS.c.sweep_id.desc())  # a clock may have been set back
        return [
            SweepRecord(**{**row._mapping, "scope": json.loads(row.scope)})
            for row in self._db.read(order.limit(limit))
        ]

    def newest_sweep_id(self) -> str:
        """The greatest id of a sweep; empty before the first."""
        return str(self._db.read(sa.select(sa.func.max(t.SWEEPS.c.sweep_id).label("id")))[0].id or "")

    def stages(self, sweep_id: str) -> list[StageRecord]:
        """The stages of a sweep, in the order they began."""
        columns = t.STAGES.c
        query = sa.select(t.STAGES).where(columns.sweep_id == sweep_id)
        return [_stage(row) for row in self._db.read(query.order_by(columns.started_at, columns.tenant_id))]

    def tenant_states(self) -> list[TenantState]:
        """Every tenant the ledger knows, at a glance."""
        newest: dict[str, StageRecord] = {}
        columns = t.STAGES.c
        latest = (
            sa.select(columns.tenant_id, sa.func.max(columns.sweep_id).label("sweep_id"))
            .group_by(columns.tenant_id)
            .subquery()
        )
        query = sa.select(t.STAGES).join(
            latest, (columns.tenant_id == latest.c.tenant_id) & (columns.sweep_id == latest.c.sweep_id)
        )
        for row in self._db.read(query.order_by(columns.started_at, columns.stage)):
            newest[row.tenant_id] = _stage(row)
        published: dict[str, list[PublicationRecord]] = {}
        for publication in self.last_publications():
            published.setdefault(publication.tenant_id, []).append(publication)
        held = {lease.tenant_id: lease for lease in self.leases()}
        return [
            TenantState(slug, newest.get(slug), tuple(published.get(slug, ())), held.get(slug))
            for slug in sorted(newest.keys() | published.keys() | held.keys())
        ]

    def tries(self, tenant: str, limit: int = 10) -> list[Try]:
        """How a tenant's last tries ended, newest first.

        Skipped ones tried nothing and are left out, and so is what a running sweep does just now.
        """
        columns = t.STAGES.c
        query = (
            sa.select(t.STAGES)
            .join(t.SWEEPS, columns.sweep_id == t.SWEEPS.c.sweep_id)
            .where(columns.tenant_id == tenant, columns.state != "skipped", t.SWEEPS.c.state != "running")
            .order_by(columns.sweep_id.desc(), columns.started_at)
        )
        rows = self._db.read(query.limit(limit * STAGES_OF_A_TRY))
        return tries_of([_stage(row) for row in rows])[:limit]

    # ── Leases ────────────────────────────────────────────────────────────────────────────────

    def acquire_lease(
        self, tenant: str, holder: str, sweep_id: str, seconds: float, is_alive: Callable[[str], bool]
    ) -> Lease:
        """Take the tenant's lease; LeaseHeldError names who has it.

        It is free when nobody has it, when it expired, or when its holder is dead.
        """
        columns = t.LEASES.c
        self._ensure_lease_row(tenant)
        while True:
            row = self._db.read(sa.select(t.LEASES).where(columns.tenant_id == tenant))[0]
            now = self._clock()
            if row.holder is not None and row.expires_at > now and is_alive(row.holder):
                raise _held(row)
            lease = Lease(tenant, row.token + 1, holder, sweep_id, now, now + timedelta(seconds=seconds))
            # Compare and swap on all that made it look free: whoever is second changes no row.
            unchanged = sa.and_(
                columns.tenant_id == tenant,
                columns.token == row.token,
                columns.holder.is_not_distinct_from(row.holder),
                columns.expires_at.is_not_distinct_from(row.expires_at),
            )
            with self._db.write() as con:
                values = {
                    n: getattr(lease, n) for n in ("token", "holder", "sweep_id", "acquired_at", "expires_at")
                }
                if con.execute(sa.update(t.LEASES).where(unchanged).values(**values)).rowcount == 1:
                    return lease

    def renew_lease(self, lease: Lease, seconds: float) -> None:
        """Hold it for ``seconds`` from now; LeaseLostError if somebody else took it meanwhile."""
        expires = self._clock() + timedelta(seconds=seconds)
        with self._db.write() as con:
            done = con.execute(sa.update(t.LEASES).where(_mine(lease)).values(expires_at=expires)).rowcount
        if done != 1:
            raise LeaseLostError(
                f"The lease on tenant {lease.tenant_id} expired and was taken by another sweep.",
                remedy="Nothing more was written; run `radar status` to see who works on it.",
            )

    def release_lease(self, lease: Lease) -> None:
        """Give it back; one that was lost already is left alone."""
        with self._db.write() as con:
            con.execute(sa.update(t.LEASES).where(_mine(lease)).values(**_FREE))

    def release_leases(self, sweep_id: str) -> None:
        """Give back whatever a sweep still holds: an interrupt may fall between taking a lease and
        knowing it."""
        with self._db.write() as con:
            con.execute(sa.update(t.LEASES).where(t.LEASES.c.sweep_id == sweep_id).values(**_FREE))

    def leases(self) -> list[Lease]:
        """The leases somebody holds, expired ones included."""
        columns = t.LEASES.c
        rows = self._db.read(
            sa.select(t.LEASES).where(columns.holder.is_not(None)).order_by(columns.tenant_id)
        )
        return [Lease(**row._mapping) for row in rows]

    def _ensure_lease_row(self, tenant: str) -> None:
        columns = t.LEASES.c
        if self._db.read(sa.select(columns.token).where(columns.tenant_id == tenant)):
            return
        try:
            with self._db.write() as con:
                con.execute(sa.insert(t.LEASES).values(tenant_id=tenant, token=0))
        except IntegrityError:
            return  # another process was first

    # ── Audit and erasure ─────────────────────────────────────────────────────────────────────

    def audit(self, action: str, tenant: str, detail: Mapping[str, Any]) -> None:
        """Note what was done to a tenant's data; ``detail`` must hold no tenant's text."""
        row = {"at": self._clock(), "action": action, "tenant_id": tenant, "detail": _json(detail)}
        with self._db.write() as con:
            con.execute(sa.insert(t.AUDIT).values(**row))

    def audits(self, limit: int = 100) -> list[AuditRecord]:
        """The newest audit records, newest first."""
        query = sa.select(t.AUDIT).order_by(t.AUDIT.c.audit_id.desc()).limit(limit)
        return [AuditRecord(r.at, r.action, r.tenant_id, json.loads(r.detail)) for r in self._db.read(query)]

    def retired(self) -> frozenset[str]:
        """Tenants that left tenants.yaml and have not come back; nothing of them is deleted."""
        columns = t.AUDIT.c
        query = sa.select(columns.tenant_id, columns.action).where(columns.action.in_((RETIRED, RETURNED)))
        last = {row.tenant_id: row.action for row in self._db.read(query.order_by(columns.audit_id))}
        return frozenset(slug for slug, action in last.items() if action == RETIRED)

    def tombstone(self, tenant: str, erasure_id: str) -> None:
        """Note that a tenant was erased, and nothing else of it."""
        with self._db.write() as con:
            _put(
                con,
                t.TOMBSTONES,
                {"tenant_id": tenant, "erasure_id": erasure_id},
                {"erased_at": self._clock()},
            )

    def lift_tombstone(self, tenant: str) -> None:
        """Forget that a tenant was erased, so that it may be swept again; the audit still knows."""
        with self._db.write() as con:
            con.execute(sa.delete(t.TOMBSTONES).where(t.TOMBSTONES.c.tenant_id == tenant))

    def tombstones(self) -> list[Tombstone]:
        """All erasures, oldest first."""
        query = sa.select(t.TOMBSTONES).order_by(t.TOMBSTONES.c.erased_at)
        return [Tombstone(**row._mapping) for row in self._db.read(query)]

    def erase_tenant(self, tenant: str, erasure_id: str = "") -> None:
        """Delete every row of a tenant and leave one tombstone. Its lease stays: it is being held."""
        with self._db.write() as con:
            for table in (t.STAGES, t.PUBLICATIONS, t.AUDIT, t.TOMBSTONES):
                con.execute(sa.delete(table).where(table.c.tenant_id == tenant))
            for row in con.execute(sa.select(t.SWEEPS.c.sweep_id, t.SWEEPS.c.scope)).all():
                scope = without_tenant(json.loads(row.scope), tenant)
                if scope is not None:
                    con.execute(
                        sa.update(t.SWEEPS)
                        .where(t.SWEEPS.c.sweep_id == row.sweep_id)
                        .values(scope=_json(scope))
                    )
            now = self._clock()
            stone = {
                "tenant_id": tenant,
                "erasure_id": erasure_id or f"{now:%Y%m%dT%H%M%SZ}",
                "erased_at": now,
            }
            con.execute(sa.insert(t.TOMBSTONES).values(**stone))

    def close(self) -> None:
        """Give back all connections."""
        self._db.close()


def _put(con: Connection, table: sa.Table, key: dict[str, Any], row: dict[str, Any]) -> None:
    """Update the row with this key, or insert it."""
    if con.execute(sa.update(table).filter_by(**key).values(**row)).rowcount == 0:
        con.execute(sa.insert(table).values(**key, **row))


def _mine(lease: Lease) -> sa.ColumnElement[bool]:
    columns = t.LEASES.c
    return sa.and_(
        columns.tenant_id == lease.tenant_id,
        columns.token == lease.token,
        columns.holder == lease.holder,
    )


def _stage(row: Row[Any]) -> StageRecord:
    return StageRecord(**{**row._mapping, "counts": json.loads(row.counts)})


def _held(row: Row[Any]) -> LeaseHeldError:
    return LeaseHeldError(
        f"Tenant {row.tenant_id} is being worked on by {holders.describe(row.holder)} "
        f"since {row.acquired_at:%Y-%m-%d %H:%M:%S} UTC (sweep {row.sweep_id}).",
        remedy="Wait until it has finished, or stop it; a dead sweep's lease is taken over by itself.",
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _check(state: str, known: frozenset[str]) -> None:
    if state not in known:
        raise ValueError(f"No such state: {state}.")
