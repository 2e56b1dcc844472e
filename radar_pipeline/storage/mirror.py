"""The mirrored tables on their way into the portfolio: all rows of each, replaced together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from radar_pipeline import ids
from radar_pipeline.storage import ddl
from radar_pipeline.storage.history import INCOMING
from radar_pipeline.storage.prompts_schema import MIRRORED, OF_TENANTS
from radar_pipeline.storage.rows import Row, arrow_table, check_table
from radar_pipeline.storage.schema import Table
from radar_pipeline.storage.sql import Connection, transaction

CLOCKS = frozenset({"computed_at"})  # moves with every computation, and says nothing by itself


@dataclass(frozen=True, slots=True)
class MirrorRows:
    """All rows of some mirrored tables, by table; what is stored of the others stays."""

    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def without(self, tenants: Collection[str]) -> "MirrorRows":
        """The same without the rows of some tenants."""
        names = {table.name for table in OF_TENANTS}
        return MirrorRows(
            {
                name: [row for row in rows if name not in names or row["tenant_id"] not in tenants]
                for name, rows in self.tables.items()
            }
        )

    def digests(self) -> dict[str, str]:
        """What each table says, in any order of rows. ValueError for rows that don't fit the schema."""
        return {table.name: _digest(table, self.tables[table.name]) for table in self._given()}

    def are_in(self, stored: Mapping[str, str]) -> bool:
        """Whether a snapshot with these digests holds just these rows."""
        return all(stored.get(name) == digest for name, digest in self.digests().items())

    def after(self, stored: Mapping[str, str]) -> dict[str, str]:
        """The digests of a snapshot once these rows are in it."""
        return {**stored, **self.digests()}

    def put(self, con: Connection) -> None:
        """Replace what is stored of these tables, in one transaction."""
        with transaction(con):
            for table in self._given():
                con.execute(f"DELETE FROM {table.name}")
                if rows := self.tables[table.name]:
                    columns = ddl.names(table.columns)
                    con.register(INCOMING, arrow_table(table, rows))
                    con.execute(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {INCOMING}")
                    con.unregister(INCOMING)

    def _given(self) -> list[Table]:
        return [table for table in MIRRORED if table.name in self.tables]


def _digest(table: Table, rows: Sequence[Row]) -> str:
    check_table(table, rows)
    stored = arrow_table(table, rows).to_pylist()  # as they will be stored
    lines = (repr([value for name, value in row.items() if name not in CLOCKS]) for row in stored)
    return ids.digest(*sorted(lines), length=16)
