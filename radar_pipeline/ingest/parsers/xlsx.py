"""Workbooks by calamine: each sheet a heading, each row said with its column names.

XLSX shows numbers as its cells do (12.5%, $1,200.00, 00042). XLS and XLSB are read the same, but for
their number formats and hidden rows, which nothing cheap tells: their numbers are the stored ones.
Dates are written in ISO form in all of them.
"""

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta

import python_calamine as calamine

from radar_pipeline.ingest.metadata import control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, number_format
from radar_pipeline.ingest.parsers.builder import LONGEST_HEADING, PARAGRAPH, TextBuilder, clean, collapse
from radar_pipeline.ingest.parsers.office import opened
from radar_pipeline.ingest.parsers.properties import properties
from radar_pipeline.ingest.parsers.sheet_xml import Look, check_binary, looks
from radar_pipeline.ingest.parsers.tables import CARRIED, MOST_CELLS, MOST_ROWS, Row, TableWriter, sheet_cells
from radar_pipeline.models import UnreadableReason

_DEFAULT_NAME = re.compile(r"(?:sheet|tabelle|feuil|hoja|blad|foglio)\s*\d*", re.IGNORECASE)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book", "WORKBOOK", "BOOK"))
_LOCKED = "EncryptedPackage".encode("utf-16-le")

Value = int | float | str | bool | date | datetime | time | timedelta


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a workbook, by its content and not its ``path``: XML or binary in an archive, or XLS.

    What a person hid (sheets, rows, columns, cells whose style shows nothing) is left out, as hidden
    text is everywhere; rows behind a filter or in a closed group are read. Comments are left out,
    formulas stand as their last value.

    Raises ParseProblem: those of ``office.opened``; ``mismatch`` for another office file;
    ``malformed`` for a workbook that does not say which part of the file a sheet is; ``too_large`` for
    a sheet whose values lie so far apart, or that holds so many rows, that it is no document.
    """
    if data.startswith(_OLE):
        return _written(data, _checked_ole(data), None)
    with opened(data) as archive:
        known = properties(archive)
        names = {name.replace("\\", "/").lower() for name in archive.namelist()}
        found: dict[str, Look] | None = None
        if {"xl/workbook.bin", "xl/workbook.xml"} <= names:  # which one is shown is a guess
            raise ParseProblem(UnreadableReason.MALFORMED)
        if "xl/workbook.bin" in names:
            check_binary(archive)
        elif any(name.startswith("xl/") for name in names):
            found = looks(archive)
        else:
            raise ParseProblem(UnreadableReason.MISMATCH)
    return _written(data, known, found)


def _checked_ole(data: bytes) -> dict[str, str]:
    if _LOCKED in data:
        raise ParseProblem(UnreadableReason.ENCRYPTED)
    if not any(name in data for name in _STREAMS):
        raise ParseProblem(UnreadableReason.MISMATCH)
    return {}


def _written(data: bytes, known: dict[str, str], found: Mapping[str, Look] | None) -> ParsedText:
    builder = TextBuilder()
    tables = TableWriter(builder)
    title = _write(data, tables, found)
    text = builder.text()
    if not text:
        raise ParseProblem(UnreadableReason.EMPTY)
    fields = {k: v for k, v in known.items() if k != "title"} | control_fields(tables.control_text(text))
    meta = meta_from_fields(fields, title=known.get("title", "") or title)
    return ParsedText(text=text, spans=builder.sorted_spans(), meta=meta)


def _write(data: bytes, tables: TableWriter, found: Mapping[str, Look] | None) -> str:
    """Write all sheets with a value; the title that the first one shows above its table, or its name.

    ``found``: how each sheet looks, None for a format that does not tell.
    """
    title = ""
    try:
        book = calamine.CalamineWorkbook.from_object(io.BytesIO(data))
        for sheet in book.sheets_metadata:
            shown = sheet.visible is calamine.SheetVisibleEnum.Visible
            if sheet.typ is not calamine.SheetTypeEnum.WorkSheet or not shown:
                continue
            name = collapse(clean(sheet.name))
            look = Look() if found is None else found.get(sheet.name)
            if look is None:  # nobody knows what is hidden in it
                raise ParseProblem(UnreadableReason.MALFORMED)
            rows = _rows(book.get_sheet_by_name(sheet.name), name, look)
            if rows:
                title = title or sheet_title(name, rows)
                write_sheet(tables, name, rows)
    except calamine.PasswordError as error:
        raise ParseProblem(UnreadableReason.ENCRYPTED) from error
    except calamine.CalamineError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    return title


def write_sheet(tables: TableWriter, name: str, rows: Sequence[Row]) -> None:
    """A sheet: its name as a heading, its rows, and a span around both."""
    before = tables.builder.position
    tables.builder.heading(name, 1)
    tables.write(rows)
    start = before + len(PARAGRAPH) if before else 0
    tables.builder.annotate("sheet", start, tables.builder.position, name[:LONGEST_HEADING])


def sheet_title(name: str, rows: Sequence[Row]) -> str:
    """What a sheet shows above its table, or its name if a person gave it one."""
    first = [cell for cell in rows[0].cells if cell.strip()]
    if len(first) == 1 and not rows[0].numeric and len(rows) > 1:
        return collapse(first[0])[:LONGEST_HEADING]
    return "" if _DEFAULT_NAME.fullmatch(name) else collapse(name)


def _rows(sheet: calamine.CalamineSheet, name: str, look: Look) -> list[Row]:
    """Rows with a value, as text. A cell merged over several rows is said in each of them."""
    if sheet.start is None:
        return []
    top, left = sheet.start
    merged = _Merged(sheet, left)
    rows: list[Row] = []
    filled = 0
    columns: list[int] | None = None
    for number, values in enumerate(sheet.to_python(skip_empty_area=True), start=top):
        if columns is None:
            columns = [n for n in range(len(values)) if not look.hides_column(n + left)]
        cells = [_shown(value, look, number, n + left) for n, value in enumerate(values)]
        if not any(cells):
            continue
        merged.carry(number, cells)
        kept = [cells[n] for n in columns]
        if number in look.hidden_rows or not any(kept):
            continue
        rows.append(_row(name, number, kept, [values[n] for n in columns], [n + left for n in columns]))
        rows[-1].wide = merged.wide(number, columns)
        filled += sum(map(bool, kept))
        if len(rows) > MOST_ROWS or filled > MOST_CELLS:
            raise ParseProblem(UnreadableReason.TOO_LARGE)
    return rows


def _row(name: str, number: int, cells: list[str], values: Sequence[Value], columns: Sequence[int]) -> Row:
    numeric = frozenset(n for n, value in enumerate(values) if not isinstance(value, str))
    return Row(cells, numeric, ref=f"{name}!{number + 1}", refs=sheet_cells(name, number, columns))


class _Merged:
    """Cells merged over several rows: said again, if short, in each row that has anything else."""

    def __init__(self, sheet: calamine.CalamineSheet, left: int) -> None:
        ranges = sheet.merged_cell_ranges or ()
        self._last = {(top, column - left): last for (top, column), (last, _) in ranges if last > top}
        self._wide = {(top, first - left): last - left for (top, first), (_, last) in ranges if last > first}
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
            if last and 0 < len(cell) <= CARRIED:
                self._open[column] = (last, cell)

    def wide(self, number: int, columns: Sequence[int]) -> dict[int, int]:
        """Which of the shown columns begin a cell that spans more of them, and how many."""
        if not self._wide:
            return {}
        ends = ((n, self._wide.get((number, column))) for n, column in enumerate(columns))
        return {n: sum(columns[n] <= c <= end for c in columns) for n, end in ends if end is not None}


def _shown(value: Value, look: Look, row: int, column: int) -> str:
    if (row, column) in look.unseen:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool) and look.formats:
        code = look.formats.get((row, column))
        if code:
            with suppress(ArithmeticError, ValueError):
                return number_format.shown(value, code) or as_text(value)
    return as_text(value)


def as_text(value: Value) -> str:
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
