"""ODS: each sheet a heading, each row said with its column names; numbers as the cells show them."""

from typing import Any

from radar_pipeline.ingest.metadata import control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import TextBuilder, clean, collapse
from radar_pipeline.ingest.parsers.odf.grid import Grid
from radar_pipeline.ingest.parsers.odf.inline import plain
from radar_pipeline.ingest.parsers.odf.package import read
from radar_pipeline.ingest.parsers.odf.styles import Styles
from radar_pipeline.ingest.parsers.tables import Row, TableWriter, sheet_cells
from radar_pipeline.ingest.parsers.xlsx import as_text, sheet_title, write_sheet
from radar_pipeline.ingest.parsers.xml import attribute, local
from radar_pipeline.models import UnreadableReason


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a spreadsheet. ``path`` is not used. What a person hid is left out, as in ``xlsx``.

    Raises ParseProblem: those of ``package.read``; ``empty``; ``too_large``.
    """
    package = read(data, "spreadsheet")
    tables = TableWriter(TextBuilder())
    title = ""
    for sheet in package.body:
        if local(sheet) != "table" or package.styles.table_is_hidden(attribute(sheet, "style-name")):
            continue
        name = collapse(clean(attribute(sheet, "name")))
        rows = _rows(sheet, name, package.styles)
        if rows:
            title = title or sheet_title(name, rows)
            write_sheet(tables, name, rows)
    text = tables.builder.text()
    if not text:
        raise ParseProblem(UnreadableReason.EMPTY)
    known = package.properties
    fields = {k: v for k, v in known.items() if k != "title"} | control_fields(tables.control_text(text))
    meta = meta_from_fields(fields, title=known.get("title", "") or title)
    return ParsedText(text=text, spans=tables.builder.sorted_spans(), meta=meta)


def _rows(sheet: Any, name: str, styles: Styles) -> list[Row]:
    grid = Grid(lambda cell: _shown(cell, styles))
    grid.read(sheet)
    for row, (number, columns) in zip(grid.rows, grid.places, strict=True):
        row.header = False  # rows repeated in print are not always the header
        row.ref, row.refs = f"{name}!{number + 1}", sheet_cells(name, number, columns)
    return grid.rows


def _shown(cell: Any, styles: Styles) -> tuple[str, bool]:
    """A cell as shown, dates in ISO form."""
    kind = attribute(cell, "value-type")
    if kind == "date":
        day, _, clock = clean(attribute(cell, "date-value")).partition("T")
        return f"{day} {clock[:5]}" if clock.strip("0:.") else day, True
    text = plain(cell, styles)
    if text or not kind or kind == "string":
        return text, kind in {"float", "percentage", "currency", "time"}
    value = (
        attribute(cell, "value") or attribute(cell, "boolean-value").upper() or attribute(cell, "time-value")
    )
    try:
        number = float(value)
    except ValueError:
        return clean(value), kind != "boolean"
    return f"{as_text(number * 100)}%" if kind == "percentage" else as_text(number), True
