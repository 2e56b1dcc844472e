"""Paragraphs and tables of a Word document in the order of the page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from docx.oxml.ns import qn as _qn

from radar_pipeline.ingest.parsers.blocks import Block, Table, plain
from radar_pipeline.ingest.parsers.builder import clean, lines
from radar_pipeline.ingest.parsers.docx.faces import (
    NO_FACE,
    Face,
    face,
    is_flat,
    is_on,
    row_is_hidden,
    shading,
)
from radar_pipeline.ingest.parsers.docx.numbering import Numbering, whole
from radar_pipeline.ingest.parsers.docx.runs import W_P, W_TBL, W_VAL, Content, Looks, is_prompt, read
from radar_pipeline.ingest.parsers.tables import CARRIED, Row

qn = cache(_qn)  # names are asked for at every element
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"toc \d|toc heading|table of figures", re.IGNORECASE)
_WRAPPERS = frozenset(
    qn(name) for name in ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo", "w:smartTag")
)
_DELETED_MARK = "/".join(map(qn, ("w:pPr", "w:rPr", "w:del")))
_MOST_COLUMNS = 100  # that one cell spans
_DEEPEST_STYLE = 20  # styles that one is based on; a loop is no style


@dataclass(frozen=True, slots=True)
class _Style:
    level: int | None = None
    number: str = ""
    depth: int = 0
    contents: bool = False
    bold: bool = False
    face: Face = NO_FACE
    behind: str = ""  # the colour of the paragraph's shading
    flat: bool = False


class Reader:
    """Reads one document. ``notes``: (footnote or endnote, id) → its element. ``on_white``: no
    background lies behind its pages, so that white text is hidden text; ``pictures``: one may lie behind
    a paragraph whose style is white, such as the title of a cover."""

    def __init__(
        self,
        styles: Any,
        numbering: Any,
        notes: dict[tuple[str, str], Any],
        *,
        on_white: bool = False,
        pictures: bool = False,
    ) -> None:
        self._numbering = Numbering(numbering)
        self._elements = {str(s.get(qn("w:styleId"))): s for s in styles.findall(qn("w:style"))}
        self._styles: dict[str, _Style] = {}
        self._notes = notes
        self._numbers: dict[tuple[str, str], str] = {}
        bold = frozenset(name for name in self._elements if self._style(name).bold)
        faces = {name: self._style(name).face for name in self._elements}
        self._looks, self._on_white, self._pictures = Looks(faces, bold), on_white, pictures
        self._default = next((name for name, s in self._elements.items() if _is_default(s)), "")
        self._defaults = face(styles.find("/".join(map(qn, ("w:docDefaults", "w:rPrDefault", "w:rPr")))))
        self._inside = 0  # tables and text boxes, which may lie on a colour

    def blocks(self, parent: Any) -> Iterator[Block | Table]:
        """What stands in a body, header, text box or cell."""
        joined: list[Any] = []
        for child in parent:
            if child.tag == W_P:
                joined.append(child)
                if not _mark_is_deleted(child):
                    yield from self._paragraphs(joined)
                    joined = []
            elif child.tag == W_TBL:
                yield from self._table(child)
            elif child.tag in _WRAPPERS and not is_prompt(child):
                yield from self.blocks(child)
        yield from self._paragraphs(joined)

    def text(self, parent: Any) -> str:
        """All text in an element, as one line."""
        return " ".join(filter(None, map(plain, self.blocks(parent))))

    def _paragraphs(self, elements: list[Any]) -> Iterator[Block]:
        """The paragraph itself, one for several whose ends were deleted, and the text boxes in it."""
        found = Content()
        for element in elements:
            self._read(element, found)
        text = lines(clean(found.text))
        if text:
            yield self._paragraph(elements[-1], text, found)
        self._inside += 1
        for box in found.boxes:
            for inner in self.blocks(box):
                yield inner if isinstance(inner, Block) else Block(plain(inner))
        self._inside -= 1

    def _read(self, element: Any, found: Content) -> None:
        properties = element.find(qn("w:pPr"))
        style = self._style(_value(properties, "w:pStyle") or self._default)
        own = is_flat(properties)
        if style.flat if own is None else own:
            return
        behind = shading(properties) or style.behind
        around = style.face.over(self._defaults).over(Face(behind=behind))
        if self._pictures and not around.behind:
            around = replace(around, colour="")
        on_white = self._on_white and not self._inside
        read(element, found, replace(self._looks, around=around, on_white=on_white))

    def _paragraph(self, element: Any, text: str, found: Content) -> Block:
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
        return Block(
            text=text,
            level=level if level is not None and level <= 9 else None,
            label=label or "",
            depth=depth if label else None,
            contents=style.contents,
            bold=style.bold or found.bold,
            notes=[self._note(note) for note in found.notes if note in self._notes],
        )

    def _note(self, note: tuple[str, str]) -> tuple[str, str]:
        """(number, text) of a note; notes count in the order in which they are referred to."""
        taken = sum(kind == note[0] for kind, _ in self._numbers)
        return self._numbers.setdefault(note, str(taken + 1)), self.text(self._notes[note])

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
        runs, flat = element.find(qn("w:rPr")), is_flat(properties)
        return _Style(
            level=None if contents else level,
            number=number,
            depth=depth,
            contents=contents,
            bold=is_on(_child(runs, "w:b"), base.bold),
            face=face(runs).over(base.face),
            behind=shading(properties) or base.behind,
            flat=base.flat if flat is None else flat,
        )

    def _table(self, element: Any) -> Iterator[Block | Table]:
        """A table. One of a single column is a box around its paragraphs; one of a single row that
        holds another table only places things on the page."""
        rows = [row for row in _children(element, qn("w:tr")) if not _is_unseen(row)]
        style = self._style(_value(element.find(qn("w:tblPr")), "w:tblStyle"))
        before, self._defaults = self._defaults, style.face.over(self._defaults)
        narrow = all(len(list(_children(row, qn("w:tc")))) < 2 for row in rows)
        self._inside += 1
        if narrow or (len(rows) == 1 and next(rows[0].iter(W_TBL), None) is not None):
            for row in rows:
                for cell in _children(row, qn("w:tc")):
                    yield from self.blocks(cell)
        else:
            above: dict[int, str] = {}
            yield Table([self._row(row, above) for row in rows])
        self._inside -= 1
        self._defaults = before

    def _row(self, element: Any, above: dict[int, str]) -> Row:
        """A row; ``above`` remembers the cells that go on in the rows below."""
        own = element.find(qn("w:trPr"))
        cells = [""] * min(whole(_value(own, "w:gridBefore"), 0), _MOST_COLUMNS)
        wide: dict[int, int] = {}
        for cell in _children(element, qn("w:tc")):
            properties = cell.find(qn("w:tcPr"))
            if _child(properties, "w:cellDel") is not None:
                continue
            merged = properties.find(qn("w:vMerge")) if properties is not None else None
            column = len(cells)
            if merged is not None and merged.get(W_VAL) != "restart":
                text = above.get(column, "")
            else:
                text = self.text(cell)
                above.pop(column, None)
                if merged is not None and len(text) <= CARRIED:
                    above[column] = text
            width = min(whole(_value(properties, "w:gridSpan"), 1), _MOST_COLUMNS)
            if width > 1:
                wide[column] = width
            cells += [text, *[""] * (width - 1)]
        return Row(cells, header=is_on(_child(own, "w:tblHeader")), wide=wide)


def _children(element: Any, tag: str) -> Iterator[Any]:
    """Children of a tag, also those in content controls and insertions."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _children(child, tag)


def _is_unseen(row: Any) -> bool:
    """Deleted or hidden."""
    properties = row.find(qn("w:trPr"))
    return _child(properties, "w:del") is not None or row_is_hidden(properties)


def _is_default(style: Any) -> bool:
    """Whether paragraphs that name no style have this one."""
    return style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in {"1", "true", "on"}


def _mark_is_deleted(paragraph: Any) -> bool:
    """Whether the end of a paragraph was deleted, so that it goes on in the next one."""
    return paragraph.find(_DELETED_MARK) is not None


def _child(element: Any, name: str) -> Any:
    return element.find(qn(name)) if element is not None else None


def _value(element: Any, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else str(child.get(W_VAL) or "")
