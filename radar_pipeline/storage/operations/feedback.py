"""What people said of answers and assessments: yes or no, never in words."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.operations.part import Part, check, put
from radar_pipeline.storage.operations.records import FeedbackCount

KINDS = frozenset({"answer", "assessment"})


class Feedback(Part):
    """One score per subject; the newest counts."""

    def put(self, tenant: str, kind: str, subject_id: str, score: int) -> None:
        """Note +1 or -1 for an ``answer`` or ``assessment``; ``subject_id`` is an id, not a text."""
        check(kind, KINDS)
        if score not in (1, -1):
            raise ValueError(f"A score is +1 or -1, not {score}.")
        key = {"tenant_id": tenant, "kind": kind, "subject_id": subject_id}
        with self._db.write(lock=f"feedback {tenant}") as con:
            put(con, t.FEEDBACK, key, {"score": score, "at": self._clock()})

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
