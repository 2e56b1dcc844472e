"""What people said of answers and assessments: yes, no and which verdict it should be; never in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from radar_pipeline import ids
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.models import Verdict
from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.part import Part, check, put
from radar_pipeline.storage.operations.records import FeedbackCount, Opinion

ASSESSMENT = "assessment"
KINDS = frozenset({"answer", ASSESSMENT})
SCORES: Mapping[str, int] = {"agree": 1, "disagree": -1, "unsure": 0}  # opinion -> score; 0 is none
_VERDICTS = frozenset(verdict.value for verdict in Verdict)
_SUGGESTIONS = _VERDICTS - {Verdict.NOT_ASSESSED.value} | {""}


class Feedback(Part):
    """One score per subject, of which the newest counts, and every opinion that was ever given."""

    def put(self, tenant: str, kind: str, subject_id: str, score: int) -> None:
        """Note +1 or -1 for an ``answer`` or ``assessment``; ``subject_id`` is an id, not a text."""
        check(kind, KINDS)
        if score not in (1, -1):
            raise ValueError(f"A score is +1 or -1, not {score}.")
        with self._db.write(lock=f"feedback {tenant}") as con:
            _score(con, tenant, kind, subject_id, score, self._clock())

    def give(self, opinions: Sequence[Opinion]) -> None:
        """Keep opinions (at least one, all of one tenant), all or none, and count them as satisfaction.

        A person's newest opinion of a judgement is that judgement's one score of theirs; unsure is none.
        Raises UnknownNameError if the tenant was erased: nothing of it is kept any more.
        """
        for opinion in opinions:
            check(opinion.opinion, frozenset(SCORES))
            check(opinion.verdict, _VERDICTS)
            check(opinion.suggested_verdict, _SUGGESTIONS)
        [tenant] = {opinion.tenant for opinion in opinions}
        with self._db.write(lock=f"feedback {tenant}") as con:
            stones = sa.select(t.TOMBSTONES.c.tenant_id).where(t.TOMBSTONES.c.tenant_id == tenant)
            if con.execute(stones).first() is not None:
                raise UnknownNameError(
                    f"Tenant {tenant!r} was erased.", remedy="`radar tenants readmit` lets it in again."
                )
            for opinion in opinions:
                _keep(con, opinion)

    def opinions(self, tenant: str | None = None, *, history: bool = False) -> list[Opinion]:
        """The opinions of a tenant or of all, oldest first.

        Of each person the newest about a requirement is the one that counts; ``history`` gives those
        that were taken back, too.
        """
        query = sa.select(t.OPINIONS).order_by(t.OPINIONS.c.number)
        if tenant is not None:
            query = query.where(t.OPINIONS.c.tenant_id == tenant)
        found = [_opinion(row) for row in self._db.read(query)]
        if history:
            return found
        newest = {(o.tenant, o.requirement_id, o.who): o.opinion_id for o in found}
        counting = set(newest.values())
        return [o for o in found if o.opinion_id in counting]

    def by_day(self, since: date, until: date, tenant: str | None = None) -> list[FeedbackCount]:
        """How often people said yes and no, per UTC day from ``since`` to ``until`` inclusive."""
        columns = t.FEEDBACK.c
        first = datetime.combine(since, datetime.min.time(), UTC)
        end = datetime.combine(until, datetime.min.time(), UTC) + timedelta(days=1)
        query = sa.select(t.FEEDBACK).where(columns.at >= first, columns.at < end)
        if tenant is not None:
            query = query.where(columns.tenant_id == tenant)
        counts = Counter((row.at.date(), row.tenant_id, row.kind, row.score) for row in self._db.read(query))
        subjects = sorted({key[:3] for key in counts})
        return [FeedbackCount(*key, up=counts[*key, 1], down=counts[*key, -1]) for key in subjects]


def _keep(con: Connection, opinion: Opinion) -> None:
    row = asdict(opinion)
    con.execute(sa.insert(t.OPINIONS).values(tenant_id=row.pop("tenant"), **row))
    about = ids.digest(opinion.requirement_id, opinion.judgement_key, opinion.who, length=32)
    _score(con, opinion.tenant, ASSESSMENT, about, SCORES[opinion.opinion], opinion.at)


def _score(con: Connection, tenant: str, kind: str, subject_id: str, score: int, at: datetime) -> None:
    """Note a score of a subject; 0 takes an earlier one back."""
    key = {"tenant_id": tenant, "kind": kind, "subject_id": subject_id}
    if score:
        put(con, t.FEEDBACK, key, {"score": score, "at": at})
    else:
        con.execute(sa.delete(t.FEEDBACK).filter_by(**key))


def _opinion(row: sa.Row[tuple[object, ...]]) -> Opinion:
    values = dict(row._mapping)
    del values["number"]
    return Opinion(tenant=values.pop("tenant_id"), **values)
