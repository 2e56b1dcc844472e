import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.llm.fake import FakeServer
from tests.support.batching import Nights, desk_of_now, routes
from tests.support.models import auditor, with_models
from tests.support.world import World

Serve = Callable[..., Nights]


@pytest.fixture(scope="session")
def read_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world whose tenant acme is read and embedded, and never judged."""
    folder = tmp_path_factory.mktemp("read")
    world = World(folder / "data", folder / "store")
    world.tenant("acme")
    environment = world.environment()
    desk_of_now(environment, environment.tenants[0])
    environment.operations.close()
    return folder


@pytest.fixture
def nights(read_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Makes the nights of that world, with models at a server of its own."""
    running: list[FakeServer] = []

    def start(*route: str, faults: Any = None, **settings: Any) -> Nights:
        for name in ("data", "store"):
            shutil.copytree(read_world / name, tmp_path / name, dirs_exist_ok=True)
        world = World(tmp_path / "data", tmp_path / "store")
        world.tenant("acme")
        server = FakeServer(auditor(), faults)
        running.append(server)
        with_models(world, server, monkeypatch, routes=routes(*(route or ("primary",))))
        return Nights(world, server, settings=settings)

    yield start
    for server in running:
        server.close()
