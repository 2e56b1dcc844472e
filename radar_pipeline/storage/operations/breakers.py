"""Circuit breakers: a deployment that keeps failing is left alone for a while, by all processes.

After M. Nygard, Release It!, "Circuit Breaker": closed, open, half-open.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.part import Part, put
from radar_pipeline.storage.operations.records import BreakerState

PROBE_SECONDS = 120.0  # a probe that reported nothing by then is given to somebody else


class Breakers(Part):
    """One circuit per deployment alias."""

    def allow(self, alias: str, probe_seconds: float = PROBE_SECONDS) -> bool:
        """Whether the deployment may be asked now.

        When its cool-down is over, exactly one caller of all processes is let through to try it, until
        it reports ``success`` or ``failure``, or ``probe_seconds`` are over.
        """
        row, now = self._row(alias), self._clock()
        if row is None or row.open_until is None:
            return True
        if now < row.open_until:
            return False
        columns = t.LLM_BREAKERS.c
        due = sa.and_(
            columns.alias == alias,
            columns.open_until <= now,
            sa.or_(columns.probe_until.is_(None), columns.probe_until <= now),
        )
        values = {"probe_until": now + timedelta(seconds=probe_seconds)}
        with self._db.write() as con:
            if con.execute(sa.update(t.LLM_BREAKERS).where(due).values(**values)).rowcount == 1:
                return True
        row = self._row(alias)  # somebody else tries it, or has just closed it
        return row is None or row.open_until is None

    def failure(self, alias: str, threshold: int, cooldown_seconds: float) -> None:
        """Count a failure; ``threshold`` of them in a row, or a failed probe, open the circuit."""
        columns, now = t.LLM_BREAKERS.c, self._clock()
        with self._db.write(lock=f"breaker {alias}") as con:
            row = con.execute(sa.select(t.LLM_BREAKERS).where(columns.alias == alias)).first()
            values: dict[str, Any] = {"failures": (row.failures if row else 0) + 1, "probe_until": None}
            open_until = row.open_until if row else None
            # One that comes in while the circuit is open belongs to a call begun before; it changes nothing.
            opens = values["failures"] >= threshold if open_until is None else open_until <= now
            if opens:
                values["open_until"] = now + timedelta(seconds=cooldown_seconds)
            put(con, t.LLM_BREAKERS, {"alias": alias}, values)

    def success(self, alias: str) -> None:
        """The deployment answered: close its circuit and forget its failures."""
        row = self._row(alias)
        if row is None or (row.failures == 0 and row.open_until is None):
            return
        closed = {"failures": 0, "open_until": None, "probe_until": None}
        with self._db.write(lock=f"breaker {alias}") as con:
            con.execute(sa.update(t.LLM_BREAKERS).where(t.LLM_BREAKERS.c.alias == alias).values(**closed))

    def states(self) -> list[BreakerState]:
        """All circuits that ever counted a failure, by alias."""
        now = self._clock()
        rows = self._db.read(sa.select(t.LLM_BREAKERS).order_by(t.LLM_BREAKERS.c.alias))
        made = []
        for row in rows:
            state = "closed" if row.open_until is None else "open" if now < row.open_until else "half_open"
            made.append(BreakerState(row.alias, state, row.failures, row.open_until))
        return made

    def _row(self, alias: str) -> Row[Any] | None:
        rows = self._db.read(sa.select(t.LLM_BREAKERS).where(t.LLM_BREAKERS.c.alias == alias))
        return rows[0] if rows else None
