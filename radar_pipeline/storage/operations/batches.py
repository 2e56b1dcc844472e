"""Batches at the providers: what was sent, under which id, and which answers came. No texts.

``preparing`` is written before a batch is sent and ``submitted`` with the provider's id right after,
so that a process killed in between is found by its batch_key; then ``ended``, ``fetched``. A batch
that is given up is ``abandoned``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.part import Part, check
from radar_pipeline.storage.operations.records import BatchItem, BatchRecord

OPEN = ("preparing", "submitted", "ended")
ITEM_STATES = frozenset({"answered", "failed", "missing"})


class Batches(Part):
    """The bookkeeping of batches."""

    def prepare(
        self,
        batch_key: str,
        tenant: str,
        deployment: tuple[str, str, str],
        items: Sequence[BatchItem],
        deadline: datetime,
        sweep_cause: str = "",
    ) -> BatchRecord:
        """Note what is about to be sent to the deployment (alias, provider, model).

        A batch_key that is known already is returned as it is, and its items are left alone.
        """
        alias, provider, model = deployment
        row = BatchRecord(
            batch_key=batch_key,
            tenant_id=tenant,
            alias=alias,
            provider=provider,
            model=model,
            provider_batch_id="",
            state="preparing",
            requests=len(items),
            answered=0,
            failed=0,
            prepared_at=self._clock(),
            submitted_at=None,
            deadline=deadline,
            ended_at=None,
            sweep_cause=sweep_cause,
        )
        with self._db.write(lock=_lock(batch_key)) as con:
            known = _find(con, batch_key)
            if known is not None:
                return _record(known)
            con.execute(sa.insert(t.LLM_BATCHES).values(**asdict(row)))
            if items:
                rows = [{"batch_key": batch_key, **asdict(replace(item, state="waiting"))} for item in items]
                con.execute(sa.insert(t.LLM_BATCH_ITEMS), rows)
        return row

    def submitted(self, batch_key: str, provider_batch_id: str) -> bool:
        """Note the provider's id, before anything else is done with it.

        False if the batch has another id or was abandoned: then this one must be cancelled.
        """
        values = {"provider_batch_id": provider_batch_id, "submitted_at": self._clock()}
        with self._db.write(lock=_lock(batch_key)) as con:
            if _move(con, batch_key, ("preparing",), "submitted", values):
                return True
            row = _find(con, batch_key)
            return row is not None and bool(row.provider_batch_id == provider_batch_id)

    def ended(self, batch_key: str) -> bool:
        """Note that the provider is done with it; False if it was not submitted, or is further on."""
        with self._db.write(lock=_lock(batch_key)) as con:
            return _move(con, batch_key, ("submitted",), "ended", {"ended_at": self._clock()})

    def fetched(self, batch_key: str) -> bool:
        """Note that all its answers were read: requests still waiting are missing.

        False if it was never submitted or is closed already.
        """
        columns = t.LLM_BATCH_ITEMS.c
        waiting = sa.and_(columns.batch_key == batch_key, columns.state == "waiting")
        with self._db.write(lock=_lock(batch_key)) as con:
            moved = _move(con, batch_key, ("submitted", "ended"), "fetched", {})
            if moved:
                con.execute(sa.update(t.LLM_BATCH_ITEMS).where(waiting).values(state="missing"))
                ended_at = sa.func.coalesce(t.LLM_BATCHES.c.ended_at, self._clock())
                _update(con, batch_key, {"ended_at": ended_at})
        return moved

    def abandon(self, batch_key: str) -> bool:
        """Give it up: its requests are answered by other means. False if it is closed already."""
        with self._db.write(lock=_lock(batch_key)) as con:
            return _move(con, batch_key, OPEN, "abandoned", {"ended_at": self._clock()})

    def settle_items(self, batch_key: str, states: Mapping[str, str]) -> frozenset[str]:
        """Note how requests ended, by custom_id: answered, failed or missing.

        An answer or failure once noted stays. Returns the custom_ids that the batch never sent.
        """
        for state in states.values():
            check(state, ITEM_STATES)
        columns = t.LLM_BATCH_ITEMS.c
        mine = columns.batch_key == batch_key
        with self._db.write(lock=_lock(batch_key)) as con:
            query = sa.select(columns.custom_id, columns.state).where(mine)
            now = {row.custom_id: row.state for row in con.execute(query)}
            changed = [
                {"which": custom_id, "new": state}
                for custom_id, state in states.items()
                if now.get(custom_id) in ("waiting", "missing") and now[custom_id] != state
            ]
            if changed:
                which = sa.and_(mine, columns.custom_id == sa.bindparam("which"))
                ending = sa.update(t.LLM_BATCH_ITEMS).where(which).values(state=sa.bindparam("new"))
                con.execute(ending, changed)
                counts = Counter((now | {each["which"]: each["new"] for each in changed}).values())
                _update(con, batch_key, {"answered": counts["answered"], "failed": counts["failed"]})
        return frozenset(states.keys() - now.keys())

    def open_batches(self, tenant: str | None = None) -> list[BatchRecord]:
        """Batches that are neither fetched nor abandoned, oldest first."""
        columns = t.LLM_BATCHES.c
        query = sa.select(t.LLM_BATCHES).where(columns.state.in_(OPEN))
        if tenant is not None:
            query = query.where(columns.tenant_id == tenant)
        return [_record(row) for row in self._db.read(query.order_by(columns.prepared_at, columns.batch_key))]

    def closed_since(self, moment: datetime) -> list[BatchRecord]:
        """Batches that were fetched or abandoned since then, oldest first."""
        columns = t.LLM_BATCHES.c
        which = sa.and_(columns.state.not_in(OPEN), columns.ended_at >= moment)
        query = sa.select(t.LLM_BATCHES).where(which)
        return [_record(row) for row in self._db.read(query.order_by(columns.ended_at, columns.batch_key))]

    def known_ids(self, provider: str) -> frozenset[str]:
        """The ids at this provider that belong to a batch of ours."""
        columns = t.LLM_BATCHES.c
        which = sa.and_(columns.provider == provider, columns.provider_batch_id != "")
        return frozenset(row[0] for row in self._db.read(sa.select(columns.provider_batch_id).where(which)))

    def batch(self, batch_key: str) -> BatchRecord | None:
        """One batch; None if there is none of this key."""
        rows = self._db.read(sa.select(t.LLM_BATCHES).where(t.LLM_BATCHES.c.batch_key == batch_key))
        return _record(rows[0]) if rows else None

    def items(self, batch_key: str) -> list[BatchItem]:
        """The requests of a batch, by custom_id."""
        columns = t.LLM_BATCH_ITEMS.c
        query = sa.select(columns.custom_id, columns.cache_key, columns.call_id, columns.state)
        rows = self._db.read(query.where(columns.batch_key == batch_key).order_by(columns.custom_id))
        return [BatchItem(**row._mapping) for row in rows]


def _lock(batch_key: str) -> str:
    return f"batch {batch_key}"


def _move(
    con: Connection, batch_key: str, before: tuple[str, ...], state: str, values: dict[str, Any]
) -> bool:
    columns = t.LLM_BATCHES.c
    which = sa.and_(columns.batch_key == batch_key, columns.state.in_(before))
    return con.execute(sa.update(t.LLM_BATCHES).where(which).values(state=state, **values)).rowcount == 1


def _update(con: Connection, batch_key: str, values: dict[str, Any]) -> None:
    con.execute(sa.update(t.LLM_BATCHES).where(t.LLM_BATCHES.c.batch_key == batch_key).values(**values))


def _find(con: Connection, batch_key: str) -> Row[Any] | None:
    return con.execute(sa.select(t.LLM_BATCHES).where(t.LLM_BATCHES.c.batch_key == batch_key)).first()


def _record(row: Row[Any]) -> BatchRecord:
    return BatchRecord(**row._mapping)
