"""What a PDF file says beside its pages: bookmarks and properties."""

import pypdfium2 as pdfium

from radar_pipeline.ingest.metadata import FILE_PROPERTIES, Said
from radar_pipeline.ingest.parsers.builder import LONGEST_HEADING, collapse
from radar_pipeline.ingest.parsers.pdf.headings import squeezed, unnumbered

MOST_BOOKMARKS = 5_000
_DEEPEST_BOOKMARK = 15
_MADE_UP = ("microsoft", "untitled", "(anonymous)", "document", "slide")

Bookmarks = dict[tuple[int, str], int]


def bookmarks_of(document: pdfium.PdfDocument) -> Bookmarks:
    """(page, squeezed title) → level from 1. Loops end: PDFium's walker knows what it has seen."""
    levels: Bookmarks = {}
    try:
        for count, entry in enumerate(document.get_toc(max_depth=_DEEPEST_BOOKMARK)):
            target = entry.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                levels.setdefault((index + 1, squeezed(entry.get_title())), entry.level + 1)
                levels.setdefault((index + 1, squeezed(unnumbered(entry.get_title()))), entry.level + 1)
            if count >= MOST_BOOKMARKS:
                break
    except (pdfium.PdfiumError, UnicodeDecodeError, ValueError):
        return levels
    return levels


def properties_of(document: pdfium.PdfDocument) -> dict[str, str]:
    """Title and author in the file's properties, unless a program made them up."""
    found: dict[str, str] = {}
    for field in ("Title", "Author"):
        try:
            value = collapse(str(document.get_metadata_value(field) or ""))[:LONGEST_HEADING]
        except (pdfium.PdfiumError, UnicodeDecodeError):
            continue
        made_up = value.lower().startswith(_MADE_UP) or value.lower().endswith((".doc", ".docx", ".pdf"))
        if value and not made_up:
            found[field.lower()] = Said(value, FILE_PROPERTIES)
    return found
