"""Leases on tenants: with heartbeat, expiry and a fencing token."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from radar_pipeline.errors import LeaseHeldError, LeaseLostError
from radar_pipeline.storage import holder as holders
from radar_pipeline.storage.ledger import Lease
from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.part import Part

_FREE = {"holder": None, "sweep_id": None, "acquired_at": None, "expires_at": None}


class Leases(Part):
    """Who may write for a tenant."""

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


def _mine(lease: Lease) -> sa.ColumnElement[bool]:
    columns = t.LEASES.c
    return sa.and_(
        columns.tenant_id == lease.tenant_id,
        columns.token == lease.token,
        columns.holder == lease.holder,
    )


def _held(row: Row[Any]) -> LeaseHeldError:
    return LeaseHeldError(
        f"Tenant {row.tenant_id} is being worked on by {holders.describe(row.holder)} "
        f"since {row.acquired_at:%Y-%m-%d %H:%M:%S} UTC (sweep {row.sweep_id}).",
        remedy="Wait until it has finished, or stop it; a dead sweep's lease is taken over by itself.",
    )
