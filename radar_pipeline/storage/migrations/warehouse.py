"""Steps of the report tables. Step n brings a database of version n - 1 to version n."""

from pathlib import Path

from radar_pipeline.storage import ddl
from radar_pipeline.storage.releases import newer
from radar_pipeline.storage.sql import Connection, transaction

STEPS: dict[int, tuple[str, ...]] = {
    # 2: the evaluation of the prompt became part of each decision record.
    2: (
        "ALTER TABLE assessments_history ADD COLUMN prompt_evaluation VARCHAR",
        "UPDATE assessments_history SET prompt_evaluation = 'not evaluated'",
    ),
}


def stored_version(con: Connection, path: Path) -> int:
    """The database's schema version; NewerStoreError if this program doesn't know it."""
    row = con.execute("SELECT version FROM schema_version").fetchone()
    version = int(row[0]) if row else 0
    if version > ddl.VERSION:
        raise newer(path, version, ddl.VERSION)
    return version


def migrate(con: Connection, path: Path) -> None:
    """Bring an older database up to date in one transaction; nothing happens to a current one."""
    version = stored_version(con, path)
    if version == ddl.VERSION:
        return
    shared = con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'loaded'").fetchone() is not None
    with transaction(con):
        for step in sorted(STEPS):
            if step > version:
                for sql in STEPS[step]:
                    con.execute(sql)
        for sql in ddl.describe(shared=shared):
            con.execute(sql)
        con.execute("UPDATE schema_version SET version = ?", [ddl.VERSION])
    # An engine's log is replayed with least trouble when it holds no DDL.
    con.execute("CHECKPOINT")
