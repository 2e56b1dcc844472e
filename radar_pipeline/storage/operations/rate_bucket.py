"""A bucket of pyrate-limiter that keeps its items in the operations store.

Its own database buckets keep one row per unit – for a limit of tokens a minute that is a million rows –
and are bound to one database each. This one keeps one row per item, with its weight, and leaves the
policy (the sliding window: whether an item fits, how long it has to wait) to the library.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from pyrate_limiter import AbstractBucket, Decision, Duration, Rate, RateItem
from sqlalchemy.engine import Connection

from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.errors import RateUnavailableError


def take(con: Connection, alias: str, wanted: Iterable[tuple[str, int, int]], now_ms: int) -> None:
    """Put one item into each (unit, most per minute, weight)'s bucket.

    RateUnavailableError says which one is full; the transaction must then be rolled back, or the
    others' items would stay.
    """
    for unit, most, weight in wanted:
        bucket = WeighedBucket(con, f"{alias}/{unit}", [Rate(most, Duration.MINUTE)])
        bucket.leak(now_ms)
        item = RateItem(alias, now_ms, weight=weight)
        if not bucket.put(item):
            wait_ms = bucket.waiting(item)
            seconds = None if wait_ms < 0 else wait_ms / 1000
            raise RateUnavailableError(alias=alias, unit=unit, wait_seconds=seconds)


class WeighedBucket(AbstractBucket):
    """The items of one name, within a transaction of the caller's that nobody else's interleaves with."""

    is_async = False

    def __init__(self, con: Connection, name: str, rates: list[Rate]) -> None:
        self._con = con
        self._name = name
        self._mine = t.LLM_RATES.c.bucket == name
        self.rates = rates

    def put(self, item: RateItem) -> bool:
        """Keep the item if it fits; else the wait is known to ``put_decision`` and ``waiting``."""
        starts = [self._algorithm.window_start(rate, item.timestamp) for rate in self.rates]
        counts = [self._weight(t.LLM_RATES.c.at_ms >= start) for start in starts]
        decision: Decision = self._algorithm.decide(
            self.rates, counts, item.weight, item.timestamp, self._moment
        )
        fits = self._record(item, decision)
        if fits and item.weight:
            row = {"bucket": self._name, "at_ms": item.timestamp, "weight": item.weight}
            self._con.execute(sa.insert(t.LLM_RATES).values(**row))
        return fits

    def waiting(self, item: RateItem) -> int:
        """Milliseconds until the refused item fits; -1: never."""
        wait = super().waiting(item)
        assert isinstance(wait, int)  # the library's type is for buckets that may be asynchronous
        return wait

    def leak(self, current_timestamp: int | None = None) -> int:
        """Delete what is outside every window; returns the number of items."""
        if current_timestamp is None:
            raise ValueError("The library passes the moment.")
        old = t.LLM_RATES.c.at_ms < self._algorithm.leak_bound(self.rates, current_timestamp)
        return int(self._con.execute(sa.delete(t.LLM_RATES).where(self._mine, old)).rowcount)

    def flush(self) -> None:
        """Delete everything."""
        self._con.execute(sa.delete(t.LLM_RATES).where(self._mine))
        self.failing_rate = None
        self._last_wait = None

    def count(self) -> int:
        """The weight of all items kept."""
        return self._weight(sa.true())

    def peek(self, index: int) -> RateItem | None:
        """The item that holds the unit ``index``, counted from the newest."""
        columns = t.LLM_RATES.c
        newest_first = (columns.at_ms.desc(), columns.use_id.desc())
        upto = sa.func.sum(columns.weight).over(order_by=newest_first).label("upto")
        units = sa.select(columns.at_ms, columns.weight, upto).where(self._mine).subquery()
        holding = sa.select(units).where(units.c.upto > index).order_by(units.c.upto).limit(1)
        row = self._con.execute(holding).first()
        return RateItem(self._name, row.at_ms, weight=row.weight) if row else None

    def _moment(self, index: int) -> int | None:
        item = self.peek(index)
        return item.timestamp if item else None

    def _weight(self, which: sa.ColumnElement[bool]) -> int:
        total = sa.select(sa.func.coalesce(sa.func.sum(t.LLM_RATES.c.weight), 0)).where(self._mine, which)
        return int(self._con.execute(total).scalar_one())
