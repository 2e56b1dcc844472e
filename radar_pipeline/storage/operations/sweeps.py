"""The ledger: sweeps, the stages of each tenant, and what was made visible."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from radar_pipeline.storage.ledger import (
    PublicationRecord,
    StageRecord,
    SweepRecord,
    TenantState,
    Try,
    tries_of,
)
from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.leases import Leases
from radar_pipeline.storage.operations.part import check, dumps, put

SWEEP_STATES = frozenset({"running", "succeeded", "failed", "interrupted"})
STAGE_STATES = frozenset({"started", "done", "failed", "skipped", "unchanged"})
STAGES_OF_A_TRY = 7  # the six stages, and the tidying after them


class Sweeps(Leases):
    """Sweeps, stages and publications, over the leases they are worked under."""

    def begin_sweep(
        self, sweep_id: str, as_of: date, scope: Mapping[str, Any], trigger: str, holder: str
    ) -> None:
        """Note that a sweep runs in the process ``holder``."""
        row = {"as_of": as_of, "scope": dumps(scope), "trigger": trigger, "holder": holder}
        row |= {"state": "running", "started_at": self._clock(), "finished_at": None}
        with self._db.write() as con:
            put(con, t.SWEEPS, {"sweep_id": sweep_id}, row)

    def finish_sweep(self, sweep_id: str, state: str) -> None:
        """Note how a sweep ended: succeeded, failed or interrupted."""
        check(state, SWEEP_STATES)
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
        check(state, STAGE_STATES)
        now = self._clock()
        row: dict[str, Any] = {"state": state, "counts": dumps(counts or {}), "reason": reason}
        row["finished_at"] = None if state == "started" else now
        key = {"sweep_id": sweep_id, "tenant_id": tenant, "stage": stage}
        with self._db.write() as con:
            found = con.execute(sa.select(t.STAGES.c.input_key).filter_by(**key)).first()
            if found is None or state == "started":
                row["started_at"] = now
            row["input_key"] = input_key or (found.input_key if found else "")
            put(con, t.STAGES, key, row)

    def record_publication(self, sweep_id: str, tenant: str, framework: str, key: str, release: str) -> None:
        """Note that a sweep made a (tenant, framework) visible."""
        row = {"input_key": key, "release": release, "published_at": self._clock()}
        with self._db.write() as con:
            put(
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

    def done_stages(self, since: datetime, until: datetime) -> list[StageRecord]:
        """The stages of any tenant that ended well from ``since`` until before ``until``, in that order."""
        columns = t.STAGES.c
        ended = (columns.finished_at >= since, columns.finished_at < until, columns.state == "done")
        order = (columns.finished_at, columns.sweep_id, columns.tenant_id, columns.stage)
        return [_stage(row) for row in self._db.read(sa.select(t.STAGES).where(*ended).order_by(*order))]

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


def _stage(row: Row[Any]) -> StageRecord:
    return StageRecord(**{**row._mapping, "counts": json.loads(row.counts)})
