"""PDF by PDFium: reading order, furniture behind the body, headings, tables, notes, pages, scans."""

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.pdf.about import Bookmarks, bookmarks_of, properties_of
from radar_pipeline.ingest.parsers.pdf.aligned import cut_at_columns
from radar_pipeline.ingest.parsers.pdf.assemble import Assembler
from radar_pipeline.ingest.parsers.pdf.columns import in_reading_order
from radar_pipeline.ingest.parsers.pdf.extract import Line, Page, page_lines
from radar_pipeline.ingest.parsers.pdf.furniture import split_furniture, usual_size
from radar_pipeline.ingest.parsers.pdf.headings import mark_headings
from radar_pipeline.ingest.parsers.pdf.looks import Styles
from radar_pipeline.ingest.parsers.pdf.notes import split_notes
from radar_pipeline.ingest.parsers.pdf.paragraphs import paragraphs
from radar_pipeline.ingest.parsers.pdf.rows import rows_of, tables_and_lines
from radar_pipeline.ingest.parsers.pdf.ruled import put_back, take_ruled
from radar_pipeline.ingest.parsers.pdf.rulings import Grid, grids_of
from radar_pipeline.ingest.parsers.pdf.scans import recognised
from radar_pipeline.models import UnreadableReason

MOST_PAGES = 20_000
_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_MAGIC_WITHIN = 1_024


def parse(data: bytes, path: str, ocr: str = "") -> ParsedText:
    """Parse a PDF. ``path`` is not used; ``ocr``: languages to recognise scanned pages in, or empty.

    Raises ParseProblem: ``mismatch`` (no PDF at all), ``encrypted``, ``malformed`` (also where no page
    has text and pages could not be loaded), ``bomb`` (more pages than anybody writes), ``needs_ocr``
    (pictures of pages and no text), ``empty`` (blank), ``timeout`` (recognition was not done in time).
    """
    return parse_pdf(data, ocr=ocr)


def parse_pdf(data: bytes, *, ocr: str = "", outline: bool = True) -> ParsedText:
    """As ``parse``; without ``outline`` the bookmarks are left aside, and headings told by their looks."""
    if b"%PDF-" not in data[:_MAGIC_WITHIN]:
        raise ParseProblem(UnreadableReason.MISMATCH)
    with _opened(data) as document:
        count = len(document)
        if count == 0:
            raise ParseProblem(UnreadableReason.MALFORMED)
        if count > MOST_PAGES:
            raise ParseProblem(UnreadableReason.BOMB)
        pages = _pages(document, count)
        if ocr:
            _recognise(document, pages, ocr)
        grids = {p.number: grids_of(document, p.number, p.width, p.height) for p in pages if p.lines}
        bookmarks = bookmarks_of(document) if outline else {}
        properties = properties_of(document)
    return _assembled(pages, grids, bookmarks, properties)


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


def _pages(document: pdfium.PdfDocument, count: int) -> list[Page]:
    styles = Styles()
    pages = []
    for number in range(1, count + 1):
        styles.forget()
        page = page_lines(document, number, styles)
        page.label = _label(document, number)
        pages.append(page)
    return pages


def _label(document: pdfium.PdfDocument, number: int) -> str:
    """What the file calls a page, where that is not its number."""
    try:
        label = str(document.get_page_label(number - 1)).strip()[:20]
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return ""
    return "" if label == str(number) else label


def _recognise(document: pdfium.PdfDocument, pages: list[Page], languages: str) -> None:
    """Put in what a program recognises on scanned pages; such a page is a scan no more."""
    for page, lines in recognised(document, [p for p in pages if p.scanned], languages):
        page.lines += lines
        page.scanned = False


def _assembled(
    pages: list[Page], grids: dict[int, list[Grid]], bookmarks: Bookmarks, properties: dict[str, str]
) -> ParsedText:
    ruled = take_ruled(pages, grids)
    furniture = split_furniture(pages)
    within = {number: [line for part in parts for line in part.held] for number, parts in ruled.items()}
    body = usual_size(line for page in pages for line in [*within[page.number], *page.lines])
    for line in furniture:  # a raised number at the margin may be a footnote's mark
        within[line.page].append(line)
    lines: list[Line] = []
    for page in pages:
        split_notes(page, body, within[page.number])
        put_back(page, ruled[page.number])
        lines += cut_at_columns(in_reading_order(page.lines, page.width))
    found = paragraphs(tables_and_lines(rows_of(lines)))
    mark_headings(found, bookmarks)
    assembler = Assembler(pages)
    assembler.body(found)
    if not assembler.has_text:
        raise ParseProblem(_without_text(pages))
    assembler.furniture(furniture)
    return assembler.result(properties)


def _without_text(pages: list[Page]) -> UnreadableReason:
    """Why nothing was read: a page that was lost may say something, so such a file is not empty."""
    lost = sum(page.lost for page in pages)
    scans = any(page.scanned for page in pages)
    if lost and (2 * lost > len(pages) or not scans):
        return UnreadableReason.MALFORMED
    return UnreadableReason.NEEDS_OCR if scans else UnreadableReason.EMPTY
