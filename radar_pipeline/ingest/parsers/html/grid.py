"""The rows of one table, with cells that span several."""

from selectolax.lexbor import LexborNode

from radar_pipeline.ingest.parsers.tables import CARRIED, Row

MOST_COLUMNS = 1_000  # beyond, cells stand without their column's name


class Grid:
    """Collects rows cell by cell: ``open`` and ``close`` follow the tags, ``add`` takes text."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._cells: dict[int, str] = {}
        self._carried: dict[int, tuple[int, str]] = {}  # column → (rows left, text)
        self._named: set[int] = set()
        self._wide: dict[int, int] = {}
        self._data = 0  # plain cells of the row
        self._column = 0
        self._spans = (1, 1)  # columns, rows
        self._text: list[str] | None = None

    @property
    def in_cell(self) -> bool:
        """Between a cell's tags."""
        return self._text is not None

    def add(self, text: str) -> None:
        """Text of the open cell."""
        if self._text is not None:
            self._text.append(text)

    def open(self, tag: str, node: LexborNode) -> None:
        """A row or a cell begins."""
        if tag == "tr":
            self._begin_row()
            return
        while self._column in self._cells:
            self._column += 1
        self._text = []
        attributes = node.attributes
        self._spans = (_span(attributes.get("colspan")), _span(attributes.get("rowspan")))
        if tag == "th":
            self._named.add(self._column)
        else:
            self._data += 1

    def close(self, tag: str) -> None:
        """A row or a cell ends."""
        if tag == "tr":
            self._end_row()
            return
        text = " ".join(self._text or ())
        columns, rows = self._spans
        if columns > 1:
            self._wide[self._column] = columns
        self._cells[self._column] = text
        for column in range(self._column, min(self._column + columns, MOST_COLUMNS)):
            own = text if column == self._column else ""
            self._cells.setdefault(column, own)
            if rows > 1:
                self._carried[column] = (rows - 1, own if len(own) <= CARRIED else "")
        self._column += columns
        self._text = None

    def _begin_row(self) -> None:
        self._cells = {column: text for column, (_, text) in self._carried.items()}
        self._carried = {
            column: (left - 1, text) for column, (left, text) in self._carried.items() if left > 1
        }
        self._named, self._wide, self._data, self._column = set(), {}, 0, 0

    def _end_row(self) -> None:
        if self._cells:
            last = max((n for n, text in self._cells.items() if text), default=-1)
            places = sorted(n for n in self._cells if n <= last)
            dense = last < MOST_COLUMNS
            cells = [self._cells.get(n, "") for n in (range(last + 1) if dense else places)]
            header = bool(self._named) and not self._data and sum(map(bool, cells)) > 1
            named = frozenset() if header else frozenset(self._named)
            self.rows.append(Row(cells, header=header, named=named, wide=self._wide if dense else {}))
        self._cells, self._column = {}, 0


def _span(value: str | None) -> int:
    if not value or not value.isascii() or not value.isdigit() or len(value) > 4:
        return 1
    return max(1, min(int(value), 1_000))
