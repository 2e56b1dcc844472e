"""Writes an XLSX with openpyxl: sheets with a ruled head, wrapped cells and real dates."""

import io
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from tools.sample_documents.packing import repack
from tools.sample_documents.sources import Sheet, Workbook

_BOLD, _SHADE = Font(bold=True), PatternFill("solid", fgColor="E9EFF5")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
NARROWEST, WIDEST = 10, 60  # characters


def build(source: Workbook, path: Path) -> None:
    """Write one workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    known = book.properties
    known.title, known.creator, known.lastModifiedBy = source.title or None, source.author, source.author
    known.created = datetime.combine(source.date, time(9))
    for sheet in source.sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    repack(buffer.getvalue(), source.date, path)


def _fill(page: Any, sheet: Sheet) -> None:
    if sheet.heading:
        page.append([sheet.heading])
        page.cell(1, 1).font = Font(bold=True, size=14)
    first = page.max_row + 1 if sheet.heading else 1
    for row in [sheet.columns, *sheet.rows] if sheet.columns else sheet.rows:
        page.append(row)
    for row in page.iter_rows(min_row=first):
        for cell in row:
            cell.alignment = _WRAPPED
            if isinstance(cell.value, date):
                cell.number_format = "yyyy-mm-dd"
            if cell.row == first if sheet.columns else cell.column == 1:
                cell.font, cell.fill = _BOLD, _SHADE
    if sheet.columns:
        page.freeze_panes = page.cell(first + 1, 1)
    for number, column in enumerate(page.iter_cols(min_row=first), start=1):
        longest = max(len(str(cell.value or "")) for cell in column)
        page.column_dimensions[get_column_letter(number)].width = min(max(longest, NARROWEST), WIDEST)
