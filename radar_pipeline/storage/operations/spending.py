"""The ledger of model calls: one row per attempt; quotas and budgets, reserved before and settled after."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations import alerts
from radar_pipeline.storage.operations.counters import (
    LEDGER,
    NO_SHARE,
    QUERIES,
    USD,
    Limit,
    Room,
    Tally,
    counted,
    counters,
    counting,
    dollars,
    lose,
    nano,
    share,
    standing,
)
from radar_pipeline.storage.operations.errors import LimitReachedError
from radar_pipeline.storage.operations.part import Part, check
from radar_pipeline.storage.operations.records import Alert, Attempt, CallRecord, Limits, Outcome, Spent

OUTCOMES = frozenset({"answered", "failed", "cached"})
UNSETTLED = frozenset({"started", "lost"})
PAGE = 5000  # rows read, or ids looked up, at a time

_PLAIN = [f.name for f in fields(CallRecord) if f.name not in ("cost_usd", "reserved_usd")]


class Spending(Part):
    """What model calls cost and who may still call.

    Reserve with ``begin``, call the provider, ``settle``. A reservation that is not settled in time,
    as after a kill, is ``lost``: its queries come back, its money counts as spent, because it may have
    been billed. A late ``settle`` puts the truth in its place.
    """

    def check(self, attempt: Attempt, limits: Limits) -> None:
        """Raise LimitReachedError, as ``begin`` would now, if there is no room for the attempt.

        Reserves nothing and, where there is room, writes nothing.
        """
        now = self._clock()
        stand = standing(limits, attempt.tenant, now)
        keys = [limit.key for limit in stand]
        need = nano(attempt.reserve_usd, up=True), attempt.queries
        if not keys or Room(counted(keys, self._db.read(counting(keys))), stand).take(*need) is None:
            return
        with self._ledger() as con:  # what a killed process reserved may be in the way
            _expire(con, now)
            refused = Room(counters(con, keys), stand).take(*need)
            if refused is not None:
                alerts.notice(con, refused, alerts.REACHED, now)
        if refused is not None:
            raise _reached(refused)

    def begin(self, attempt: Attempt, limits: Limits, seconds: float) -> str:
        """Reserve for one attempt that takes no longer than ``seconds``; returns its call_id.

        A call_id that the ledger knows is returned and nothing reserved again. LimitReachedError says
        which limit leaves no room.
        """
        accepted, refused = self._reserve([attempt], limits, seconds)
        if refused is not None:
            raise _reached(refused)
        return accepted[0].call_id

    def begin_many(self, attempts: Sequence[Attempt], limits: Limits, seconds: float) -> list[Attempt]:
        """Reserve for as many of a tenant's attempts as fit, in their order; returns those, with call_ids.

        Those whose call_id the ledger knows are among them. ValueError for several tenants' attempts.
        """
        if len({attempt.tenant for attempt in attempts}) > 1:
            raise ValueError("Attempts of several tenants can't be reserved together.")
        return self._reserve(attempts, limits, seconds)[0] if attempts else []

    def settle(self, call_id: str, outcome: Outcome) -> bool:
        """Note how an attempt ended, and give back what it did not use.

        False, and nothing changes, for one that was settled before or was erased with its tenant.
        """
        check(outcome.state, OUTCOMES)
        which = t.LLM_CALLS.c.call_id == call_id
        with self._ledger() as con:
            row = con.execute(sa.select(t.LLM_CALLS).where(which)).first()
            if row is None or row.state not in UNSETTLED:
                return False
            values = _ending(outcome, row.model) | {"finished_at": self._clock()}
            con.execute(sa.update(t.LLM_CALLS).where(which).values(**values))
            tally = Tally()
            before = share(row.state, row.cost_nano, row.reserved_nano, row.queries)
            after = share(values["state"], values["cost_nano"], 0, row.queries)
            tally.change(row.tenant_id, row.feature, row.started_at, before, after)
            tally.write(con)
        return True

    def record(self, attempt: Attempt, outcome: Outcome) -> str:
        """Note an attempt that was never reserved, such as an answer from the cache; returns its call_id.

        A call_id that the ledger knows changes nothing.
        """
        check(outcome.state, OUTCOMES)
        made, now = _with_id(attempt), self._clock()
        values = _beginning(made, now, None) | _ending(outcome, made.model)
        values |= {"reserved_nano": 0, "finished_at": now}
        with self._ledger() as con:
            if not _known(con, [made.call_id]):
                con.execute(sa.insert(t.LLM_CALLS).values(**values))
                tally = Tally()
                after = share(outcome.state, values["cost_nano"], 0, made.queries)
                tally.change(made.tenant, str(made.feature), now, NO_SHARE, after)
                tally.write(con)
        return made.call_id

    def note_claims(self, call_id: str, claims: int, unsupported: int) -> None:
        """Note how many claims an answer made, and how many of them no verified quote supports."""
        values = {"claims": claims, "claims_unsupported": unsupported}
        with self._db.write() as con:
            con.execute(sa.update(t.LLM_CALLS).where(t.LLM_CALLS.c.call_id == call_id).values(**values))

    def lose(self, call_ids: Collection[str]) -> int:
        """Give up these reservations at once: nobody will ever say what became of them.

        Returns how many were still open.
        """
        ids, lost = sorted(call_ids), 0
        with self._ledger() as con:
            for start in range(0, len(ids), PAGE):
                lost += lose(con, t.LLM_CALLS.c.call_id.in_(ids[start : start + PAGE]), self._clock())
        return lost

    def expire(self) -> int:
        """Give up reservations whose time is over, as every ``begin`` does; returns how many."""
        with self._ledger() as con:
            return _expire(con, self._clock())

    def calls(self, since: datetime, until: datetime, tenant: str | None = None) -> Iterator[CallRecord]:
        """The attempts started from ``since`` until before ``until``, in that order."""
        columns = t.LLM_CALLS.c
        query = sa.select(t.LLM_CALLS).where(columns.started_at >= since, columns.started_at < until)
        if tenant is not None:
            query = query.where(columns.tenant_id == tenant)
        query = query.order_by(columns.started_at, columns.call_id).limit(PAGE)
        rows = self._db.read(query)
        while rows:
            yield from map(_call, rows)
            last = rows[-1]
            same = sa.and_(columns.started_at == last.started_at, columns.call_id > last.call_id)
            later = sa.or_(columns.started_at > last.started_at, same)
            rows = self._db.read(query.where(later)) if len(rows) == PAGE else []

    def spent(self, scope: str, period: str) -> Spent:
        """What a tenant, or ALL, used in a day (2026-11-29) or a month (2026-11)."""
        columns = t.LLM_COUNTERS.c
        which = sa.select(t.LLM_COUNTERS).where(columns.scope == scope, columns.period == period)
        found = {row.unit: (row.used, row.reserved) for row in self._db.read(which)}
        (usd, usd_reserved), (queries, queries_reserved) = (found.get(u, (0, 0)) for u in (USD, QUERIES))
        return Spent(dollars(usd), queries, dollars(usd_reserved), queries_reserved)

    def asked(self) -> bool:
        """Whether any model call was ever counted, or refused."""
        kept = (sa.select(table.c.scope).limit(1) for table in (t.LLM_COUNTERS, t.LLM_ALERTS))
        return any(self._db.read(query) for query in kept)

    def alerts(self, tenant: str, limits: Limits) -> list[Alert]:
        """Limits on this tenant's calls that stand at 80% or have refused one; each is told once.

        ``level`` is warning or reached. A limit that was changed is told anew.
        """
        now = self._clock()
        with self._ledger() as con:
            return alerts.tell(con, tenant, standing(limits, tenant, now), now)

    def noticed(self, periods: Collection[str]) -> list[Alert]:
        """All alerts of these periods, told or not, with what is used now."""
        with self._ledger() as con:
            return alerts.noticed(con, t.LLM_ALERTS.c.period.in_(periods))

    def _reserve(
        self, attempts: Sequence[Attempt], limits: Limits, seconds: float
    ) -> tuple[list[Attempt], Limit | None]:
        """Those that fit, and the first limit that did not let one through."""
        now = self._clock()
        made = [_with_id(attempt) for attempt in attempts]
        with self._ledger() as con:
            _expire(con, now)
            stand = standing(limits, made[0].tenant, now)
            room = Room(counters(con, [limit.key for limit in stand]), stand)
            known = _known(con, [attempt.call_id for attempt in made])
            accepted, refused, tally = [], None, Tally()
            rows: dict[str, dict[str, Any]] = {}
            for attempt in made:
                if attempt.call_id not in known and attempt.call_id not in rows:
                    row = _beginning(attempt, now, now + timedelta(seconds=seconds))
                    reached = room.take(row["reserved_nano"], attempt.queries)
                    if reached is not None:
                        refused = refused or reached
                        continue
                    rows[attempt.call_id] = row
                    after = share("started", 0, row["reserved_nano"], attempt.queries)
                    tally.change(attempt.tenant, row["feature"], now, NO_SHARE, after)
                accepted.append(attempt)
            if rows:
                con.execute(sa.insert(t.LLM_CALLS), list(rows.values()))
            tally.write(con)
            if refused is not None:
                alerts.notice(con, refused, alerts.REACHED, now)
        return accepted, refused

    def _ledger(self) -> AbstractContextManager[Connection]:
        return self._db.write(lock=LEDGER)


def _reached(limit: Limit) -> LimitReachedError:
    amount = alerts.amount(limit.unit, limit.amount)
    return LimitReachedError(scope=limit.scope, unit=limit.unit, period=limit.period, limit=amount)


def _expire(con: Connection, now: datetime) -> int:
    return lose(con, t.LLM_CALLS.c.expires_at <= now, now)


def _known(con: Connection, call_ids: Sequence[str]) -> set[str]:
    column = t.LLM_CALLS.c.call_id
    found: set[str] = set()
    for start in range(0, len(call_ids), PAGE):
        some = call_ids[start : start + PAGE]
        found.update(con.execute(sa.select(column).where(column.in_(some))).scalars())
    return found


def _with_id(attempt: Attempt) -> Attempt:
    return attempt if attempt.call_id else replace(attempt, call_id=uuid.uuid4().hex)


def _beginning(attempt: Attempt, now: datetime, expires_at: datetime | None) -> dict[str, Any]:
    return {
        "call_id": attempt.call_id,
        "request_id": attempt.request_id or attempt.call_id,
        "tenant_id": attempt.tenant,
        "feature": str(attempt.feature),
        "prompt_ref": attempt.prompt_ref,
        "alias": attempt.alias,
        "provider": attempt.provider,
        "model": attempt.model,
        "attempt": attempt.attempt,
        "route_reason": attempt.route_reason,
        "cache": str(attempt.cache),
        "batch_id": attempt.batch_id,
        "state": "started",
        "error_class": "",
        "input_tokens": 0,
        "output_tokens": 0,
        "cached_tokens": 0,
        "cache_write_tokens": 0,
        "cost_nano": 0,
        "reserved_nano": nano(attempt.reserve_usd, up=True),
        "queries": attempt.queries,
        "started_at": now,
        "expires_at": expires_at,
    }


def _ending(outcome: Outcome, asked_model: str) -> dict[str, Any]:
    return {
        "state": outcome.state,
        "model": outcome.model or asked_model,
        "error_class": str(outcome.error_class),
        "input_tokens": outcome.input_tokens,
        "output_tokens": outcome.output_tokens,
        "cached_tokens": outcome.cached_tokens,
        "cache_write_tokens": outcome.cache_write_tokens,
        "cost_nano": nano(outcome.cost_usd),
        "latency_ms": outcome.latency_ms,
    }


def _call(row: Row[Any]) -> CallRecord:
    plain: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    money = {"cost_usd": dollars(row.cost_nano), "reserved_usd": dollars(row.reserved_nano)}
    return CallRecord(**plain | money)
