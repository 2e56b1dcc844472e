"""Apply one publication to an open report database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from radar_pipeline.errors import StoreError
from radar_pipeline.storage import history
from radar_pipeline.storage.rows import Row, arrow_table
from radar_pipeline.storage.schema import TABLES, Life, Table
from radar_pipeline.storage.sql import Connection, changed, transaction


@dataclass(frozen=True, slots=True)
class ReleaseCounts:
    """Rows a publication wrote and ended, by table; all zero when nothing changed."""

    written: Mapping[str, int] = field(default_factory=dict)
    closed: Mapping[str, int] = field(default_factory=dict)


def apply(
    con: Connection, rows: Mapping[str, Sequence[Row]], sweep_id: str, frameworks: Collection[str]
) -> ReleaseCounts:
    """Bring every table to what ``rows`` say, in one transaction. The rows have been checked."""
    _refuse_older(con, sweep_id)
    written: dict[str, int] = {}
    closed: dict[str, int] = {}
    with transaction(con):
        for table in TABLES:
            con.register(history.INCOMING, arrow_table(table, rows.get(table.name, ())))
            closed[table.name], written[table.name] = _apply_table(con, table, sweep_id, frameworks)
            con.unregister(history.INCOMING)
        con.execute("UPDATE schema_version SET last_sweep = ?", [sweep_id])
    return ReleaseCounts(written, closed)


def _apply_table(
    con: Connection, table: Table, sweep_id: str, frameworks: Collection[str]
) -> tuple[int, int]:
    """Rows ended and rows written."""
    sweep, scope = {"sweep": sweep_id}, {"frameworks": sorted(frameworks)}
    if con.execute(history.is_empty(table)).fetchone()[0]:
        return 0, changed(con, history.insert_all(table), sweep)
    if table.life is Life.EVENTS:
        return 0, changed(con, history.insert_absent(table))
    if table.life is Life.CURRENT:
        if not con.execute(history.differs(table), scope).fetchone()[0]:
            return 0, 0
        return changed(con, history.clear_scope(table), scope), changed(con, history.insert_all(table), sweep)
    ended = changed(con, history.close_changed(table), sweep | scope)
    if ended:
        changed(con, history.drop_momentary(table), sweep)
    return ended, changed(con, history.insert_changed(table), sweep)


def _refuse_older(con: Connection, sweep_id: str) -> None:
    """History is in the order of sweep ids; a sweep overtaken by a later one must not rewrite it."""
    row = con.execute("SELECT last_sweep FROM schema_version").fetchone()
    if row and row[0] is not None and row[0] > sweep_id:
        raise StoreError(
            f"Sweep {row[0]}, which began later than {sweep_id}, has already been published.",
            remedy="Start a new sweep; if it says the same, this machine's clock is behind: set it.",
        )
