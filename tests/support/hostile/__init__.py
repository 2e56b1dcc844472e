"""Files made to break a reader, each with what it may come to: text, or a reason of the closed set.

``corpus()`` makes small ones, for a test that sweeps them all; ``corpus(full=True)`` the sizes that
hurt, for the bench. Fixed seeds, nothing binary kept: equal calls make equal files.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from tests.support.hostile import archives, mutants, names, nesting, office, pages, patterns, texts
from tests.support.hostile.promise import FAILED, PARSED, Hostile

__all__ = ["FAILED", "PARSED", "Hostile", "corpus", "named", "write"]

_FAMILIES = (archives, office, nesting, pages, texts, patterns, names, mutants)


def corpus(full: bool = False) -> Iterator[Hostile]:
    """All of them, one after the other; ``full`` makes the largest as large as they come."""
    for family in _FAMILIES:
        yield from family.files(full)


def write(folder: Path, files: Iterator[Hostile]) -> dict[str, Hostile]:
    """Write them under ``folder``; returns them by the path a report shows them under."""
    written = {}
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        written[named(file.name)] = file
    return written


def named(name: str) -> str:
    """A file name as listings carry it: bytes that are no UTF-8 spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
