"""Lines become paragraphs, also over a page break; paragraphs become headings by their looks."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace

from radar_pipeline.ingest.lines import ITEM, heading_line
from radar_pipeline.ingest.parsers.pdf.extract import RAISED, Line
from radar_pipeline.ingest.parsers.pdf.tables import Table

_SENTENCE_END = re.compile(rf"[.!?:;][\"'”’)]*(?:{RAISED}\S{{1,3}})?$")
NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s")
_LABEL = re.compile(r"[A-Z][\w /()-]{1,30}:\s")
_COLUMN = 60.0  # points within which lines of one column begin
_FEWEST_LETTERS = 3
_LONGEST_RUN_IN = 12  # words


@dataclass(slots=True)
class Paragraph:
    """Lines that read on. ``level`` > 0: a heading."""

    lines: list[Line]
    level: int = 0
    run_in: bool = False  # bold words that the text of the paragraph follows on the same line

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
        if isinstance(last, Paragraph) and not last.run_in and measure.reads_on(last.lines[-1], element):
            last.lines.append(element)
        else:
            *lead, rest = _parts(element)
            found += [*(Paragraph([part], run_in=True) for part in lead), Paragraph([rest])]
    return found


def _parts(line: Line) -> list[Line]:
    """A run-in heading and the text that follows it; else the line as it is."""
    if line.bold or not 0 < line.lead < len(line.words):
        return [line]
    head, rest = line.words[: line.lead], line.words[line.lead :]
    title = " ".join(word for word, _, _ in head)
    ends = title.endswith((".", "–", "—")) or (title.endswith(":") and NUMBER.match(title))
    letters = sum(c.isalpha() for c in title)
    if not ends or letters < _FEWEST_LETTERS or len(head) > _LONGEST_RUN_IN or not title[-2:-1].isalpha():
        return [line]
    return [
        replace(line, text=title, words=head, x1=head[-1][2], bold=True, lead=0),
        replace(line, text=" ".join(w for w, _, _ in rest), words=rest, lead=0),
    ]


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
            self._rights[key] = sorted(near)[int(len(near) * 0.9)] if near else line.x1
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
