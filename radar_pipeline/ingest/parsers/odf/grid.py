"""The rows of an OpenDocument table, with what is repeated, covered or hidden in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.tables import CARRIED, MOST_CELLS, MOST_ROWS, Row
from radar_pipeline.ingest.parsers.xml import attribute, child, local
from radar_pipeline.models import UnreadableReason

_MOST_COLUMNS = 16_384
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_GROUPS = frozenset({"table-row-group", "table-rows", "table-header-rows", "soft-page-break"})

Shown = Callable[[Any], tuple[str, bool]]  # a cell → its text, and whether it is a number or date


@dataclass(slots=True)
class Grid:
    """Reads one table; rows and columns count from 0. ``places``: for each row its number and the
    columns of its cells, in parallel to ``rows``."""

    shown: Shown
    rows: list[Row] = field(default_factory=list)
    places: list[tuple[int, list[int]]] = field(default_factory=list)
    _hidden: set[int] = field(default_factory=set)
    _above: dict[int, tuple[int, str]] = field(default_factory=dict)  # column → (last row, text)
    _number: int = 0
    _filled: int = 0

    def read(self, table: Any) -> None:
        """Read all rows that are shown. Raises ParseProblem ``too_large``.

        Rows and columns behind a filter or in a closed group are a click away and are read; those
        that a person hid are not.
        """
        self._hidden = _hidden_columns(table)
        for element, header, grouped in _rows(table, header=False, grouped=False):
            self._row(element, header, grouped)

    def _row(self, element: Any, header: bool, grouped: bool) -> None:
        repeated = _count(element, "number-rows-repeated", 1 << 21)
        cells, columns, numeric, wide = self._cells(element)
        collapsed = attribute(element, "visibility") == "collapse" and not grouped
        if any(cells) and not collapsed:
            self._filled += repeated * sum(map(bool, cells))
            if len(self.rows) + repeated > MOST_ROWS or self._filled > MOST_CELLS:
                raise ParseProblem(UnreadableReason.TOO_LARGE)
            for n in range(repeated):
                self.rows.append(Row(list(cells), numeric, header=header, wide=wide))
                self.places.append((self._number + n, columns))
        self._number += repeated

    def _cells(self, element: Any) -> tuple[list[str], list[int], frozenset[int], dict[int, int]]:
        cells: list[str] = []
        columns: list[int] = []
        numeric: set[int] = set()
        wide: dict[int, int] = {}
        column = 0
        for cell in element:
            if local(cell) not in _CELLS or column >= _MOST_COLUMNS:
                continue
            repeated = _count(cell, "number-columns-repeated", _MOST_COLUMNS)
            text, is_number = self._text(cell, column)
            if not text and cell.getnext() is None:
                break  # the empty rest of a sheet
            for at in range(column, min(column + repeated, _MOST_COLUMNS)):
                if at in self._hidden:
                    continue
                numeric |= {len(cells)} if is_number else set()
                span = _count(cell, "number-columns-spanned", _MOST_COLUMNS)
                if span > 1:
                    wide[len(cells)] = sum(c not in self._hidden for c in range(at, at + span))
                cells.append(text)
                columns.append(at)
            column += repeated
        return cells, columns, frozenset(numeric), wide

    def _text(self, cell: Any, column: int) -> tuple[str, bool]:
        if local(cell) == "covered-table-cell":
            last, text = self._above.get(column, (-1, ""))
            return (text, False) if self._number <= last else ("", False)
        text, is_number = self.shown(cell)
        height = _count(cell, "number-rows-spanned", 1 << 21)
        if height > 1 and 0 < len(text) <= CARRIED:
            self._above[column] = (self._number + height - 1, text)
        return text, is_number


def _rows(parent: Any, *, header: bool, grouped: bool) -> Iterator[tuple[Any, bool, bool]]:
    for element in parent:
        name = local(element)
        if name == "table-row":
            yield element, header, grouped
        elif name in _GROUPS:
            yield from _rows(
                element,
                header=header or name == "table-header-rows",
                grouped=grouped or name == "table-row-group",
            )


def _hidden_columns(table: Any) -> set[int]:
    hidden: set[int] = set()
    column = 0

    def walk(parent: Any, grouped: bool) -> None:
        nonlocal column
        for element in parent:
            name = local(element)
            if name == "table-column":
                repeated = _count(element, "number-columns-repeated", _MOST_COLUMNS)
                if attribute(element, "visibility") == "collapse" and not grouped:
                    hidden.update(range(column, min(column + repeated, _MOST_COLUMNS)))
                column += repeated
            elif name in {"table-column-group", "table-columns", "table-header-columns"}:
                walk(element, grouped or name == "table-column-group")

    walk(table, False)
    return hidden


def _count(element: Any, name: str, most: int) -> int:
    value = attribute(element, name)
    return max(1, min(int(value), most)) if value.isdecimal() and len(value) <= 9 else 1


def is_narrow(table: Any) -> bool:
    """Whether a table has a single column: a box around its paragraphs."""
    rows = (row for row, _, _ in _rows(table, header=False, grouped=False))
    return all(sum(local(cell) in _CELLS for cell in row) < 2 for row in rows)


def cells(table: Any) -> Iterator[Any]:
    """All cells of a table, in the order of the page."""
    for row, _, _ in _rows(table, header=False, grouped=False):
        yield from (cell for cell in row if local(cell) == "table-cell")


def holds_table(table: Any) -> bool:
    """Whether one of the cells holds a table and the table has a single row: it only places things."""
    rows = list(_rows(table, header=False, grouped=False))
    return len(rows) == 1 and any(child(cell, "table") is not None for cell in cells(table))
