"""The portfolio's table of tenants after real sweeps: who failed, who left, who was never swept."""

from datetime import datetime
from typing import Any

import pytest

from radar_pipeline.storage import holder, warehouse
from radar_pipeline.sweep.events import PortfolioPublished
from radar_pipeline.tenancy import erase
from tests.support.world import UNRELATED, World


def rows(world: World) -> dict[str, dict[str, Any]]:
    found = warehouse.TenantReport.current(world.home / "portfolio" / "published")["tenants"]
    return {row["tenant_id"]: row for row in found}


def outcome(world: World, slug: str) -> tuple[Any, ...]:
    row = rows(world)[slug]
    return row["last_outcome"], row["failed_stage"], row["failure_reason"]


def written(world: World) -> dict[str, int]:
    folder = world.home / "portfolio" / "published"
    return {p.name: p.stat().st_mtime_ns for p in folder.rglob("*") if p.suffix in (".duckdb", ".parquet")}


@pytest.fixture
def pair(world: World) -> World:
    """acme was published; broken has lost its source and never was."""
    world.tenant("acme", {"menu.md": UNRELATED}, industry="Ships", jurisdictions=["EU", "SE"])
    world.tenant("broken", {"menu.md": UNRELATED})
    (world.data / "corpus" / "broken").rename(world.data / "lost")
    world.sweep()
    return world


def find(world: World) -> None:
    (world.data / "lost").rename(world.data / "corpus" / "broken")


def test_every_tenant_has_a_row_whether_it_ever_succeeded_or_not(pair: World) -> None:
    acme, broken = (rows(pair)[slug] for slug in ("acme", "broken"))
    assert (acme["name"], acme["industry"], acme["jurisdictions"]) == ("Acme", "Ships", ["EU", "SE"])
    assert acme["state"] == broken["state"] == "active"
    assert outcome(pair, "acme") == ("published", None, None)
    assert isinstance(acme["published_at"], datetime)
    assert outcome(pair, "broken") == ("failed", "documents", "SourceUnreadableError")
    assert broken["published_at"] is None
    assert (
        acme["last_sweep_id"] == broken["last_sweep_id"] == pair.environment().operations.sweeps()[0].sweep_id
    )


def test_where_nobody_succeeded_the_portfolio_says_so(world: World) -> None:
    world.tenant("broken")
    (world.data / "corpus" / "broken").rename(world.data / "lost")
    assert world.sweep().state == "failed"
    assert outcome(world, "broken") == ("failed", "documents", "SourceUnreadableError")


def test_a_night_that_ends_as_the_last_one_does_not_rewrite_the_portfolio(pair: World) -> None:
    before = written(pair)
    swept = pair.sweep()
    assert swept.totals["unchanged"] == 1 and swept.totals["failed"] == 1
    assert written(pair) == before
    assert not any(isinstance(e, PortfolioPublished) for e in swept.events)


def test_a_failure_that_is_mended_is_told_no_more(pair: World) -> None:
    find(pair)
    pair.sweep()
    assert outcome(pair, "broken") == ("published", None, None)
    assert outcome(pair, "acme") == ("unchanged", None, None)


def test_a_failure_of_a_published_tenant_is_told_and_its_report_stays(pair: World) -> None:
    source = pair.data / "corpus" / "acme"
    source.rename(source.with_name("elsewhere"))
    pair.sweep()
    assert outcome(pair, "acme") == ("failed", "documents", "SourceUnreadableError")
    assert rows(pair)["acme"]["published_at"] is not None
    health = warehouse.TenantReport.view(pair.home / "portfolio" / "published", "sweep_health")
    assert [(r["tenant_id"], r["last_outcome"], r["documents"]) for r in health] == [
        ("broken", "failed", None),
        ("acme", "failed", 1),
    ]
    source.with_name("elsewhere").rename(source)
    pair.sweep()
    assert outcome(pair, "acme") == ("unchanged", None, None)


def test_a_tenant_that_another_sweep_holds_is_skipped(pair: World) -> None:
    operations = pair.environment().operations
    operations.acquire_lease("acme", holder.this_holder(), "another", 60, holder.is_alive)
    pair.write("acme", "more.md", UNRELATED)
    pair.sweep("acme")
    assert outcome(pair, "acme") == ("skipped", None, "lease_held")


def test_a_sweep_that_was_killed_in_a_tenant_is_told_by_the_next_one_elsewhere(pair: World) -> None:
    operations = pair.environment().operations
    operations.record_stage("20991231T000000.000Z-aaaaaa", "acme", "chunks", "started")
    pair.sweep("broken")
    assert outcome(pair, "acme") == ("failed", "chunks", "Interrupted")
    lease = operations.acquire_lease("acme", holder.this_holder(), "running", 60, holder.is_alive)
    pair.sweep("broken")
    assert outcome(pair, "acme") == ("published", None, None), "it still runs: nothing has failed"
    operations.release_lease(lease)


def test_a_tenant_that_left_is_retired_and_one_that_is_erased_has_no_row(pair: World) -> None:
    published = pair.home / "portfolio" / "published"
    find(pair)
    pair.sweep()
    del pair.tenants["acme"]
    pair.save()
    pair.sweep()
    assert {slug: row["state"] for slug, row in rows(pair).items()} == {"acme": "retired", "broken": "active"}
    assert rows(pair)["acme"]["industry"] == "Ships"
    assert {r["tenant_id"] for r in warehouse.TenantReport.view(published, "current_blindspots")} == {
        "broken"
    }
    assert {r["tenant_id"] for r in warehouse.TenantReport.view(published, "trend")} == {"acme", "broken"}
    before = written(pair)
    pair.sweep()
    assert written(pair) == before
    for slug, left in (("acme", {"broken"}), ("broken", set())):
        environment = pair.environment()
        erase.erase(environment.settings, environment.operations, slug)
        assert set(rows(pair)) == left
    pair.tenant("carina", {"menu.md": UNRELATED})
    pair.sweep()
    assert set(rows(pair)) == {"carina"}, "broken is still in tenants.yaml, and erased"


def test_the_message_of_a_failure_stays_out_of_the_tables(world: World) -> None:
    world.tenant(
        "acme",
        {"menu.md": UNRELATED},
        frameworks=[{"id": "rules", "not_applicable": [{"ref": "R99", "why": "Typo."}]}],
    )
    world.sweep()
    assert rows(world)["acme"]["failure_reason"] == "ConfigurationError"
    assert "R99" not in str(rows(world))
