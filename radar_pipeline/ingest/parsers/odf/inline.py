"""The text of one OpenDocument paragraph: as it stands once all tracked changes are accepted."""

from dataclasses import dataclass, field
from typing import Any

from radar_pipeline.ingest.parsers.builder import clean, collapse, lines
from radar_pipeline.ingest.parsers.odf.styles import Styles
from radar_pipeline.ingest.parsers.xml import attribute, child, each, local

PARAGRAPHS = frozenset({"p", "h"})
_UNSEEN = frozenset(
    """annotation annotation-end tracked-changes ruby-text title desc forms image object object-ole plugin
    event-listeners note-citation list-level-label variable-decls sequence-decls user-field-decls script
    meta-field-data""".split()
)
_ALWAYS = frozenset({"1", "true", "ooow:1", "ooow:true", "ooow:(1)", "of:true()", "of:=true()"})
_SHAPES = frozenset(
    "text-box custom-shape rect ellipse circle polygon polyline path line connector caption measure".split()
)


@dataclass(slots=True)
class Content:
    """What a paragraph holds: its text, the notes it refers to, the text boxes anchored in it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # (number, text)
    boxes: list[Any] = field(default_factory=list)
    bold: bool = True  # all of its text is

    @property
    def text(self) -> str:
        """The text, forced line breaks as ``\\n``."""
        return lines(clean("".join(self.pieces)))


def content(paragraph: Any, styles: Styles, *, on_white: bool) -> Content:
    """Read a paragraph or heading. ``on_white``: white text can't be seen. Depth is bounded: the XML
    parser refuses more than 256 levels."""
    found = Content()
    look = styles.look("paragraph", attribute(paragraph, "style-name"))
    if look.hidden or look.tiny or any(is_hidden(mark) for mark in each(paragraph, "hidden-paragraph")):
        return found
    on_white = on_white and not look.shaded
    if not (on_white and look.white):
        _Reader(styles, found, on_white).read(paragraph, bold=look.bold)
    return found


def plain(parent: Any, styles: Styles, *, on_white: bool = False) -> str:
    """All text in an element as one line: of a cell, a note, a header."""
    found: list[str] = []
    for element in parent:
        name = local(element)
        if name in PARAGRAPHS:
            inner = content(element, styles, on_white=on_white)
            found += [collapse(inner.text), *(note for _, note in inner.notes)]
            found += [plain(box, styles) for box in inner.boxes]
        elif name not in _UNSEEN and name != "covered-table-cell" and not section_is_hidden(element):
            found.append(plain(element, styles, on_white=on_white))
    return " ".join(filter(None, found))


def is_hidden(field_: Any) -> bool:
    """Whether the condition of a field or section held when the file was written, or always does."""
    said = attribute(field_, "is-hidden")
    return said == "true" or (not said and attribute(field_, "condition").lower() in _ALWAYS)


def section_is_hidden(element: Any) -> bool:
    """Whether a section is not shown."""
    display = attribute(element, "display")
    return display == "none" or (display == "condition" and is_hidden(element))


class _Reader:
    def __init__(self, styles: Styles, found: Content, on_white: bool) -> None:
        self._styles, self._found, self._on_white = styles, found, on_white

    def read(self, element: Any, *, bold: bool) -> None:
        self._add(element.text, bold)
        for part in element:
            self._part(part, bold)
            self._add(part.tail, bold)

    def _add(self, text: str | None, bold: bool) -> None:
        if text:
            self._found.pieces.append(" ".join(text.split("\n")))
            self._found.bold = self._found.bold and (bold or not text.strip())

    def _part(self, part: Any, bold: bool) -> None:
        name = local(part)
        if name in {"s", "tab"}:
            self._found.pieces.append(" ")
        elif name == "line-break":
            self._found.pieces.append("\n")
        elif name == "note":
            self._note(part)
        elif name in _SHAPES:
            self._found.boxes.append(part)
        elif name in {"span", "a"}:
            self._span(part, bold)
        elif name not in _UNSEEN and not (name == "hidden-text" and is_hidden(part)):
            self.read(part, bold=bold)

    def _span(self, part: Any, bold: bool) -> None:
        look = self._styles.look("text", attribute(part, "style-name"))
        if not (look.hidden or look.tiny) and not (look.white and self._on_white and not look.shaded):
            self.read(part, bold=bold or look.bold)

    def _note(self, part: Any) -> None:
        mark, body = child(part, "note-citation"), child(part, "note-body")
        text = plain(body, self._styles) if body is not None else ""
        if text:
            self._found.notes.append((collapse(mark.text or "") if mark is not None else "", text))
