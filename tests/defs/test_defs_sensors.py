"""Sensors on a real instance: who is asked for, exactly once, and who is left alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from radar_pipeline.defs.instance import open_instance
from radar_pipeline.defs.partitions import NAME, sync_partitions
from radar_pipeline.storage import holder
from tests.support.ticking import SENSORS, Ticking, definitions, from_template, save_as_template, settle
from tests.support.two_tenants import FILE, POLICY, find_source, lose_source, with_two_tenants
from tests.support.world import DUTIES, World

AMENDED = POLICY.replace("72 hours", "48 hours")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str | None]]:
    """Acme and beta after their first night, and after one tick of each sensor."""
    return tmp_path_factory.mktemp("template"), {}


@pytest.fixture
def swept(template: tuple[Path, dict[str, str | None]], tmp_path: Path) -> Iterator[Ticking]:
    """Acme and beta after their first night, and after one tick of each sensor."""
    folder, cursors = template
    if not cursors:
        first = Ticking(with_two_tenants(World(tmp_path / "data", tmp_path / "store")), open_instance())
        settle(first.world)
        sync_partitions(first.instance, ["acme", "beta"])
        assert first.sweep() and first.quiet()
        with first.instance:
            pass
        save_as_template(tmp_path, folder)
        cursors.update(first.cursors)
    ticking = from_template(folder, tmp_path, cursors)
    with ticking.instance:
        yield ticking


def amend(ticking: Ticking, *slugs: str, text: str = AMENDED) -> None:
    for slug in slugs:
        ticking.world.write(slug, FILE, text)
    settle(ticking.world)


def triggers(ticking: Ticking) -> list[str]:
    return [sweep.trigger for sweep in ticking.environment().operations.sweeps()]


# ── Nothing changed ───────────────────────────────────────────────────────────────────────────


def test_an_unchanged_world_asks_for_nothing(swept: Ticking) -> None:
    for _ in range(3):
        for name in SENSORS:
            requests, says = swept.tick(name)
            assert requests == [] and says, name
        swept.later(minutes=1)


def test_every_sensor_is_on_says_what_it_prevents_and_has_its_own_pace() -> None:
    for name in SENSORS:
        sensor = definitions().resolve_sensor_def(name)
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
        assert "Prevents" in (sensor.description or "")
        assert sensor.minimum_interval_seconds in (30, 60)


# ── Changed sources ───────────────────────────────────────────────────────────────────────────


def test_an_amended_file_is_asked_for_once_and_its_run_says_why(swept: Ticking) -> None:
    amend(swept, "acme")
    [request], _ = swept.tick("changed_sources")
    assert request.tags["dagster/partition"] == "acme"
    assert request.tags["radar/cause"] == "changed_sources"
    assert request.tags["radar/trigger"] == "sensor/changed_sources"
    assert request.run_key
    for _ in range(3):
        assert swept.tick("changed_sources")[0] == []
    assert swept.run(request)
    assert triggers(swept)[0] == "sensor/changed_sources"
    assert swept.tick("changed_sources") == ([], "Nothing changed.")


def test_the_same_change_made_again_is_a_new_request_and_a_tick_done_again_is_not(swept: Ticking) -> None:
    keys = []
    for text in (AMENDED, POLICY, AMENDED):
        amend(swept, "acme", text=text)
        before = dict(swept.cursors)
        [first], _ = swept.tick("changed_sources")
        swept.cursors = before  # the daemon died before it kept the cursor
        [again], _ = swept.tick("changed_sources")
        assert first.run_key == again.run_key
        keys.append(first.run_key)
        assert swept.run(first)
    assert len(set(keys)) == 3


def test_a_file_that_is_still_being_written_waits(swept: Ticking) -> None:
    swept.world.write("acme", FILE, AMENDED)
    requests, says = swept.tick("changed_sources")
    assert requests == [] and "being written" in says
    settle(swept.world)
    assert len(swept.tick("changed_sources")[0]) == 1


def test_a_tenant_whose_lease_is_held_waits_and_is_asked_for_when_it_is_free(swept: Ticking) -> None:
    amend(swept, "acme")
    operations = swept.environment().operations
    lease = operations.acquire_lease("acme", holder.this_holder(), "s", 600, holder.is_alive)
    for _ in range(2):
        requests, says = swept.tick("changed_sources")
        assert requests == [] and "is being swept by process" in says
    operations.release_lease(lease)
    assert len(swept.tick("changed_sources")[0]) == 1
    assert swept.tick("changed_sources")[0] == []


def test_a_run_that_met_a_held_lease_leaves_the_tenant_to_be_asked_for_again(swept: Ticking) -> None:
    amend(swept, "acme")
    [request], _ = swept.tick("changed_sources")
    operations = swept.environment().operations
    lease = operations.acquire_lease("acme", holder.this_holder(), "s", 600, holder.is_alive)
    assert swept.run(request)  # skipped it
    operations.release_lease(lease)
    swept.later(minutes=1)
    assert swept.tick("changed_sources")[0] == []
    swept.later(minutes=10)
    [again], _ = swept.tick("changed_sources")
    assert again.tags["dagster/partition"] == "acme" and again.run_key != request.run_key


def test_a_lost_source_is_told_and_asks_for_nothing(swept: Ticking) -> None:
    lose_source(swept.world, "beta")
    for name in SENSORS:
        for _ in range(3):
            requests, says = swept.tick(name)
            assert requests == [], name
    requests, says = swept.tick("changed_sources")
    assert "beta" in says and "Mount or create it" in says
    assert swept.environment().operations.retired() == frozenset()
    find_source(swept.world, "beta")
    settle(swept.world)
    assert swept.tick("changed_sources") == ([], "Nothing changed.")


def test_one_run_of_a_cause_is_pending_at_a_time(swept: Ticking) -> None:
    amend(swept, "acme")
    run = swept.pending(**{"radar/cause": "changed_sources"})
    requests, says = swept.tick("changed_sources")
    assert requests == [] and run.run_id[:8] in says
    swept.instance.report_run_canceled(run)
    assert len(swept.tick("changed_sources")[0]) == 1


def test_a_run_that_has_the_tenant_in_hand_is_not_doubled(swept: Ticking) -> None:
    amend(swept, "acme", "beta")
    run = swept.pending(**{"dagster/partition": "acme"})
    [request], _ = swept.tick("changed_sources")
    assert request.tags["dagster/partition"] == "beta"
    swept.instance.report_run_canceled(run)
    [request], _ = swept.tick("changed_sources")
    assert request.tags["dagster/partition"] == "acme"


def test_a_dead_run_does_not_keep_its_cause_pending_for_ever(swept: Ticking) -> None:
    amend(swept, "acme")
    dead = f"{holder.this_holder().rsplit(':', 1)[0]}:1"  # this process id, but begun at another time
    tags = {"radar/cause": "changed_sources", "radar/holder": dead}
    run = swept.pending(dg.DagsterRunStatus.STARTED, **tags)
    assert len(swept.tick("changed_sources")[0]) == 1
    ended = swept.instance.get_run_by_id(run.run_id)
    assert ended is not None and ended.status is dg.DagsterRunStatus.FAILURE


def test_sixty_tenants_are_one_run(swept: Ticking) -> None:
    slugs = [f"t{number:02}" for number in range(60)]
    for slug in slugs:
        swept.world.tenants[slug] = {
            **swept.world.tenants["acme"],
            "slug": slug,
            "documents": f"corpus/{slug}",
        }
        (swept.world.data / "corpus" / slug).mkdir()
        swept.world.write(slug, FILE, POLICY)
    swept.world.save()
    settle(swept.world)
    [request], _ = swept.tick("tenants_file")
    assert request.tags["dagster/asset_partition_range_start"] == "t00"
    assert request.tags["dagster/asset_partition_range_end"] == "t59"
    run = swept.pending(**request.tags)
    assert swept.tick("changed_sources")[0] == []  # that run has them in hand
    swept.instance.report_run_canceled(run)
    [request], _ = swept.tick("changed_sources")
    assert request.tags["dagster/asset_partition_range_end"] == "t59"
    for name in ("changed_sources", "tenants_file"):
        assert swept.tick(name)[0] == [], name
    assert len(swept.cursors["changed_sources"] or "") < 8_000


# ── tenants.yaml ──────────────────────────────────────────────────────────────────────────────


def test_an_added_tenant_becomes_a_partition_and_is_swept(swept: Ticking) -> None:
    swept.world.tenant("gamma", {FILE: POLICY})
    settle(swept.world)
    [request], _ = swept.tick("tenants_file")
    assert swept.instance.get_dynamic_partitions(NAME) == ["acme", "beta", "gamma"]
    assert request.tags["dagster/partition"] == "gamma"
    assert swept.run(request) and swept.world.verdicts("gamma")
    assert swept.quiet()


def test_a_tenant_taken_out_is_retired_not_erased_and_comes_back(swept: Ticking) -> None:
    entry = swept.world.tenants.pop("beta")
    swept.world.save()
    settle(swept.world)
    requests, says = swept.tick("tenants_file")
    assert requests == [] and "beta" in says  # it must be gone twice
    [request], _ = swept.tick("tenants_file")
    assert [key.to_user_string() for key in request.asset_selection or ()] == ["report_tables", "report_site"]
    assert not any(tag.startswith("dagster/") and "partition" in tag for tag in request.tags)
    assert swept.run(request)
    operations = swept.environment().operations
    assert operations.retired() == {"beta"}
    assert [(a.action, a.tenant_id) for a in operations.audits()] == [("retired", "beta")]
    assert swept.world.verdicts("beta") and "beta" in swept.instance.get_dynamic_partitions(NAME)
    assert swept.tick("tenants_file")[0] == []

    swept.world.tenants["beta"] = entry
    swept.world.save()
    settle(swept.world)
    [request], _ = swept.tick("tenants_file")
    assert swept.run(request)
    assert operations.retired() == frozenset()
    assert [a.action for a in operations.audits()] == ["returned", "retired"]
    assert swept.tick("tenants_file")[0] == []


@pytest.mark.parametrize("content", [None, "", "tenants: [", "tenants: []", "tenants:\n- slug: acme\n"])
def test_a_list_that_cannot_be_read_or_is_empty_retires_nobody(swept: Ticking, content: str | None) -> None:
    path = swept.world.data / "tenants.yaml"
    good = path.read_text()
    before = dict(swept.cursors)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    settle(swept.world)
    for name in SENSORS:
        for _ in range(3):
            requests, says = swept.tick(name)
            assert requests == [], name
            if content != "tenants: []":
                assert "tenants.yaml" in says and swept.cursors[name] == before[name]
    path.write_text(good)
    settle(swept.world)
    assert swept.environment().operations.retired() == frozenset()
    assert swept.quiet()


def test_an_edited_scope_sweeps_the_tenant_it_touches(swept: Ticking) -> None:
    scope = [{"id": "rules", "not_applicable": [{"ref": "R6", "why": "no drones"}]}]
    swept.world.tenants["acme"]["frameworks"] = scope
    swept.world.save()
    settle(swept.world)
    [request], _ = swept.tick("tenants_file")
    assert request.tags["dagster/partition"] == "acme"
    assert swept.tick("changed_sources")[0] == []
    assert swept.run(request)
    assert swept.tick("tenants_file")[0] == []


# ── Frameworks ────────────────────────────────────────────────────────────────────────────────

STRICTER = [("R1", "Breach notice", "The firm must notify the regulator within 24 hours.", 5), *DUTIES[1:]]


def test_an_edited_catalog_sweeps_the_tenants_it_binds_for_that_catalog_alone(swept: Ticking) -> None:
    swept.world.framework(DUTIES, "others")
    swept.world.tenant("gamma", {FILE: POLICY}, frameworks=[{"id": "others"}])
    both = [{"id": "rules"}, {"id": "others"}]
    swept.world.tenant("delta", {FILE: POLICY}, frameworks=both)
    settle(swept.world)
    [request], _ = swept.tick("tenants_file")
    assert swept.run(request)
    assert swept.quiet()

    swept.world.framework([("R1", "Notice", "The firm must tell the regulator.", 5), *DUTIES[1:]], "others")
    settle(swept.world)
    assert swept.tick("changed_sources")[0] == []  # not its doing
    [request], _ = swept.tick("changed_frameworks")
    assert request.tags["dagster/asset_partition_range_start"] == "delta"
    assert request.tags["dagster/asset_partition_range_end"] == "gamma"
    assert request.run_config == {"ops": {"sweep": {"config": {"frameworks": ["others"]}}}}
    assert swept.tick("changed_frameworks")[0] == []
    assert swept.run(request)
    assert swept.quiet()
    assert triggers(swept)[0] == "sensor/changed_frameworks"


def test_a_broken_catalog_is_told_and_remembered_as_it_was(swept: Ticking) -> None:
    path = swept.world.data / "frameworks" / "rules.yaml"
    good = path.read_text()
    path.write_text("urn: [")
    settle(swept.world)
    requests, says = swept.tick("changed_frameworks")
    assert requests == [] and "Could not read rules" in says
    path.write_text(good)
    settle(swept.world)
    assert swept.quiet()
    swept.world.framework(STRICTER)
    settle(swept.world)
    [request], _ = swept.tick("changed_frameworks")
    assert request.tags["dagster/asset_partition_range_end"] == "beta"


def test_a_catalog_edited_while_a_lease_is_held_is_not_forgotten(swept: Ticking) -> None:
    swept.world.framework(STRICTER)
    settle(swept.world)
    operations = swept.environment().operations
    lease = operations.acquire_lease("acme", holder.this_holder(), "s", 600, holder.is_alive)
    [request], _ = swept.tick("changed_frameworks")
    assert request.tags["dagster/partition"] == "beta"
    assert swept.run(request)
    assert swept.tick("changed_frameworks")[0] == []
    operations.release_lease(lease)
    [request], _ = swept.tick("changed_frameworks")
    assert request.tags["dagster/partition"] == "acme"


# ── Failed tenants ────────────────────────────────────────────────────────────────────────────


def test_a_failed_tenant_is_tried_again_three_times_at_growing_pauses(swept: Ticking) -> None:
    lose_source(swept.world, "beta")
    assert not swept.sweep()
    for pause in (10, 60, 240):
        assert swept.tick("failed_tenants")[0] == []
        swept.later(minutes=pause - 1)
        assert swept.tick("failed_tenants")[0] == []
        swept.later(minutes=1.5)
        [request], _ = swept.tick("failed_tenants")
        assert request.tags["dagster/partition"] == "beta"
        assert request.tags["radar/cause"] == "failed_tenants"
        assert not swept.run(request)
    swept.later(days=2)
    requests, says = swept.tick("failed_tenants")
    assert requests == [] and "failed 4 times" in says
    assert swept.tick("changed_sources")[0] == []  # not by another door

    find_source(swept.world, "beta")
    settle(swept.world)
    [request], _ = swept.tick("failed_tenants")  # so that it stops showing as failed
    assert swept.run(request)
    assert swept.tick("failed_tenants") == ([], "Nobody's last try failed.")


def test_runs_that_die_before_they_try_are_not_asked_for_for_ever(swept: Ticking) -> None:
    lose_source(swept.world, "beta")
    assert not swept.sweep()
    asked = 0
    for _ in range(100):
        swept.later(minutes=30)
        asked += len(swept.tick("failed_tenants")[0])
    assert asked == 3


def test_a_mistake_in_a_file_is_not_tried_again_until_something_changes(swept: Ticking) -> None:
    scope = [{"id": "rules", "not_applicable": [{"ref": "R99", "why": "a typing error"}]}]
    swept.world.tenants["acme"]["frameworks"] = scope
    swept.world.save()
    settle(swept.world)
    assert not swept.sweep()
    swept.later(days=1)
    requests, says = swept.tick("failed_tenants")
    assert requests == [] and "until something changes" in says
    scope[0]["not_applicable"] = [{"ref": "R6", "why": "no drones"}]
    swept.world.save()
    settle(swept.world)
    [request], _ = swept.tick("failed_tenants")
    assert swept.run(request)


def test_a_tenant_that_failed_at_its_new_documents_is_only_retried(swept: Ticking) -> None:
    amend(swept, "acme")
    [request], _ = swept.tick("changed_sources")

    class Broken:
        def __init__(self, inner: object) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> object:
            if name == "embed":
                raise OSError("the disk is full")
            return getattr(self.inner, name)

    swept.change = lambda environment: replace(environment, embedder=Broken(environment.embedder))  # type: ignore[arg-type]
    assert not swept.run(request)
    swept.change = lambda environment: environment
    swept.cursors["changed_sources"] = None  # even with no memory at all
    assert swept.tick("changed_sources")[0] == []
    swept.later(minutes=11)
    [request], _ = swept.tick("failed_tenants")
    assert swept.run(request)
