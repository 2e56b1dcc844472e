"""The portfolio's tables: loading parcels, forgetting a tenant, and the snapshot that readers open."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from radar_pipeline.errors import StoreError
from radar_pipeline.storage import ddl
from radar_pipeline.storage.files import (
    TEMPORARY,
    read_json,
    remove_temporaries,
    storing,
    sync_file,
    sync_folder,
    write_json,
)
from radar_pipeline.storage.inbox import Parcel
from radar_pipeline.storage.releases import DATABASE, PARQUET
from radar_pipeline.storage.schema import TABLES, Table
from radar_pipeline.storage.sql import Connection, transaction

MANIFEST = "portfolio.json"
LOCK_SECONDS = 300  # a load takes seconds; who waits longer is told


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load did. ``missing``: tenants whose published release could not be found."""

    loaded: int = 0
    reexported: int = 0
    discarded: int = 0
    published: bool = False
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was written."""
        return bool(self.loaded or self.discarded or self.published)


def work_file(portfolio: Path) -> Path:
    """The database that only the loader opens."""
    return portfolio / "work" / DATABASE


@contextmanager
def loader_lock(portfolio: Path) -> Iterator[None]:
    """One loader at a time, over all processes; StoreError for who waits too long."""
    path = portfolio / "work" / "loader.lock"
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=LOCK_SECONDS)
    try:
        with storing(path):
            lock.acquire()
    except Timeout:
        raise StoreError(
            f"Another process has been loading the portfolio for over {LOCK_SECONDS} s.",
            remedy="Wait for it or stop it, then run the command again.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def export(con: Connection, tenant: str, folder: Path) -> None:
    """Write the shared columns of every table of an open tenant database as Parquet.

    Columns are named one by one, so that a private one can't come along with a ``*``.
    """
    for table in TABLES:
        columns = ddl.names(ddl.base_columns(table, shared=True))
        rows = f"SELECT {columns} FROM {ddl.base_name(table)} WHERE tenant_id = {ddl.literal(tenant)}"
        copy_out(con, rows, folder / _file(table))


def loaded_releases(con: Connection) -> dict[str, str]:
    """Which release of each tenant the tables hold."""
    return dict(con.execute("SELECT tenant_id, release FROM loaded").fetchall())


def load(con: Connection, parcels: Sequence[Parcel]) -> None:
    """Replace these tenants' rows by those of their parcels, in one transaction."""
    if not parcels:
        return
    with transaction(con):
        _forget(con, [parcel.tenant for parcel in parcels])
        for table in TABLES:
            columns = ddl.names(ddl.base_columns(table, shared=True))
            files = ", ".join(ddl.literal(str(parcel.folder / _file(table))) for parcel in parcels)
            given = f"SELECT {columns} FROM read_parquet([{files}])"
            con.execute(f"INSERT INTO {ddl.base_name(table)} ({columns}) {given}")
        for parcel in parcels:
            con.execute("INSERT INTO loaded VALUES (?, ?)", [parcel.tenant, parcel.sweep_id])
    con.execute("CHECKPOINT")


def forget(con: Connection, tenant: str) -> None:
    """Delete a tenant's rows."""
    with transaction(con):
        _forget(con, [tenant])
    con.execute("CHECKPOINT")


def rewrite(con: Connection, target: Path) -> Path:
    """Write the open database anew, without anything that was deleted, to a file beside ``target``.

    The caller renames it to ``target`` when no connection has that open any more.
    """
    fresh = target.parent / f"{TEMPORARY}{target.name}"
    with storing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
    name = con.execute("SELECT current_database()").fetchone()[0]
    con.execute(f"ATTACH {ddl.literal(str(fresh))} AS fresh")
    con.execute(f'COPY FROM DATABASE "{name}" TO fresh')
    con.execute("CHECKPOINT fresh")
    con.execute("DETACH fresh")
    with storing(target):
        sync_file(fresh)
    return fresh


def settle(fresh: Path, target: Path) -> None:
    """Rename a rewritten database into its place."""
    with storing(target):
        fresh.replace(target)
        sync_folder(target.parent)


def publish(con: Connection, folder: Path) -> None:
    """Put a snapshot of the open database and Parquet of its views where readers look.

    Each file changes by a rename. The manifest comes last: without it the next load publishes again.
    """
    staging = folder / f"{TEMPORARY}{PARQUET}"
    remove_temporaries(folder)
    with storing(folder):
        staging.mkdir(parents=True)
        (folder / PARQUET).mkdir(exist_ok=True)
    releases = loaded_releases(con)
    for table in TABLES:
        copy_out(con, f"SELECT * FROM {table.name}", staging / _file(table))
    settle(rewrite(con, folder / DATABASE), folder / DATABASE)
    with storing(folder):
        for table in TABLES:
            sync_file(staging / _file(table))
            (staging / _file(table)).replace(folder / PARQUET / _file(table))
        sync_folder(folder / PARQUET)
        staging.rmdir()
    size = (folder / DATABASE).stat().st_size
    write_json(folder / MANIFEST, {"schema_version": ddl.VERSION, "loaded": releases, "bytes": size})


def published_releases(portfolio: Path) -> dict[str, str] | None:
    """Which release of each tenant the snapshot holds; None if there is no usable snapshot."""
    folder = portfolio / "published"
    if not (folder / DATABASE).exists():
        return None
    try:
        value = read_json(folder / MANIFEST)
    except StoreError:
        return None
    if not isinstance(value, Mapping) or value.get("schema_version") != ddl.VERSION:
        return None
    if value.get("bytes") != (folder / DATABASE).stat().st_size:
        return None  # damaged since: it is published again
    return dict(value["loaded"])


def copy_out(con: Connection, select: str, path: Path) -> None:
    """Write a query's rows as Parquet."""
    con.execute(f"COPY ({select}) TO {ddl.literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _forget(con: Connection, tenants: list[str]) -> None:
    for name in [*(ddl.base_name(table) for table in TABLES), "loaded"]:
        con.execute(f"DELETE FROM {name} WHERE list_contains($tenants, tenant_id)", {"tenants": tenants})


def _file(table: Table) -> str:
    return f"{table.name}.parquet"
