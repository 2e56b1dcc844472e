"""What a hostile file is, and what it may come to."""

from dataclasses import dataclass

PARSED = "parsed"
FAILED = frozenset({"timeout", "oom", "crash"})  # a promise names these only where nothing else can hold


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile file: where it lies in the source, its bytes, and the outcomes that are right."""

    family: str
    name: str
    data: bytes
    promise: frozenset[str]


def hostile(family: str, name: str, data: bytes | str, promise: str) -> Hostile:
    """``promise``: outcomes, separated by blanks."""
    raw = data.encode() if isinstance(data, str) else data
    return Hostile(family, f"{family}/{name}", raw, frozenset(promise.split()))
