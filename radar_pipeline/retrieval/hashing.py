"""An embedder without a model: signed feature hashing of stemmed words (Weinberger et al. 2009).

It finds shared words, not meaning. It is for tests, for speed measurements that must not pay for
a model, and for a dry run of a new source.
"""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NAME = "hashing"
_WORD = re.compile(r"[^\W_]+")


class HashingEmbedder:
    """Maps a text to its hashed word counts, L2-normalised; the same on every machine."""

    identity = "hashing@1"
    dimensions = 256
    max_tokens = 256

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                code = zlib.crc32(word[:6].encode())  # a prefix is stem enough
                row[code % self.dimensions] += 1.0 if code & 0x10000 else -1.0
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        result: NDArray[np.float32] = rows / np.maximum(norms, 1e-9)
        return result
