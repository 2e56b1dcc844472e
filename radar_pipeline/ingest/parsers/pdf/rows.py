"""Lines that stand beside each other become the cells of a row; rows of one pattern, a table."""

from dataclasses import dataclass

from radar_pipeline.ingest.lines import ITEM
from radar_pipeline.ingest.parsers.pdf.aligned import Cut
from radar_pipeline.ingest.parsers.pdf.extract import RAISED, WIDE_GAP, Line
from radar_pipeline.ingest.parsers.pdf.joining import join_lines
from radar_pipeline.ingest.parsers.pdf.ruled import Ruled
from radar_pipeline.ingest.parsers.pdf.tables import Table, header_before, ruled_table, table_of

LOOKBACK = 12  # rows: a taller cell than that is a column of the page
_TIGHT = 1.7  # line heights between lines of one cell
_ALIGNED = 4.0  # points between the left edges of one column
_SAME_EDGE = 1.5  # points between the left edges of words under each other
_FULL_ROW = 2


@dataclass(slots=True)
class Cell:
    """Lines under each other."""

    lines: list[Line]

    @property
    def x0(self) -> float:
        """Left edge."""
        return min(line.x0 for line in self.lines)

    @property
    def x1(self) -> float:
        """Right edge."""
        return max(line.x1 for line in self.lines)

    @property
    def text(self) -> str:
        """All lines as one."""
        return join_lines([line.text for line in self.lines])

    @property
    def bold(self) -> bool:
        """Every line is bold."""
        return all(line.bold for line in self.lines)


@dataclass(slots=True)
class Row:
    """Cells beside each other, left to right."""

    cells: list[Cell]

    @property
    def first(self) -> Line:
        """The line that came first."""
        return self.cells[0].lines[0]

    @property
    def top(self) -> float:
        """Highest baseline."""
        return max(line.y for line in self.lines)

    @property
    def bottom(self) -> float:
        """Lowest baseline."""
        return min(line.y for line in self.lines)

    @property
    def lines(self) -> list[Line]:
        """All lines in content order."""
        return [line for cell in self.cells for line in cell.lines]


def rows_of(lines: list[Line]) -> list[Row]:
    """Group lines in content order into rows. PDFs write tables cell by cell or line by line."""
    rows: list[Row] = []
    for line in lines:
        place = None if isinstance(line, Ruled) else _beside(rows, line)
        if place is not None:
            _put_beside(rows, place, line)
        elif rows and not isinstance(line, Ruled) and _continues_cell(rows[-1], line):
            rows[-1].cells[-1].lines.append(line)
        else:
            rows.append(Row([Cell([line])]))
    return _with_overhangs([_without_hanging_marker(row) for row in rows])


def tables_and_lines(rows: list[Row]) -> list[Table | Line]:
    """Runs of aligned rows as tables; everything else as single lines."""
    found: list[Table | Line] = []
    position = 0
    while position < len(rows):
        first = rows[position].first
        if isinstance(first, Ruled):
            found += ruled_table(first, found)
            position += 1
            continue
        end = position
        while end < len(rows) and len(rows[end].cells) >= _FULL_ROW:
            end += 1
        run = rows[position:end]
        if len(run) >= _FULL_ROW and _aligned(run):
            found.append(_table(run, header_before(found)))
            position = end
            continue
        for row in rows[position : max(end, position + 1)]:
            found.extend(_flattened(row))
        position = max(end, position + 1)
    return found


def _beside(rows: list[Row], line: Line) -> int | None:
    """Index of the row whose height the line shares, all rows since then lying to its left.

    Cells may be aligned to the top, the middle or the bottom of their row, so a line that begins
    above the last row's only line, but under the row before, belongs to the last row too.
    """
    right = float("-inf")
    under: int | None = None
    for back in range(1, min(LOOKBACK, len(rows)) + 1):
        row = rows[-back]
        slack = 0.45 * max(line.size, row.first.size, 1.0)
        if row.first.column != line.column or isinstance(row.first, Ruled):
            return None
        if row.first.page != line.page or row.bottom > line.y + slack:
            return under
        right = max(right, *(cell.x1 for cell in row.cells))
        if right > line.x0 + 1.0:
            return None
        if row.top >= line.y - slack:
            return len(rows) - back
        under = len(rows) - back
    return None


def _with_overhangs(rows: list[Row]) -> list[Row]:
    """A lone line between two rows of a table is the upper line of a first cell whose neighbours
    are aligned to its bottom: it joins the row that it is nearer to."""
    for index in range(len(rows) - 2, 0, -1):
        before, row, after = rows[index - 1 : index + 2]
        if len(row.cells) > 1 or len(row.lines) > 1 or len(after.cells) < _FULL_ROW:
            continue
        if isinstance(row.first, Ruled):
            continue
        if len({r.first.page for r in (before, row, after)}) > 1 or len(before.cells) < _FULL_ROW:
            continue
        if len({r.first.column for r in (before, row, after)}) > 1:
            continue
        inside = abs(row.first.x0 - after.cells[0].x0) < _ALIGNED and row.first.x1 <= after.cells[1].x0 + 1.0
        if inside and row.first.y - after.top < before.bottom - row.first.y:
            after.cells[0].lines.insert(0, row.first)
            del rows[index]
    return rows


def _put_beside(rows: list[Row], place: int, line: Line) -> None:
    row = rows[place]
    for later in rows[place + 1 :]:
        row.cells[-1].lines.extend(later.lines)
    del rows[place + 1 :]
    last = row.cells[-1]
    near = line.x0 - last.lines[-1].x1 < WIDE_GAP * max(line.size, last.lines[-1].size)
    if len(last.lines) == 1 and near and not isinstance(line, Cut):
        _extend(last.lines[-1], line)
    else:
        row.cells.append(Cell([line]))


def _extend(line: Line, more: Line) -> None:
    """A superscript or a change of font on the same baseline: the same line goes on."""
    gap = more.x0 - line.x1
    line.text += (" " if gap > 0.12 * max(line.size, more.size) else "") + more.text
    line.x1, line.words = max(line.x1, more.x1), line.words + more.words
    line.size = max(line.size, more.size)
    line.lead = len(line.words) - len(more.words) + more.lead if line.bold and not more.bold else line.lead
    line.bold = line.bold and more.bold


def _continues_cell(row: Row, line: Line) -> bool:
    last = row.cells[-1].lines[-1]
    if len(row.cells) < _FULL_ROW or last.page != line.page or last.column != line.column:
        return False
    if not 0 < last.y - line.y <= _TIGHT * 0.8 * max(last.size, line.size) + 2:
        return False
    # PDFium may give two narrow neighbours as one line: then the words tell where a cell begins.
    edges = [row.cells[-1].x0, *(x0 for _, x0, _ in last.words)]
    return any(abs(line.x0 - edge) < _SAME_EDGE for edge in edges)


def _without_hanging_marker(row: Row) -> Row:
    """``(a)     The purchase …``: a list item, not a table of two columns."""
    if not _is_marker(row):
        return row
    marker, rest = row.cells[0].lines[0], row.cells[1].lines
    head = rest[0]
    head.text = f"{marker.text} {head.text}"
    head.words = marker.words + head.words
    head.x0 = marker.x0
    return Row([Cell(rest)])


def _is_marker(row: Row) -> bool:
    text = row.cells[0].text
    return (
        len(row.cells) == _FULL_ROW
        and len(text) <= 8
        and ITEM.match(f"{text} x") is not None
        and " " not in text
    )


def _flattened(row: Row) -> list[Line]:
    """A lone row as the lines of its cells; side by side cells of one line become one line."""
    if all(len(cell.lines) == 1 for cell in row.cells):
        whole = row.first
        for cell in row.cells[1:]:
            _extend(whole, cell.lines[0])
        return [whole]
    return row.lines


def _aligned(run: list[Row]) -> bool:
    columns = _columns(run)
    if len(columns) < _FULL_ROW:
        return False
    cells = [cell for row in run for cell in row.cells]
    at_edge = sum(any(abs(cell.x0 - x) < _ALIGNED for x in columns) for cell in cells)
    return at_edge >= 0.7 * len(cells)


def _columns(run: list[Row]) -> list[float]:
    """Left edges of the columns: edges that at least two rows share, or the widest row's."""
    widest = max(run, key=lambda row: len(row.cells))
    edges = [cell.x0 for cell in widest.cells]
    for row in run:
        for cell in row.cells:
            shared = sum(any(abs(other.x0 - cell.x0) < _ALIGNED for other in r.cells) for r in run)
            if shared >= max(2, len(run) // 2) and all(abs(cell.x0 - x) >= _ALIGNED for x in edges):
                edges.append(cell.x0)
    return sorted(edges)


def _table(run: list[Row], inherited: list[str] | None) -> Table:
    columns = _columns(run)
    return table_of([_spread(row, columns) for row in run], _places(run), inherited, ocr=run[0].first.ocr)


def _places(run: list[Row]) -> list[tuple[int, int]]:
    """(page, number on that page) of each row."""
    counted: dict[int, int] = {}
    places = []
    for row in run:
        page = row.first.page
        counted[page] = counted.get(page, 0) + 1
        places.append((page, counted[page]))
    return places


def _spread(row: Row, columns: list[float]) -> list[tuple[str, bool]]:
    """(text, bold) per column; a line that runs over a column's edge is parted at the word there."""
    texts: list[list[str]] = [[] for _ in columns]
    bold = [True] * len(columns)
    for cell in row.cells:
        for line in cell.lines:
            for column, text in _parted(line, columns):
                texts[column].append(text)
                bold[column] = bold[column] and line.bold
    return [
        (join_lines(parts).replace(RAISED, ""), bool(parts) and heavy)
        for parts, heavy in zip(texts, bold, strict=True)
    ]


def _parted(line: Line, columns: list[float]) -> list[tuple[int, str]]:
    if not line.words:
        return [(_column(line.x0, columns), line.text)]
    parts: list[tuple[int, list[str]]] = []
    previous_end = float("-inf")
    for text, x0, x1 in line.words:
        at_edge = any(abs(x0 - edge) < 1.5 for edge in columns)
        if not parts or (at_edge and x0 - previous_end > 0.45 * line.size):
            parts.append((_column(x0, columns), []))
        parts[-1][1].append(text)
        previous_end = x1
    if len(parts) == 1:
        return [(parts[0][0], line.text)]
    return [(column, " ".join(words)) for column, words in parts]


def _column(x0: float, columns: list[float]) -> int:
    return max((i for i, edge in enumerate(columns) if edge <= x0 + _ALIGNED), default=0)
