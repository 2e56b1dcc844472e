from collections.abc import Iterator

import dagster as dg
import pytest

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
