"""A document's annotations by kind and place, and text of it made fit to stand in a line."""

import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict

from radar_pipeline.models import Document, Span

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # letters of some scripts need them


class Spans:
    """Which annotations touch a range, by binary search."""

    def __init__(self, document: Document) -> None:
        self._spans: dict[str, list[Span]] = defaultdict(list)
        for span in sorted(document.spans, key=lambda s: (s.start, -s.end)):
            self._spans[span.kind].append(span)
        self._starts = {kind: [s.start for s in found] for kind, found in self._spans.items()}
        self._longest = {kind: max(s.end - s.start for s in found) for kind, found in self._spans.items()}

    def of(self, kind: str) -> list[Span]:
        """All of one kind, in text order."""
        return self._spans.get(kind, [])

    def touching(self, kind: str, start: int, end: int) -> list[Span]:
        """Those that share a character with ``start`` to ``end``, or hold ``start`` if that is empty."""
        starts = self._starts.get(kind)
        if not starts:
            return []
        end = max(end, start + 1)
        low = bisect_left(starts, start - self._longest[kind])
        high = bisect_right(starts, end - 1)
        return [span for span in self._spans[kind][low:high] if span.end > start]

    def before(self, kind: str, start: int) -> Span | None:
        """The last that begins at or before ``start``."""
        index = bisect_right(self._starts.get(kind, []), start) - 1
        return self._spans[kind][index] if index >= 0 else None


def one_line(text: str) -> str:
    """Without line breaks and without characters that are not seen."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(" " if c.isspace() else c for c in text if c.isspace() or _is_seen(c)).split())


def _is_seen(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _HIDDEN


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters, cut between words if it can be."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > most // 2 else cut).rstrip(" ,;:–—-") + "…"
