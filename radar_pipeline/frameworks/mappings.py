"""Mapping sets: which requirement of one framework speaks to which of another.

They lie beside the catalogs in ``mappings/<ref>.yaml``. A side names a framework by our id and by its
publisher's urn; a pair names requirements by ref, or by the last part of the publisher's urn while the
framework itself is not imported.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from radar_pipeline.yaml_files import read_yaml

FOLDER = "mappings"
Relationship = Literal["subset", "intersect", "equal", "superset", "not_related"]
CONVERSE: Mapping[str, Relationship] = {"subset": "superset", "superset": "subset"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Side(_Strict):
    """A framework that a set maps from or to."""

    framework: str
    urn: str = ""


class MappingSet(_Strict):
    """One direction of a mapping: pairs of (source ref, target ref, relationship)."""

    urn: str
    ref_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    name: str
    version: str
    provider: str = ""
    source: Side
    target: Side
    pairs: tuple[tuple[str, str, Relationship], ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A requirement of another framework that speaks to the one asked about."""

    framework: str
    ref: str
    relationship: Relationship
    mapping: str  # ref of the set


def mapping_sets(folder: Path) -> tuple[MappingSet, ...]:
    """All mapping sets beside the catalogs of ``folder``, by name of file."""
    return tuple(read_yaml(path, MappingSet) for path in sorted((folder / FOLDER).glob("*.yaml")))


def mapped(
    sets: Iterable[MappingSet], framework_id: str, urn: str, names: Collection[str]
) -> tuple[Mapped, ...]:
    """What other frameworks ask that this requirement asks too, in either direction, each once.

    ``urn`` is the framework's; ``names`` are the requirement's ref and the last part of its urn.
    """
    keys = {key(name) for name in names}
    found: dict[tuple[str, str], Mapped] = {}
    for mapping in sets:
        forward, backward = (_is(side, framework_id, urn) for side in (mapping.source, mapping.target))
        for source, target, relationship in mapping.pairs if forward or backward else ():
            if forward and key(source) in keys:
                hit = Mapped(mapping.target.framework, target, relationship, mapping.ref_id)
            elif backward and key(target) in keys:
                converse = CONVERSE.get(relationship, relationship)
                hit = Mapped(mapping.source.framework, source, converse, mapping.ref_id)
            else:
                continue
            found.setdefault((hit.framework, key(hit.ref)), hit)
    return tuple(found.values())


def key(ref: str) -> str:
    """A ref as it is compared: publishers write the same one as ``Article 5`` and ``article-5``."""
    return "-".join(ref.casefold().split())


def _is(side: Side, framework_id: str, urn: str) -> bool:
    return side.framework == framework_id or bool(urn and side.urn == urn)
