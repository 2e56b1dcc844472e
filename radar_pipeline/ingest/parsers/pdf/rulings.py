"""Lines drawn on a page, and the grids that they form: the borders of a table's cells."""

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from radar_pipeline.ingest.parsers.pdf.paper import Box, Paper

_MOST_OBJECTS = 10_000  # of a page
_MOST_SEGMENTS = 400  # of a path; more is a drawing
_MOST_RULES = 4_000  # of a page; more is a drawing
_MOST_CROSSINGS = 60_000
_THIN = 2.6  # points: a line, also where it is drawn as a filled rectangle
_SHORTEST = 4.0  # points
_SAME = 3.0  # points between two lines that are one border
_TOUCHING = 2.5  # points
_OPEN = 12.0  # points that lines run beyond the outermost border across them: an open side
_FEWEST_BORDERS = 3  # two rows, two columns


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line from ``start`` to ``end``, at one x if ``upright``, else at one y. Points."""

    upright: bool
    at: float
    start: float
    end: float

    def covers(self, place: float) -> bool:
        """It passes a place between its ends."""
        return self.start <= place <= self.end


@dataclass(frozen=True, slots=True)
class Grid:
    """Borders of the cells of a table. A border may be missing between cells that are one."""

    xs: tuple[float, ...]  # from the left
    ys: tuple[float, ...]  # from the top
    rules: tuple[Rule, ...]

    def row_of(self, y: float) -> int | None:
        """Index of the row at a height."""
        return next((i for i in range(len(self.ys) - 1) if self.ys[i] >= y > self.ys[i + 1]), None)

    def parted_beside(self, row: int, border: int) -> bool:
        """Whether a line stands at a border (of ``xs``) in a row."""
        middle = (self.ys[row] + self.ys[row + 1]) / 2
        return self._drawn(True, self.xs[border], middle)

    def parted_above(self, row: int, column: int) -> bool:
        """Whether a line is drawn over a cell."""
        middle = (self.xs[column] + self.xs[column + 1]) / 2
        return self._drawn(False, self.ys[row], middle)

    def _drawn(self, upright: bool, at: float, place: float) -> bool:
        return any(r.upright == upright and abs(r.at - at) <= _SAME and r.covers(place) for r in self.rules)


def grids_of(document: pdfium.PdfDocument, number: int, width: float, height: float) -> list[Grid]:
    """Grids of at least two rows and two columns on a page (``number`` from 1) that reads upright as
    ``width`` × ``height`` points. None of a page that can't be loaded, or is turned another way."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return []
    try:
        paper = Paper(page)
        if abs(paper.width - width) > 1 or abs(paper.height - height) > 1:
            return []
        return grids(_rules(page.raw, paper))
    finally:
        page.close()


def grids(rules: Iterable[Rule]) -> list[Grid]:
    """The grids that lines form by touching each other."""
    whole = _whole(rules)
    level = [rule for rule in whole if not rule.upright]
    upright = [rule for rule in whole if rule.upright]
    if min(len(level), len(upright)) < _FEWEST_BORDERS - 1 or len(level) * len(upright) > _MOST_CROSSINGS:
        return []
    return [grid for group in _groups(level, upright) if (grid := _grid(group)) is not None]


def _grid(rules: list[Rule]) -> Grid | None:
    level = [rule for rule in rules if not rule.upright]
    upright = [rule for rule in rules if rule.upright]
    if not level or not upright:
        return None
    xs, ys = _borders(upright, level), _borders(level, upright)
    if min(len(xs), len(ys)) < _FEWEST_BORDERS:
        return None
    return Grid(tuple(xs), tuple(reversed(ys)), tuple(rules))


def _borders(rules: list[Rule], across: list[Rule]) -> list[float]:
    """Places of the lines, and of the ends of those across them where a side has no line."""
    found: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not found or at - found[-1] > _SAME:
            found.append(at)
    low, high = min(rule.start for rule in across), max(rule.end for rule in across)
    return ([low] if found[0] - low > _OPEN else []) + found + ([high] if high - found[-1] > _OPEN else [])


def _groups(level: list[Rule], upright: list[Rule]) -> list[list[Rule]]:
    """Lines that touch, directly or by others."""
    rules = level + upright
    group = list(range(len(rules)))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    for one, flat in enumerate(level):
        for other, tall in enumerate(upright, len(level)):
            near_x = flat.start - _TOUCHING <= tall.at <= flat.end + _TOUCHING
            if near_x and tall.start - _TOUCHING <= flat.at <= tall.end + _TOUCHING:
                group[root(one)] = root(other)
    found: dict[int, list[Rule]] = {}
    for index, rule in enumerate(rules):
        found.setdefault(root(index), []).append(rule)
    return list(found.values())


def _whole(rules: Iterable[Rule]) -> list[Rule]:
    """Lines drawn cell by cell as one; lines that are drawn twice, once."""
    found: list[Rule] = []
    for upright in (False, True):
        bands: list[list[Rule]] = []
        for rule in sorted((r for r in rules if r.upright == upright), key=lambda r: r.at):
            if bands and rule.at - bands[-1][0].at <= _SAME / 2:
                bands[-1].append(rule)
            else:
                bands.append([rule])
        for band in bands:
            band.sort(key=lambda r: r.start)
            start, end = band[0].start, band[0].end
            for rule in band[1:]:
                if rule.start > end + _TOUCHING:
                    found.append(Rule(upright, band[0].at, start, end))
                    start = rule.start
                    end = rule.end
                end = max(end, rule.end)
            found.append(Rule(upright, band[0].at, start, end))
    return found


def _rules(page: Any, paper: Paper) -> list[Rule]:
    """Level and upright lines of a page; none of one with so many that it is a drawing."""
    found: list[Rule] = []
    for index in range(min(raw.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        thing = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(thing) == raw.FPDF_PAGEOBJ_PATH:
            found += (rule for box in _strokes(thing) for rule in _as_rules(paper.turned(box)))
            if len(found) > _MOST_RULES:
                return []
    return found


def _strokes(path: Any) -> Iterator[Box]:
    """Boxes of the straight parts of a path that is drawn."""
    count = raw.FPDFPath_CountSegments(path)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not 2 <= count <= _MOST_SEGMENTS or not raw.FPDFPath_GetDrawMode(path, fill, stroke):
        return
    if not fill.value and not stroke.value:
        return
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(path, left, bottom, right, top):
        return
    box = Box(left.value, bottom.value, right.value, top.value)
    if min(box.right - box.left, box.top - box.bottom) <= _THIN:
        yield box
        return
    yield from _sides(path, count)


def _sides(path: Any, count: int) -> Iterator[Box]:
    """Boxes of the straight segments of a path, in the page's coordinates."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(path, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        here = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = here
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield _between(last, here)
        last = here
        if raw.FPDFPathSegment_GetClose(segment):
            yield _between(here, start)


def _between(one: tuple[float, float], other: tuple[float, float]) -> Box:
    return Box(min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))


def _as_rules(box: Box) -> Iterator[Rule]:
    wide, high = box.right - box.left, box.top - box.bottom
    if high <= _THIN and wide >= _SHORTEST:
        yield Rule(False, (box.top + box.bottom) / 2, box.left, box.right)
    elif wide <= _THIN and high >= _SHORTEST:
        yield Rule(True, (box.left + box.right) / 2, box.bottom, box.top)
