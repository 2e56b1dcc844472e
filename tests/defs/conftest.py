from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.support.prompt_runs import Prompted, prompted
from tests.support.two_tenants import with_two_tenants
from tests.support.world import World


@pytest.fixture
def two(world: World) -> World:
    """Tenants acme and beta, never swept."""
    return with_two_tenants(world)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def ready(
    world: World, tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> Prompted:
    """Two prompts and the local judge, a case for each, and the tenant acme; never evaluated."""
    world.tenant("acme")
    return prompted(world, tmp_path, instance, monkeypatch)
