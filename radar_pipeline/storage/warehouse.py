"""The report tables in DuckDB: a tenant's releases, the portfolio, and queries on what is published.

The only module that knows DuckDB. A database is opened late and closed early; a reader only ever
opens published files, which nobody writes to.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.storage import applying, ddl, history, inbox, portfolio
from radar_pipeline.storage.applying import ReleaseCounts
from radar_pipeline.storage.daily import DailyRows
from radar_pipeline.storage.digest import digest
from radar_pipeline.storage.files import (
    remove_temporaries,
    remove_tree,
    store_error,
    storing,
    write_bytes,
)
from radar_pipeline.storage.jsonable import jsonable
from radar_pipeline.storage.loading import Loader
from radar_pipeline.storage.migrations.warehouse import attach, is_portfolio, migrate, stored_version
from radar_pipeline.storage.mirror import MirrorRows
from radar_pipeline.storage.portfolio import LoadCounts
from radar_pipeline.storage.portfolio_schema import tables
from radar_pipeline.storage.releases import (
    DATABASE,
    PARQUET,
    ReleaseInfo,
    publish,
    published_release,
    write_release_info,
)
from radar_pipeline.storage.rows import Row, check_rows
from radar_pipeline.storage.schema import TABLES
from radar_pipeline.storage.sql import Connection, fetch, transaction
from radar_pipeline.storage.telling import Told
from radar_pipeline.storage.views import views

__all__ = [
    "LoadCounts",
    "ReleaseCounts",
    "ReleaseInfo",
    "TenantReport",
    "build_release",
    "erase_from_portfolio",
    "is_in_portfolio",
    "load_portfolio",
    "publish",
    "published_release",
    "query",
    "recompute_scores",
    "rows_digest",
    "write_inbox",
]

_PORTFOLIO_THREADS = 4
_READING_STATEMENTS = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
QUERY_ROWS = 100_000  # more is no answer for a person, and would fill the memory


class TenantReport:
    """A tenant's report, or the portfolio, as plain rows. One of an older version is read as if migrated."""

    @staticmethod
    def current(path: Path) -> dict[str, list[dict[str, Any]]]:
        """The current rows of every table of a database (or its folder); {} if there is none.

        Event tables give all their rows.
        """
        path = _database(path)
        if not path.exists():
            return {}
        with _reading(path) as con:
            return {
                table.name: fetch(con, f"SELECT * FROM {table.name}")
                for table in tables(shared=is_portfolio(con))
            }

    @staticmethod
    def table(path: Path, name: str) -> list[dict[str, Any]]:
        """The current rows of one table; [] if there is no database."""
        path = _database(path)
        if not path.exists():
            return []
        with _reading(path) as con:
            if name not in {table.name for table in tables(shared=is_portfolio(con))}:
                raise ValueError(f"There is no table {name}.")
            return fetch(con, f"SELECT * FROM {name}")

    @staticmethod
    def departed(path: Path) -> dict[str, list[dict[str, Any]]]:
        """What documents and requirements that are no longer current were called last, so that the log
        of what changed can name them: ``departed_documents`` and ``departed_requirements``; and what
        happened to documents since each framework was published before: ``document_changes``.
        """
        path = _database(path)
        if not path.exists():
            return {}
        with _reading(path) as con:
            departed = {f"departed_{table}": fetch(con, sql) for table, sql in history.DEPARTED.items()}
            return departed | {"document_changes": fetch(con, history.DOCUMENT_CHANGES)}

    @staticmethod
    def view(path: Path, name: str) -> list[dict[str, Any]]:
        """The rows of one of its views, in their order; [] if there is no database."""
        path = _database(path)
        if not path.exists():
            return []
        with _reading(path) as con:
            if name not in {view.name for view in views(shared=is_portfolio(con))}:
                raise ValueError(f"There is no view {name}.")
            return fetch(con, f"SELECT * FROM {name}")


def build_release(
    previous: Path | None,
    target: Path,
    rows: Mapping[str, Sequence[Row]],
    sweep_id: str,
    frameworks: Collection[str],
) -> ReleaseCounts:
    """Write the folder of a release: the previous database with this sweep's rows applied.

    ``previous`` is the published ``radar.duckdb`` or its folder (None or absent: start anew),
    ``target`` the staged one; other files beside it are left alone. ``rows`` by table name; a table
    left out counts as empty, so its rows in scope are closed. Only rows of ``frameworks``, of
    unscoped tables and of the corpus as a whole (framework_id '') are touched. Also writes Parquet
    of every current view and ``release.json``. Raises ValueError for rows that don't fit the schema
    and StoreError with its remedy if the store can't be written.
    """
    check_rows(rows, frameworks)
    database = target if target.suffix == ".duckdb" else target / DATABASE
    before = _database(previous) if previous is not None else None
    before = before if before is not None and before.exists() else None
    parquet = database.parent / PARQUET
    with storing(database):
        database.parent.mkdir(parents=True, exist_ok=True)
        for leftover in (database, database.with_name(f"{database.name}.wal")):
            leftover.unlink(missing_ok=True)
        remove_tree(parquet)
        parquet.mkdir()
        if before is None:
            database.write_bytes(_template(shared=False))
        else:
            shutil.copyfile(before.resolve(), database)
    with _connected(database) as con:
        migrate(con, database)
        counts = applying.apply(con, rows, sweep_id, frameworks)
        con.execute("CHECKPOINT")
        for table in TABLES:
            portfolio.copy_out(con, f"SELECT * FROM {table.name}", parquet / f"{table.name}.parquet")
    write_release_info(database.parent, before, sweep_id, list(rows.get("sweeps", ())), set(frameworks))
    return counts


def rows_digest(db_path: Path) -> str:
    """SHA-256 over the rows of all tables, history included, without clocks and run ids.

    Two stores with equal digests say the same, whenever and in whatever order it was written.
    """
    with _reading(_database(db_path)) as con:
        return digest(con)


def recompute_scores(db_path: Path) -> list[tuple[str, float | None]]:
    """Each framework's score, computed in SQL from the current assessments and requirements."""
    with _reading(_database(db_path)) as con:
        return [(framework, score) for framework, score in con.execute(history.SCORES).fetchall()]


def query(sql: str, tenant_home: Path | None, portfolio: Path) -> tuple[list[str], list[list[Any]]]:
    """Run a person's SQL on what is published of a tenant, or (None) of the portfolio.

    The connection can read that one database and nothing else: no file, no network, no setting,
    no variable of this program. Values can be written as JSON. Raises ConfigurationError for SQL
    that fails, StoreError if nothing is published.
    """
    return queries([sql], tenant_home, portfolio)[0]


def queries(
    statements: Sequence[str], tenant_home: Path | None, portfolio: Path
) -> list[tuple[list[str], list[list[Any]]]]:
    """The same for several, of one moment: a connection costs more than most of what is asked."""
    path = ((tenant_home or portfolio) / "published" / DATABASE).resolve()
    if not path.exists():
        raise StoreError(f"Nothing is published in {path.parent}.", remedy="Run `radar sweep` first.")
    with _connected(None) as con:
        try:
            copied = attach(con, path)
        except duckdb.Error as error:
            raise store_error(path, error) from None
        for setting in (
            "SET python_enable_replacements = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            con.execute(setting)
        return [_answered(con, sql, copied=copied) for sql in statements]


def _answered(con: duckdb.DuckDBPyConnection, sql: str, *, copied: bool) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of one statement on a connection that can do no harm."""
    try:
        sql.encode("utf-8")  # the engine takes anything else for a wrong argument
        found_statements = duckdb.extract_statements(sql)
        if len(found_statements) != 1:
            raise _refused("it must be one statement")
        if copied and found_statements[0].type not in _READING_STATEMENTS:
            raise _refused("it would change the tables")
        result = con.execute(sql)
        columns = [str(column[0]) for column in (result.description if result else None) or ()]
        found = result.fetchmany(QUERY_ROWS + 1) if columns else []
    except UnicodeError:
        raise _refused("it is not valid text") from None
    except duckdb.Error as error:
        raise _refused(str(error)) from None
    if len(found) > QUERY_ROWS:
        raise _refused(f"it has more than {QUERY_ROWS:,} rows; add a LIMIT, or read the Parquet files")
    if len(set(columns)) != len(columns):
        raise _refused("two of its columns have the same name; rename one with AS")
    return columns, [[jsonable(value) for value in row] for row in found]


def _refused(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The query failed: {why}", remedy="Tables and columns are described in docs/tables.md."
    )


# ── The portfolio ─────────────────────────────────────────────────────────────────────────────


def write_inbox(portfolio_home: Path, sweep_id: str, tenant: str, release_dir: Path) -> None:
    """Put what tenants may share of a release into the portfolio's inbox, whole or not at all."""
    parcel = inbox.parcel(portfolio_home, sweep_id, tenant)
    staging = inbox.staging(parcel)
    try:
        with _reading(_database(release_dir)) as con:
            portfolio.export(con, tenant, staging)
        inbox.post(staging, parcel)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def load_portfolio(
    portfolio_home: Path,
    published: Mapping[str, str],
    tenants_home: Path,
    tenants: Sequence[Row] | None = None,
    erased: Callable[[], Collection[str]] = frozenset,
    by_day: DailyRows | None = None,
    mirrored: MirrorRows | None = None,
) -> LoadCounts:
    """Bring the portfolio to what is published: ``published`` maps tenants to their release.

    Parcels of those releases are loaded, lost ones exported anew, overtaken ones discarded; then a
    snapshot is published. ``tenants`` are rows of the table of that name (None: leave it as it is).
    Writes nothing when there is nothing to do; that the clocks in ``tenants`` moved on is nothing.
    A tenant that neither names keeps its rows: only ``erase_from_portfolio`` removes a tenant. Who is
    ``erased`` is asked once nobody else can load. ``by_day`` replaces the stored rows of its days,
    ``mirrored`` those of its tables.
    """
    told = Told(tenants, by_day, mirrored)
    return _loader(portfolio_home).load(published, tenants_home, told, erased)


def is_in_portfolio(portfolio_home: Path, tenant: str) -> bool:
    """Whether the portfolio has a row about the tenant, if only that it was never swept."""
    path = portfolio_home / "published" / DATABASE
    if not path.exists():
        return False
    with _reading(path) as con:
        given = f"tenant_id = {ddl.literal(ids.tenant_slug(tenant))}"
        told_of = (f"SELECT 1 FROM {name} WHERE {given}" for name in ("tenants", "loaded", "usage_daily"))
        return bool(con.execute(" UNION ALL ".join(told_of)).fetchall())


def erase_from_portfolio(portfolio_home: Path, tenant: str) -> None:
    """Remove a tenant from every byte of the portfolio: inbox, tables, snapshot, Parquet."""
    if portfolio_home.exists():
        _loader(portfolio_home).erase(tenant)


def _loader(portfolio_home: Path) -> Loader:
    return Loader(portfolio_home, partial(_working, portfolio_home), partial(write_inbox, portfolio_home))


@contextmanager
def _working(portfolio_home: Path) -> Iterator[Connection]:
    """The loader's database, created if absent, migrated if older; what a killed loader left beside it
    is removed."""
    work = portfolio.work_file(portfolio_home)
    remove_temporaries(work.parent)
    if not work.exists():
        with storing(work):
            work.with_name(f"{work.name}.wal").unlink(missing_ok=True)
        write_bytes(work, _template(shared=True))
    with _connected(work, threads=_PORTFOLIO_THREADS) as con:
        migrate(con, work)
        yield con


# ── Connections ───────────────────────────────────────────────────────────────────────────────


@contextmanager
def _connected(
    path: Path | None, *, read_only: bool = False, threads: int = 1
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection (None: in memory) that is closed at once after use; failures are StoreErrors.

    One tenant's tables are small: starting threads for them costs more than they save.
    """
    where = path or Path("the in-memory database")
    con: duckdb.DuckDBPyConnection | None = None
    try:
        config: dict[str, str | bool | int | float | list[str]] = {"threads": threads}
        con = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
        con.execute("SET TimeZone = 'UTC'")
        yield con
    except duckdb.Error as error:
        # The engine's message may quote values; only its kind is told.
        raise store_error(where, error) from (error if isinstance(error, duckdb.IOException) else None)
    finally:
        if con is not None:
            con.close()


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    """A connection that reads a database; one of an older version is migrated in memory."""
    path = path.resolve()
    if not path.exists():
        raise StoreError(f"{path} does not exist.", remedy="Run `radar sweep` first.")
    with _connected(path, read_only=True) as con:
        if stored_version(con, path) == ddl.VERSION:
            yield con
            return
    with _connected(None) as con:
        attach(con, path)
        yield con


@cache
def _template(*, shared: bool) -> bytes:
    """The bytes of an empty database. Made once per process: the DDL takes 0.15 s, a copy 1 ms."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        with _connected(None) as con:
            # A tenant has few rows in many tables: small blocks make its file a quarter as large.
            size = 262_144 if shared else 16_384
            con.execute(f"ATTACH {ddl.literal(str(path))} AS fresh (BLOCK_SIZE {size})")
            con.execute("USE fresh")
            with transaction(con):
                for sql in ddl.create(shared=shared):
                    con.execute(sql)
            con.execute("CHECKPOINT fresh")
            con.execute("USE memory")
            con.execute("DETACH fresh")
        return path.read_bytes()


def _database(path: Path) -> Path:
    return path / DATABASE if path.is_dir() else path
