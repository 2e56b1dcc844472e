"""Good files of every format, cut short and with bytes flipped, from fixed seeds."""

import random
from collections.abc import Iterator

from tests.support.hostile import good
from tests.support.hostile.promise import Hostile, hostile

# A flipped byte may do no harm, or any harm that has a name; it never takes a child's time or life
# in the sizes made here.
_ANY = "parsed malformed mismatch empty encrypted bomb too_large unsupported needs_ocr crash"


def files(full: bool) -> Iterator[Hostile]:
    rounds = 40 if full else 1
    for suffix, data in good.every().items():
        for number in range(rounds):
            generator = random.Random(f"{suffix} {number}")
            cut = data[: generator.randrange(1, len(data))]
            yield hostile("mutant", f"cut-{number}.{suffix}", cut, _ANY)
            yield hostile("mutant", f"flipped-{number}.{suffix}", flipped(data, generator), _ANY)
            yield hostile("mutant", f"spliced-{number}.{suffix}", spliced(data, generator), _ANY)


def flipped(data: bytes, generator: random.Random) -> bytes:
    """About one byte in 500 is another."""
    changed = bytearray(data)
    for _ in range(max(1, len(data) // 500)):
        changed[generator.randrange(len(data))] = generator.randrange(256)
    return bytes(changed)


def spliced(data: bytes, generator: random.Random) -> bytes:
    """One stretch moved to another place."""
    start = generator.randrange(len(data))
    piece = data[start : start + generator.randrange(1, 200)]
    rest = data[:start] + data[start + len(piece) :]
    place = generator.randrange(len(rest) + 1)
    return rest[:place] + piece + rest[place:]
