"""The operations store's connections, fit for several processes, and its tables brought up to date."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from radar_pipeline.errors import StoreError
from radar_pipeline.storage.files import store_error, storing
from radar_pipeline.storage.migrations.operations import tables as t
from radar_pipeline.storage.releases import newer

_WRITES = "radar_writes"  # execution option of connections that will write
_BUSY_SECONDS = 30
_MIGRATION_LOCK = 0x7261646172  # any number of ours, for PostgreSQL's advisory lock
_LOCK_FAMILY = 0x72616461  # its locks by name have a number space of their own
_LOCKED = sa.text("SELECT pg_advisory_xact_lock(:family, hashtext(:name))")


class Database:
    """The database at an SQLAlchemy URL, created or migrated at first use. Failures are StoreErrors.

    Raises NewerStoreError for a store that a newer program wrote.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    @contextmanager
    def write(self, lock: str = "") -> Iterator[Connection]:
        """A transaction. A violated key is raised as IntegrityError, for the caller to understand.

        Of transactions with the same ``lock``, one runs at a time, and sees what those before it wrote.
        """
        options = {_WRITES: True}
        with self._guard(), self._ready().connect().execution_options(**options) as con, con.begin():
            if lock and con.dialect.name == "postgresql":  # SQLite has one writer at a time in any case
                con.execute(_LOCKED, {"family": _LOCK_FAMILY, "name": lock})
            yield con

    def read(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        """A query's rows, as they stand now."""
        with self._guard(), self._ready().connect().execution_options(isolation_level="AUTOCOMMIT") as con:
            return list(con.execute(query).all())

    def close(self) -> None:
        """Give back all connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise self._error(error) from error

    def _error(self, error: SQLAlchemyError) -> StoreError:
        if self.url.get_backend_name() == "sqlite":
            return store_error(Path(self.url.database or ""), error)
        return StoreError(
            f"The operations store {self.url.render_as_string()} failed ({type(error).__name__}).",
            remedy="Check that the server runs and RADAR_OPERATIONS_URL is right, then run it again.",
        )

    def _ready(self) -> Engine:
        with self._opening:  # of many threads, one migrates; each with a pool of its own would be too many
            if self._engine is None:
                engine = _engine(self.url)
                _migrate(engine)
                self._engine = engine
            return self._engine


def _engine(url: sa.URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    path = Path(url.database or "")
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(con: Connection) -> None:
    # A transaction that reads first and then writes fails at once, without waiting, if another
    # process wrote in between; one that claims the write lock at its start waits for its turn.
    if con.get_execution_options().get(_WRITES):
        con.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    """Create or update the tables; one process does it, the others wait."""
    with engine.connect() as con:
        revision = _revision(con)
    if revision == t.HEAD:
        return
    if revision is not None and revision not in t.KNOWN:
        raise newer(Path(engine.url.render_as_string()), revision, t.HEAD)
    from alembic import command
    from alembic.config import Config

    with engine.connect().execution_options(**{_WRITES: True}) as con, con.begin():
        if engine.dialect.name == "postgresql":
            con.execute(sa.text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        if _revision(con) != t.HEAD:
            config = Config()
            config.set_main_option("script_location", str(Path(t.__file__).parent))
            config.attributes["connection"] = con
            command.upgrade(config, "head")


def _revision(con: Connection) -> str | None:
    if not sa.inspect(con).has_table("alembic_version"):
        return None
    return con.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
