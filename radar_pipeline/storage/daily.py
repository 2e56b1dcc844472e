"""Rows by day on their way into the portfolio: which days changed, and how they are put in place."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from radar_pipeline import ids
from radar_pipeline.storage import ddl
from radar_pipeline.storage.history import INCOMING
from radar_pipeline.storage.metrics_schema import DAILY
from radar_pipeline.storage.rows import Row, arrow_table, check_table
from radar_pipeline.storage.sql import Connection, transaction

REMEMBERED = 40  # days, the newest, of which a snapshot's manifest says what it holds


@dataclass(frozen=True, slots=True)
class DailyRows:
    """All rows of the days from ``since`` on, by table; what is stored of earlier days stays."""

    since: date
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def without(self, tenants: Collection[str]) -> "DailyRows":
        """The same without the rows of some tenants."""
        kept = {t: [r for r in rows if r["tenant_id"] not in tenants] for t, rows in self.tables.items()}
        return DailyRows(self.since, kept)

    def digests(self) -> dict[str, str]:
        """What is said of each day that has a row, by its date. ValueError for rows that don't fit."""
        lines: dict[str, list[str]] = defaultdict(list)
        for table in DAILY:
            rows = self.tables.get(table.name, ())
            check_table(table, rows)
            for row in arrow_table(table, rows).to_pylist():  # as they will be stored
                lines[row["day"].isoformat()].append(f"{table.name} {row!r}")
        return {day: ids.digest(*sorted(said), length=16) for day, said in lines.items()}

    def are_in(self, stored: Mapping[str, str]) -> bool:
        """Whether a snapshot with these digests holds just these rows of these days."""
        first = self.since.isoformat()
        return {day: digest for day, digest in stored.items() if day >= first} == self.digests()

    def after(self, stored: Mapping[str, str]) -> dict[str, str]:
        """The digests of a snapshot once these rows are in it."""
        first = self.since.isoformat()
        known = {day: digest for day, digest in stored.items() if day < first} | self.digests()
        return dict(sorted(known.items())[-REMEMBERED:])


def put(con: Connection, daily: DailyRows) -> None:
    """Replace the stored rows of these days, in one transaction."""
    with transaction(con):
        for table in DAILY:
            con.execute(f"DELETE FROM {table.name} WHERE day >= ?", [daily.since])
            if rows := daily.tables.get(table.name):
                columns = ddl.names(table.columns)
                con.register(INCOMING, arrow_table(table, rows))
                con.execute(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {INCOMING}")
                con.unregister(INCOMING)
