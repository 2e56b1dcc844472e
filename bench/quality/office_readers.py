"""What each office library itself reads from a file: the text that ours is measured against."""

import io
from collections.abc import Callable, Iterator
from typing import Any

Reader = Callable[[bytes], str]


def docx_text(data: bytes) -> str:
    """python-docx: paragraphs and tables in document order."""
    import docx

    return "\n".join(_docx_blocks(docx.Document(io.BytesIO(data))))


def _docx_blocks(parent: Any) -> Iterator[str]:
    from docx.table import Table

    for block in parent.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                seen = []
                for cell in row.cells:
                    if cell._tc not in seen:  # a cell over several columns is given for each
                        seen.append(cell._tc)
                        yield from _docx_blocks(cell)
        else:
            yield block.text


def pptx_text(data: bytes) -> str:
    """python-pptx: all text frames, tables and notes."""
    from pptx import Presentation

    said: list[str] = []
    for slide in Presentation(io.BytesIO(data)).slides:
        said += _pptx_shapes(slide.shapes)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            said.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(said)


def _pptx_shapes(shapes: Any) -> Iterator[str]:
    for shape in shapes:
        if shape.shape_type is not None and shape.shape_type == 6:
            yield from _pptx_shapes(shape.shapes)
        elif shape.has_text_frame:
            yield shape.text_frame.text
        elif getattr(shape, "has_table", False) and shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)


def xlsx_text(data: bytes) -> str:
    """openpyxl: cell values of visible sheets; shares as the percentages that their cells show."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    said: list[str] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    percent = cell.number_format.endswith("%") and isinstance(cell.value, float)
                    said.append(f"{cell.value:.1%}" if percent else str(cell.value).removesuffix(" 00:00:00"))
    return "\n".join(said)


def ods_text(data: bytes) -> str:
    """odfdo: the paragraphs of all cells."""
    from odfdo import Document

    body = Document(io.BytesIO(data)).body
    return "\n".join(p.text_recursive for t in body.tables for c in t.get_elements(".//text:p") for p in [c])


def odt_text(data: bytes) -> str:
    """odfdo: the document as formatted text."""
    from odfdo import Document

    return str(Document(io.BytesIO(data)).get_formatted_text())


def rtf_text(data: bytes) -> str:
    """striprtf."""
    from striprtf.striprtf import rtf_to_text

    return str(rtf_to_text(data.decode("latin-1"), errors="ignore"))


def html_text(data: bytes) -> str:
    """selectolax: all text of the body but scripts and styles."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(data.decode("utf-8"))
    for node in page.css("script, style, template"):
        node.decompose()
    return page.body.text(separator=" ") if page.body is not None else ""


READERS: dict[str, Reader] = {
    "docx": docx_text,
    "pptx": pptx_text,
    "xlsx": xlsx_text,
    "ods": ods_text,
    "odt": odt_text,
    "rtf": rtf_text,
    "html": html_text,
}
LIBRARIES = {
    "docx": "python-docx",
    "pptx": "python-pptx",
    "xlsx": "openpyxl",
    "ods": "odfdo",
    "odt": "odfdo",
    "rtf": "striprtf",
    "html": "selectolax",
}
