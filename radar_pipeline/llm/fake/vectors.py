"""Vectors from the words of a text: the same everywhere, near each other for similar texts."""

import base64
import hashlib
import math
import re
import struct

_WORD = re.compile(r"\w+")
_STEM = 5  # leading letters that inflected forms share
_DIMENSIONS = {
    "text-embedding-3-large": 3072,
    "text-embedding-3-small": 1536,
    "text-embedding-ada-002": 1536,
    "embed-v4.0": 1536,
    "embed-multilingual-v3.0": 1024,
    "embed-english-v3.0": 1024,
}


def dimensions(model: str, wanted: int | None) -> int:
    """The length of ``model``'s vectors, unless another is asked for."""
    return wanted if wanted is not None else _DIMENSIONS.get(model, 1024)


def embed(text: str, length: int) -> list[float]:
    """A unit vector of the hashed words and word beginnings of ``text``.

    Shared words make texts similar; their order makes no difference. A text without a word gets the
    first axis.
    """
    vector = [0.0] * length
    for word in _WORD.findall(text.lower()):
        for feature, weight in ((word, 1.0), (word[:_STEM] + "…", 0.5)):
            digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
            vector[(digest >> 1) % length] += weight if digest & 1 else -weight
    norm = math.sqrt(sum(value * value for value in vector))
    if norm == 0.0:
        return [1.0] + [0.0] * (length - 1)
    return [value / norm for value in vector]


def encode(vector: list[float]) -> str:
    """Little-endian 32-bit floats in base64, as OpenAI sends them."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
