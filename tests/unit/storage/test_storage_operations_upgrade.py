"""The tables of the model layer: added to a store that has rows, and erased with their tenant."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from spending_builders import DAY, MONTH, answered, attempt
from storage_builders import bytes_under

from radar_pipeline.storage.migrations.operations import tables
from radar_pipeline.storage.migrations.operations.database import Database
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import ALL, BatchItem, Limits, Spent


def test_a_store_of_version_2_keeps_its_rows_and_gets_the_new_tables(url, clock):
    database = Database(url)
    with database.write():
        pass  # the folder, and everything in it, as of today …
    database.close()
    engine = sa.create_engine(url)
    with engine.begin() as con:  # … and back to what there was
        for table in reversed(tables.METADATA.sorted_tables):
            table.drop(con)
        con.execute(sa.text("DROP TABLE alembic_version"))
        config = Config()
        config.set_main_option("script_location", str(tables.__file__).rpartition("/")[0])
        config.attributes["connection"] = con
        command.upgrade(config, "0002")
        assert not sa.inspect(con).has_table("llm_calls")
        sweep = {
            "sweep_id": "s1",
            "as_of": date(2026, 11, 1),
            "scope": "{}",
            "holder": "h",
            "state": "running",
        }
        con.execute(sa.insert(tables.SWEEPS).values(**sweep, started_at=clock.now, trigger="cli"))
        con.execute(sa.insert(tables.LEASES).values(tenant_id="acme", token=7))
    engine.dispose()
    operations = Operations(url, clock)
    assert [(sweep.sweep_id, sweep.trigger) for sweep in operations.sweeps()] == [("s1", "cli")]
    assert operations.acquire_lease("acme", "h:b:1:1", "s2", 60, lambda _: True).token == 8
    operations.spending.begin(attempt(), Limits(), 60)
    assert operations.spending.spent("acme", MONTH).reserved_queries == 1
    operations.close()


def use_everything(operations: Operations, tenant: str, deadline: datetime) -> None:
    operations.spending.record(attempt(tenant=tenant), answered("0.004"))
    operations.spending.begin(attempt(tenant=tenant), Limits(), 60)
    operations.spending.alerts(tenant, Limits(queries_per_month=1))
    items = [BatchItem("c", "cache", "call")]
    operations.batches.prepare(f"batch-of-{tenant}", tenant, ("a", "p", "m"), items, deadline)
    operations.feedback.put(tenant, "answer", "a1", 1)


def test_an_erased_tenant_leaves_no_row_and_what_all_spent_keeps_its_sums(operations, clock):
    for tenant in ("acme", "globex"):
        use_everything(operations, tenant, clock.now + timedelta(hours=6))
    for _ in range(2):  # killed half-way and run again
        operations.erase_tenant("acme", "erasure-1")
    assert [c.tenant_id for c in operations.spending.calls(clock.now, clock.now + timedelta(1))] == [
        "globex"
    ] * 2
    assert [batch.tenant_id for batch in operations.batches.open_batches()] == ["globex"]
    assert operations.batches.items("batch-of-acme") == []
    assert len(operations.batches.items("batch-of-globex")) == 1
    today = clock.now.date()
    assert [count.tenant_id for count in operations.feedback.by_day(today, today)] == ["globex"]
    for period in (MONTH, DAY):
        assert operations.spending.spent("acme", period) == Spent(Decimal(0), 0, Decimal(0), 0)
        assert operations.spending.spent(ALL, period) == Spent(Decimal("0.018"), 2, Decimal("0.01"), 1)
    operations.lift_tombstone("acme")
    with operations.spending._db.write() as con:
        for table in tables.METADATA.sorted_tables:
            for row in con.execute(sa.select(table)):
                assert "acme" not in str(tuple(row)), table.name


def test_an_erased_tenants_calls_are_in_no_byte_of_the_file(tmp_path):
    operations = Operations(f"sqlite:///{tmp_path / 'operations' / 'operations.sqlite'}")
    use_everything(operations, "xanadu", datetime.now(UTC))
    operations.erase_tenant("xanadu")
    operations.lift_tombstone("xanadu")
    operations.close()
    assert b"xanadu" not in bytes_under(tmp_path)
