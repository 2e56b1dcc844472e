"""Tables of any format as canonical text: which rows are the header, and each row said with them.

Rows and cells say where they stand in the source. A sheet's own names are given with the row; in a
document the third row of the second table is ``2.3`` and its first cell ``2.3.1``, counted as a
reader would: the header row is the first, a cell merged over two columns takes both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from radar_pipeline.ingest.labels import field_of
from radar_pipeline.ingest.metadata import HEAD_CHARACTERS
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.builder import LINE, PARAGRAPH, TextBuilder, collapse
from radar_pipeline.models import UnreadableReason

MOST_ROWS = 50_000  # filled rows of one file; more is a database, and refused rather than cut
MOST_CELLS = 500_000
CARRIED = 200  # characters of a merged cell that are said again in each row it spans
_SEARCHED = 50  # rows in which a header is looked for
_LONGEST_NAME = 120  # characters of a header cell; longer is prose
_MOST_HEADER_ROWS = 4


@dataclass(slots=True)
class Row:
    """One row: its cells as shown, and which of them are text or marked as headers."""

    cells: list[str]
    numeric: frozenset[int] = frozenset()  # columns that hold numbers or dates
    header: bool = False  # the format itself says so
    named: frozenset[int] = frozenset()  # columns that head their row, not their column
    wide: Mapping[int, int] = field(default_factory=dict)  # column → columns that its cell spans
    number: int = 0  # of the row in its table, from 1; counted if 0
    ref: str = ""  # where the source has the row; its table's and its own number if empty
    refs: Sequence[str] = ()  # of its cells


@dataclass(slots=True)
class TableWriter:
    """Writes tables of one file and counts their rows, so that no file costs without bound."""

    builder: TextBuilder
    _tables: int = field(default=0, init=False)
    _rows: int = field(default=0, init=False)
    _cells: int = field(default=0, init=False)
    _entries: list[tuple[int, int]] = field(default_factory=list, init=False)

    def write(self, rows: Sequence[Row]) -> None:
        """Write a table as a paragraph of rows. Raises ParseProblem ``too_large``."""
        self._tables += 1
        for number, row in enumerate(rows, 1):
            row.ref = row.ref or f"{self._tables}.{row.number or number}"
        filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
        self._count(filled)
        header, control = header_rows(filled), _is_control(filled)
        names = _names([filled[n] for n in header])
        said = [names, *([collapse(cell) for cell in filled[n].cells] for n in header)]
        separator = PARAGRAPH
        entries = bool(header) and len(filled) - header.stop > 1
        for ordinal, row in enumerate(filled):
            below = bool(header) and ordinal >= header.stop
            if len(filled) > len(header) and (ordinal in header or (below and _repeats(row, said))):
                continue
            before = self.builder.position
            self._row(row, names if below else [], separator, labelled=control)
            separator = LINE if self.builder.position > before else separator
            if entries and below:
                self._entries.append((before, self.builder.position))

    def control_text(self, text: str, most: int = HEAD_CHARACTERS) -> str:
        """The head of a text without the rows of its tables of several entries: the owner of the
        first risk, or the first line of a version history, says nothing about the document."""
        kept: list[str] = []
        position = 0
        for start, end in self._entries:
            if start >= most:
                break
            kept.append(text[position:start])
            position = end
        return "".join([*kept, text[position : max(position, most)]])

    def _row(self, row: Row, names: Sequence[str], separator: str, *, labelled: bool) -> None:
        found = _pairs(row, names, labelled=labelled)
        refs = [row.refs[n] if row.refs else f"{row.ref}.{n + 1}" for _, _, n in found]
        self.builder.row([(header, value) for header, value, _ in found], separator, row.ref, refs)

    def _count(self, rows: Sequence[Row]) -> None:
        self._rows += len(rows)
        self._cells += sum(map(_filled, rows))
        if self._rows > MOST_ROWS or self._cells > MOST_CELLS:
            raise ParseProblem(UnreadableReason.TOO_LARGE)


def sheet_cells(sheet: str, row: int, columns: Iterable[int]) -> list[str]:
    """``Register!C14`` for places that count from 0."""
    return [f"{sheet}!{column_letters(column)}{row + 1}" for column in columns]


def column_letters(column: int) -> str:
    """The name that spreadsheets give a column, counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def header_rows(rows: Sequence[Row]) -> range:
    """Which rows name the columns, none if none do: those that the format marks, else the first that
    reads like it with those below it that divide its wide cells."""
    searched = rows[:_SEARCHED]
    marked = next((n for n, row in enumerate(searched) if row.header), None)
    if marked is not None and not _heads_nothing(searched):
        end = marked + 1
        while end < len(rows) and rows[end].header and end - marked < _MOST_HEADER_ROWS:
            end += 1
        return range(marked, end)
    if any(row.named for row in searched) or _is_control(searched):
        return range(0)
    widest = max(map(_filled, searched), default=0)
    for n, row in enumerate(searched):
        if _covered(row) >= max(2, widest / 2) and _names_columns(row):
            return range(n, _end_of_header(rows, n))
    return range(0)


def _end_of_header(rows: Sequence[Row], at: int) -> int:
    """A row under wide header cells goes on with the header if it names each column of theirs."""
    end = at + 1
    while (
        end < len(rows) - 1
        and end - at < _MOST_HEADER_ROWS
        and any(w > 1 for w in rows[end - 1].wide.values())
    ):
        under = {
            c for start, width in rows[end - 1].wide.items() if width > 1 for c in range(start, start + width)
        }
        cells = rows[end].cells
        if not _names_columns(rows[end]) or not all(c < len(cells) and cells[c].strip() for c in under):
            break
        end += 1
    return end


def _names(rows: Sequence[Row]) -> list[str]:
    """The name of each column: what stands above it in all header rows, from the top."""
    widths = [max([len(row.cells), *(at + width for at, width in row.wide.items())]) for row in rows]
    names: list[list[str]] = [[] for _ in range(max(widths, default=0))]
    for row in rows:
        shown = [collapse(cell) for cell in row.cells] + [""] * (len(names) - len(row.cells))
        for start, width in row.wide.items():
            for column in range(start + 1, min(start + width, len(shown))):
                shown[column] = shown[column] or shown[start]
        for column, cell in enumerate(shown):
            if cell and cell not in names[column]:
                names[column].append(cell)
    return [" ".join(parts) for parts in names]


def _repeats(row: Row, said: Sequence[Sequence[str]]) -> bool:
    """The header again, as long tables say it at the top of each page."""
    shown = [(n, collapse(cell)) for n, cell in enumerate(row.cells) if cell.strip()]
    return len(shown) > 1 and any(
        all(n < len(names) and cell == names[n] for n, cell in shown) for names in said
    )


def _names_columns(row: Row) -> bool:
    """Filled with short, different texts, and no labelled field ("Owner", "Jane Doe")."""
    cells = [collapse(cell) for cell in row.cells if cell.strip()]
    if row.numeric or any(len(cell) > _LONGEST_NAME for cell in cells):
        return False
    return not (_is_field(row) or len({cell.lower() for cell in cells}) < 2)


def _is_field(row: Row) -> bool:
    filled = [cell for cell in row.cells if cell.strip()]
    return len(filled) == 2 and field_of(filled[0]) is not None and field_of(filled[1]) is None


def _is_control(rows: Sequence[Row]) -> bool:
    """A document control block: two columns, labels and what they say, no numbered entries."""
    fields = {field_of(next(filter(str.strip, row.cells))) for row in rows if _is_field(row)}
    return len(fields) >= 2 and all(_filled(row) <= 2 for row in rows)


def _heads_nothing(rows: Sequence[Row]) -> bool:
    """The first field of a control block, marked as a header only because it stands at the top."""
    below = [row for row in rows if not row.header]
    return (
        _is_field(rows[0])
        and not field_of(rows[0].cells[-1])
        and _is_control(rows)
        and 2 * sum(map(_is_field, below)) >= len(below) > 0
    )


def _filled(row: Row) -> int:
    return sum(1 for cell in row.cells if cell.strip())


def _covered(row: Row) -> int:
    """Columns under a filled cell."""
    return sum(max(1, row.wide.get(n, 1)) for n, cell in enumerate(row.cells) if cell.strip())


def _pairs(row: Row, names: Sequence[str], *, labelled: bool) -> list[tuple[str, str, int]]:
    """(header, value, column) of each cell; without column names a label heads the cell after it."""
    if names:
        return [(names[n] if n < len(names) else "", cell, n) for n, cell in enumerate(row.cells)]
    pairs: list[tuple[str, str, int]] = []
    label, at = "", 0
    for n, cell in enumerate(row.cells):
        if not cell.strip():
            continue
        heads = n in row.named or (not pairs and _filled(row) == 2 and (labelled or _is_field(row)))
        if heads and not label:
            label, at = cell, n
        else:
            pairs.append((label, cell, n))
            label = ""
    return [*pairs, ("", label, at)] if label else pairs
