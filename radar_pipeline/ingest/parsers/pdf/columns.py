"""Columns of a page, read one after the other, also where the file writes them line by line."""

from bisect import bisect_right
from dataclasses import replace
from itertools import pairwise
from typing import Any

from radar_pipeline.ingest.parsers.pdf.extract import Line, stretched

_NARROWEST = 7.0  # points: a gutter
_FEWEST = 4  # lines on either side of a gutter
_FEWEST_ACROSS = 6  # where the lines of both sides come by turns, as a table's rows do
_CROSSING = 0.3  # of the lines may run over the gutter: titles, wide tables
_READS_ON = 0.5  # of the lines of a column go on in the next one with a small letter
_DEEPEST = 2  # gutters within gutters: four columns
_BIN = 2.0  # points
_MOST_LINES = 5_000  # of a page; more is a drawing


def in_reading_order(lines: list[Line], width: float) -> list[Line]:
    """The lines of one page, each marked with its column where there are columns."""
    if not 2 * _FEWEST <= len(lines) <= _MOST_LINES or width <= 0:
        return lines
    return _ordered(lines, [0], 0)


def _ordered(lines: list[Line], counter: list[int], depth: int) -> list[Line]:
    gutter = _gutter(lines) if depth < _DEEPEST else None
    if gutter is None:
        return lines
    split = [part for line in lines for part in _split(line, gutter)]
    bands = _bands(split, gutter)
    if not any(isinstance(band, tuple) for band in bands):
        return lines
    found: list[Line] = []
    for band in bands:
        for side in band if isinstance(band, tuple) else (band,):
            counter[0] += 1
            for line in side:
                line.column = counter[0]
            found += _ordered(_justified(side), counter, depth + 1) if isinstance(band, tuple) else side
    return found


def _justified(side: list[Line]) -> list[Line]:
    """Words of a column that stand evenly apart on one baseline, as one line."""
    rows: list[list[Line]] = []
    for line in side:
        last = rows[-1][-1] if rows else None
        if last and abs(last.y - line.y) < 0.3 * line.size and last.x1 <= line.x0:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [whole for row in rows for whole in _as_one(row)]


def _as_one(row: list[Line]) -> list[Line]:
    words = tuple(word for line in row for word in line.words)
    gaps = [other[1] - one[2] for one, other in pairwise(words)]
    if len(row) == 1 or not stretched(gaps, row[0].size):
        return row
    return [replace(_part(row[0], words), bold=all(line.bold for line in row), lead=0)]


def _gutter(lines: list[Line]) -> float | None:
    """The middle of the emptiest upright strip with enough lines on both sides."""
    upright = [line for line in lines if line.upright]
    if len(upright) < 2 * _FEWEST:
        return None
    left, right = min(ln.x0 for ln in upright), max(ln.x1 for ln in upright)
    bins = int((right - left) / _BIN) + 2
    change = [0] * (bins + 1)
    for line in upright:
        for start, end in _runs(line):
            change[max(int((start - left) / _BIN), 0)] += 1
            change[min(int((end - left) / _BIN) + 1, bins)] -= 1
    cover, level = [], 0
    for step in change[:bins]:
        level += step
        cover.append(level)
    strip = _widest_low(cover, int(bins * 0.2), int(bins * 0.8), _CROSSING * len(upright) / 2)
    if strip is None or (strip[1] - strip[0]) * _BIN < _NARROWEST:
        return None
    return left + (strip[0] + strip[1]) // 2 * _BIN


def _widest_low(cover: list[int], low: int, high: int, limit: float) -> tuple[int, int] | None:
    """The longest run of bins from ``low`` to ``high`` that no more than ``limit`` lines cover."""
    best: tuple[int, int] | None = None
    start = low
    for position in range(low, high + 1):
        if position < high and cover[position] <= limit:
            continue
        if position > start and (best is None or position - start > best[1] - best[0]):
            best = (start, position)
        start = position + 1
    return best


def _runs(line: Line) -> list[tuple[float, float]]:
    """The line's extent, parted at gaps too wide for a space."""
    if not line.words:
        return [(line.x0, line.x1)]
    runs = [(line.words[0][1], line.words[0][2])]
    for (_, _, end), (_, x0, x1) in pairwise(line.words):
        if x0 - end > 0.8 * line.size:
            runs.append((x0, x1))
        else:
            runs[-1] = (runs[-1][0], x1)
    return runs


def _split(line: Line, gutter: float) -> list[Line]:
    """A line that PDFium took across the gutter, parted there."""
    if not line.x0 < gutter < line.x1 or len(line.words) < 2:
        return [line]
    for index, ((_, _, end), (_, x0, _)) in enumerate(pairwise(line.words), 1):
        if end <= gutter <= x0 and x0 - end > 0.6 * line.size:
            one, other = line.words[:index], line.words[index:]
            return [_part(line, one), _part(line, other)]
    return [line]


def _part(line: Line, words: tuple[tuple[str, float, float], ...]) -> Line:
    text = " ".join(word for word, _, _ in words)
    changes: dict[str, Any] = {"text": text, "words": words, "x0": words[0][1], "x1": words[-1][2]}
    return replace(line, **changes, lead=min(line.lead, len(words)))


def _bands(lines: list[Line], gutter: float) -> list[list[Line] | tuple[list[Line], list[Line]]]:
    """From the top: runs of lines across the gutter, and (left, right) between them."""
    crossing = sorted((ln for ln in lines if ln.x0 < gutter - 1 < gutter + 1 < ln.x1), key=_depth)
    over = {id(line) for line in crossing}
    edges = [_depth(line) for line in crossing]
    bands: list[list[Line] | tuple[list[Line], list[Line]]] = []
    groups: list[list[Line]] = [[] for _ in range(len(edges) + 1)]
    for line in lines:
        if id(line) not in over:
            groups[bisect_right(edges, _depth(line))].append(line)
    sides = [
        ([ln for ln in g if ln.x1 <= gutter + 1], [ln for ln in g if ln.x1 > gutter + 1]) for g in groups
    ]
    sure = any(_are_columns(*pair, group) for pair, group in zip(sides, groups, strict=True))
    for number, (group, (left, right)) in enumerate(zip(groups, sides, strict=True)):
        if sure and (_are_columns(left, right, group) or 0 < len(group) < 2 * _FEWEST_ACROSS):
            bands.append((_downwards(left, group), _downwards(right, group)))
        elif group:
            bands.append(group)
        if number < len(crossing):
            bands.append([crossing[number]])
    return _joined(bands)


def _depth(line: Line) -> float:
    return -line.y


def _joined(
    bands: list[list[Line] | tuple[list[Line], list[Line]]],
) -> list[list[Line] | tuple[list[Line], list[Line]]]:
    """Neighbouring bands without columns as one, so that their tables stay whole."""
    joined: list[list[Line] | tuple[list[Line], list[Line]]] = []
    for band in bands:
        last = joined[-1] if joined else None
        if isinstance(last, list) and isinstance(band, list):
            last.extend(band)
        else:
            joined.append(band)
    return joined


def _are_columns(left: list[Line], right: list[Line], group: list[Line]) -> bool:
    if len(left) < _FEWEST or len(right) < _FEWEST:
        return False
    of_right = {id(line) for line in right}
    sides = [id(line) in of_right for line in group]
    switches = sum(one != other for one, other in pairwise(sides))
    if switches <= 2:
        return True
    if min(len(left), len(right)) < _FEWEST_ACROSS:
        return False
    return _reads_on(left) >= _READS_ON and _reads_on(right) >= _READS_ON


def _reads_on(side: list[Line]) -> float:
    """Share of line pairs within a paragraph that read like one text."""
    ordered = sorted(side, key=lambda line: -line.y)
    pairs = [(a, b) for a, b in pairwise(ordered) if a.y - b.y < 1.7 * max(a.size, b.size)]
    if not pairs:
        return 0.0
    return sum(b.text[:1].islower() and not a.text.endswith(".") for a, b in pairs) / len(pairs)


def _downwards(side: list[Line], group: list[Line]) -> list[Line]:
    """Content order, unless that jumps about: then from the top."""
    rises = sum(b.y > a.y + 0.6 * a.size for a, b in pairwise(side))
    return side if rises <= 1 and len(side) < len(group) else sorted(side, key=lambda ln: (-ln.y, ln.x0))
