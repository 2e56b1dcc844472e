"""Looking at tenants: what changed, what could not be looked at, and at what price."""

import os
import time

import pytest

from radar_pipeline.ingest import discover
from radar_pipeline.storage import tenant_store, warehouse
from radar_pipeline.sweep import watch
from radar_pipeline.sweep.environment import Environment
from tests.support.ticking import settle
from tests.support.world import DUTIES, World


@pytest.fixture
def acme(world: World) -> World:
    world.tenant("acme")
    settle(world)
    return world


def look(world: World, environment: Environment | None = None) -> watch.Look:
    environment = environment or world.environment()
    return watch.look(environment, environment.tenants[0], environment.today())


def test_a_swept_tenant_is_idle_and_an_amended_removed_or_added_file_differs(acme: World) -> None:
    before = look(acme)
    assert before.due == ("rules",) and before.source_differs and not before.idle
    acme.sweep()
    settled = look(acme)
    assert settled.idle and not settled.source_differs and settled.input_key == before.input_key

    path = acme.write("acme", "policy.md", "# Policy\n\nStaff must wear badges.\n")
    assert look(acme).settling and look(acme).source_differs
    settle(acme)
    assert not look(acme).settling and look(acme).source_differs
    path.unlink()
    assert look(acme).settling  # the time of its folder shows that something is going on
    settle(acme)
    removed = look(acme)
    assert removed.source_differs and removed.due and removed.input_key != settled.input_key


def test_a_touched_file_is_read_again_and_differs_in_nothing(acme: World) -> None:
    acme.sweep()
    before = look(acme)
    os.utime(acme.data / "corpus" / "acme" / "policy.md", (1, 1))
    after = look(acme)
    assert after.idle and after.input_key != before.input_key


def test_a_source_that_cannot_be_listed_is_a_problem_not_an_empty_source(acme: World) -> None:
    acme.sweep()
    before = look(acme)
    source = acme.data / "corpus" / "acme"
    source.rename(acme.data / "lost")
    lost = look(acme)
    assert "Mount or create it" in lost.problem and not lost.idle
    assert not lost.due and not lost.source_differs and lost.input_key != before.input_key
    (acme.data / "lost").rename(source)
    settle(acme)
    assert look(acme) == before


def test_a_changed_catalog_or_scope_makes_due_without_a_differing_source(acme: World) -> None:
    acme.sweep()
    before = look(acme)
    acme.framework([("R1", "Notice", "The firm must tell the regulator.", 5), *DUTIES[1:]])
    catalog = look(acme)
    assert catalog.due == ("rules",) and not catalog.source_differs
    acme.framework(DUTIES)
    assert look(acme).input_key == before.input_key != catalog.input_key
    (acme.data / "frameworks" / "rules.yaml").write_text("urn: [")
    broken = look(acme)
    assert "rules.yaml" in broken.problem and broken.input_key not in (before.input_key, catalog.input_key)


def test_a_file_from_the_future_does_not_keep_a_tenant_waiting_for_ever(acme: World) -> None:
    ahead = time.time() + 10_000
    os.utime(acme.data / "corpus" / "acme" / "policy.md", (ahead, ahead))
    assert not look(acme).settling


def test_a_failed_try_is_recorded_with_its_input_and_retries_can_be_counted(acme: World) -> None:
    acme.sweep()
    good = look(acme)
    (acme.data / "corpus" / "acme").rename(acme.data / "lost")
    for _ in range(2):
        acme.sweep()
    operations = acme.environment().operations
    tries = operations.tries("acme")
    assert [tried.state for tried in tries] == ["failed", "failed", "done"]
    assert {tried.input_key for tried in tries[:2]} == {look(acme).input_key} != {good.input_key}
    assert tries[0].reason.startswith("SourceUnreadableError") and tries[0].began_at > tries[1].ended_at
    assert operations.tries("acme", 1) == tries[:1] and operations.tries("nobody") == []


def test_unchanged_tenants_are_looked_at_without_opening_a_table_or_a_document(
    acme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.sweep()
    settle(acme)
    environment = acme.environment()
    watch.look(environment, environment.tenants[0], environment.today())

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("an unchanged tenant costs a listing and small files")

    for module, name in (
        (discover, "content_hash"),
        (tenant_store.TenantStore, "__init__"),
        (warehouse, "query"),
    ):
        monkeypatch.setattr(module, name, opened)
    look = watch.look(environment, environment.tenants[0], environment.today())
    assert look.idle
