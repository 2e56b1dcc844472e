"""Tables of RTF: rows of cells, and before each row how its cells are merged."""

from dataclasses import dataclass, field

from radar_pipeline.ingest.parsers.tables import CARRIED, Row


@dataclass(slots=True)
class RowReader:
    """Collects the rows of one table after another."""

    _rows: list[Row] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _merges: list[frozenset[str]] = field(default_factory=list)  # of each cell that is defined
    _next: set[str] = field(default_factory=set)
    _header: bool = False
    _above: dict[int, str] = field(default_factory=dict)

    def define(self) -> None:
        """A row's definition begins."""
        self._merges, self._next, self._header = [], set(), False

    def mark_header(self) -> None:
        """The row is said again on each page."""
        self._header = True

    def merge(self, word: str) -> None:
        """How the next cell is merged: ``clvmgf``, ``clvmrg``, ``clmgf``, ``clmrg``."""
        self._next.add(word)

    def define_cell(self) -> None:
        """A cell is defined."""
        self._merges.append(frozenset(self._next))
        self._next.clear()

    def cell(self, text: str) -> None:
        """A cell ends."""
        self._cells.append(text)

    def end_row(self) -> None:
        """A row ends."""
        cells, wide, first = [], {}, 0
        for column, text in enumerate(self._cells):
            merges = self._merges[column] if column < len(self._merges) else frozenset()
            shown = self._above.get(column, "") if "clvmrg" in merges else text
            if "clvmgf" in merges:
                self._above[column] = text if len(text) <= CARRIED else ""
            elif "clvmrg" not in merges:
                self._above.pop(column, None)
            if "clmgf" in merges:
                first = column
            if "clmrg" in merges:
                wide[first] = column - first + 1
            cells.append("" if "clmrg" in merges else shown)
        if cells:
            self._rows.append(Row(cells, header=self._header, wide=wide))
        self._cells = []

    def taken(self) -> list[Row]:
        """The rows of the table that ends here."""
        if self._cells:
            self.end_row()
        rows, self._rows = self._rows, []
        self._above.clear()
        return rows
