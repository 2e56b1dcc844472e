"""What was done to tenants' data, and what stays known of those erased."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from radar_pipeline.storage.ledger import AuditRecord, Tombstone
from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.part import Part, dumps, put

RETIRED, RETURNED = "retired", "returned"  # audited when a tenant leaves tenants.yaml, or comes back


class Audits(Part):
    """Audit records and tombstones."""

    def audit(self, action: str, tenant: str, detail: Mapping[str, Any]) -> None:
        """Note what was done to a tenant's data; ``detail`` must hold no tenant's text."""
        row = {"at": self._clock(), "action": action, "tenant_id": tenant, "detail": dumps(detail)}
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
            put(
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
