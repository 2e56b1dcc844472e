"""Two tenants for runs of Dagster: each has one policy whose every sentence could be recognised."""

from pathlib import Path

from tests.support.world import World

FILE = "quillhaven-policy.md"
TITLE = "Quillhaven data protection policy"
CANARY = "The zebrafish ledger of Quillhaven sleeps under seven amber lanterns."
POLICY = f"""# {TITLE}

## Breaches

The firm must notify the regulator of every data breach within 72 hours.

{CANARY}

## Training

All staff must complete privacy training every year.
"""


def with_two_tenants(world: World) -> World:
    """Add acme and beta, never swept."""
    for slug in ("acme", "beta"):
        world.tenant(slug, {FILE: POLICY})
    return world


def source(world: World, slug: str) -> Path:
    return world.data / "corpus" / slug


def lose_source(world: World, slug: str) -> None:
    """From now on sweeps of the tenant fail: its documents can't be listed."""
    source(world, slug).rename(world.data / f"lost-{slug}")


def find_source(world: World, slug: str) -> None:
    (world.data / f"lost-{slug}").rename(source(world, slug))
