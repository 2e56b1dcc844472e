"""Writes the stores of schema version 1 beside this file, as the first program wrote them.

Kept as a record of how the fixtures came to be. Run it with PYTHONPATH=tests/unit/storage.
"""

import gzip
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import duckdb
import lancedb
import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from storage_builders import judgement, report

from radar_pipeline.storage import ddl
from radar_pipeline.storage.lance_tables import META, PRIMARY_KEY, judgement_table, vector_table
from radar_pipeline.storage.migrations.operations import tables
from radar_pipeline.storage.rows import arrow_table
from radar_pipeline.storage.schema import TABLES, Life

HERE = Path(__file__).parent
SWEEP = "20261101T000000.000Z-aaaaaa"
ADDED_SINCE = {
    "assessments": {"prompt_evaluation"},
    "requirements": {"implementation_groups"},
    "documents": {
        "document_version",
        "author",
        "approved_by",
        "approved_on",
        "language",
        "read_from",
        "scanned_pages",
    }
    | {"ocr_pages", "needs_ocr", "container", "superseded_by", "duplicate_of", "missing_since"},
    "evidence": {"citation", "ocr"},
    "search_results": {"citation"},
}


def warehouse(target: Path, *, shared: bool) -> None:
    """A report database without the columns that later versions added."""
    target.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{target}' AS v1 (BLOCK_SIZE 16384)")
        con.execute("USE v1")
        for sql in (*ddl.BOOKKEEPING, *(ddl.LOADED if shared else ())):
            con.execute(sql)
        con.execute("INSERT INTO schema_version VALUES (1, ?)", [None if shared else SWEEP])
        if shared:
            con.execute("INSERT INTO loaded VALUES ('acme', ?)", [SWEEP])
        rows = report(SWEEP)
        for table in TABLES:
            since = ADDED_SINCE.get(table.name, set())
            columns = [c for c in ddl.base_columns(table, shared=shared) if c.name not in since]
            body = ", ".join(f'"{c.name}" {c.type}' for c in columns)
            con.execute(f"CREATE TABLE {ddl.base_name(table)} ({body})")
            con.register("given", arrow_table(table, rows[table.name]))
            values = [c for c in columns if not c.name.startswith("valid_")]
            validity = f", '{SWEEP}', NULL" if table.life is Life.HISTORY else ""
            names = ddl.names(tuple(values))
            con.execute(f"INSERT INTO {ddl.base_name(table)} SELECT {names}{validity} FROM given")
            con.unregister("given")
            if table.life is Life.HISTORY:
                current = f"SELECT {names} FROM {ddl.base_name(table)} WHERE valid_to_sweep IS NULL"
                con.execute(f"CREATE VIEW {table.name} AS {current}")
        con.execute("USE memory")
        con.execute("DETACH v1")
    target.with_suffix(".duckdb.gz").write_bytes(gzip.compress(target.read_bytes(), mtime=0))
    target.unlink()


def tenant_store(target: Path) -> None:
    """A working store whose vectors don't know when they were last used."""
    shutil.rmtree(target, ignore_errors=True)
    db = lancedb.connect(str(target))
    db.create_table("schema_version", pa.table({"name": ["version"], "value": [1]}, schema=META))
    key = pa.field("text_hash", pa.string(), nullable=False, metadata=PRIMARY_KEY)
    schema = pa.schema([key, pa.field("vector", pa.list_(pa.float32(), 4))])
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(8, dtype=np.float32)), 4)
    rows = pa.table({"text_hash": ["text-a", "text-b"], "vector": vectors}, schema=schema)
    db.create_table(vector_table("model"), rows)
    db.create_table("judgements", judgement_table({"key": judgement()}, date(2026, 11, 1)))


def operations(target: Path) -> None:
    """A ledger that does not know what started a sweep."""
    target.unlink(missing_ok=True)
    engine = sa.create_engine(f"sqlite:///{target}")
    with engine.begin() as con:
        config = Config()
        config.set_main_option("script_location", str(Path(tables.__file__).parent))
        config.attributes["connection"] = con
        command.upgrade(config, "0001")
    engine.dispose()
    with sqlite3.connect(target) as con:
        con.execute(
            "INSERT INTO sweeps VALUES (?, '2026-11-01', '{\"tenants\": [\"acme\"]}', 'host:boot:1:2',"
            " 'succeeded', '2026-11-01 00:00:00.000000', '2026-11-01 00:01:00.000000')",
            [SWEEP],
        )
        con.execute(
            "INSERT INTO stages VALUES (?, 'acme', 'documents', 'done', 'key', '{\"parsed\": 3}', '',"
            " '2026-11-01 00:00:01.000000', '2026-11-01 00:00:02.000000')",
            [SWEEP],
        )
        con.execute(
            "INSERT INTO publications VALUES ('acme', 'gdpr', ?, 'key', ?, '2026-11-01 00:00:59.000000')",
            [SWEEP, SWEEP],
        )
        con.execute("INSERT INTO leases VALUES ('acme', 7, NULL, NULL, NULL, NULL)")
    con.close()


if __name__ == "__main__":
    warehouse(HERE / "tenant.duckdb", shared=False)
    warehouse(HERE / "portfolio.duckdb", shared=True)
    tenant_store(HERE / "lance")
    operations(HERE / "operations.sqlite")
