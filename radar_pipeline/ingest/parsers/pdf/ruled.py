"""Lines of text between drawn borders become the cells of a table, which stands in their place."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from radar_pipeline.ingest.parsers.pdf.extract import RAISED, Line, Page
from radar_pipeline.ingest.parsers.pdf.joining import join_lines
from radar_pipeline.ingest.parsers.pdf.rulings import Grid

_OUTSIDE = 2.0  # points that a word may reach over the outer border
_TALLEST = 40  # lines of a cell: more is a page within a frame
_FEWEST = 2  # rows with as many filled cells
_RUNNING = 0.4  # of the pages: a box that stands on so many is their header or footer
_EDGE = 0.2  # of the page's height: no running header is deeper
_LEVEL = 0.3  # line heights above its baseline, a line is in the middle
_DIGITS = re.compile(r"\d+")

Heavy = tuple[str, bool]  # a cell's text, and whether all of it is bold


@dataclass(slots=True)
class Ruled(Line):
    """A table within borders, where its first line stood."""

    cells: list[list[Heavy]] = field(default_factory=list)
    across: list[bool] = field(default_factory=list)  # of each row: it is one cell
    borders: tuple[float, ...] = ()
    held: list[Line] = field(default_factory=list)  # the lines that it is made of
    follower: Line | None = None  # the line that came next


def take_ruled(pages: Sequence[Page], grids: dict[int, list[Grid]]) -> dict[int, list[Ruled]]:
    """Take the lines within grids out of the pages: tables by page. Boxes that come again on many
    pages are left: they are running headers."""
    found = {
        page.number: [part for grid in grids.get(page.number, ()) if (part := _part(page, grid)) is not None]
        for page in pages
    }
    seen = Counter(key for parts in found.values() for key in {_key(part) for part in parts})
    most = max(2.0, _RUNNING * len(pages))
    for page in pages:
        parts = [part for part in found[page.number] if seen[_key(part)] < most or not _at_edge(part, page)]
        found[page.number] = _apart(parts)
        taken = {id(line) for part in found[page.number] for line in part.held}
        for part in found[page.number]:
            part.follower = _follower(page.lines, part, taken)
        page.lines = [line for line in page.lines if id(line) not in taken]
    return found


def put_back(page: Page, parts: Sequence[Ruled]) -> None:
    """Put the tables of a page among its lines, in content order."""
    for part in parts:
        at = next((i for i, line in enumerate(page.lines) if line is part.follower), None)
        if at is None:  # it was the last, or what followed is furniture or a footnote
            at = next((i for i, line in enumerate(page.lines) if line.y < part.held[-1].y), len(page.lines))
        page.lines.insert(at, part)


def _apart(parts: list[Ruled]) -> list[Ruled]:
    """Tables that share no line: of a grid within a grid, the larger."""
    kept: list[Ruled] = []
    taken: set[int] = set()
    for part in sorted(parts, key=lambda p: -len(p.held)):
        ids = {id(line) for line in part.held}
        if not ids & taken:
            taken |= ids
            kept.append(part)
    order = {id(part): place for place, part in enumerate(parts)}
    return sorted(kept, key=lambda p: (-p.y, order[id(p)]))


def _follower(lines: Sequence[Line], part: Ruled, taken: set[int]) -> Line | None:
    first = next(place for place, line in enumerate(lines) if line is part.held[0])
    return next((line for line in lines[first:] if id(line) not in taken), None)


def _key(part: Ruled) -> tuple[int, int, str]:
    """The same for a box that comes again: its place and what its first row says, numbers aside."""
    words = " ".join(text for row in part.cells for text, _ in row)
    return round(part.y / 4), len(part.cells), _DIGITS.sub("#", words)


def _at_edge(part: Ruled, page: Page) -> bool:
    lowest = min(line.y for line in part.held)
    return lowest > (1 - _EDGE) * page.height or part.y < _EDGE * page.height


def _part(page: Page, grid: Grid) -> Ruled | None:
    """The table that a grid holds; None where it is no table."""
    left, right, top, bottom = grid.xs[0] - _OUTSIDE, grid.xs[-1] + _OUTSIDE, grid.ys[0], grid.ys[-1]
    held = [
        line
        for line in page.lines
        if line.upright and left <= line.x0 and line.x1 <= right and bottom < _middle(line) <= top
    ]
    if not held:
        return None
    places: dict[tuple[int, int], list[Line]] = {}
    for line in held:
        for place, piece in _pieces(line, grid):
            places.setdefault(place, []).append(piece)
    if max(len(pieces) for pieces in places.values()) > _TALLEST:
        return None
    columns = len(grid.xs) - 1
    cells = [
        [_text(places.get((row, column), [])) for column in range(columns)] for row in range(len(grid.ys) - 1)
    ]
    across = [
        not any(grid.parted_beside(row, border) for border in range(1, columns))
        for row in range(len(grid.ys) - 1)
    ]
    if sum(sum(bool(text) for text, _ in row) >= _FEWEST for row in cells) < _FEWEST:
        return None
    size = sorted(line.size for line in held)[len(held) // 2]
    return Ruled(
        "", page.number, grid.xs[0], grid.xs[-1], top, size, False,
        cells=cells, across=across, borders=grid.xs, held=held,
    )  # fmt: skip


def _middle(line: Line) -> float:
    return line.y + _LEVEL * line.size


def _pieces(line: Line, grid: Grid) -> list[tuple[tuple[int, int], Line]]:
    """A line parted at the borders that it runs over, each piece with the (row, column) of its cell;
    of a cell that goes over several, the first."""
    row = grid.row_of(_middle(line)) or 0
    starts = [0]
    for border in range(1, len(grid.xs) - 1):
        starts.append(border if grid.parted_beside(row, border) else starts[-1])
    groups: list[tuple[int, list[tuple[str, float, float]]]] = []
    for word in line.words or ((line.text, line.x0, line.x1),):
        middle = (word[1] + word[2]) / 2
        column = starts[max((i for i, x in enumerate(grid.xs[:-1]) if x <= middle), default=0)]
        if not groups or groups[-1][0] != column:
            groups.append((column, []))
        groups[-1][1].append(word)
    pieces = []
    for column, words in groups:
        top = row
        while top > 0 and not grid.parted_above(top, column):
            top -= 1
        text = line.text if len(groups) == 1 else " ".join(word for word, _, _ in words)
        piece = Line(text, line.page, words[0][1], words[-1][2], line.y, line.size, line.bold)
        pieces.append(((top, column), piece))
    return pieces


def _text(pieces: Sequence[Line]) -> Heavy:
    lines: list[str] = []
    last: Line | None = None
    for piece in pieces:
        if last is not None and abs(last.y - piece.y) < 0.5 * last.size and piece.x0 >= last.x1 - 1:
            near = piece.x0 - last.x1 <= 0.12 * max(last.size, piece.size)
            lines[-1] += ("" if near else " ") + piece.text
        else:
            lines.append(piece.text)
        last = piece
    return join_lines(lines).replace(RAISED, ""), bool(pieces) and all(piece.bold for piece in pieces)
