"""What a tenant, a slip of the pen or a bad moment may do to the others: nothing."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline import ids
from radar_pipeline.console import inspecting
from radar_pipeline.defs.sensors_differences import Answer, Scene, changed_sources
from radar_pipeline.defs.sensors_memory import remembered
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.frameworks.importing import import_file
from radar_pipeline.storage import holder, warehouse
from radar_pipeline.storage import portfolio as portfolio_tables
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import watch
from radar_pipeline.sweep.environment import SweepRequest
from radar_pipeline.sweep.events import TenantSkipped, TenantStarted
from radar_pipeline.sweep.runner import sweep
from radar_pipeline.sweep.watch import Look
from radar_pipeline.tenancy import erase
from radar_pipeline.tenancy.register import NewTenant, add
from radar_pipeline.tenancy.tenants import load_tenants
from tests.support.first import swept_once
from tests.support.ticking import settle
from tests.support.world import UNRELATED, World


def names(world: World) -> set[str]:
    return {
        row["tenant_id"]
        for row in warehouse.TenantReport.current(world.home / "portfolio" / "published")["tenants"]
    }


def forget(world: World, slug: str) -> None:
    environment = world.environment()
    erase.erase(environment.settings, environment.operations, slug)


def bytes_with(folder: Path, word: str) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    ]


# ── Erased while a sweep runs ─────────────────────────────────────────────────────────────────


def test_a_sweep_under_way_does_not_sweep_again_who_was_erased_meanwhile(world: World) -> None:
    world.tenant("acme", {"menu.md": UNRELATED})
    world.tenant("globex", {"menu.md": UNRELATED})
    swept_once(world)
    world.write("globex", "more.md", "# More\n\nVisitors are entered in a log.\n")
    seen: list[object] = []
    for event in sweep(SweepRequest(), world.environment()):
        if not seen:
            forget(world, "globex")
        seen.append(event)
    assert "globex" in {event.tenant for event in seen if isinstance(event, TenantSkipped)}
    assert not [event for event in seen if isinstance(event, TenantStarted)]
    assert not (world.home / "tenants" / "globex").exists()
    assert names(world) == {"acme"}
    assert [state.tenant_id for state in world.environment().operations.tenant_states()] == ["acme"]


@pytest.mark.parametrize("moment", ["before the lock", "before the page", "after the page"])
def test_an_erasure_beside_the_publication_leaves_no_name(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    world.tenant("acme", {"menu.md": UNRELATED})
    world.tenant("globex", {"menu.md": UNRELATED}, name="Globex Holding")
    done: list[str] = []

    def erased_once() -> None:
        if not done:
            done.append("globex")
            forget(world, "globex")

    def first(module: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
        real = getattr(module, name)

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if when(*args):
                erased_once()
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, wrapper)

    from radar_pipeline.sweep import page
    from radar_pipeline.sweep import portfolio as publishing

    if moment == "before the lock":
        first(portfolio_tables, "loader_lock")
    elif moment == "before the page":
        first(page, "index_page")
    else:
        first(publishing, "write_json", lambda path, *_: path.name == "failures.json")
    world.sweep()
    assert done
    assert names(world) == {"acme"}
    assert bytes_with(world.home, "Globex Holding") == []
    page_of_all = (world.home / "portfolio" / "published" / "index.html").read_text()
    assert "globex" not in page_of_all
    assert "acme" in page_of_all


def test_who_is_listed_and_was_never_swept_can_be_erased_too(world: World) -> None:
    world.tenant("acme", {"menu.md": UNRELATED})
    world.tenant("globex", {"menu.md": UNRELATED}, name="Globex Holding")
    world.sweep("acme")
    assert names(world) == {"acme", "globex"}
    forget(world, "globex")
    assert bytes_with(world.home, "Globex Holding") == []
    with pytest.raises(UnknownNameError):
        forget(world, "globex")


def test_an_erasure_that_was_killed_is_already_a_tombstone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.tenant("acme", {"menu.md": UNRELATED})
    swept_once(world)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(erase, "remove_tree", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        forget(world, "acme")
    assert [tenant.slug for tenant in world.environment().tenants] == []
    forget(world, "acme")
    assert not (world.home / "tenants" / "acme").exists()
    assert len(Operations(world.settings().operations).tombstones()) == 1


# ── One tenant's trouble is that tenant's ─────────────────────────────────────────────────────


def test_folders_deeper_than_the_stack_cost_the_other_tenants_nothing(world: World) -> None:
    source = world.tenant("acme", {"menu.md": UNRELATED})
    world.tenant("globex", {"menu.md": UNRELATED})
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(source)
        for _ in range(1200):
            Path("a").mkdir()
            os.chdir("a")
        os.fchdir(here)
        assert not world.sweep().failures
    finally:
        os.fchdir(here)
        os.close(here)
        subprocess.run(["rm", "-rf", str(source / "a")], check=True)  # pytest's own removal is recursive


def test_a_catalog_that_breaks_keeps_no_page_from_the_tenants_it_does_not_bind(world: World) -> None:
    world.framework([("X1", "Ladders", "Ladders must be inspected every month.", 3)], "ladders")
    world.tenant("acme", {"menu.md": UNRELATED})
    world.tenant("globex", {"menu.md": UNRELATED}, frameworks=[{"id": "ladders"}])
    (world.data / "frameworks" / "ladders.yaml").write_text("objects: [")
    swept = world.sweep()
    assert [failed.tenant for failed in swept.failures] == ["globex"]
    assert swept.state == "failed"
    page_of_all = (world.home / "portfolio" / "published" / "index.html").read_text()
    assert "acme" in page_of_all
    assert "ladders.yaml" in page_of_all


# ── tenants.yaml ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", ["", "tenants", "tenants/globex/work", "..", "link"])
def test_documents_where_the_texts_of_all_tenants_are_stored_are_refused(world: World, place: str) -> None:
    world.tenant("globex", {"menu.md": UNRELATED})
    swept_once(world)
    (world.data / "link").symlink_to(world.home / "tenants")
    chosen = world.data / "link" if place == "link" else world.home / place
    world.tenant("acme", {})
    world.tenants["acme"]["documents"] = str(chosen)
    world.save()
    with pytest.raises(ConfigurationError, match=r"line \d+.*'acme' overlap"):
        world.environment()


def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "tenants.yaml"
    new = NewTenant("0777", tmp_path, ("rules",), name="on", industry="12:30", jurisdictions=("NO", "SE"))
    tenant = add(path, new, ["rules"])
    assert (tenant.slug, tenant.name, tenant.industry) == ("0777", "on", "12:30")
    assert tenant.jurisdictions == ("NO", "SE")


def test_a_link_to_tenants_yaml_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "etc" / "list.yaml", tmp_path / "tenants.yaml"
    real.parent.mkdir()
    real.write_text("tenants: []\n")
    link.symlink_to(real)
    add(link, NewTenant("acme", tmp_path, ("rules",)), ["rules"])
    assert link.is_symlink()
    assert "acme" in real.read_text()


@pytest.mark.parametrize("name", ["Acme\x1b[31m", "Two\nlines", "x" * 201])
def test_a_name_is_one_line_without_control_characters(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"name"):
        add(tmp_path / "tenants.yaml", NewTenant("acme", tmp_path, ("rules",), name=name), ["rules"])
    assert not (tmp_path / "tenants.yaml").exists()


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "tenants.yaml"
    os.mkfifo(pipe)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_tenants(pipe, ["rules"])
    with pytest.raises(ConfigurationError, match="not a regular file"):
        import_file(tmp_path, pipe)
    with pytest.raises(ConfigurationError, match="not a regular file"):
        import_file(tmp_path, Path("/dev/zero"))


# ── Killed ────────────────────────────────────────────────────────────────────────────────────


def test_a_sweep_whose_process_is_gone_does_not_show_as_running(world: World) -> None:
    operations = Operations(world.settings().operations)
    mine, today = holder.this_holder(), date(2026, 11, 22)
    dead = f"{mine.rsplit(':', 1)[0]}:1"  # this process id, but begun at another time
    for sweep_id, process in (("20261122T010000.000Z-aaaaaa", dead), ("20261122T020000.000Z-bbbbbb", mine)):
        operations.begin_sweep(sweep_id, today, {}, "cli", process)
    shown = inspecting.status(world.settings(), 5).value["sweeps"]
    assert [row["state"] for row in shown] == ["running", "interrupted"]


# ── Clocks ────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_that_was_ahead_for_one_night_does_not_stop_the_nights_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.tenant("acme", {"menu.md": UNRELATED})
    with monkeypatch.context() as patch:
        real = ids.new_sweep_id
        patch.setattr(ids, "new_sweep_id", lambda **_: real(datetime(2040, 1, 1, tzinfo=UTC)))
        world.sweep()
    world.write("acme", "log.md", "# Visitors\n\nVisitors must be entered in a log at the reception desk.\n")
    assert not world.sweep().failures
    assert world.verdicts("acme")["R7"] == "covered"
    (world.data / "corpus" / "acme").rename(world.data / "lost")
    world.sweep()
    [row] = warehouse.TenantReport.current(world.home / "portfolio" / "published")["tenants"]
    assert row["last_outcome"] == "failed"
    assert world.environment().operations.sweeps(1)[0].state == "failed"


# ── Mounts ────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_mount_point_asks_for_one_run_which_removes_nothing(world: World) -> None:
    source = world.tenant("acme", {"menu.md": UNRELATED})
    swept_once(world)
    (source / "menu.md").unlink()
    settle(world)

    def tick() -> Answer:
        environment = world.environment()
        look = watch.look(environment, environment.tenants[0], date(2026, 11, 22))
        return changed_sources(remembered(None, 1000.0), Scene(1000.0, ["acme"], {"acme": look}))

    assert tick().request is not None  # the report is to say that everything is missing
    assert not world.sweep().failures
    assert [row["path"] for row in world.report("acme")["documents"]] == ["menu.md"]
    assert tick().request is None


# ── Cursors ───────────────────────────────────────────────────────────────────────────────────

_ASKED = '{"ticket":1,"asked":{"acme":{"input_key":"k","times":%s,"at":%s}},"marks":{},"gone":[]}'


@pytest.mark.parametrize(
    "cursor",
    [
        "[" * 20_000,
        '{"ticket":1e999,"asked":{},"marks":{},"gone":[]}',
        _ASKED % ('"x"', 1),
        _ASKED % (1, "null"),
        _ASKED % (-5, "NaN"),
    ],
)
def test_a_cursor_that_is_not_ours_stops_no_sensor(cursor: str) -> None:
    look = Look("acme", "k", ("rules",), source_differs=True)
    asked = changed_sources(remembered(cursor, 1000.0), Scene(1000.0, ["acme"], {"acme": look}))
    if asked.request is None:  # it claims that somebody asked already: then at the latest when that is stale
        asked = changed_sources(
            remembered(asked.memory.cursor(), 5000.0), Scene(5000.0, ["acme"], {"acme": look})
        )
    assert asked.request is not None
    assert asked.request.tenants == ("acme",)
    assert remembered(asked.memory.cursor(), 5000.0) == asked.memory  # and the next tick is sound again


def test_a_clock_that_was_set_back_does_not_silence_a_tenant() -> None:
    look = Look("acme", "k", ("rules",), source_differs=True)
    waits = changed_sources(remembered(_ASKED % (1, 9e9), 1000.0), Scene(1000.0, ["acme"], {"acme": look}))
    assert waits.request is None
    later = Scene(2000.0, ["acme"], {"acme": look})
    asked = changed_sources(remembered(waits.memory.cursor(), 2000.0), later)
    assert asked.request is not None
