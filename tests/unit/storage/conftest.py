"""The operations store on SQLite and on a real PostgreSQL, with a clock that tests set."""

from datetime import UTC, datetime, timedelta

import pytest

from radar_pipeline.storage.operations import Operations


class Clock:
    """A clock that tests set; sleeping is setting it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'operations' / 'operations.sqlite'}"
    server = request.getfixturevalue("postgres")
    server.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
    return server.get_uri().replace("postgresql://", "postgresql+psycopg2://")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def operations(url, clock):
    opened = Operations(url, clock, clock.pass_seconds)
    yield opened
    opened.close()


@pytest.fixture
def embedded(tmp_path, clock):
    """The store on SQLite only, for what no engine does differently."""
    opened = Operations(f"sqlite:///{tmp_path / 'operations.sqlite'}", clock, clock.pass_seconds)
    yield opened
    opened.close()
