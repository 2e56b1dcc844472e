"""The portfolio's tables: loading parcels, forgetting a tenant, and the snapshot that readers open."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from radar_pipeline import ids
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
from radar_pipeline.storage.history import INCOMING
from radar_pipeline.storage.inbox import Parcel
from radar_pipeline.storage.portfolio_schema import PORTFOLIO_TABLES, TENANTS
from radar_pipeline.storage.releases import DATABASE, PARQUET
from radar_pipeline.storage.rows import Row, arrow_table, check_table
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


@dataclass(frozen=True, slots=True)
class Shown:
    """What a snapshot holds: the release of each tenant, the digest of what was told of them, the digests
    of the rows of the newest days, and those of the mirrored tables."""

    releases: Mapping[str, str]
    tenants: str
    days: Mapping[str, str] = field(default_factory=dict)
    mirrored: Mapping[str, str] = field(default_factory=dict)


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
        _forget(con, [parcel.tenant for parcel in parcels], TABLES)
        for table in TABLES:
            columns = ddl.names(ddl.base_columns(table, shared=True))
            files = ", ".join(ddl.literal(str(parcel.folder / _file(table))) for parcel in parcels)
            given = f"SELECT {columns} FROM read_parquet([{files}])"
            con.execute(f"INSERT INTO {ddl.base_name(table)} ({columns}) {given}")
        for parcel in parcels:
            con.execute("INSERT INTO loaded VALUES (?, ?)", [parcel.tenant, parcel.sweep_id])
    con.execute("CHECKPOINT")


def tell(con: Connection, tenants: Sequence[Row]) -> None:
    """Bring the table of tenants to these rows; another tenant whose rows are loaded is retired."""
    given = {"given": [row["tenant_id"] for row in tenants]}
    loaded = "(SELECT tenant_id FROM loaded)"
    columns = ddl.names(TENANTS.columns)
    with transaction(con):
        con.execute(
            f"DELETE FROM tenants WHERE list_contains($given, tenant_id) OR tenant_id NOT IN {loaded}", given
        )
        con.execute("UPDATE tenants SET state = 'retired'")
        con.register(INCOMING, arrow_table(TENANTS, tenants))
        con.execute(f"INSERT INTO tenants ({columns}) SELECT {columns} FROM {INCOMING}")
        con.unregister(INCOMING)
        # Of a tenant that left before there was this table, only the slug is known.
        con.execute(
            "INSERT INTO tenants (tenant_id, name, industry, jurisdictions, plan, state, last_outcome) "
            "SELECT tenant_id, tenant_id, '', [], '', 'retired', 'published' FROM loaded "
            "WHERE tenant_id NOT IN (SELECT tenant_id FROM tenants)"
        )
    con.execute("CHECKPOINT")


def tenants_digest(tenants: Sequence[Row]) -> str:
    """What is told of the tenants, without clocks and run ids: equal on two nights that end the same.

    Raises ValueError for rows that don't fit the schema.
    """
    check_table(TENANTS, tenants)
    kept = [column.name for column in TENANTS.columns if not column.volatile]
    return ids.digest(*sorted(repr([row[name] for name in kept]) for row in tenants))


def forget(con: Connection, tenant: str) -> None:
    """Delete a tenant's rows."""
    with transaction(con):
        _forget(con, [tenant], PORTFOLIO_TABLES)
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


def publish(con: Connection, folder: Path, now: Shown) -> None:
    """Put a snapshot of the open database and Parquet of its tables where readers look.

    Each file changes by a rename. The manifest comes last: without it the next load publishes again.
    """
    staging = folder / f"{TEMPORARY}{PARQUET}"
    remove_temporaries(folder)
    with storing(folder):
        staging.mkdir(parents=True)
        (folder / PARQUET).mkdir(exist_ok=True)
    for table in PORTFOLIO_TABLES:
        copy_out(con, f"SELECT * FROM {table.name}", staging / _file(table))
    settle(rewrite(con, folder / DATABASE), folder / DATABASE)
    with storing(folder):
        for table in PORTFOLIO_TABLES:
            sync_file(staging / _file(table))
            (staging / _file(table)).replace(folder / PARQUET / _file(table))
        sync_folder(folder / PARQUET)
        staging.rmdir()
    size = (folder / DATABASE).stat().st_size
    manifest = {"schema_version": ddl.VERSION, "loaded": now.releases, "tenants": now.tenants}
    write_json(folder / MANIFEST, {**manifest, "days": now.days, "mirrored": now.mirrored, "bytes": size})


def shown(portfolio: Path) -> Shown | None:
    """What the snapshot that readers open holds; None if there is no usable one."""
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
    days, mirrored = dict(value.get("days", {})), dict(value.get("mirrored", {}))
    return Shown(dict(value["loaded"]), str(value["tenants"]), days, mirrored)


def copy_out(con: Connection, select: str, path: Path) -> None:
    """Write a query's rows as Parquet."""
    con.execute(f"COPY ({select}) TO {ddl.literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _forget(con: Connection, tenants: list[str], tables: Sequence[Table]) -> None:
    about = [table for table in tables if "tenant_id" in {column.name for column in table.columns}]
    for name in [*(ddl.base_name(table) for table in about), "loaded"]:
        con.execute(f"DELETE FROM {name} WHERE list_contains($tenants, tenant_id)", {"tenants": tenants})


def _file(table: Table) -> str:
    return f"{table.name}.parquet"
