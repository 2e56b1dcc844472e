"""PPTX by python-pptx's package reader and a walk of its own: what the audience of the show sees, and
the speaker's notes. Hidden slides, hidden shapes and comments are left out."""

import io
from collections.abc import Iterator
from typing import Any

from pptx.exc import PythonPptxError
from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.package import XmlPart
from pptx.package import Package

from radar_pipeline.ingest.metadata import control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import LINE, LONGEST_HEADING, PARAGRAPH, TextBuilder, collapse
from radar_pipeline.ingest.parsers.office import opened
from radar_pipeline.ingest.parsers.pptx.reader import SlideReader
from radar_pipeline.ingest.parsers.pptx.shapes import Paragraph, Shape
from radar_pipeline.ingest.parsers.properties import properties
from radar_pipeline.ingest.parsers.tables import TableWriter
from radar_pipeline.ingest.parsers.xml import attribute, child, each, local
from radar_pipeline.ingest.titles import first_title
from radar_pipeline.models import UnreadableReason

MOST_SLIDES = 5_000
_SHOWS = frozenset(
    {
        CONTENT_TYPE.PML_PRESENTATION_MAIN,
        CONTENT_TYPE.PML_PRES_MACRO_MAIN,
        CONTENT_TYPE.PML_SLIDESHOW_MAIN,
        CONTENT_TYPE.PML_TEMPLATE_MAIN,
        "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    }
)
_LONGEST_TITLE = 100  # characters of a line that serves as the title of a slide without one
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a presentation. ``path`` is not used.

    Raises ParseProblem: those of ``office.opened``; ``mismatch`` for another office file;
    ``malformed``; ``empty``, also where slides hold nothing but pictures; ``too_large``.
    """
    with opened(data) as archive:
        known = properties(archive)
    try:
        part = Package.open(io.BytesIO(data)).main_document_part
        if part.content_type not in _SHOWS:
            raise ParseProblem(UnreadableReason.MISMATCH)
        reader = SlideReader(*_size(part))
        writer = _Writer()
        for number, slide in enumerate(_slides(part), 1):
            if number > MOST_SLIDES:
                raise ParseProblem(UnreadableReason.TOO_LARGE)
            if attribute(slide._element, "show") not in {"0", "false"}:
                writer.slide(number, reader.shapes(slide), reader.notes(slide), reader.layout(slide))
    except (SyntaxError, PythonPptxError, KeyError, AttributeError, ValueError, RecursionError) as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    if not writer.has_text:
        raise ParseProblem(UnreadableReason.EMPTY)
    head = writer.control_text()
    furniture = writer.furniture()
    said = control_fields("\n".join(furniture)) | control_fields(head)
    fields = {name: value for name, value in known.items() if name != "title"} | said
    meta = meta_from_fields(fields, title=writer.title, otherwise=known.get("title", ""))
    return ParsedText(writer.builder.text(), writer.builder.sorted_spans(), meta)


def _slides(part: Any) -> Iterator[Any]:
    """The parts of the slides in the order of the show.

    Raises ParseProblem ``malformed`` for a slide that is not there or is none: it may say something.
    """
    listed = child(part._element, "sldIdLst")
    for entry in listed if listed is not None else ():
        try:
            slide = part.related_part(entry.get(_RELATION) or "")
        except KeyError:
            slide = None
        if not isinstance(slide, XmlPart) or local(slide._element) != "sld":
            raise ParseProblem(UnreadableReason.MALFORMED)
        yield slide


def _size(part: Any) -> tuple[int, int]:
    size = next(each(part._element, "sldSz"), None)
    if size is None:
        return 0, 0
    return int(attribute(size, "cx") or 0), int(attribute(size, "cy") or 0)


class _Writer:
    """Writes slides as canonical text: the title as a heading, then what stands under it."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self.has_text = False
        self._tables = TableWriter(self.builder)
        self._furniture: dict[str, None] = {}
        self._sunk = 0  # levels that slide titles stand below the presentation's
        self._in_section = False

    def slide(self, number: int, shapes: list[Shape], notes: list[Paragraph], layout: str) -> None:
        """Write one slide with its notes. ``layout``: the kind of its layout, such as ``title``."""
        self._furniture |= {text: None for shape in shapes if shape.furniture for text in shape.lines()}
        shown = [shape for shape in shapes if not shape.furniture]
        title = next((shape for shape in shown if shape.title and shape.lines()), None)
        heading = " ".join(title.lines()) if title else _topmost(shown)
        if not heading and not any(s.lines() or s.rows for s in shown) and not notes:
            return
        self.has_text = self.has_text or bool(heading or notes or any(s.lines() or s.rows for s in shown))
        before = self.builder.position
        level = self._level(number, layout)
        self._heading(heading or f"Slide {number}", level)
        taken = heading if title is None else ""
        for shape in shown:
            if shape is not title:
                self._shape(shape, taken)
        if notes:
            self.builder.heading("Notes", level + 1)
            start = self.builder.position
            self._paragraphs(notes)
            self._annotate("notes", start, str(number))
        self._annotate("slide", before, str(number))

    def control_text(self) -> str:
        """Where the presentation may speak of itself; asked for before furniture is written."""
        return self._tables.control_text(self.builder.text())

    def furniture(self) -> list[str]:
        """Write footers, dates and slide numbers behind the slides, each once."""
        separator = PARAGRAPH
        for text in self._furniture:
            self.builder.annotate("furniture", *self.builder.block(text, separator))
            separator = LINE
        return list(self._furniture)

    def _level(self, number: int, layout: str) -> int:
        """A title slide heads the show, a section's slide those after it."""
        if number == 1 and layout == "title":
            self._sunk = 1
            return 1
        if layout == "secHead":
            self._in_section = True
            return 1 + self._sunk
        return 1 + self._sunk + self._in_section

    def _heading(self, text: str, level: int) -> None:
        self.title = first_title(self.title, collapse(text))
        if len(text) <= LONGEST_HEADING:
            self.builder.heading(text, level)
        else:
            self.builder.heading(f"{text[:_LONGEST_TITLE].rsplit(None, 1)[0]} …", level)
            self.builder.block(collapse(text))

    def _shape(self, shape: Shape, taken: str) -> None:
        if shape.rows:
            self._tables.write(shape.rows)
            return
        if taken and " ".join(shape.lines()) == taken:
            return
        self._paragraphs(shape.paragraphs)

    def _paragraphs(self, paragraphs: list[Paragraph]) -> None:
        in_list = False
        for paragraph in paragraphs:
            listed = paragraph.depth is not None
            text = f"{paragraph.label} {paragraph.text}" if listed else paragraph.text
            start, end = self.builder.block(text, LINE if listed and in_list else PARAGRAPH)
            if paragraph.depth is not None:
                self.builder.annotate("list_item", start, end, level=paragraph.depth)
            in_list = listed

    def _annotate(self, kind: str, before: int, value: str) -> None:
        """A span over the paragraphs written after ``before``."""
        start = before + len(PARAGRAPH) if before else 0
        self.builder.annotate(kind, start, self.builder.position, value)


def _topmost(shapes: list[Shape]) -> str:
    """On a slide without a title, the line in the topmost shape, if it is alone there and short."""
    placed = [shape for shape in shapes if shape.lines()]
    top = min(placed, key=lambda shape: shape.top, default=None)
    if top is None or len(placed) < 2 or top.rows or len(top.lines()) != 1:
        return ""
    line = top.lines()[0]
    return line if len(line) <= _LONGEST_TITLE and not line.endswith((".", ";", ",")) else ""
