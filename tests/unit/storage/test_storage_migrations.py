"""Stores of the first version, as committed, are brought up to date and keep their rows."""

import gzip
import json
import shutil
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from storage_builders import judgement, report

from radar_pipeline.errors import ConfigurationError, NewerStoreError
from radar_pipeline.storage import ddl, lance_tables, warehouse
from radar_pipeline.storage.migrations import tenant_store as lance_steps
from radar_pipeline.storage.migrations import warehouse as warehouse_steps
from radar_pipeline.storage.migrations.operations import tables
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.portfolio_schema import PORTFOLIO_TABLES, TENANTS
from radar_pipeline.storage.schema import TABLES
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.used_keys import UsedKeys
from radar_pipeline.storage.views import views

GOLDEN = Path(__file__).parents[2] / "golden" / "stores_v1"
S1, S2 = "20261101T000000.000Z-aaaaaa", "20261102T000000.000Z-aaaaaa"


def unpack(name: str, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.decompress((GOLDEN / name).read_bytes()))
    return target


def as_migrated() -> dict:
    rows = report(S1)
    for each in rows["assessments"]:
        each["prompt_evaluation"] = "not evaluated"
    for each in rows["requirements"]:
        each["implementation_groups"] = []
    for each in rows["documents"]:
        unsaid = ("document_version", "author", "approved_by", "language", "container")
        unknown = {"approved_on": None, "missing_since": None, "scanned_pages": [], "ocr_pages": []}
        alone = {"superseded_by": "", "duplicate_of": "", "read_from": "{}", "needs_ocr": False}
        alone["instructing_places"] = 0
        each.update(dict.fromkeys(unsaid, "") | unknown | alone)
    for each in rows["evidence"]:
        each |= {"citation": "", "ocr": False, "noisy": False}
    for each in rows["search_results"]:
        each["citation"] = ""
    for name in [name for name in rows if name.startswith("standing_")]:
        rows[name] = []  # nobody asked yet
    return rows


def comments(path: Path) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as con:
        columns = "table_name, column_name, data_type, comment"
        return con.execute(
            f"SELECT {columns} FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        ).fetchall()


def test_a_report_of_version_1_is_read_as_if_migrated_and_not_touched(tmp_path):
    path = unpack("tenant.duckdb.gz", tmp_path / "radar.duckdb")
    before = path.read_bytes()
    current = warehouse.TenantReport.current(path)
    for name, given in as_migrated().items():
        assert sorted(current[name], key=str) == sorted(given, key=str)
    assert path.read_bytes() == before


def test_a_release_on_top_of_version_1_keeps_its_history(tmp_path):
    old = unpack("tenant.duckdb.gz", tmp_path / "old" / "radar.duckdb")
    counts = warehouse.build_release(old, tmp_path / "new", as_migrated(), S2, {"gdpr"})
    assert counts.written["assessments"] == counts.closed["assessments"] == 0
    fresh = tmp_path / "fresh"
    warehouse.build_release(None, fresh, as_migrated(), S1, {"gdpr"})
    new = tmp_path / "new" / "radar.duckdb"
    assert comments(new) == comments(fresh / "radar.duckdb")
    assert warehouse.rows_digest(new) == warehouse.rows_digest(fresh)


def test_a_portfolio_of_version_1_is_migrated_and_republished(tmp_path):
    portfolio = tmp_path / "portfolio"
    unpack("portfolio.duckdb.gz", portfolio / "work" / "radar.duckdb")
    counts = warehouse.load_portfolio(portfolio, {"acme": S1}, tmp_path / "tenants")
    assert (counts.loaded, counts.published) == (0, True)
    columns, rows = warehouse.query("SELECT * FROM assessments", None, portfolio)
    assert columns == [c.name for c in next(t for t in TABLES if t.name == "assessments").shared]
    assert [row[columns.index("prompt_evaluation")] for row in rows] == ["not evaluated"] * 2
    fresh = tmp_path / "fresh"
    warehouse.load_portfolio(fresh, {}, tmp_path / "tenants", [])
    assert comments(portfolio / "published" / "radar.duckdb") == comments(
        fresh / "published" / "radar.duckdb"
    )
    for table in PORTFOLIO_TABLES:
        file = portfolio / "published" / "parquet" / f"{table.name}.parquet"
        found = duckdb.sql(f"SELECT * FROM '{file}'")
        assert found.columns == [c.name for c in table.shared]
    groups = duckdb.sql(f"SELECT implementation_groups FROM '{file.with_name('requirements.parquet')}'")
    assert groups.fetchall() == [([],), ([],)]


def test_a_tenant_of_an_old_portfolio_that_is_in_no_list_is_retired_under_its_slug(tmp_path):
    portfolio = tmp_path / "portfolio"
    unpack("portfolio.duckdb.gz", portfolio / "work" / "radar.duckdb")
    warehouse.load_portfolio(portfolio, {}, tmp_path / "tenants", [])
    columns, rows = warehouse.query("SELECT * FROM tenants", None, portfolio)
    assert columns == [c.name for c in TENANTS.columns]
    assert [(row[0], row[1], row[5]) for row in rows] == [("acme", "acme", "retired")]


@pytest.mark.parametrize("shared", [False, True])
def test_a_query_on_a_report_of_version_1_has_the_new_views_and_changes_nothing(tmp_path, shared):
    home, name = (None, "portfolio") if shared else (tmp_path, "tenant")
    path = unpack(f"{name}.duckdb.gz", tmp_path / "published" / "radar.duckdb")
    before = path.read_bytes()
    for view in views(shared=shared):
        columns, _ = warehouse.query(f"SELECT * FROM radar.{view.name}", home, tmp_path)
        assert columns == [c.name for c in view.shown(shared=shared)]
    assert warehouse.query("SELECT count(*) FROM assessments", home, tmp_path)[1] == [[2]]
    for sql in ("DELETE FROM evidence_history", "CREATE TABLE x (i INTEGER)", f"ATTACH '{path}' AS again"):
        with pytest.raises(ConfigurationError, match="query failed"):
            warehouse.query(sql, home, tmp_path)
    assert path.read_bytes() == before


def test_a_tenant_whose_release_is_of_version_1_still_reaches_the_portfolio(tmp_path):
    home = tmp_path / "tenants" / "acme"
    unpack("tenant.duckdb.gz", home / "staged" / "radar.duckdb")
    info = {"sweep_id": S1, "keys": {"gdpr": "key"}, "as_of": None, "published_at": None, "schema_version": 1}
    (home / "staged" / "release.json").write_text(json.dumps(info))
    warehouse.publish(home, S1, home / "staged")
    assert warehouse.published_release(home).schema_version == 1
    assert (
        warehouse.load_portfolio(tmp_path / "portfolio", {"acme": S1}, tmp_path / "tenants").reexported == 1
    )
    _, rows = warehouse.query("SELECT count(*) FROM assessments", None, tmp_path / "portfolio")
    assert rows == [[2]]


def test_a_working_store_of_version_1_keeps_its_vectors_and_lets_them_age(tmp_path):
    path = tmp_path / "lance"
    shutil.copytree(GOLDEN / "lance", path)
    store = TenantStore(path)
    found = store.vectors("model", ["text-a", "text-b"])
    assert np.array_equal(found["text-b"], np.arange(4, 8, dtype=np.float32))
    assert store.judgements(["key"]) == {"key": judgement()}
    today = datetime.now(UTC).date()
    store.touch_and_expire(today + timedelta(days=60))
    assert store.counts()["vectors"] == 2
    store.put_vectors("model", ["text-c"], np.ones((1, 4), dtype=np.float32))
    store.touch_and_expire(today + timedelta(days=100), used=UsedKeys(vectors={"model": ["text-a"]}))
    assert set(TenantStore(path).vectors("model", ["text-a", "text-b", "text-c"])) == {"text-a"}


def test_a_migration_killed_between_tables_is_finished_by_the_next(tmp_path):
    path = tmp_path / "lance"
    shutil.copytree(GOLDEN / "lance", path)
    import lancedb

    lance_steps.days_of_use(lancedb.connect(str(path)))  # killed before the marker was written
    assert set(TenantStore(path).vectors("model", ["text-a"])) == {"text-a"}


def test_a_ledger_of_version_1_keeps_its_rows(tmp_path):
    path = tmp_path / "operations.sqlite"
    shutil.copy(GOLDEN / "operations.sqlite", path)
    operations = Operations(f"sqlite:///{path}")
    (sweep,) = operations.sweeps()
    assert (sweep.sweep_id, sweep.trigger, sweep.as_of) == (S1, "unknown", date(2026, 11, 1))
    assert sweep.started_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert operations.stages(S1)[0].counts == {"parsed": 3}
    assert operations.last_publications()[0].release == S1
    lease = operations.acquire_lease("acme", "host:boot:1:2", S2, 60, lambda _: True)
    assert lease.token == 8
    operations.close()
    indexes = sqlite3.connect(path).execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()
    assert ("ix_stages_tenant",) in indexes


def test_a_newer_ledger_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "operations.sqlite"
    Operations(f"sqlite:///{path}").sweeps()
    with sqlite3.connect(path) as con:
        con.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerStoreError, match="Install the newer version"):
        Operations(f"sqlite:///{path}").sweeps()


def test_a_newer_working_store_is_refused_with_the_remedy(tmp_path, monkeypatch):
    store = TenantStore(tmp_path / "lance")
    store.put_vectors("model", ["a"], np.ones((1, 4), dtype=np.float32))
    monkeypatch.setattr(lance_steps, "VERSION", lance_tables.VERSION - 1)
    with pytest.raises(NewerStoreError, match="Install the newer version"):
        TenantStore(tmp_path / "lance").stored_versions()


def test_every_version_up_to_the_newest_has_its_step():
    assert sorted(warehouse_steps.STEPS) == list(range(2, ddl.VERSION + 1))
    assert sorted(lance_steps.STEPS) == list(range(2, lance_tables.VERSION + 1))
    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == tables.HEAD
    assert {revision.revision for revision in script.walk_revisions()} == set(tables.KNOWN)


def test_migrated_and_declared_ledger_tables_are_the_same(tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    path = tmp_path / "operations.sqlite"
    Operations(f"sqlite:///{path}").sweeps()
    with create_engine(f"sqlite:///{path}").connect() as con:
        assert compare_metadata(MigrationContext.configure(con), tables.METADATA) == []
