"""Paragraphs and tables of word processors' files as canonical text."""

import re
from dataclasses import dataclass, field
from itertools import groupby

from radar_pipeline.ingest.lines import heading_line
from radar_pipeline.ingest.parsers.builder import LINE, LONGEST_HEADING, PARAGRAPH, TextBuilder, collapse
from radar_pipeline.ingest.parsers.tables import Row, TableWriter
from radar_pipeline.ingest.titles import first_title

_LONGEST_BOLD = 100  # characters of a heading that is only bold
_TOO_MANY = 3
_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}[.)]?(?=\s)")


@dataclass(slots=True)
class Block:
    """A paragraph. ``level``: of a heading, from 1, 0 for the title, None for text."""

    text: str
    level: int | None = None
    label: str = ""  # its number or bullet
    depth: int | None = None  # of a list item, from 0
    contents: bool = False  # an entry of a table of contents
    bold: bool = False  # all of it
    notes: list[tuple[str, str]] = field(default_factory=list)  # (number, text)


@dataclass(slots=True)
class Table:
    """A table of at least two columns."""

    rows: list[Row]


def plain(block: Block | Table) -> str:
    """A block as one line, with its notes."""
    if isinstance(block, Table):
        return "; ".join(collapse(cell) for row in block.rows for cell in row.cells if cell.strip())
    text = collapse(f"{block.label} {block.text}")
    return " ".join([text, *(note for _, note in block.notes if note)])


class BlockWriter:
    """Writes blocks as canonical text. Notes stand at the end of their section, not within a list."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._tables = TableWriter(self.builder)
        self._notes: list[tuple[str, str]] = []
        self._contents: list[str] = []
        self._sunk = 0  # headings sink by one under a title
        self._in_list = False

    def write(self, blocks: list[Block | Table]) -> None:
        """Write the body; asked for once."""
        paragraphs = [block for block in blocks if isinstance(block, Block)]
        if not any(p.level for p in paragraphs):
            _guess_headings(paragraphs)
        self._sunk = int(any(p.level == 0 for p in paragraphs))
        for block in blocks:
            if isinstance(block, Table):
                self._tables.write(block.rows)
                self._in_list = False
            else:
                self._paragraph(block)
        self._write_notes()

    def control_text(self) -> str:
        """Where the document may speak of itself; asked for before furniture is written."""
        return self._tables.control_text(self.builder.text())

    def furniture(self, texts: list[str]) -> None:
        """Write running text and the table of contents behind the body."""
        separator = PARAGRAPH
        for text in (*texts, *self._contents):
            self.builder.annotate("furniture", *self.builder.block(text, separator))
            separator = LINE

    def _paragraph(self, paragraph: Block) -> None:
        text = f"{paragraph.label} {paragraph.text}" if paragraph.label else paragraph.text
        if paragraph.contents:
            self._contents.append(collapse(text))
        elif paragraph.level is not None and len(text) <= LONGEST_HEADING:
            self._write_notes()
            self.title = first_title(self.title, collapse(text))
            self.builder.heading(text, paragraph.level + self._sunk)
            self._in_list = False
        else:
            listed = paragraph.depth is not None
            start, end = self.builder.block(text, LINE if listed and self._in_list else PARAGRAPH)
            if paragraph.depth is not None:
                self.builder.annotate("list_item", start, end, level=paragraph.depth)
            self._in_list = listed
        self._notes += paragraph.notes

    def _write_notes(self) -> None:
        for number, note in self._notes:
            if note:
                self.builder.annotate("footnote", *self.builder.block(note), number)
        self._notes.clear()


def _guess_headings(paragraphs: list[Block]) -> None:
    """Without heading styles, headings are told by their look: as in plain text, or as short bold
    paragraphs over others. Three of these in a row are a cover page or a list."""
    for _, group in groupby(paragraphs, _is_bold_line):
        run = list(group)
        for paragraph in run if len(run) < _TOO_MANY else ():
            if _is_bold_line(paragraph):
                paragraph.level = _bold_level(paragraph)
    for paragraph in paragraphs:
        found = heading_line(paragraph.text, alone=True) if paragraph.depth is None else None
        if found and paragraph.level is None and "\n" not in paragraph.text:
            paragraph.level = found.level


def _is_bold_line(paragraph: Block) -> bool:
    """A short line, all bold, that ends like no sentence and is no bullet."""
    text = paragraph.text
    short = len(text) <= _LONGEST_BOLD and "\n" not in text and not text.endswith((".", ";", ",", ":"))
    return paragraph.bold and short and paragraph.label != "-" and any(map(str.isalpha, text))


def _bold_level(paragraph: Block) -> int:
    number = _NUMBER.match(f"{paragraph.label} {paragraph.text}".strip())
    return number[0].rstrip(".) ").count(".") + 1 if number else (paragraph.depth or 0) + 1
