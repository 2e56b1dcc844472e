"""What was used and what is reserved, per scope, period and unit: always the sums of the calls' rows.

Whoever changes a call's row passes the difference on through a ``Tally``, in the same transaction and
under the lock ``LEDGER``. Every call counts for its tenant and for all, one of an evaluation for all of
those, too, in the day and the month (UTC) in which it was started, even if it ends in another.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.records import ALL, EVALUATE, EVALUATIONS, Limits

LEDGER = "llm_ledger"  # one transaction at a time reserves or settles: all of them add to what all use
USD, QUERIES = "usd", "queries"
NANO = 10**9

Key = tuple[str, str, str]  # scope, period, unit


@dataclass(frozen=True, slots=True)
class Share:
    """What one call's row contributes, in billionths of a dollar and in queries."""

    used_usd: int = 0
    used_queries: int = 0
    reserved_usd: int = 0
    reserved_queries: int = 0


NO_SHARE = Share()


def share(state: str, cost_nano: int, reserved_nano: int, queries: int) -> Share:
    """The contribution of a row: a query counts if it was answered, money whenever it may be billed."""
    if state == "started":
        return Share(reserved_usd=reserved_nano, reserved_queries=queries)
    return Share(used_usd=cost_nano, used_queries=queries if state == "answered" else 0)


class Tally:
    """Changes of counters, summed up before they are written."""

    def __init__(self) -> None:
        self._used: Counter[Key] = Counter()
        self._reserved: Counter[Key] = Counter()

    def change(self, tenant: str, feature: str, started_at: datetime, before: Share, after: Share) -> None:
        """A call's contribution was one and is another."""
        for scope in (tenant, ALL, *((EVALUATIONS,) if feature == EVALUATE else ())):
            for period in periods(started_at):
                self._used[scope, period, USD] += after.used_usd - before.used_usd
                self._used[scope, period, QUERIES] += after.used_queries - before.used_queries
                self._reserved[scope, period, USD] += after.reserved_usd - before.reserved_usd
                self._reserved[scope, period, QUERIES] += after.reserved_queries - before.reserved_queries

    def write(self, con: Connection) -> None:
        """Add all changes to the counters."""
        rows = [
            {"scope": scope, "period": period, "unit": unit, "used": used, "reserved": reserved}
            for scope, period, unit in sorted(self._used.keys() | self._reserved.keys())
            for used, reserved in [(self._used[scope, period, unit], self._reserved[scope, period, unit])]
            if used or reserved
        ]
        if rows:
            con.execute(_adding(con.dialect.name), rows)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that stands now; ``amount`` in billionths of a dollar or in queries."""

    scope: str
    period: str
    unit: str
    amount: int

    @property
    def key(self) -> Key:
        """The counter it limits."""
        return self.scope, self.period, self.unit


def standing(limits: Limits, tenant: str, now: datetime) -> list[Limit]:
    """The limits on a tenant's calls, in the periods that ``now`` is in."""
    month, day = periods(now)
    dollars = (
        (tenant, day, limits.usd_per_day),
        (tenant, month, limits.usd_per_month),
        (ALL, day, limits.all_usd_per_day),
        (ALL, month, limits.all_usd_per_month),
        (EVALUATIONS, day, limits.evaluations_usd_per_day),
        (EVALUATIONS, month, limits.evaluations_usd_per_month),
    )
    made = [Limit(scope, period, USD, nano(most)) for scope, period, most in dollars if most is not None]
    if limits.queries_per_month is not None:
        made.insert(0, Limit(tenant, month, QUERIES, limits.queries_per_month))
    return made


class Room:
    """How much each limit still allows, read once and kept while calls are granted in one transaction."""

    def __init__(self, used: Mapping[Key, tuple[int, int]], limits: Sequence[Limit]) -> None:
        self._left = [(limit, limit.amount - sum(used[limit.key])) for limit in limits]

    def take(self, usd: int, queries: int) -> Limit | None:
        """Take it from every limit, or from none: then the first that would be overshot is returned."""
        needs = [queries if limit.unit == QUERIES else usd for limit, _ in self._left]
        for (limit, left), need in zip(self._left, needs, strict=True):
            if need > max(left, 0):  # what needs nothing is never refused
                return limit
        self._left = [(limit, left - need) for (limit, left), need in zip(self._left, needs, strict=True)]
        return None


def lose(con: Connection, which: sa.ColumnElement[bool], now: datetime) -> int:
    """Give up reservations: their queries come back, their money may have been billed and counts as used.

    Returns how many there were.
    """
    started = sa.and_(t.LLM_CALLS.c.state == "started", which)
    tally, lost = Tally(), 0
    for row in con.execute(sa.select(t.LLM_CALLS).where(started)):
        before = share("started", 0, row.reserved_nano, row.queries)
        after = share("lost", row.reserved_nano, 0, row.queries)
        tally.change(row.tenant_id, row.feature, row.started_at, before, after)
        lost += 1
    if lost:
        values = {"state": "lost", "cost_nano": t.LLM_CALLS.c.reserved_nano, "finished_at": now}
        con.execute(sa.update(t.LLM_CALLS).where(started).values(**values))
        tally.write(con)
    return lost


def counters(con: Connection, keys: Iterable[Key]) -> dict[Key, tuple[int, int]]:
    """What is used and what is reserved, of each."""
    wanted = frozenset(keys)
    return counted(wanted, con.execute(counting(wanted))) if wanted else {}


def counting(keys: Collection[Key]) -> sa.Select[Any]:
    """The query for the rows of some counters, at least one; it may find others, too."""
    columns = t.LLM_COUNTERS.c
    scopes, times, _ = (set(parts) for parts in zip(*keys, strict=True))
    return sa.select(t.LLM_COUNTERS).where(columns.scope.in_(scopes), columns.period.in_(times))


def counted(keys: Collection[Key], rows: Iterable[sa.Row[Any]]) -> dict[Key, tuple[int, int]]:
    """What those rows say of these counters; one without a row stands at nothing."""
    found = dict.fromkeys(keys, (0, 0))
    for row in rows:
        if (row.scope, row.period, row.unit) in found:
            found[row.scope, row.period, row.unit] = (row.used, row.reserved)
    return found


def periods(at: datetime) -> tuple[str, str]:
    """The month and the day of a moment, as counters name them."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m}", f"{utc:%Y-%m-%d}"


def nano(usd: Decimal, *, up: bool = False) -> int:
    """Dollars as whole billionths: the nearest, or the next one up."""
    return int((usd * NANO).to_integral_value(ROUND_CEILING if up else ROUND_HALF_EVEN))


def dollars(nanos: int) -> Decimal:
    """Billionths as dollars, exactly."""
    return Decimal(nanos) / NANO


def _adding(dialect: str) -> sqlite.Insert | postgresql.Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    adding = insert(t.LLM_COUNTERS)
    columns = t.LLM_COUNTERS.c
    sums = {name: columns[name] + adding.excluded[name] for name in ("used", "reserved")}
    return adding.on_conflict_do_update(index_elements=["scope", "period", "unit"], set_=sums)
