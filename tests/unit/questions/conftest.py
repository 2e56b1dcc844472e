"""Three swept tenants, made once and copied for each test: a sweep takes longer than a question."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.llm.fake import FakeServer
from tests.support.asking import BREACH, ORDER, SECRET, asking_world
from tests.support.world import World

Open = Callable[..., FakeServer]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("questions")
    world = World(folder / "data", folder / "store")
    world.tenant("acme")
    world.tenant("beta", {"b.md": f"# Breaches\n\n{SECRET}\n"})
    world.tenant("gamma", {"c.md": f"# Breaches\n\n{BREACH}\n\n{ORDER}\n"})
    assert world.sweep().state == "succeeded"
    return folder


@pytest.fixture
def swept(kept: Path, tmp_path: Path) -> World:
    for name in ("data", "store"):
        shutil.copytree(kept / name, tmp_path / name, symlinks=True)
    return World(tmp_path / "data", tmp_path / "store")


@pytest.fixture
def opened(swept: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Has a model answer the questions of ``swept`` as told."""
    servers: list[FakeServer] = []

    def make(responder: Any, faults: Any = None, **changes: Any) -> FakeServer:
        servers.append(FakeServer(responder, faults))
        asking_world(swept, servers[-1], monkeypatch, **changes)
        return servers[-1]

    yield make
    for server in servers:
        server.close()
