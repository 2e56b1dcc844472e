"""Partitions are tenants. A date is a column, never a partition."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import dagster as dg

from radar_pipeline import ids
from radar_pipeline.defs.instance import dagster_home, open_instance

NAME = "tenants"
TENANTS = dg.DynamicPartitionsDefinition(name=NAME)


def sync_partitions(instance: dg.DagsterInstance, slugs: Iterable[str]) -> tuple[str, ...]:
    """Make every tenant a partition; returns those that are new, in the order they were added.

    Dagster takes any string as a key, so each is checked here. Partitions of tenants that left
    tenants.yaml stay, with their history.
    """
    wanted = sorted({ids.tenant_slug(slug) for slug in slugs})
    known = set(instance.get_dynamic_partitions(NAME))
    new = tuple(slug for slug in wanted if slug not in known)
    if new:
        instance.add_dynamic_partitions(NAME, list(new))
    return new


def ranges(
    instance: dg.DagsterInstance, slugs: Collection[str], known: Collection[str]
) -> list[tuple[str, str]]:
    """The fewest (first, last) ranges of partitions that hold ``slugs`` and none else of ``known``.

    A Dagster range follows the order in which keys were added, and one written the other way round
    holds nothing and succeeds: so ranges are made here and nowhere else. Partitions of tenants that
    left tenants.yaml (not in ``known``) may lie inside a range; the sweep passes over them.
    """
    found: list[tuple[str, str]] = []
    adjacent = False
    for key in instance.get_dynamic_partitions(NAME):
        if key not in known:
            continue
        if key in slugs:
            first = found.pop()[0] if adjacent else key
            found.append((first, key))
        adjacent = key in slugs
    return found


def range_tags(first: str, last: str) -> dict[str, str]:
    """The run tags by which one run covers the partitions from ``first`` to ``last``."""
    if first == last:
        return {"dagster/partition": first}
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def covered(tags: Mapping[str, str], order: Sequence[str]) -> Sequence[str]:
    """The partitions that a run with these tags works on."""
    if "dagster/partition" in tags:
        return [tags["dagster/partition"]]
    first, last = (tags.get(f"dagster/asset_partition_range_{end}", "") for end in ("start", "end"))
    if first in order and last in order:
        return order[order.index(first) : order.index(last) + 1]
    return []


def forget_tenant(slug: str) -> None:
    """Remove the partition of an erased tenant; nothing happens if there is no instance yet."""
    if (dagster_home() / "dagster.yaml").exists():
        with open_instance() as instance:
            instance.delete_dynamic_partition(NAME, ids.tenant_slug(slug))
