"""A text as it reads, whatever it was set with: one spelling for spaces, quotation marks, dashes, ligatures,
bullets and broken lines, with the way back to the offsets of the original.

Unicode compatibility forms (NFKC, UAX #15) are unified except where that would change a number: "10²" does
not become "102", nor "1½" "11/2".
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = dict.fromkeys('‘’‚‛′`´“”„‟«»‹›"', "'") | {"″": '"'}
_DASHES = "-‐‑‒–—―⸺−﹘﹣－"
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
)
_BULLETS = "•▪◦‣●○■□❖➢✓·∙"
_LETTER = r"[^\W\d_]"
_CHANGED = re.compile(
    rf"(?P<unseen>[{_UNSEEN}\x00-\x08\x0e-\x1b\x7f]+)"
    rf"|(?P<hyphen>(?<={_LETTER})[‐‑‒–\u00ad-](?:(?P<broken>[ \t]*[\r\n]\s*|\s+(?=[a-zß-ÿ]))|(?={_LETTER})))"
    rf"|(?P<parted>(?<=\d)[‐‑‒–-][ \t]*[\r\n]\s*(?=\w))"
    rf"|(?P<bullet>(?:(?<=[;:])\s+|(?:\A|[\r\n])\s*)(?:[{_BULLETS}]|[-*–—](?=\s))(?!\s*\d)\s*|\s*[{_BULLETS}](?=\s)\s*)"
    r"|(?P<space>\s*(?:[—―⸺]|(?<=\s)–(?=\s)|(?<![-\s])\s*--(?!-))\s*)"
    r"|(?P<white>\s{2,}|[^\S ]|\A\s+|\s+\Z)"
    r"|(?P<bold>(?<!\d)\*{2,}|\*{2,}(?!\d))"
    r"|(?P<quote>[‘’‚‛′`´‹›″]|(?<!\d)[\"“”„‟«»])"
    rf"|(?P<dash>[{_DASHES[1:]}])"
    rf"|(?P<other>[\u1100-\u11ff]{{1,16}}|[^{_MARKS}\s][{_MARKS}]{{1,8}}|[^\x00-\x7f])"
)


@dataclass(frozen=True, slots=True)
class Hyphens:
    """Where, in the text without them, hyphens stood between two letters."""

    firm: frozenset[int]  # within a line: part of the word
    broken: frozenset[int]  # at a line's end: part of the word or not

    def agree(self, other: "Hyphens") -> bool:
        """Whether both can be the same words, broken into lines differently."""
        return self.firm <= other.firm | other.broken and other.firm <= self.firm | self.broken


@dataclass(frozen=True, slots=True)
class Literal:
    """``text`` in one spelling, ``folded`` in lower case of the same length; ``original`` maps back."""

    text: str
    folded: str
    _starts: tuple[int, ...]  # of pieces in ``text`` …
    _origins: tuple[int, ...]  # … and in the original
    _spans: tuple[int, ...]  # length in the original of a piece that was changed, 0 for one that was not
    _firm: tuple[int, ...]
    _broken: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Half-open offsets in the original of what became ``text[start:end]``; a character that was
        one of several from one place stands for all of that place."""
        first, last = self._place(start)[0], self._place(end - 1)[1]
        return first, last

    def _place(self, offset: int) -> tuple[int, int]:
        piece = bisect_right(self._starts, offset) - 1
        origin, span = self._origins[piece], self._spans[piece]
        if span:
            return origin, origin + span
        at = origin + offset - self._starts[piece]
        return at, at + 1

    def hyphens(self, start: int, end: int) -> Hyphens:
        """Hyphens inside ``text[start:end]``, by offsets from ``start``."""
        return Hyphens(_within(self._firm, start, end), _within(self._broken, start, end))


def _within(places: tuple[int, ...], start: int, end: int) -> frozenset[int]:
    low, high = bisect_right(places, start), bisect_right(places, end - 1)
    return frozenset(p - start for p in places[low:high])


@lru_cache(maxsize=8)
def of_document(text: str) -> Literal:
    """As ``literal``, kept for the documents asked about last."""
    return literal(text)


def literal(text: str) -> Literal:
    """``text`` in one spelling; about 0.1 µs a character, memory in proportion to what was changed."""
    writer = _Writer(text)
    done = 0
    for match in _CHANGED.finditer(text):
        start, end = match.span()
        if start > done:
            writer.same(done, start)
        writer.changed(match)
        done = end
    if done < len(text):
        writer.same(done, len(text))
    return writer.literal()


class _Writer:
    """Collects the pieces of a Literal, in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[str] = []
        self._length = 0
        self._starts: list[int] = []
        self._origins: list[int] = []
        self._spans: list[int] = []
        self._firm: list[int] = []
        self._broken: list[int] = []
        self._last = ""

    def same(self, start: int, end: int) -> None:
        self._add(self._text[start:end], start, 0)

    def changed(self, match: re.Match[str]) -> None:
        if match["hyphen"]:
            (self._broken if match["broken"] else self._firm).append(self._length)
        written = self._written(match)
        if written == " " and self._last == " ":
            return
        if written:
            self._add(written, match.start(), match.end() - match.start())

    def _written(self, match: re.Match[str]) -> str:
        if match["unseen"] or match["hyphen"] or match["bold"]:
            return ""
        if match["bullet"] or match["white"]:
            return " " if self._pieces else ""
        if match["space"]:
            return " - " if self._last != " " else "- "
        if match["quote"]:
            return _QUOTES[match.group()]
        if match["dash"] or match["parted"]:
            return "-"
        return self._compatible(match.group(), match.end())

    def _compatible(self, cluster: str, end: int) -> str:
        plain = unicodedata.normalize("NFKC", cluster).replace("\u2044", "/")
        if plain != cluster and not cluster[0].isdecimal():
            if plain[:1].isdecimal() and self._last.isdecimal():
                plain = f"^{plain}" if len(plain) == 1 else f" {plain}"
            if plain[-1:].isdecimal() and self._text[end : end + 1].isdecimal():
                plain += " "
        return plain

    def _add(self, written: str, origin: int, span: int) -> None:
        self._pieces.append(written)
        self._starts.append(self._length)
        self._origins.append(origin)
        self._spans.append(span)
        self._length += len(written)
        self._last = written[-1]

    def literal(self) -> Literal:
        text = "".join(self._pieces)
        starts, origins, spans = map(tuple, (self._starts, self._origins, self._spans))
        return Literal(text, _folded(text), starts, origins, spans, tuple(self._firm), tuple(self._broken))


def _folded(text: str) -> str:
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)
