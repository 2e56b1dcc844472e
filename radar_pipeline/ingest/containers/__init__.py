"""Files that hold documents: archives and messages. One file each, one line of registration each.

A container's members become documents of their own, with paths below its own (``outer.zip/a/b.pdf``).
Its module runs in a child process with limits, like a parser; what it yields is written down by the
parent, which trusts neither names nor sizes. Looking one up imports nothing heavy.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

from radar_pipeline.ingest.parsers import suffix_of
from radar_pipeline.ingest.zips import MOST_MEMBERS, MOST_UNPACKED

DEEPEST = 3  # containers within one another
UNPACKING = "2"  # raised whenever the same container would yield other members

__all__ = ("CONTAINERS", "DEEPEST", "MOST_MEMBERS", "MOST_UNPACKED", "UNPACKING", "Container", "Member")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a container. ``name`` is as it stands there: any text, '/'-separated."""

    name: str
    data: bytes


class Unpack(Protocol):
    """What a container's module offers as ``members``."""

    def __call__(self, data: bytes, path: str) -> Iterator[Member]:
        """The members in the container's order. Raises ParseProblem, at any of them."""


@dataclass(frozen=True, slots=True)
class Container:
    """A registered kind of container: ``module`` has ``members``."""

    name: str
    version: str  # raised whenever the same bytes would yield other members
    suffixes: tuple[str, ...]
    module: str

    def members(self, data: bytes, path: str) -> Iterator[Member]:
        """The members, one after another. Raises ParseProblem with the reason why it can't be unpacked."""
        return cast(Unpack, self._load())(data, path)

    def preload(self) -> None:
        """Import the module now, so that forked children need not."""
        self._load()

    def _load(self) -> Callable[..., object]:
        return cast(Callable[..., object], importlib.import_module(self.module).members)


_HERE = "radar_pipeline.ingest.containers"

CONTAINERS: tuple[Container, ...] = (
    Container("zip", "1", (".zip",), f"{_HERE}.zip_files"),
    Container("eml", "1", (".eml",), f"{_HERE}.eml_files"),
    Container("msg", "1", (".msg",), f"{_HERE}.msg_files"),
)


def container_for(path: str) -> Container | None:
    """The kind of container that a path is, by its suffix; None if it holds no documents."""
    return _by_suffix().get(suffix_of(path))


@cache
def _by_suffix() -> dict[str, Container]:
    return {suffix: container for container in CONTAINERS for suffix in container.suffixes}
