"""DOCX by python-docx's package reader and a walk of its own: in page order, with numbers, notes,
text boxes, headers and footers; deleted and hidden text left out, inserted text read."""

import io
import re
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from radar_pipeline.ingest.lines import heading_line
from radar_pipeline.ingest.metadata import control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import LINE, LONGEST_HEADING, PARAGRAPH, TextBuilder, collapse
from radar_pipeline.ingest.parsers.docx.reader import Paragraph, Reader, Table
from radar_pipeline.ingest.parsers.office import opened, properties
from radar_pipeline.ingest.parsers.tables import TableWriter
from radar_pipeline.models import UnreadableReason

_BETWEEN = re.compile(r"\s+[|–—-]\s+")  # the fields of a running header
_SPECIAL_NOTES = frozenset({"separator", "continuationSeparator", "continuationNotice"})


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a Word document. ``path`` is not used; Word alone knows pages, so there are none.

    Raises ParseProblem: those of ``office.opened``; ``mismatch`` for another office file;
    ``malformed``; ``empty``; ``too_large`` for a table that is a database.
    """
    with opened(data) as archive:
        known = properties(archive)
    try:
        part = docx.Document(io.BytesIO(data)).part
        reader = Reader(part.styles.element, _numbering(part), _notes(part))
        found = list(reader.blocks(part.element.body))
        furniture = list(_furniture(part, reader))
    except ValueError as error:  # python-docx: the main part is no Word document
        raise ParseProblem(UnreadableReason.MISMATCH) from error
    except (SyntaxError, OpcError, KeyError, AttributeError, RecursionError) as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    writer = _Writer()
    writer.write(found)
    if not writer.builder.position:
        raise ParseProblem(UnreadableReason.EMPTY)
    head = writer.control_text()
    writer.furniture(furniture)
    said = control_fields(_BETWEEN.sub("\n", "\n".join(furniture))) | control_fields(head)
    fields = {name: value for name, value in known.items() if name != "title"} | said
    return ParsedText(
        text=writer.builder.text(),
        spans=writer.builder.sorted_spans(),
        meta=meta_from_fields(fields, title=writer.title or known.get("title", "")),
    )


class _Writer:
    """Writes blocks as canonical text. Notes stand at the end of their section, not within a list."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._tables = TableWriter(self.builder)
        self._notes: list[str] = []
        self._contents: list[str] = []
        self._sunk = 0  # headings sink by one under a title
        self._in_list = False

    def write(self, blocks: list[Paragraph | Table]) -> None:
        paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
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

    def _paragraph(self, paragraph: Paragraph) -> None:
        text = f"{paragraph.label} {paragraph.text}" if paragraph.label else paragraph.text
        if paragraph.contents:
            self._contents.append(collapse(text))
        elif paragraph.level is not None and len(text) <= LONGEST_HEADING:
            self._write_notes()
            self.title = self.title or collapse(paragraph.text)
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
        for note in self._notes:
            self.builder.block(note)
        self._notes.clear()


def _guess_headings(paragraphs: list[Paragraph]) -> None:
    """Without heading styles, headings are told by their look, as in plain text."""
    for paragraph in paragraphs:
        found = heading_line(paragraph.text, alone=True) if paragraph.depth is None else None
        if found and paragraph.level is None and "\n" not in paragraph.text:
            paragraph.level = found.level


def _numbering(part: Any) -> Any:
    related = _related(part, "/numbering")
    return related[0].element if related else None


def _notes(part: Any) -> dict[tuple[str, str], Any]:
    notes: dict[tuple[str, str], Any] = {}
    for kind in ("footnote", "endnote"):
        for related in _related(part, f"/{kind}s"):
            for element in parse_xml(related.blob).findall(qn(f"w:{kind}")):
                if element.get(qn("w:type")) not in _SPECIAL_NOTES:
                    notes[kind, str(element.get(qn("w:id")) or "")] = element
    return notes


def _furniture(part: Any, reader: Reader) -> Iterator[str]:
    """Texts of headers and footers, each once, a line for a block."""
    seen: set[str] = set()
    for kind in ("/header", "/footer"):
        for related in _related(part, kind):
            for block in reader.blocks(related.element):
                rows = block.rows if isinstance(block, Table) else ()
                texts = ["; ".join(filter(None, map(collapse, row.cells))) for row in rows]
                for text in (*texts, *([collapse(block.text)] if isinstance(block, Paragraph) else ())):
                    if text and text not in seen:
                        seen.add(text)
                        yield text


def _related(part: Any, ending: str) -> list[Any]:
    relations = sorted(part.rels.items())
    return [r.target_part for _, r in relations if not r.is_external and r.reltype.endswith(ending)]
