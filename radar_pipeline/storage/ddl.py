"""The SQL that creates the report tables, made from the schema: tables, views, macros, comments."""

from collections.abc import Iterator

from radar_pipeline.storage.portfolio_schema import tables
from radar_pipeline.storage.schema import VALIDITY, Column, Life, Table
from radar_pipeline.storage.views import views

VERSION = 7  # of the report tables and views; each step up has its migration in migrations/warehouse.py

BOOKKEEPING = (
    "CREATE TABLE schema_version (version INTEGER, last_sweep VARCHAR)",
    "COMMENT ON TABLE schema_version IS 'Version of these tables, and the last sweep published in them.'",
    "COMMENT ON COLUMN schema_version.version IS 'Version of names and columns.'",
    "COMMENT ON COLUMN schema_version.last_sweep IS 'Last sweep published here; NULL in the portfolio.'",
)
LOADED = (
    "CREATE TABLE loaded (tenant_id VARCHAR, release VARCHAR)",
    "COMMENT ON TABLE loaded IS 'Which published release of each tenant these tables hold.'",
    "COMMENT ON COLUMN loaded.tenant_id IS 'Slug of the tenant.'",
    "COMMENT ON COLUMN loaded.release IS 'Sweep whose publication was loaded.'",
)


def base_name(table: Table) -> str:
    """The table that holds the rows; a history table's own name is the view of what is current."""
    return f"{table.name}_history" if table.life is Life.HISTORY else table.name


def value_columns(table: Table, *, shared: bool) -> tuple[Column, ...]:
    """The columns a publication gives; ``shared`` leaves out every tenant-private one."""
    return table.shared if shared else table.columns


def base_columns(table: Table, *, shared: bool) -> tuple[Column, ...]:
    """All stored columns, validity included."""
    validity = VALIDITY if table.life is Life.HISTORY else ()
    return (*value_columns(table, shared=shared), *validity)


def names(columns: tuple[Column, ...], alias: str = "") -> str:
    """Quoted column names, comma-separated, under a table alias if given."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(f'{prefix}"{column.name}"' for column in columns)


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def create(*, shared: bool) -> Iterator[str]:
    """Everything of a new database; ``shared`` makes the portfolio's."""
    yield from BOOKKEEPING
    yield f"INSERT INTO schema_version VALUES ({VERSION}, NULL)"
    if shared:
        yield from LOADED
    for table in tables(shared=shared):
        columns = base_columns(table, shared=shared)
        body = ", ".join(f'"{column.name}" {column.type}' for column in columns)
        yield f"CREATE TABLE {base_name(table)} ({body})"
    yield from describe(shared=shared)


def describe(*, shared: bool) -> Iterator[str]:
    """Views, macros and all comments; may run again over an existing database."""
    for table in tables(shared=shared):
        base = base_name(table)
        columns = base_columns(table, shared=shared)
        yield from _comments("TABLE", base, table_comment(table, view=False), columns)
        if table.life is not Life.HISTORY:
            continue
        columns = value_columns(table, shared=shared)
        listed = names(columns)
        current = f"SELECT {listed} FROM {base} WHERE valid_to_sweep IS NULL"
        yield f"CREATE OR REPLACE VIEW {table.name} AS {current}"
        yield from _comments("VIEW", table.name, table_comment(table, view=True), columns)
        yield (
            f"CREATE OR REPLACE MACRO {table.name}_as_of(sweep) AS TABLE SELECT {listed} FROM {base} "
            "WHERE valid_from_sweep <= sweep AND (valid_to_sweep IS NULL OR valid_to_sweep > sweep)"
        )
        yield f"COMMENT ON MACRO TABLE {table.name}_as_of IS {literal(as_of_comment(table))}"
    for view in views(shared=shared):
        yield f"CREATE OR REPLACE VIEW {view.name} AS {view.select(shared=shared)}"
        yield from _comments("VIEW", view.name, view.comment, view.shown(shared=shared))


def table_comment(table: Table, *, view: bool) -> str:
    """What a table or view says of itself."""
    if table.life is Life.HISTORY:
        return table.comment + (" Current rows." if view else " All rows, with the sweeps they held for.")
    if table.life is Life.EVENTS:
        return table.comment + " Rows are only added."
    if table.life is Life.DAILY:
        return table.comment + " The last days are computed anew, earlier ones stay."
    if table.life is Life.MIRROR:
        return table.comment + " Replaced as a whole when what it mirrors changes."
    return table.comment + " Replaced by each publication."


def as_of_comment(table: Table) -> str:
    """What a table's as-of macro says of itself."""
    return f"{table.name} as they were published by the time of a sweep id."


def _comments(kind: str, name: str, comment: str, columns: tuple[Column, ...]) -> Iterator[str]:
    yield f"COMMENT ON {kind} {name} IS {literal(comment)}"
    for column in columns:
        yield f'COMMENT ON COLUMN {name}."{column.name}" IS {literal(column.comment)}'
