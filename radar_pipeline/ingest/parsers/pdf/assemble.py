"""Writes paragraphs, tables and footnotes of a PDF as canonical text with all its spans."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from radar_pipeline.ingest.lines import ITEM, marker_level
from radar_pipeline.ingest.metadata import HEAD_CHARACTERS, control_fields, find_date, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.ingest.parsers.builder import LINE, LONGEST_HEADING, PARAGRAPH, TextBuilder, collapse
from radar_pipeline.ingest.parsers.pdf.extract import RAISED, SOFT_HYPHEN, Line, Page
from radar_pipeline.ingest.parsers.pdf.joining import join_pair
from radar_pipeline.ingest.parsers.pdf.notes import note_mark
from radar_pipeline.ingest.parsers.pdf.paragraphs import Paragraph
from radar_pipeline.ingest.parsers.pdf.tables import Table
from radar_pipeline.ingest.titles import first_title

_EXHIBIT = re.compile(r"(?:exhibit|annex|appendix|schedule)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_RAISED = re.compile(rf"{RAISED}(\d{{1,3}}|[*†‡§])")

Piece = tuple[str, Line]
Place = tuple[int, int, int]  # page, start, end


class Assembler:
    """Collects the text of one document: first ``body``, then ``furniture``, then ``result``."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._builder = TextBuilder()
        self._source = pages
        self._notes = {page.number: page.notes for page in pages if page.notes}
        self._marks = {page: frozenset(note_mark(n[0]) for n in notes) for page, notes in self._notes.items()}
        self._tables: Counter[int] = Counter()  # seen on each page
        self._pages: list[Place] = []
        self._recognised: list[Place] = []
        self._title = ""

    @property
    def has_text(self) -> bool:
        """Anything but whitespace was written."""
        return self._builder.position > 0

    def body(self, found: Sequence[Table | Paragraph]) -> None:
        """Write everything that is evidence. A page's footnotes follow the last paragraph that
        begins on it, so that they part no sentence."""
        known = _vocabulary(found)
        waiting = sorted(self._notes)
        for element in found:
            while waiting and waiting[0] < _first_page(element):
                self._footnotes(self._notes[waiting.pop(0)], known)
            if isinstance(element, Table):
                self._table(element)
            else:
                self._paragraph(element, known)
        for page in waiting:
            self._footnotes(self._notes[page], known)

    def furniture(self, lines: Sequence[Line]) -> None:
        """Write headers, footers and page numbers, one a line, marked."""
        separator = PARAGRAPH
        for line in lines:
            text = collapse(line.text.replace(SOFT_HYPHEN, "").replace(RAISED, ""))
            if text:
                start, end = self._builder.block(text, separator)
                self._builder.annotate("furniture", start, end)
                self._place(line, start, end)
                separator = LINE

    def result(self, properties: Mapping[str, str]) -> ParsedText:
        """The parsed document. Its title: the first heading, if that is one, else the file's property."""
        text = self._builder.text()
        labels = {page.number: page.label for page in self._source}
        for page, start, end in _merged(self._pages):
            self._builder.annotate("page", start, end, str(page), ref=labels.get(page, ""))
        for page, start, end in _merged(self._recognised):
            self._builder.annotate("ocr", start, end, str(page))
        first_page_end = next((start for page, start, _ in self._pages if page > 1), len(text))
        fields = control_fields(text[: min(first_page_end, HEAD_CHARACTERS)])
        fields |= {name: said for name, said in properties.items() if name not in fields and name != "title"}
        return ParsedText(
            text=text,
            spans=self._builder.sorted_spans(),
            meta=meta_from_fields(fields, title=self._title, otherwise=properties.get("title", "")),
            pages=len(self._source),
            scanned_pages=tuple(page.number for page in self._source if page.scanned or page.lost),
            ocr_pages=tuple(sorted({page for page, _, _ in self._recognised})),
        )

    def _paragraph(self, paragraph: Paragraph, known: frozenset[str]) -> None:
        written = self._write(paragraph.lines, known)
        if written is None:
            return
        start, end, text = written
        item = ITEM.match(text) if not paragraph.level else None
        if paragraph.level:
            if not find_date(text) and not _EXHIBIT.match(text):
                self._title = first_title(self._title, text[:LONGEST_HEADING])
            self._builder.annotate("heading", start, end, text[:LONGEST_HEADING], paragraph.level)
        elif item:
            self._builder.annotate("list_item", start, end, level=marker_level(item["marker"]))

    def _footnotes(self, notes: Sequence[Sequence[Line]], known: frozenset[str]) -> None:
        for lines in notes:
            written = self._write(lines, known)
            if written is not None:
                self._builder.annotate("footnote", written[0], written[1], note_mark(lines[0]))

    def _write(self, lines: Sequence[Line], known: frozenset[str]) -> tuple[int, int, str] | None:
        """Write lines as one paragraph: (start, end, text), None if nothing is left of them."""
        pieces = self._pieces(lines, known)
        text = "".join(piece for piece, _ in pieces)
        if not text.strip():
            return None
        start, end = self._builder.block(text)
        position = start
        for piece, line in pieces:
            self._place(line, position, position + len(piece))
            position += len(piece)
        return start, end, text

    def _place(self, line: Line, start: int, end: int) -> None:
        self._pages.append((line.page, start, end))
        if line.ocr:
            self._recognised.append((line.page, start, end))

    def _pieces(self, lines: Sequence[Line], known: frozenset[str]) -> list[Piece]:
        """The text of each line such that the texts, put together, read as one paragraph."""
        pieces: list[Piece] = []
        for line in lines:
            text = collapse(self._without_marks(line))
            if not text:
                continue
            if pieces:
                before, earlier = pieces[-1]
                ended, between = join_pair(before, text, known)
                pieces[-1] = (ended + between, earlier)
            pieces.append((text, line))
        return [(text.replace(SOFT_HYPHEN, ""), line) for text, line in pieces]

    def _without_marks(self, line: Line) -> str:
        """A raised number is no part of the sentence if it is the mark of a footnote of the page."""
        if RAISED not in line.text:
            return line.text
        marks = self._marks.get(line.page, frozenset())
        text = _RAISED.sub(lambda match: "" if match[1] in marks else match[1], line.text)
        return text.replace(RAISED, "")

    def _table(self, table: Table) -> None:
        for page in sorted(set(table.pages)):
            self._tables[page] += 1
        separator = PARAGRAPH
        for row, page, number in zip(table.rows, table.pages, table.numbers, strict=True):
            before = self._builder.position
            ref = f"p{page}.{self._tables[page]}.{number}"
            lone = len(row) == 1 and bool(row[0][0])  # a label and its value: the second cell
            refs = [f"{ref}.{column}" for column in range(1 + lone, len(row) + 1 + lone)]
            self._builder.row(row, separator, ref, refs)
            if self._builder.position > before:
                place = (page, before, self._builder.position)
                self._pages.append(place)
                if table.ocr:
                    self._recognised.append(place)
                separator = LINE


def _first_page(element: Table | Paragraph) -> int:
    return element.page if isinstance(element, Table) else element.lines[0].page


def _merged(pages: list[Place]) -> list[Place]:
    """Neighbouring pieces of one page as one, if nothing of another page lies between them."""
    merged: list[Place] = []
    for page, start, end in pages:
        if merged and merged[-1][0] == page and start - merged[-1][2] <= len(PARAGRAPH):
            merged[-1] = (page, merged[-1][1], end)
        else:
            merged.append((page, start, end))
    return merged


def _vocabulary(found: Sequence[Table | Paragraph]) -> frozenset[str]:
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
