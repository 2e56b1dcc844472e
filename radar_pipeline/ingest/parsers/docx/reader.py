"""Paragraphs and tables of a Word document in the order of the page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from radar_pipeline.ingest.parsers.builder import clean, collapse, lines
from radar_pipeline.ingest.parsers.docx.numbering import Numbering, whole
from radar_pipeline.ingest.parsers.docx.runs import W_P, W_TBL, W_VAL, Content, content
from radar_pipeline.ingest.parsers.tables import Row

_CARRIED = 200  # characters of a merged cell that are said again in each row it spans
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"toc \d|toc heading|table of figures", re.IGNORECASE)
_WRAPPERS = frozenset(
    qn(name) for name in ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo", "w:smartTag")
)
_DEEPEST_STYLE = 20  # styles that one is based on; a loop is no style


@dataclass(slots=True)
class Paragraph:
    """A paragraph. ``level``: of a heading, from 1, 0 for Word's title, None for text."""

    text: str
    level: int | None = None
    label: str = ""  # its number or bullet
    depth: int | None = None  # of a list item, from 0
    contents: bool = False  # an entry of a table of contents
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table of at least two columns."""

    rows: list[Row]


@dataclass(frozen=True, slots=True)
class _Style:
    level: int | None = None
    number: str = ""
    depth: int = 0
    contents: bool = False


class Reader:
    """Reads one document. ``notes``: (footnote or endnote, id) → its element."""

    def __init__(self, styles: Any, numbering: Any, notes: dict[tuple[str, str], Any]) -> None:
        self._numbering = Numbering(numbering)
        self._elements = {str(s.get(qn("w:styleId"))): s for s in styles.findall(qn("w:style"))}
        self._styles: dict[str, _Style] = {}
        self._notes = notes

    def blocks(self, parent: Any) -> Iterator[Paragraph | Table]:
        """What stands in a body, header, text box or cell."""
        for child in parent:
            if child.tag == W_P:
                yield from self._paragraphs(child)
            elif child.tag == W_TBL:
                yield from self._table(child)
            elif child.tag in _WRAPPERS:
                yield from self.blocks(child)

    def text(self, parent: Any) -> str:
        """All text in an element, as one line."""
        return " ".join(filter(None, map(_plain, self.blocks(parent))))

    def _paragraphs(self, element: Any) -> Iterator[Paragraph]:
        """The paragraph itself and the text boxes anchored in it."""
        found = content(element)
        text = lines(clean(found.text))
        if text:
            yield self._paragraph(element, text, found)
        for box in found.boxes:
            for inner in self.blocks(box):
                yield inner if isinstance(inner, Paragraph) else Paragraph(_plain(inner))

    def _paragraph(self, element: Any, text: str, found: Content) -> Paragraph:
        properties = element.find(qn("w:pPr"))
        style_id = _value(properties, "w:pStyle")
        style = self._style(style_id)
        own_level = _value(properties, "w:outlineLvl")
        level = whole(own_level, 9) + 1 if own_level else style.level
        number, depth = style.number, style.depth
        listed = properties.find(qn("w:numPr")) if properties is not None else None
        if listed is not None:
            number = _value(listed, "w:numId") or number
            depth = whole(_value(listed, "w:ilvl"), depth)
        label = self._numbering.label(number, depth) if number not in {"", "0"} else None
        notes = [self.text(self._notes[note]) for note in found.notes if note in self._notes]
        return Paragraph(
            text=text,
            level=level if level is not None and level <= 9 else None,
            label=label or "",
            depth=depth if label else None,
            contents=style.contents,
            notes=list(filter(None, notes)),
        )

    def _style(self, style_id: str, seen: int = 0) -> _Style:
        if style_id not in self._styles:
            element = self._elements.get(style_id)
            if element is None or seen > _DEEPEST_STYLE:
                return _Style()
            self._styles[style_id] = self._read_style(style_id, element, seen)
        return self._styles[style_id]

    def _read_style(self, style_id: str, element: Any, seen: int) -> _Style:
        base = self._style(_value(element, "w:basedOn"), seen + 1)
        name = _value(element, "w:name")
        properties = element.find(qn("w:pPr"))
        level = base.level
        if name.lower() == "title":
            level = 0
        elif named := _HEADING.fullmatch(name):
            level = int(named[1])
        elif outline := _value(properties, "w:outlineLvl"):
            level = whole(outline, 9) + 1
        listed = properties.find(qn("w:numPr")) if properties is not None else None
        number = (_value(listed, "w:numId") if listed is not None else "") or base.number
        depth = self._numbering.level_of_style(number, style_id)
        if listed is not None:
            depth = whole(_value(listed, "w:ilvl"), depth)
        contents = bool(_CONTENTS.match(name)) or base.contents
        return _Style(None if contents else level, number, depth, contents)

    def _table(self, element: Any) -> Iterator[Paragraph | Table]:
        """A table; one of a single column is a box around its paragraphs."""
        rows = list(_children(element, qn("w:tr")))
        if all(len(list(_children(row, qn("w:tc")))) < 2 for row in rows):
            for row in rows:
                for cell in _children(row, qn("w:tc")):
                    yield from self.blocks(cell)
            return
        above: dict[int, str] = {}
        yield Table([self._row(row, above) for row in rows if not _is_deleted(row)])

    def _row(self, element: Any, above: dict[int, str]) -> Row:
        """A row; ``above`` remembers the cells that go on in the rows below."""
        cells: list[str] = []
        for cell in _children(element, qn("w:tc")):
            properties = cell.find(qn("w:tcPr"))
            merged = properties.find(qn("w:vMerge")) if properties is not None else None
            column = len(cells)
            if merged is not None and merged.get(W_VAL) != "restart":
                text = above.get(column, "")
            else:
                text = self.text(cell)
                above.pop(column, None)
                if merged is not None and len(text) <= _CARRIED:
                    above[column] = text
            width = min(whole(_value(properties, "w:gridSpan"), 1), 100)
            cells += [text, *[""] * (width - 1)]
        properties = element.find(qn("w:trPr"))
        header = properties is not None and properties.find(qn("w:tblHeader")) is not None
        return Row(cells, header=header)


def _plain(block: Paragraph | Table) -> str:
    if isinstance(block, Table):
        return "; ".join(collapse(cell) for row in block.rows for cell in row.cells if cell.strip())
    text = collapse(f"{block.label} {block.text}")
    return " ".join([text, *block.notes])


def _children(element: Any, tag: str) -> Iterator[Any]:
    """Children of a tag, also those in content controls and insertions."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _children(child, tag)


def _is_deleted(row: Any) -> bool:
    properties = row.find(qn("w:trPr"))
    return properties is not None and properties.find(qn("w:del")) is not None


def _value(element: Any, name: str) -> str:
    child = element.find(qn(name)) if element is not None else None
    return "" if child is None else str(child.get(W_VAL) or "")
