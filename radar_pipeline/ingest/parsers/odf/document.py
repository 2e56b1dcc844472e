"""ODT: what stands on the pages in their order, with numbers, notes, text boxes, headers and footers;
deleted and hidden text and comments are left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from radar_pipeline.ingest.metadata import control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.blocks import Block, BlockWriter, Table
from radar_pipeline.ingest.parsers.blocks import plain as plain_block
from radar_pipeline.ingest.parsers.builder import collapse
from radar_pipeline.ingest.parsers.odf.grid import Grid, cells, holds_table, is_narrow
from radar_pipeline.ingest.parsers.odf.inline import PARAGRAPHS, content, plain, section_is_hidden
from radar_pipeline.ingest.parsers.odf.package import read
from radar_pipeline.ingest.parsers.odf.styles import LEVELS, OUTLINE, Styles
from radar_pipeline.ingest.parsers.xml import attribute, child, local
from radar_pipeline.models import UnreadableReason

_INDEXES = frozenset(
    "table-of-content illustration-index table-index object-index user-index alphabetical-index".split()
)
_SILENT = frozenset({"tracked-changes", "forms", "annotation", "index-title-template"})


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a text document. ``path`` is not used; its pages are known to nobody but the program that
    lays them out.

    Raises ParseProblem: those of ``package.read``; ``empty``; ``too_large``.
    """
    package = read(data, "text")
    walk = _Walk(package.styles)
    writer = BlockWriter()
    try:
        writer.write(list(walk.blocks(package.body)))
    except RecursionError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    if not writer.builder.position:
        raise ParseProblem(UnreadableReason.EMPTY)
    head = writer.control_text()
    running = list(dict.fromkeys(filter(None, (_line(part, package.styles) for part in package.running))))
    writer.furniture(running)
    known = package.properties
    said = control_fields("\n".join(running)) | control_fields(head)
    fields = {name: value for name, value in known.items() if name != "title"} | said
    meta = meta_from_fields(fields, title=writer.title, otherwise=known.get("title", ""))
    return ParsedText(text=writer.builder.text(), spans=writer.builder.sorted_spans(), meta=meta)


def _line(part: Any, styles: Styles) -> str:
    return collapse(plain(part, styles))


@dataclass(slots=True)
class _List:
    style: str
    level: int = 0


class _Walk:
    """Walks the body and gives its blocks. Depth is bounded by the XML parser."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._list: _List | None = None
        self._label: str | None = None  # of the item that begins here
        self._inside = 0  # tables and text boxes, which may lie on a colour

    def blocks(self, parent: Any) -> Iterator[Block | Table]:
        """What stands in a body, section, text box or cell."""
        for element in parent:
            name = local(element)
            if name in PARAGRAPHS:
                yield from self._paragraph(element)
            elif name == "list":
                yield from self._items(element)
            elif name == "table":
                yield from self._table(element)
            elif name in _INDEXES:
                body = child(element, "index-body")
                for block in self.blocks(body) if body is not None else ():
                    if isinstance(block, Block):
                        block.contents = True
                        yield block
            elif name not in _SILENT and not section_is_hidden(element):
                yield from self.blocks(element)

    def _paragraph(self, element: Any) -> Iterator[Block]:
        found = content(element, self._styles, on_white=self._styles.on_white and not self._inside)
        text = found.text
        if text:
            yield self._block(element, text, found.bold, found.notes)
        self._inside += 1
        outer, self._list = self._list, None
        for box in found.boxes:
            for inner in self.blocks(box):
                yield inner if isinstance(inner, Block) else Block(plain_block(inner))
        self._list = outer
        self._inside -= 1

    def _block(self, element: Any, text: str, bold: bool, notes: list[tuple[str, str]]) -> Block:
        look = self._styles.look("paragraph", attribute(element, "style-name"))
        level: int | None = None
        label, depth = self._label, self._list.level if self._list else None
        self._label = None
        if local(element) == "h":
            own = attribute(element, "outline-level")
            level = int(own) if own.isdecimal() and len(own) <= 2 else look.level or 1
            if self._list is None and attribute(element, "is-list-header") != "true":
                label = self._styles.label(OUTLINE, min(level, LEVELS) - 1, _restart(element))
        elif look.title:
            level = 0
        return Block(
            text=text,
            level=level,
            label=label or "",
            depth=depth if label else None,
            bold=bold,
            notes=notes,
        )

    def _items(self, element: Any) -> Iterator[Block | Table]:
        outer = self._list
        style = attribute(element, "style-name") or (outer.style if outer else "")
        self._list = _List(style, min(outer.level + 1, LEVELS - 1) if outer else 0)
        if outer is None and not (
            attribute(element, "continue-numbering") == "true" or attribute(element, "continue-list")
        ):
            self._styles.restart(style)
        for item in element:
            if local(item) == "list-item":
                self._label = self._styles.label(style, self._list.level, attribute(item, "start-value"))
            elif local(item) != "list-header":
                continue
            yield from self.blocks(item)
        self._list, self._label = outer, None

    def _table(self, element: Any) -> Iterator[Block | Table]:
        """A table; what only places things on the page is read cell by cell."""
        outer, self._list = self._list, None
        self._inside += 1
        if is_narrow(element) or holds_table(element):
            for cell in cells(element):
                yield from self.blocks(cell)
        else:
            grid = Grid(lambda cell: (plain(cell, self._styles), False))
            grid.read(element)
            for row, (number, _) in zip(grid.rows, grid.places, strict=True):
                row.number = number + 1
            yield Table(grid.rows)
        self._list = outer
        self._inside -= 1


def _restart(heading: Any) -> str:
    return attribute(heading, "start-value") if attribute(heading, "restart-numbering") == "true" else ""
