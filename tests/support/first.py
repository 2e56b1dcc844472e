"""Worlds swept for the first time: of equal ones, one is swept in a process of tests, the others are copies.

For tests of what comes after a first sweep. What a first sweep itself does is tested by sweeping.
"""

import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.support.world import Swept, World


def swept_once(world: World) -> Swept:
    """The events of a first sweep of all tenants; the world, which has no store yet, is then swept."""
    assert not world.home.exists(), "It was swept before."
    kept = _shelf() / _digest(world)
    if not kept.exists():
        swept = world.sweep()
        assert swept.state == "succeeded", swept.failures
        _EVENTS[kept] = swept
        _copy(world.data, kept / "data")
        _copy(world.home, kept / "store")
        return swept
    shutil.rmtree(world.data)
    _copy(kept / "data", world.data)  # with the times that the store remembers
    _copy(kept / "store", world.home)
    return _EVENTS[kept]


_EVENTS: dict[Path, Swept] = {}
_KEEP: list[tempfile.TemporaryDirectory[str]] = []


@cache
def _shelf() -> Path:
    _KEEP.append(tempfile.TemporaryDirectory(prefix="radar-first-sweeps-"))
    return Path(_KEEP[0].name)


def _digest(world: World) -> str:
    """Of all files of the world and the settings it would be swept with."""
    paths = sorted(path for path in world.data.rglob("*") if path.is_file())
    own = ("RADAR_HOME", "RADAR_DATA")
    settings = sorted(i for i in os.environ.items() if i[0].startswith("RADAR_") and i[0] not in own)
    found = [(str(path.relative_to(world.data)), path.read_bytes()) for path in paths]
    return hashlib.sha256(repr((found, settings)).encode()).hexdigest()


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)
