"""Erasure: every row of a tenant goes, one tombstone stays."""

import json
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from radar_pipeline.storage.ledger import without_tenant
from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.counters import lose
from radar_pipeline.storage.operations.part import dumps

_OF_A_TENANT = (
    *(t.STAGES, t.PUBLICATIONS, t.AUDIT, t.TOMBSTONES),
    *(t.LLM_CALLS, t.LLM_BATCHES, t.FEEDBACK, t.OPINIONS),
)
_OF_A_SCOPE = (t.LLM_COUNTERS, t.LLM_ALERTS)


def erase(con: Connection, tenant: str, erasure_id: str, now: datetime) -> None:
    """Delete the tenant's rows in all tables but the leases, and leave one tombstone.

    What all tenants spent together keeps its sums; calls under way count as billed.
    """
    lose(con, t.LLM_CALLS.c.tenant_id == tenant, now)
    batches = sa.select(t.LLM_BATCHES.c.batch_key).where(t.LLM_BATCHES.c.tenant_id == tenant)
    con.execute(sa.delete(t.LLM_BATCH_ITEMS).where(t.LLM_BATCH_ITEMS.c.batch_key.in_(batches)))
    for table in _OF_A_TENANT:
        con.execute(sa.delete(table).where(table.c.tenant_id == tenant))
    for table in _OF_A_SCOPE:
        con.execute(sa.delete(table).where(table.c.scope == tenant))
    for row in con.execute(sa.select(t.SWEEPS.c.sweep_id, t.SWEEPS.c.scope)).all():
        scope = without_tenant(json.loads(row.scope), tenant)
        if scope is not None:
            changed = sa.update(t.SWEEPS).where(t.SWEEPS.c.sweep_id == row.sweep_id)
            con.execute(changed.values(scope=dumps(scope)))
    stone = {"tenant_id": tenant, "erasure_id": erasure_id or f"{now:%Y%m%dT%H%M%SZ}", "erased_at": now}
    con.execute(sa.insert(t.TOMBSTONES).values(**stone))
