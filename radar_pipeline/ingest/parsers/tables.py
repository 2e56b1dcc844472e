"""Tables of any format as canonical text: which row is the header, and each row said with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from radar_pipeline.ingest.metadata import HEAD_CHARACTERS, field_of
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.builder import LINE, PARAGRAPH, TextBuilder, collapse
from radar_pipeline.models import UnreadableReason

MOST_ROWS = 50_000  # filled rows of one file; more is a database, and refused rather than cut
MOST_CELLS = 500_000
_SEARCHED = 50  # rows in which a header is looked for
_LONGEST_NAME = 120  # characters of a header cell; longer is prose


@dataclass(slots=True)
class Row:
    """One row: its cells as shown, and which of them are text or marked as headers."""

    cells: list[str]
    numeric: frozenset[int] = frozenset()  # columns that hold numbers or dates
    header: bool = False  # the format itself says so
    named: frozenset[int] = frozenset()  # columns that head their row, not their column


@dataclass(slots=True)
class TableWriter:
    """Writes tables of one file and counts their rows, so that no file costs without bound."""

    builder: TextBuilder
    _rows: int = field(default=0, init=False)
    _cells: int = field(default=0, init=False)
    _entries: list[tuple[int, int]] = field(default_factory=list, init=False)

    def write(self, rows: Sequence[Row]) -> None:
        """Write a table as a paragraph of rows. Raises ParseProblem ``too_large``."""
        filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
        self._count(filled)
        at, control = header_row(filled), _is_control(filled)
        names = [collapse(cell) for cell in filled[at].cells] if at is not None else []
        separator = PARAGRAPH
        entries = at is not None and len(filled) - at > 2
        for ordinal, row in enumerate(filled):
            if ordinal == at and len(filled) > 1:
                continue
            before = self.builder.position
            head = at is not None and ordinal > at
            self.builder.row(_pairs(row, names if head else [], labelled=control), separator)
            separator = LINE if self.builder.position > before else separator
            if entries and head:
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

    def _count(self, rows: Sequence[Row]) -> None:
        self._rows += len(rows)
        self._cells += sum(map(_filled, rows))
        if self._rows > MOST_ROWS or self._cells > MOST_CELLS:
            raise ParseProblem(UnreadableReason.TOO_LARGE)


def header_row(rows: Sequence[Row]) -> int | None:
    """Which row names the columns: one the format marks, else the first that reads like it."""
    marked = next((n for n, row in enumerate(rows[:_SEARCHED]) if row.header), None)
    if marked is not None:
        return marked
    if any(row.named for row in rows[:_SEARCHED]) or _is_control(rows[:_SEARCHED]):
        return None
    widest = max((_filled(row) for row in rows[:_SEARCHED]), default=0)
    for n, row in enumerate(rows[:_SEARCHED]):
        if _filled(row) >= max(2, widest / 2) and _names_columns(row):
            return n
    return None


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


def _filled(row: Row) -> int:
    return sum(1 for cell in row.cells if cell.strip())


def _pairs(row: Row, names: Sequence[str], *, labelled: bool) -> list[tuple[str, str]]:
    """(header, value) of each cell; without column names a label heads the cell after it."""
    if names:
        return [(names[n] if n < len(names) else "", cell) for n, cell in enumerate(row.cells)]
    pairs: list[tuple[str, str]] = []
    label = ""
    for n, cell in enumerate(row.cells):
        if not cell.strip():
            continue
        heads = n in row.named or (not pairs and _filled(row) == 2 and (labelled or _is_field(row)))
        if heads and not label:
            label = cell
        else:
            pairs.append((label, cell))
            label = ""
    return [*pairs, ("", label)] if label else pairs
