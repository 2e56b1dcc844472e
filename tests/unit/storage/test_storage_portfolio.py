"""The portfolio: loaded idempotently, published whole, free of any tenant's text."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from storage_builders import CANARY, bytes_under, report, row, run_python

from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.prompts_schema import MIRRORED
from radar_pipeline.storage.schema import TABLES
from radar_pipeline.storage.views import views

S1, S2, S3 = "20261101T000000.000Z-aaaaaa", "20261102T000000.000Z-aaaaaa", "20261103T000000.000Z-aaaaaa"


class Home:
    """A RADAR_HOME with tenants that publish."""

    def __init__(self, root: Path) -> None:
        self.tenants = root / "tenants"
        self.portfolio = root / "portfolio"
        self.published: dict[str, str] = {}

    def publish(self, tenant: str, sweep: str, *, send: bool = True, **given) -> None:
        home = self.tenants / tenant
        rows = report(sweep, tenant=tenant, **given)
        warehouse.build_release(home / "published", home / "staged", rows, sweep, {"gdpr"})
        if send:
            warehouse.write_inbox(self.portfolio, sweep, tenant, home / "staged")
        warehouse.publish(home, sweep, home / "staged")
        self.published[tenant] = sweep

    def load(self):
        return warehouse.load_portfolio(self.portfolio, self.published, self.tenants)

    def ask(self, sql: str) -> list[list]:
        return warehouse.query(sql, None, self.portfolio)[1]

    def state(self) -> dict[str, tuple[int, int]]:
        return {
            str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in self.portfolio.rglob("*") if p.is_file()
        }


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def tenants(home: Home) -> list[list]:
    return home.ask("SELECT tenant_id, count(*) FROM assessments GROUP BY ALL ORDER BY ALL")


def test_every_tenants_shared_rows_arrive_with_their_history(home):
    home.publish("acme", S1)
    home.publish("acme", S2, tags=("b",))
    home.publish("globex", S1)
    counts = home.load()
    assert (counts.loaded, counts.missing) == (2, ())
    assert tenants(home) == [["acme", 1], ["globex", 2]]
    assert home.ask(f"SELECT count(*) FROM assessments_as_of('{S1}')") == [[4]]
    for table in TABLES:
        columns = [c.name for c in table.shared]
        assert warehouse.query(f"SELECT * FROM {table.name}", None, home.portfolio)[0] == columns
        assert (home.portfolio / "published" / "parquet" / f"{table.name}.parquet").exists()
    assert list((home.portfolio / "inbox").iterdir()) == []


def test_no_byte_of_a_tenants_text_reaches_the_portfolio(home):
    home.publish("acme", S1)
    assert CANARY.encode() in bytes_under(home.tenants / "acme" / "published" / "..")
    inbox = home.portfolio / "inbox" / S1 / "acme"
    for file in inbox.glob("*.parquet"):  # compressed: bytes alone would prove nothing
        assert CANARY not in str(duckdb.sql(f"SELECT * FROM '{file}'").fetchall())
    home.load()
    for table in TABLES:
        base = table.name if table.life != "history" else f"{table.name}_history"
        assert CANARY not in str(home.ask(f"SELECT * FROM {base}"))
    for view in views(shared=True):
        assert CANARY not in str(home.ask(f"SELECT * FROM {view.name}"))
    assert CANARY.encode() not in bytes_under(home.portfolio)
    private = {c.name for t in TABLES for c in t.columns if c.private}
    shared = {c.name for t in TABLES for c in t.shared}
    asked = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
    mirrored = {table.name for table in MIRRORED}  # whose owner is a prompt's
    columns = {column for table, column in home.ask(asked) if table not in mirrored}
    assert not columns & (private - shared)


def test_nothing_new_is_not_a_byte_written(home):
    home.publish("acme", S1)
    assert home.load()
    before = home.state()
    assert not home.load()
    assert home.state() == before


def test_loading_again_after_a_crash_between_any_two_steps_ends_the_same(home):
    home.publish("acme", S1)
    home.publish("globex", S1)
    inbox = home.portfolio / "inbox"
    shutil.copytree(inbox, home.portfolio.parent / "kept")
    home.load()
    wanted = warehouse.rows_digest(home.portfolio / "published")
    shutil.copytree(home.portfolio.parent / "kept", inbox, dirs_exist_ok=True)  # killed before tidying
    home.load()
    assert warehouse.rows_digest(home.portfolio / "published") == wanted
    assert not list(inbox.iterdir())
    (home.portfolio / "published" / "portfolio.json").unlink()  # killed before the manifest
    assert home.load().published
    (home.portfolio / "published" / "radar.duckdb").unlink()  # killed before the snapshot
    assert home.load().published
    assert warehouse.rows_digest(home.portfolio / "published") == wanted


def test_a_lost_inbox_or_a_lost_work_file_is_made_anew_from_the_releases(home):
    home.publish("acme", S1, send=False)
    home.publish("globex", S1)
    assert home.load().reexported == 1
    wanted = warehouse.rows_digest(home.portfolio / "published")
    shutil.rmtree(home.portfolio)
    assert home.load().reexported == 2
    assert warehouse.rows_digest(home.portfolio / "published") == wanted


def test_a_torn_parcel_is_not_loaded_but_made_anew(home):
    home.publish("acme", S1)
    parcel = home.portfolio / "inbox" / S1 / "acme"
    (parcel / "manifest.json").unlink()
    (parcel / "evidence.parquet").write_bytes(b"torn")
    assert home.load().reexported == 1
    assert tenants(home) == [["acme", 2]]


def test_a_parcel_of_a_sweep_that_was_never_published_is_not_loaded(home):
    home.publish("acme", S1)
    home.load()
    rows = report(S2, tags=("a", "b", "c"))
    staged = home.tenants / "acme" / "staged"
    warehouse.build_release(home.tenants / "acme" / "published", staged, rows, S2, {"gdpr"})
    warehouse.write_inbox(home.portfolio, S2, "acme", staged)
    home.load()
    assert tenants(home) == [["acme", 2]]
    assert (home.portfolio / "inbox" / S2 / "acme").exists()  # it may be published in a moment
    home.publish("acme", S3)
    home.load()
    assert not list((home.portfolio / "inbox").iterdir())  # overtaken


def test_a_short_list_of_tenants_removes_nobody(home):
    home.publish("acme", S1)
    home.publish("globex", S1)
    home.load()
    home.published = {"globex": S1}
    home.publish("globex", S2)
    home.load()
    assert tenants(home) == [["acme", 2], ["globex", 2]]


def test_a_release_that_cannot_be_found_is_named_and_the_others_load(home):
    home.publish("acme", S1)
    home.published["ghost"] = S1
    home.published[".tmp-gone-12345678"] = S1
    counts = home.load()
    assert (counts.loaded, counts.missing) == (1, ("ghost",))


def test_two_loaders_at_once_end_as_one(home):
    for i in range(4):
        home.publish(f"tenant-{i}", S1)
    code = """
import sys
from pathlib import Path
from radar_pipeline.storage import warehouse
root = Path(sys.argv[1])
published = {f"tenant-{i}": sys.argv[2] for i in range(4)}
import os
pids = []
for _ in range(3):
    pid = os.fork()
    if not pid:
        warehouse.load_portfolio(root / "portfolio", published, root / "tenants")
        os._exit(0)
    pids.append(pid)
print([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids])
"""
    result = run_python(code, home.portfolio.parent, S1)
    assert result.stdout == "[0, 0, 0]\n", result.stderr
    assert tenants(home) == [[f"tenant-{i}", 2] for i in range(4)]


def test_an_erased_tenant_is_in_no_byte_of_the_portfolio(home):
    home.publish("acme", S1)
    home.publish("globex", S1)
    home.load()
    home.publish("acme", S2)  # waiting in the inbox
    (home.portfolio / "inbox" / ".tmp-0123456789ab.acme").mkdir()
    warehouse.erase_from_portfolio(home.portfolio, "acme")
    assert b"acme" not in bytes_under(home.portfolio)
    assert tenants(home) == [["globex", 2]]
    warehouse.erase_from_portfolio(home.portfolio, "acme")  # again is no error


def test_erasing_where_there_is_no_portfolio_does_nothing(home):
    warehouse.erase_from_portfolio(home.portfolio, "acme")
    assert not home.portfolio.exists()


def test_a_full_disk_leaves_the_old_snapshot_and_the_next_load_repairs(home):
    home.publish("acme", S1)
    home.load()
    home.publish("acme", S2, tags=[f"{i}" for i in range(300)])
    code = """
import resource, sys
from pathlib import Path
from radar_pipeline.errors import StoreError
from radar_pipeline.storage import warehouse
root = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    warehouse.load_portfolio(root / "portfolio", {"acme": sys.argv[2]}, root / "tenants")
except StoreError as error:
    print(error)
"""
    for limit in (2_000, 1_500_000):
        result = run_python(code, home.portfolio.parent, S2, limit)
        assert result.stdout.startswith("No space left"), result
        assert tenants(home) == [["acme", 2]]
    assert home.load().loaded == 1
    assert tenants(home) == [["acme", 300]]


# ── Queries ───────────────────────────────────────────────────────────────────────────────────


def test_a_query_answers_with_json_able_values(home):
    home.publish("acme", S1)
    tenant = home.tenants / "acme"
    values = "1.5::DECIMAL(4,2) AS d, [DATE '2026-01-01'] AS l, 'nan'::DOUBLE AS n, INTERVAL 1 DAY AS i"
    sql = f"SELECT as_of, published_at, {values} FROM sweeps"
    columns, rows = warehouse.query(sql, tenant, home.portfolio)
    assert columns == ["as_of", "published_at", "d", "l", "n", "i"]
    assert rows == [["2026-11-01", "2026-11-22T04:05:06+00:00", 1.5, ["2026-01-01"], None, "1 day, 0:00:00"]]


def test_a_query_sees_one_tenant_and_nothing_else(home, tmp_path):
    home.publish("acme", S1)
    home.publish("globex", S1)
    home.load()
    acme, other = home.tenants / "acme", home.tenants / "globex" / "published" / "radar.duckdb"
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    for sql in (
        f"ATTACH '{other}' AS other",
        f"SELECT * FROM '{other.parent}/parquet/evidence.parquet'",
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM read_text('{secret}')",
        f"COPY evidence TO '{tmp_path}/out.csv'",
        f"EXPORT DATABASE '{tmp_path}/out'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "LOAD httpfs",
        "DELETE FROM evidence_history",
        "DROP VIEW evidence",
        "CREATE TABLE radar.x (i INTEGER)",
        "nonsense",
    ):
        with pytest.raises(ConfigurationError, match="query failed"):
            warehouse.query(sql, acme, home.portfolio)
    assert not list(tmp_path.glob("out*"))
    assert warehouse.query("SELECT count(*) FROM evidence", acme, home.portfolio)[1] == [[2]]


def test_a_query_where_nothing_is_published_says_what_to_do(home):
    with pytest.raises(StoreError, match="radar sweep"):
        warehouse.query("SELECT 1", None, home.portfolio)


def test_a_reader_with_the_old_snapshot_open_is_not_disturbed(home):
    home.publish("acme", S1)
    home.load()
    snapshot = home.portfolio / "published" / "radar.duckdb"
    code = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.readline()
print(con.execute("SELECT count(*) FROM assessments").fetchone()[0])
"""
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(snapshot)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout.readline() == "open\n"
    home.publish("acme", S2, tags=("b",))
    home.load()
    assert reader.communicate("\n", timeout=60)[0] == "2\n"
    assert tenants(home) == [["acme", 1]]


def test_rows_of_another_tenant_cannot_ride_along(home):
    home.publish("acme", S1)
    other = row("evidence", "x", tenant_id="globex")
    with duckdb.connect(str((home.tenants / "acme" / "published" / "radar.duckdb").resolve())) as con:
        con.execute(
            "INSERT INTO evidence_history (tenant_id, evidence_id) VALUES (?, ?)", [other["tenant_id"], "x"]
        )
    warehouse.write_inbox(home.portfolio, S1, "acme", home.tenants / "acme" / "published")
    home.load()
    assert home.ask("SELECT DISTINCT tenant_id FROM evidence_history") == [["acme"]]
