"""Rows of cells become a table: which row is its header, which column its labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from radar_pipeline.ingest.parsers.pdf.extract import Line
from radar_pipeline.ingest.parsers.pdf.ruled import Heavy, Ruled

_FULL_ROW = 2
_LONGEST_LABEL = 6  # words
_SAME_EDGE = 4.0  # points between the borders of a table before and after a page break


@dataclass(slots=True)
class Table:
    """Rows of (header, value) cells; header is empty where the table has none."""

    page: int
    rows: list[list[tuple[str, str]]]
    pages: list[int] = field(default_factory=list)  # of each row
    numbers: list[int] = field(default_factory=list)  # of each row on its page, the header's included
    ocr: bool = False
    ruled: Ruled | None = None  # where borders told its cells: the last page's part


def table_of(
    grid: list[list[Heavy]],
    places: Sequence[tuple[int, int]],
    inherited: list[str] | None,
    *,
    ocr: bool = False,
    ruled: Ruled | None = None,
) -> Table:
    """A table of rows of (text, bold) cells, all as long as each other.

    ``places``: (page, number on that page) of each row; ``inherited``: headers of a table that ended
    right before.
    """
    headers = _texts(grid[0])
    rows = list(zip(grid, places, strict=True))
    if headers == inherited:
        names, rows = headers, rows[1:]
    elif _is_header(grid):
        names = headers
        rows = [(row, place) for row, place in rows[1:] if _texts(row) != headers]
    elif inherited is not None and len(inherited) == len(headers):
        names = inherited
    elif len(headers) == _FULL_ROW and _is_label_column(grid, guess=ocr):
        pages, numbers = [page for page, _ in places], [number for _, number in places]
        return Table(pages[0], [[_label_pair(row)] for row in grid], pages, numbers, ocr, ruled)
    else:
        names = [""] * len(headers)
    said = [list(zip(names, _texts(row), strict=True)) for row, _ in rows]
    pages, numbers = [page for _, (page, _) in rows], [number for _, (_, number) in rows]
    return Table(places[0][0], said, pages, numbers, ocr, ruled)


def header_before(found: Sequence[Table | Line]) -> list[str] | None:
    """Headers of a table that ended right before: it goes on after a page break."""
    last = found[-1] if found else None
    if not isinstance(last, Table):
        return None
    names = next(([h for h, _ in row] for row in reversed(last.rows) if len(row) >= _FULL_ROW), [])
    return names if any(names) else None


def ruled_table(part: Ruled, found: Sequence[Table | Line]) -> list[Table | Line]:
    """The rows within borders as a table; none where they go on one of the page before, which they join."""
    before = found[-1] if found else None
    goes_on = isinstance(before, Table) and before.ruled is not None and _same_borders(before.ruled, part)
    places = [(part.page, number) for number in range(1, len(part.cells) + 1)]
    titles = 0 if goes_on else next((n for n, across in enumerate(part.across) if not across), 0)
    inherited = header_before(found) if goes_on else None
    table = table_of(part.cells[titles:], places[titles:], inherited, ruled=part)
    _put_across(table, part)
    if goes_on and isinstance(before, Table) and (header_before([table]) == inherited or not inherited):
        before.rows += table.rows
        before.pages += table.pages
        before.numbers += table.numbers
        before.ruled = part
        return []
    table.rows[:0] = [[("", part.cells[n][0][0])] for n in range(titles)]
    table.pages[:0] = [part.page] * titles
    table.numbers[:0] = range(1, titles + 1)
    return [table]


def _put_across(table: Table, part: Ruled) -> None:
    """A row that is one cell stands under no header."""
    for index, number in enumerate(table.numbers):
        if part.across[number - 1]:
            table.rows[index] = [("", part.cells[number - 1][0][0])]


def _same_borders(one: Ruled, other: Ruled) -> bool:
    """The same columns, on the next page."""
    if other.page != one.page + 1 or len(one.borders) != len(other.borders):
        return False
    return all(abs(a - b) <= _SAME_EDGE for a, b in zip(one.borders, other.borders, strict=True))


def _texts(row: list[Heavy]) -> list[str]:
    return [text for text, _ in row]


def _is_header(grid: list[list[Heavy]]) -> bool:
    first, rest = grid[0], grid[1:]
    filled = [(text, heavy) for text, heavy in first if text]
    if len(filled) < len(first) or not rest:
        return False
    if all(heavy for _, heavy in filled):
        return not all(heavy for row in rest for text, heavy in row if text)
    if len(first) < 3 or len(rest) < 2:
        return False
    return all(
        len(text.split()) <= 5 and text[:1].isupper() and not re.search(r"[\d.:;]", text)
        for text, _ in filled
    )


def _is_label_column(grid: list[list[Heavy]], *, guess: bool) -> bool:
    """Bold or ended by a colon; with ``guess``, where nobody knows what is bold, by their words."""
    labels = [row[0] for row in grid]
    marked = sum(heavy or text.endswith(":") or (guess and text[:1].isupper()) for text, heavy in labels)
    return marked >= 0.8 * len(grid) and all(len(text.split()) <= _LONGEST_LABEL for text, _ in labels)


def _label_pair(row: list[Heavy]) -> tuple[str, str]:
    label, value = _texts(row)
    return (label.rstrip(": "), value) if value else ("", label)
