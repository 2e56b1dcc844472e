"""PDF by PDFium: reading order, furniture behind the body, headings, tables, pages."""

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.pdf.assemble import Assembler
from radar_pipeline.ingest.parsers.pdf.extract import page_lines
from radar_pipeline.ingest.parsers.pdf.furniture import split_furniture
from radar_pipeline.ingest.parsers.pdf.paragraphs import mark_headings, paragraphs, squeezed
from radar_pipeline.ingest.parsers.pdf.rows import rows_of, tables_and_lines
from radar_pipeline.models import UnreadableReason

MOST_PAGES = 20_000
MOST_BOOKMARKS = 5_000
_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_MAGIC_WITHIN = 1_024


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a PDF. ``path`` is not used.

    Raises ParseProblem: ``mismatch`` (no PDF at all), ``encrypted``, ``malformed``, ``bomb`` (more
    pages than anybody writes), ``empty`` (no text: scanned, or blank).
    """
    if b"%PDF-" not in data[:_MAGIC_WITHIN]:
        raise ParseProblem(UnreadableReason.MISMATCH)
    with _opened(data) as document:
        count = len(document)
        if count == 0:
            raise ParseProblem(UnreadableReason.MALFORMED)
        if count > MOST_PAGES:
            raise ParseProblem(UnreadableReason.BOMB)
        pages = [page_lines(document, number) for number in range(1, count + 1)]
        bookmarks = _bookmarks(document)
        title = _info_title(document)
    body, furniture = split_furniture(pages)
    found = paragraphs(tables_and_lines(rows_of(body)))
    mark_headings(found, bookmarks)
    assembler = Assembler()
    assembler.body(found)
    if not assembler.has_text:
        raise ParseProblem(UnreadableReason.EMPTY)
    assembler.furniture(furniture)
    return assembler.result(count, title)


def count_pages(data: bytes) -> int:
    """Pages of a PDF, 0 if it can't be opened; the parse will say why."""
    try:
        with _opened(data) as document:
            return min(len(document), MOST_PAGES)
    except ParseProblem:
        return 0


@contextmanager
def _opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) in {_PASSWORD, _SECURITY}
        reason = UnreadableReason.ENCRYPTED if locked else UnreadableReason.MALFORMED
        raise ParseProblem(reason) from error
    try:
        yield document
    finally:
        document.close()


def _bookmarks(document: pdfium.PdfDocument) -> dict[tuple[int, str], int]:
    """(page, squeezed title) → level from 1."""
    levels: dict[tuple[int, str], int] = {}
    try:
        for entry in document.get_toc():
            target = entry.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                levels.setdefault((index + 1, squeezed(entry.get_title())), entry.level + 1)
            if len(levels) >= MOST_BOOKMARKS:
                break
    except (pdfium.PdfiumError, UnicodeDecodeError, ValueError):
        return levels
    return levels


def _info_title(document: pdfium.PdfDocument) -> str:
    """The title in the file's properties, unless a program made it up."""
    try:
        title = str(document.get_metadata_value("Title") or "").strip()
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return ""
    made_up = title.lower().startswith(("microsoft", "untitled", "(anonymous)", "document", "slide"))
    return "" if made_up or title.lower().endswith((".doc", ".docx", ".pdf")) else title
