"""XLSX by calamine: each sheet a heading, each row said with its column names.

Numbers are the stored ones: how a cell shows them (a share as a percentage) is not read.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import python_calamine as calamine

from radar_pipeline.ingest.metadata import control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import LONGEST_HEADING, TextBuilder, clean, collapse
from radar_pipeline.ingest.parsers.office import opened, properties
from radar_pipeline.ingest.parsers.tables import MOST_CELLS, MOST_ROWS, Row, TableWriter
from radar_pipeline.models import UnreadableReason

LARGEST_AREA = 5_000_000  # cells of the rectangle around a sheet's values; calamine fills it, 32 bytes each
_DEFAULT_NAME = re.compile(r"(?:sheet|tabelle|feuil|hoja|blad|foglio)\s*\d*", re.IGNORECASE)
LARGEST_SHEET = 200 * 1024 * 1024  # bytes of XML
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["'][^<>]*?(/?)>"""
    rb"""((?:<f\b[^<>]*/>|<f\b[^<>]*>[^<]*</f>)?(?:<v\s*/>|<v>\s*</v>)?</c>)?"""  # without a value
)
_CARRIED = 200  # characters of a merged cell that are said again in each row it spans

Value = int | float | str | bool | date | datetime | time | timedelta


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a workbook. ``path`` is not used. Hidden sheets are read; their headings say so.

    Raises ParseProblem: those of ``office.opened``; ``too_large`` for a sheet whose values lie so
    far apart, or that holds so many rows, that it is no document.
    """
    with opened(data) as archive:
        known = properties(archive)
        for name in archive.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name, re.IGNORECASE):
                _check_area(archive, name)
    builder = TextBuilder()
    tables = TableWriter(builder)
    title = _write(data, tables)
    text = builder.text()
    if not text:
        raise ParseProblem(UnreadableReason.EMPTY)
    fields = {k: v for k, v in known.items() if k != "title"} | control_fields(tables.control_text(text))
    meta = meta_from_fields(fields, title=known.get("title", "") or title)
    return ParsedText(text=text, spans=builder.sorted_spans(), meta=meta)


def _write(data: bytes, tables: TableWriter) -> str:
    """Write all sheets with a value; the title that the first one shows above its table, or its name."""
    title = ""
    try:
        book = calamine.CalamineWorkbook.from_object(io.BytesIO(data))
        for sheet in book.sheets_metadata:
            if sheet.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            rows = _rows(book.get_sheet_by_name(sheet.name))
            if not rows:
                continue
            hidden = sheet.visible is not calamine.SheetVisibleEnum.Visible
            name = clean(sheet.name)
            tables.builder.heading(f"{name} (hidden sheet)" if hidden else name, 1)
            title = title or _title(name, rows)
            tables.write(rows)
    except calamine.PasswordError as error:
        raise ParseProblem(UnreadableReason.ENCRYPTED) from error
    except calamine.CalamineError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    return title


def _title(name: str, rows: Sequence[Row]) -> str:
    first = [cell for cell in rows[0].cells if cell.strip()]
    if len(first) == 1 and not rows[0].numeric and len(rows) > 1:
        return collapse(first[0])[:LONGEST_HEADING]
    return "" if _DEFAULT_NAME.fullmatch(name) else collapse(name)


def _rows(sheet: calamine.CalamineSheet) -> list[Row]:
    """Rows with a value, as text. A cell merged over several rows is said in each of them."""
    if sheet.start is None:
        return []
    top, left = sheet.start
    merged = _Merged(sheet, left)
    rows: list[Row] = []
    filled = 0
    for number, values in enumerate(sheet.iter_rows(), start=top):
        cells = [_shown(value) for value in values]
        if not any(cells):
            continue
        merged.carry(number, cells)
        numeric = frozenset(n for n, value in enumerate(values) if not isinstance(value, str))
        rows.append(Row(cells, numeric))
        filled += sum(map(bool, cells))
        if len(rows) > MOST_ROWS or filled > MOST_CELLS:
            raise ParseProblem(UnreadableReason.TOO_LARGE)
    return rows


class _Merged:
    """Cells merged over several rows: said again, if short, in each row that has anything else."""

    def __init__(self, sheet: calamine.CalamineSheet, left: int) -> None:
        ranges = sheet.merged_cell_ranges or ()
        self._last = {(top, column - left): last for (top, column), (last, _) in ranges if last > top}
        self._open: dict[int, tuple[int, str]] = {}  # column → (last row, text)

    def carry(self, number: int, cells: list[str]) -> None:
        """Fill a row's cells from above, and remember which of its own go on below."""
        if not self._last:
            return
        for column, (last, text) in list(self._open.items()):
            if number > last:
                del self._open[column]
            elif not cells[column]:
                cells[column] = text
        for column, cell in enumerate(cells):
            last = self._last.get((number, column), 0)
            if last and 0 < len(cell) <= _CARRIED:
                self._open[column] = (last, cell)


def _shown(value: Value) -> str:
    """A value as text: dates in ISO form, numbers without the noise of binary fractions."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            whole = value.is_integer() and abs(value) < 1e15
            return str(int(value)) if whole else f"{value:.15g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case time():
            return value.isoformat(timespec="minutes")
        case _:
            return clean(str(value))


def _check_area(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a sheet of which two values lie so far apart that the rectangle would not fit in memory."""
    columns, rows = _Range(), _Range()
    if archive.getinfo(name).file_size > LARGEST_SHEET:
        raise ParseProblem(UnreadableReason.TOO_LARGE)
    for match in _CELL.finditer(archive.read(name)):
        if not (match[3] or match[4]):
            columns.see(_column(match[1]))
            rows.see(int(match[2]))
    if columns.width * rows.width > LARGEST_AREA:
        raise ParseProblem(UnreadableReason.TOO_LARGE)


class _Range:
    """The least and the greatest number seen."""

    def __init__(self) -> None:
        self._low, self._high = 1 << 30, 0

    def see(self, number: int) -> None:
        self._low, self._high = min(self._low, number), max(self._high, number)

    @property
    def width(self) -> int:
        return max(0, self._high - self._low + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
