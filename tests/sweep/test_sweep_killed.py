"""Killed at any moment, a sweep resumes and ends with the rows of an undisturbed one."""

import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.storage import warehouse
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep.events import Stage
from tests.support.killed_sweep import Sweeps
from tests.support.world import PROCEDURE, UNRELATED, World

POINTS = 14
SEED = 20261122
TENANTS = ("acme", "borealis")
IN_FLIGHT = 2  # texts or judgements between two commits, in these sweeps


@pytest.fixture(scope="module")
def sweeps() -> Iterator[Sweeps]:
    started = Sweeps()
    yield started
    started.close()


def run(sweeps: Sweeps, world: World, home: Path, kill_at: int = 0) -> tuple[int, dict[str, Any]]:
    order = {
        "data": str(world.data),
        "home": str(home),
        "kill_at": kill_at,
        "spent": f"{home}.spent",
        "in_flight": IN_FLIGHT,
    }
    status, told = sweeps.run(order)
    assert status in (0, -signal.SIGKILL), told
    return status, told


def digests(home: Path) -> dict[str, str]:
    paths = {t: home / "tenants" / t / "published" / "radar.duckdb" for t in TENANTS}
    paths["portfolio"] = home / "portfolio" / "published" / "radar.duckdb"
    return {name: warehouse.rows_digest(path) for name, path in paths.items()}


def stored(home: Path) -> dict[str, Any]:
    """What is stored once per text and once per judgement, however often a sweep was killed."""
    counts = {}
    for tenant in TENANTS:
        store = TenantStore(home / "tenants" / tenant / "work" / "lance")
        rows = store.counts()
        counts[tenant] = {
            name: rows[name] for name in ("documents", "chunks", "passages", "vectors", "judgements")
        }
    return counts


def spent(home: Path) -> Counter[str]:
    """Texts embedded and requirements judged by all sweeps into ``home``."""
    return Counter(Path(f"{home}.spent").read_text().split())


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, sweeps: Sweeps
) -> tuple[World, dict[str, str], dict[str, Any], list[int]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    world = World(folder / "data", folder / "store")
    world.tenant(TENANTS[0])
    world.tenant(TENANTS[1], {"procedure.md": PROCEDURE, "menu.md": UNRELATED})
    _, found = run(sweeps, world, world.home)
    generator = random.Random(SEED)
    boundaries = found["boundaries"]
    assert len(boundaries) == len(Stage) * len(TENANTS), "every stage of every tenant"
    others = sorted(set(range(1, found["steps"] + 1)) - set(boundaries))
    points = boundaries + generator.sample(others, POINTS - len(boundaries))
    return world, digests(world.home), stored(world.home), points


@pytest.mark.parametrize("part", range(4))
def test_a_sweep_killed_anywhere_ends_as_if_undisturbed(
    part: int,
    undisturbed: tuple[World, dict[str, str], dict[str, Any], list[int]],
    sweeps: Sweeps,
    tmp_path: Path,
) -> None:
    world, wanted, kept, points = undisturbed
    for point in points[part::4]:
        home = tmp_path / f"store-{point}"
        status, _ = run(sweeps, world, home, kill_at=point)
        assert status == -signal.SIGKILL, f"step {point} was never reached"
        assert run(sweeps, world, home)[0] == 0
        assert digests(home) == wanted, f"killed at step {point}"
        assert stored(home) == kept, f"killed at step {point}"
        twice = spent(home) - spent(world.home)
        assert all(count <= IN_FLIGHT for count in twice.values()), f"killed at step {point}: {twice}"
        shutil.rmtree(home)
