"""Warnings about limits: noticed when they stand at 80% or refuse a call, and told once each."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.counters import USD, Limit, counters, dollars
from radar_pipeline.storage.operations.part import put
from radar_pipeline.storage.operations.records import ALL, Alert

WARNING, REACHED = "warning", "reached"


def tell(con: Connection, tenant: str, limits: Sequence[Limit], now: datetime) -> list[Alert]:
    """Notice what stands at 80% or 100%, and return all about the tenant and ALL that was never told."""
    counted = counters(con, [limit.key for limit in limits])
    for limit in limits:
        used, _ = counted[limit.key]
        if 10 * used >= 8 * limit.amount:
            notice(con, limit, REACHED if used >= limit.amount else WARNING, now)
    columns = t.LLM_ALERTS.c
    untold = sa.and_(columns.scope.in_((tenant, ALL)), columns.told_at.is_(None))
    found = noticed(con, untold)
    con.execute(sa.update(t.LLM_ALERTS).where(untold).values(told_at=now))
    return found


def noticed(con: Connection, which: sa.ColumnElement[bool]) -> list[Alert]:
    """The alerts that were kept, oldest first, each with what is used of its limit now."""
    columns = t.LLM_ALERTS.c
    order = (columns.noticed_at, columns.scope, columns.period, columns.unit)
    rows = con.execute(sa.select(t.LLM_ALERTS).where(which).order_by(*order)).all()
    counted = counters(con, [(row.scope, row.period, row.unit) for row in rows])
    return [
        Alert(
            scope=row.scope,
            period=row.period,
            unit=row.unit,
            level=row.level,
            limit=amount(row.unit, row.amount),
            used=amount(row.unit, counted[row.scope, row.period, row.unit][0]),
        )
        for row in rows
    ]


def notice(con: Connection, limit: Limit, level: str, now: datetime) -> None:
    """Keep an alert for the telling, unless it is kept already."""
    scope, period, unit = limit.key
    key = {"scope": scope, "period": period, "unit": unit, "level": level, "amount": limit.amount}
    if con.execute(sa.select(t.LLM_ALERTS.c.level).filter_by(**key)).first() is None:
        put(con, t.LLM_ALERTS, key, {"noticed_at": now, "told_at": None})


def amount(unit: str, stored: int) -> Decimal:
    """A counter's figure in dollars or queries."""
    return dollars(stored) if unit == USD else Decimal(stored)
