"""Writes paragraphs and tables of a PDF as canonical text with page, heading and furniture spans."""

import re

from radar_pipeline.ingest.lines import ITEM, marker_level
from radar_pipeline.ingest.metadata import HEAD_CHARACTERS, control_fields, find_date, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.ingest.parsers.builder import LINE, LONGEST_HEADING, PARAGRAPH, TextBuilder, collapse
from radar_pipeline.ingest.parsers.pdf.extract import SOFT_HYPHEN, Line
from radar_pipeline.ingest.parsers.pdf.joining import join_pair
from radar_pipeline.ingest.parsers.pdf.paragraphs import Paragraph
from radar_pipeline.ingest.parsers.pdf.rows import Table

_EXHIBIT = re.compile(r"(?:exhibit|annex|appendix|schedule)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Assembler:
    """Collects the text of one document: first ``body``, then ``furniture``, then ``result``."""

    def __init__(self) -> None:
        self._builder = TextBuilder()
        self._pages: list[tuple[int, int, int]] = []  # (page, start, end)
        self._title = ""

    @property
    def has_text(self) -> bool:
        """Anything but whitespace was written."""
        return self._builder.position > 0

    def body(self, found: list[Table | Paragraph]) -> None:
        """Write everything that is evidence."""
        known = _vocabulary(found)
        for element in found:
            if isinstance(element, Table):
                self._table(element)
            else:
                self._paragraph(element, known)

    def furniture(self, lines: list[Line]) -> None:
        """Write headers, footers and page numbers, one a line, marked."""
        separator = PARAGRAPH
        for line in lines:
            text = collapse(line.text.replace(SOFT_HYPHEN, ""))
            if text:
                start, end = self._builder.block(text, separator)
                self._builder.annotate("furniture", start, end)
                self._pages.append((line.page, start, end))
                separator = LINE

    def result(self, pages: int, info_title: str) -> ParsedText:
        """The parsed document. Its title: the first heading, else the file's property."""
        text = self._builder.text()
        for page, start, end in _merged(self._pages):
            self._builder.annotate("page", start, end, str(page))
        first_page_end = next((start for page, start, _ in self._pages if page > 1), len(text))
        fields = control_fields(text[: min(first_page_end, HEAD_CHARACTERS)])
        meta = meta_from_fields(fields, title=self._title or collapse(info_title)[:LONGEST_HEADING])
        return ParsedText(text=text, spans=self._builder.sorted_spans(), meta=meta, pages=pages)

    def _paragraph(self, paragraph: Paragraph, known: frozenset[str]) -> None:
        pieces = _pieces(paragraph.lines, known)
        text = "".join(piece for piece, _ in pieces)
        if not text.strip():
            return
        item = ITEM.match(text) if not paragraph.level else None
        start, end = self._builder.block(text)
        position = start
        for piece, page in pieces:
            self._pages.append((page, position, position + len(piece)))
            position += len(piece)
        if paragraph.level:
            if not self._title and not find_date(text) and not _EXHIBIT.match(text):
                self._title = text[:LONGEST_HEADING]
            self._builder.annotate("heading", start, end, text[:LONGEST_HEADING], paragraph.level)
        elif item:
            self._builder.annotate("list_item", start, end, level=marker_level(item["marker"]))

    def _table(self, table: Table) -> None:
        separator = PARAGRAPH
        for row, page in zip(table.rows, table.pages, strict=True):
            before = self._builder.position
            self._builder.row(row, separator)
            if self._builder.position > before:
                self._pages.append((page, before, self._builder.position))
                separator = LINE


def _pieces(lines: list[Line], known: frozenset[str]) -> list[tuple[str, int]]:
    """(text, page) of each line such that the texts, put together, read as one paragraph."""
    pieces: list[tuple[str, int]] = []
    for line in lines:
        text = collapse(line.text)
        if not text:
            continue
        if pieces:
            before, page = pieces[-1]
            ended, between = join_pair(before, text, known)
            pieces[-1] = (ended + between, page)
        pieces.append((text, line.page))
    return [(text.replace(SOFT_HYPHEN, ""), page) for text, page in pieces]


def _merged(pages: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Neighbouring pieces of one page as one."""
    merged: list[tuple[int, int, int]] = []
    for page, start, end in pages:
        if merged and merged[-1][0] == page:
            merged[-1] = (page, merged[-1][1], end)
        else:
            merged.append((page, start, end))
    return merged


def _vocabulary(found: list[Table | Paragraph]) -> frozenset[str]:
    """Words that stand whole in the document: not the halves at a hyphenated line end."""
    words: set[str] = set()
    for element in found:
        if not isinstance(element, Paragraph):
            continue
        parted = False
        for line in element.lines:
            whole = _WORD.findall(line.text.lower())
            first, parted = int(parted), line.text.endswith(("-", SOFT_HYPHEN, "\u2010"))
            words.update(whole[first : len(whole) - parted])
    return frozenset(words)
