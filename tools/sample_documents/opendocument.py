"""Writes an ODS by hand: sheets with a bold head, real dates and numbers, and the file's properties."""

from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tools.sample_documents.packing import pack
from tools.sample_documents.sources import Cell, Sheet, Workbook

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMES = " ".join(
    f'xmlns:{short}="{name}"'
    for short, name in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)
_STYLES = """<office:automatic-styles>
<number:date-style style:name="iso"><number:year number:style="long"/><number:text>-</number:text>
<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/>
</number:date-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="iso"/>
<style:style style:name="head" style:family="table-cell">
<style:table-cell-properties fo:background-color="#e9eff5"/><style:text-properties fo:font-weight="bold"/>
</style:style>
</office:automatic-styles>"""
_MANIFEST = f"""{_HEAD}<manifest:manifest manifest:version="1.3"
 xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MEDIA_TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""


def build(source: Workbook, path: Path) -> None:
    """Write one spreadsheet."""
    sheets = "\n".join(map(_sheet, source.sheets))
    content = (
        f'{_HEAD}<office:document-content {_NAMES} office:version="1.3">\n{_STYLES}\n'
        f"<office:body><office:spreadsheet>\n{sheets}\n</office:spreadsheet></office:body>\n"
        "</office:document-content>\n"
    )
    known = (
        f'{_HEAD}<office:document-meta {_NAMES} office:version="1.3"><office:meta>\n'
        f"<dc:title>{escape(source.title)}</dc:title>"
        f"<meta:initial-creator>{escape(source.author)}</meta:initial-creator>"
        f"<dc:creator>{escape(source.author)}</dc:creator>\n"
        f"<meta:creation-date>{source.date}T09:00:00</meta:creation-date>"
        f"<dc:date>{source.date}T09:00:00</dc:date>\n</office:meta></office:document-meta>\n"
    )
    parts = {
        "mimetype": MEDIA_TYPE,  # first and not compressed, so that it can be read from outside
        "content.xml": content,
        "meta.xml": known,
        "META-INF/manifest.xml": _MANIFEST,
    }
    encoded = {name: text.encode() for name, text in parts.items()}
    pack(encoded, source.date, path, stored=frozenset({"mimetype"}))


def _sheet(sheet: Sheet) -> str:
    width = len(sheet.columns) or max(map(len, sheet.rows))
    rows = [f"<table:table-row>{_cell(sheet.heading, head=True)}</table:table-row>"] if sheet.heading else []
    if sheet.columns:
        rows.append(
            f"<table:table-row>{''.join(_cell(c, head=True) for c in sheet.columns)}</table:table-row>"
        )
    for row in sheet.rows:
        cells = (_cell(cell, head=not sheet.columns and n == 0) for n, cell in enumerate(row))
        rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    columns = f'<table:table-column table:number-columns-repeated="{width}"/>'
    return "\n".join([f"<table:table table:name={quoteattr(sheet.name)}>", columns, *rows, "</table:table>"])


def _cell(value: Cell, *, head: bool = False) -> str:
    """One cell; a date and a number keep their value beside what is shown."""
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value}" table:style-name="day"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"' + (' table:style-name="head"' if head else "")
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"
