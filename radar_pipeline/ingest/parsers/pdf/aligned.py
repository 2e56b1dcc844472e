"""Cells with narrow gaps between them and no borders: told by words that stand under each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from radar_pipeline.ingest.parsers.pdf.extract import Line
from radar_pipeline.ingest.parsers.pdf.ruled import Ruled

_FEWEST = 3  # lines under each other
_GAP = 0.7  # line heights: wider than a space
_WIDER = 2.0  # times the line's usual gap
_FEWEST_GAPS = 4  # fewer may all be gaps between cells
_EVEN = 0.4  # line heights between the widest and the narrowest gap of a justified line
_SPACE = 0.35  # line heights
_SAME_EDGE = 1.5  # points
_PITCH = 3.0  # line heights between rows
_LONGEST_MARKER = 8  # characters


@dataclass(slots=True)
class Cut(Line):
    """A piece of a line that begins a cell, however near the one before it stands."""


@dataclass(slots=True)
class _Level:
    """The lines of one baseline, and where their words begin behind a gap."""

    lines: list[Line]
    starts: list[float]


def cut_at_columns(lines: Sequence[Line]) -> list[Line]:
    """Lines in content order, those of at least three rows parted where all of these have a gap."""
    found: list[Line] = []
    run: list[_Level] = []
    shared: list[float] = []
    for level in _levels(lines):
        common = [x for x in shared if _has(level.starts, x)]
        if run and common and _is_under(run[-1], level):
            run.append(level)
            shared = common
            continue
        found += _written(run, shared)
        run, shared = [level], level.starts
    return found + _written(run, shared)


def _levels(lines: Sequence[Line]) -> list[_Level]:
    groups: list[list[Line]] = []
    for line in lines:
        last = groups[-1][-1] if groups else None
        if last is not None and _is_beside(last, line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_Level(group, _starts(group)) for group in groups]


def _is_beside(one: Line, other: Line) -> bool:
    if isinstance(one, Ruled) or isinstance(other, Ruled) or one.column != other.column:
        return False
    return one.page == other.page and abs(one.y - other.y) < 0.3 * one.size and other.x0 > one.x1


def _is_under(one: _Level, other: _Level) -> bool:
    above, below = one.lines[0], other.lines[0]
    same = above.page == below.page and above.column == below.column
    return same and 0 < above.y - below.y <= _PITCH * above.size


def _starts(group: Sequence[Line]) -> list[float]:
    words = [word for line in group for word in line.words]
    size = group[0].size
    gaps = sorted(other[1] - one[2] for one, other in pairwise(words))
    if not gaps:
        return []
    if len(gaps) > 1 and gaps[0] >= _GAP * size and gaps[-1] - gaps[0] <= _EVEN * size:
        return []
    usual = gaps[len(gaps) // 2] if len(gaps) >= _FEWEST_GAPS else min(gaps[0], _SPACE * size)
    least = max(_GAP * size, _WIDER * usual)  # of a justified line, all gaps are wide
    starts = [other[1] for one, other in pairwise(words) if other[1] - one[2] >= least]
    first = words[0][0]
    is_marker = len(first) <= _LONGEST_MARKER and not first.isalpha()
    return [] if len(starts) == 1 and is_marker and starts[0] == words[1][1] else starts


def _has(starts: Sequence[float], x: float) -> bool:
    return any(abs(start - x) <= _SAME_EDGE for start in starts)


def _written(run: Sequence[_Level], shared: Sequence[float]) -> list[Line]:
    if len(run) < _FEWEST:
        return [line for level in run for line in level.lines]
    return [
        piece
        for level in run
        for line in level.lines
        for piece in _cut(line, [x for x in shared if _has(level.starts, x)])
    ]


def _cut(line: Line, edges: Sequence[float]) -> list[Line]:
    groups = [[word] for word in line.words[:1]]
    for word in line.words[1:]:
        if _has(edges, word[1]):
            groups.append([])
        groups[-1].append(word)
    if len(groups) < 2:
        return [line]
    first, *others = groups
    return [_piece(line, first), *(_as_cut(_piece(line, words)) for words in others)]


def _piece(line: Line, words: Sequence[tuple[str, float, float]]) -> Line:
    text = " ".join(word for word, _, _ in words)
    changes: dict[str, Any] = {"text": text, "words": tuple(words), "x0": words[0][1], "x1": words[-1][2]}
    return replace(line, **changes, lead=0)


def _as_cut(line: Line) -> Cut:
    return Cut(
        line.text, line.page, line.x0, line.x1, line.y, line.size, line.bold,
        line.upright, line.words, column=line.column, ocr=line.ocr,
    )  # fmt: skip
