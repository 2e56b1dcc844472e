"""Lines become paragraphs, also over a page break; paragraphs become headings by their looks."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass

from radar_pipeline.ingest.lines import ITEM, heading_line
from radar_pipeline.ingest.parsers.pdf.extract import Line
from radar_pipeline.ingest.parsers.pdf.rows import Table

_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)]*$")
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s")
_LABEL = re.compile(r"[A-Z][\w /()-]{1,30}:\s")
LONGEST_TITLE = 180  # characters
_COLUMN = 60.0  # points within which lines of one column begin
_LARGER = 1.12  # times the body's size


@dataclass(slots=True)
class Paragraph:
    """Lines that read on. ``level`` > 0: a heading."""

    lines: list[Line]
    level: int = 0

    @property
    def size(self) -> float:
        """Height of its first line."""
        return self.lines[0].size

    @property
    def text(self) -> str:
        """A rough text, for judging what it is; the writer joins hyphens properly."""
        return " ".join(line.text for line in self.lines)


def paragraphs(elements: list[Table | Line]) -> list[Table | Paragraph]:
    """Join lines that read on; tables stay between them."""
    lines = [e for e in elements if isinstance(e, Line)]
    measure = _Measure(lines)
    found: list[Table | Paragraph] = []
    for element in elements:
        if isinstance(element, Table):
            found.append(element)
            continue
        last = found[-1] if found else None
        if isinstance(last, Paragraph) and measure.reads_on(last.lines[-1], element):
            last.lines.append(element)
        else:
            found.append(Paragraph([element]))
    return found


def mark_headings(found: list[Table | Paragraph], bookmarks: dict[tuple[int, str], int]) -> None:
    """Set the level of each paragraph that is a heading.

    ``bookmarks``: (page, squeezed title) → level from 1 of the document's own outline, which is
    trusted where it matches a paragraph; else size and weight decide, then the words.
    """
    candidates = [p for p in found if isinstance(p, Paragraph)]
    body = body_size(candidates)
    marked = {id(p): level for p in candidates if (level := _bookmark_level(p, bookmarks))}
    looks = [p for p in candidates if _looks_like_heading(p, body)]
    sizes = _distinct_sizes([p.size for p in looks if p.size >= body * _LARGER])
    # A title above the outline's first entry makes every bookmark one level deeper.
    outline_size = max((p.size for p in candidates if id(p) in marked), default=0.0)
    has_title = any(p.size > outline_size * 1.05 and id(p) not in marked for p in looks)
    for paragraph in candidates:
        if id(paragraph) in marked:
            paragraph.level = marked[id(paragraph)] + (1 if has_title else 0)
    for paragraph in looks:
        if not paragraph.level:
            paragraph.level = _level_by_looks(paragraph, body, sizes)
    if not looks and not marked:
        for paragraph in candidates:
            plain = heading_line(paragraph.text, alone=True)
            paragraph.level = plain.level if plain and len(paragraph.lines) <= 2 else 0


def squeezed(title: str) -> str:
    """A title without anything but letters and digits, for comparing."""
    return "".join(c for c in title.lower() if c.isalnum())


def body_size(found: list[Paragraph]) -> float:
    """The size that most characters have."""
    sizes: Counter[float] = Counter()
    for paragraph in found:
        for line in paragraph.lines:
            sizes[round(line.size * 4) / 4] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


class _Measure:
    """Line pitch and right edge, which tell a line that reads on from one that begins anew."""

    def __init__(self, lines: list[Line]) -> None:
        gaps: dict[int, Counter[float]] = {}
        for one, other in itertools.pairwise(lines):
            drop = one.y - other.y
            if one.page == other.page and 0 < drop < 4 * max(one.size, 1):
                gaps.setdefault(round(one.size), Counter())[round(drop * 2) / 2] += 1
        self._pitch = {size: _usual(counts, size) for size, counts in gaps.items()}
        self._by_page: dict[int, list[Line]] = {}
        for line in lines:
            self._by_page.setdefault(line.page, []).append(line)
        self._rights: dict[tuple[int, int], float] = {}

    def reads_on(self, one: Line, other: Line) -> bool:
        """Whether ``other`` continues the paragraph that ``one`` ends so far."""
        alike = abs(one.size - other.size) <= 0.08 * max(one.size, other.size)
        if one.bold != other.bold:  # a sentence may end in a bold word, but not a heading in text
            alike = alike and not one.bold and not _SENTENCE_END.search(one.text)
            alike = alike and one.page == other.page and not self._broken_early(one, other)
        if not alike or ITEM.match(other.text):
            return False
        drop = one.y - other.y
        if one.page != other.page or drop <= 0:
            return self._resumes(one, other)
        if drop > 1.3 * self._pitch.get(round(one.size), 1.2 * one.size):
            return False
        if _LABEL.match(one.text) and _LABEL.match(other.text):
            return False
        if one.bold and heading_line(one.text, alone=True) and self._broken_early(one, other):
            return False
        ended = bool(_SENTENCE_END.search(one.text))
        indented = other.x0 > one.x0 + 0.8 * other.size
        return not (ended and (indented or self._broken_early(one, other)))

    def _broken_early(self, one: Line, other: Line) -> bool:
        """The next line's first word would have fitted: somebody wanted the break."""
        right = self._right(one)
        word = other.words[0][2] - other.words[0][1] if other.words else 0.0
        return one.x1 + word + 0.5 * one.size < right - 0.06 * (right - one.x0)

    def _right(self, line: Line) -> float:
        """Right edge of the column that a line stands in: by the lines that begin near it."""
        key = (line.page, round(line.x0 / _COLUMN))
        if key not in self._rights:
            near = [ln.x1 for ln in self._by_page[line.page] if abs(ln.x0 - line.x0) < _COLUMN]
            self._rights[key] = sorted(near)[int(len(near) * 0.9)]
        return self._rights[key]

    def _resumes(self, one: Line, other: Line) -> bool:
        """Over a page or column break: the sentence was not over."""
        if _SENTENCE_END.search(one.text) or one.bold:
            return False
        first = other.text.lstrip("\"'“‘(")[:1]
        right = self._right(one)
        fills = one.x1 > right - 0.25 * (right - one.x0)
        return first.islower() or (fills and not first.isdigit()) or one.text.endswith(("-", ","))


def _usual(counts: Counter[float], size: int) -> float:
    """The smallest gap that is common: paragraphs' own pitch rather than the space between them."""
    most = counts.most_common(1)[0][1]
    common = [gap for gap, times in counts.items() if times >= 0.3 * most]
    return max(min(common), 0.9 * size * 0.8)


def _bookmark_level(paragraph: Paragraph, bookmarks: dict[tuple[int, str], int]) -> int:
    if len(paragraph.text) > LONGEST_TITLE:
        return 0
    return bookmarks.get((paragraph.lines[0].page, squeezed(paragraph.text)), 0)


def _looks_like_heading(paragraph: Paragraph, body: float) -> bool:
    text = paragraph.text.strip()
    if len(text) > LONGEST_TITLE or len(paragraph.lines) > 3 or not any(c.isalpha() for c in text):
        return False
    if text.endswith((".", ";", ",")) and len(text.split()) > 4:
        return False
    if paragraph.size >= body * _LARGER:
        return True
    if not all(line.bold for line in paragraph.lines):
        return False
    return len(text.split()) <= 14 and not text.endswith(":")


def _distinct_sizes(sizes: list[float]) -> list[float]:
    distinct: list[float] = []
    for size in sorted(sizes, reverse=True):
        if not distinct or size < distinct[-1] * 0.95:
            distinct.append(size)
    return distinct


def _level_by_looks(paragraph: Paragraph, body: float, sizes: list[float]) -> int:
    number = _NUMBER.match(paragraph.text)
    if paragraph.size >= body * _LARGER:
        return min(
            6, next((i for i, size in enumerate(sizes, 1) if paragraph.size >= size * 0.95), len(sizes))
        )
    return min(6, len(sizes) + (number[1].count(".") + 1 if number else 1))
