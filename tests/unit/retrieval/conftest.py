"""A model client of one's own for tests of embedders by API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.llm.fake import FakeServer
from tests.support.embedding import Open
from tests.support.modelling import KEYS, Models


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a client whose providers are one local server."""
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    servers: list[FakeServer] = []

    def open_(faults: Any = None, **changes: Any) -> Models:
        servers.append(FakeServer(faults=faults))
        return Models(tmp_path / f"models-{len(servers)}", servers[-1], **changes)

    yield open_
    for server in servers:
        server.close()
