"""The outline of a document and its blocks: what chunks and passages are cut from."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from radar_pipeline.ingest.lines import ITEM, marker_level
from radar_pipeline.models import Document, Span

NEVER_EVIDENCE = frozenset({"furniture", "front_matter"})
_LINE = re.compile(r"[^\n]+")
_PARTS = frozenset({"slide", "notes", "sheet", "footnote"})  # spans that begin and end apart from the rest
_CLOSING = frozenset({"slide", "sheet"})  # a heading of one is none of the next


class BlockKind(StrEnum):
    """What a line of canonical text is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """One line of canonical text, trimmed. ``path``: headings above it (and itself, if it is one)."""

    kind: BlockKind
    start: int
    end: int
    path: tuple[str, ...]
    level: int = 0  # of a heading, from 1; of a list item, from 0
    gap: bool = True  # a blank line, a heading or the beginning stands before it
    first: bool = False  # furniture, front matter, another sheet or nothing stands before it
    apart: bool = False  # begins a slide, its notes or a footnote: no passage reaches over it


def body_ranges(document: Document) -> list[tuple[int, int]]:
    """The parts of the text that can be evidence: all but furniture and front matter, in order."""
    ranges: list[tuple[int, int]] = []
    position = 0
    for span in sorted((s for s in document.spans if s.kind in NEVER_EVIDENCE), key=lambda s: s.start):
        if span.start > position:
            ranges.append((position, span.start))
        position = max(position, span.end)
    if position < len(document.text):
        ranges.append((position, len(document.text)))
    return ranges


def blocks(document: Document) -> list[Block]:
    """The body as a list of lines that know what they are and which headings they stand under."""
    text = document.text
    kinds = _Starts(document.spans)
    outline = _Outline()
    breaks = _Breaks(document)
    found: list[Block] = []
    for low, high in body_ranges(document):
        previous_end: int | None = None
        for match in _LINE.finditer(text, low, high):
            start, end = _trim(text, *match.span())
            if start >= end:  # nothing but spaces
                continue
            passed = breaks.until(start)
            if passed & _CLOSING:
                outline.leave()
            first = previous_end is None or "sheet" in passed
            gap = previous_end is None or text.count("\n", previous_end, start) > 1
            block = _block(text, start, end, kinds, outline, gap, first)
            found.append(replace(block, apart=True) if passed else block)
            previous_end = end
    return found


def top_level(headings: Sequence[Block]) -> int:
    """The level of the top sections: the first that occurs more than once (a title occurs once)."""
    levels = [h.level for h in headings]
    for level in sorted(set(levels)):
        if levels.count(level) > 1:
            return level
    return max(levels, default=0)


class PageFinder:
    """Which page an offset stands on; 0 where the format has no pages."""

    def __init__(self, document: Document) -> None:
        pages = sorted(document.spans_of("page"), key=lambda s: s.start)
        self._starts = [p.start for p in pages]
        self._numbers = [int(p.value) for p in pages]

    def page(self, offset: int) -> int:
        """The page of the last page span that begins at or before ``offset``."""
        index = bisect_right(self._starts, offset) - 1
        return self._numbers[index] if index >= 0 else 0


def _block(
    text: str, start: int, end: int, kinds: "_Starts", outline: "_Outline", gap: bool, first: bool
) -> Block:
    heading = kinds.heading(start, end)
    if heading:
        path = outline.enter(heading, kinds.within("slide", start) or kinds.within("sheet", start))
        return Block(BlockKind.HEADING, start, end, path, heading.level, gap, first)
    if kinds.within("table_row", start):
        return Block(BlockKind.ROW, start, end, outline.path, 0, gap, first)
    item = kinds.within("list_item", start)
    if item:
        return Block(BlockKind.ITEM, start, end, outline.path, item.level, gap, first)
    match = ITEM.match(text, start, end)
    if match:
        return Block(BlockKind.ITEM, start, end, outline.path, marker_level(match["marker"]), gap, first)
    return Block(BlockKind.PARAGRAPH, start, end, outline.path, 0, gap, first)


class _Outline:
    """The stack of open headings: level, title, and whether it stands on a slide or sheet."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str, bool]] = []

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(title for _, title, _ in self._open)

    def enter(self, heading: Span, part: Span | None) -> tuple[str, ...]:
        while self._open and self._open[-1][0] >= heading.level:
            self._open.pop()
        self._open.append((heading.level, heading.value, part is not None))
        return self.path

    def leave(self) -> None:
        """A slide or sheet ends, and with it what its headings head."""
        while any(inside for _, _, inside in self._open):
            self._open.pop()


class _Breaks:
    """Where slides, notes, sheets and footnotes begin and end, asked for in text order."""

    def __init__(self, document: Document) -> None:
        spans = [span for span in document.spans if span.kind in _PARTS]
        self._bounds = sorted((at, span.kind) for span in spans for at in (span.start, span.end))
        self._next = 0

    def until(self, offset: int) -> set[str]:
        """The kinds of those between the offset asked for last and this one."""
        passed = set()
        while self._next < len(self._bounds) and self._bounds[self._next][0] <= offset:
            passed.add(self._bounds[self._next][1])
            self._next += 1
        return passed


class _Starts:
    """Which heading, row or item a line belongs to, by binary search."""

    def __init__(self, spans: Sequence[Span]) -> None:
        kinds = ("heading", "table_row", "list_item", "slide", "sheet")
        self._spans: dict[str, list[Span]] = {kind: [] for kind in kinds}
        for span in sorted(spans, key=lambda s: (s.start, -s.end)):
            if span.kind in self._spans:
                self._spans[span.kind].append(span)
        self._starts = {kind: [s.start for s in found] for kind, found in self._spans.items()}

    def within(self, kind: str, offset: int) -> Span | None:
        index = bisect_right(self._starts[kind], offset) - 1
        span = self._spans[kind][index] if index >= 0 else None
        return span if span and offset < span.end else None

    def heading(self, start: int, end: int) -> Span | None:
        """The heading that makes up the whole line; a run-in heading does not hide its clause."""
        span = self.within("heading", start)
        return span if span and span.end >= end else None


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    line = text[start:end]
    return start + len(line) - len(line.lstrip()), start + len(line.rstrip())
