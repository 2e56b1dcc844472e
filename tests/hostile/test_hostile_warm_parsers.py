"""Tests share parser servers (tests/support/warm.py): whom they share them with, and whom never."""

from pathlib import Path

import pytest

from radar_pipeline.ingest.discover import content_hash, discover
from radar_pipeline.ingest.isolate import ParserPool
from radar_pipeline.models import Document, Tenant
from radar_pipeline.settings import Settings


def parsed_by(folder: Path, *, interrupted: bool = False) -> int:
    """The process that parsed the folder's only document for a new pool."""
    tenant = Tenant("acme", "Acme", folder, ())
    (file,) = discover(tenant)
    with ParserPool(Settings(workers=1)) as pool:
        assert isinstance(pool.parse(file, content_hash(file), tenant), Document)
        process = pool._servers[0]._process
        assert process is not None
        if interrupted:
            pool.interrupt()
        return process.pid


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # no other test's servers are for here
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "x.md").write_text("The keeper keeps it.")
    return tmp_path / "docs"


def test_the_next_pool_gets_the_server_that_the_last_one_left(folder: Path) -> None:
    assert parsed_by(folder) == parsed_by(folder)


def test_another_folder_or_environment_gets_another_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = parsed_by(folder)
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir(folder)
        assert parsed_by(folder) != first
    monkeypatch.setenv("LANG", "nowhere")
    assert parsed_by(folder) != first


def test_a_server_that_was_interrupted_serves_nobody_again(folder: Path) -> None:
    first = parsed_by(folder, interrupted=True)
    assert parsed_by(folder) != first
