"""Walks a parsed page once, without recursion, and writes what it shows."""

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.ingest.parsers.builder import (
    LINE,
    LONGEST_HEADING,
    PARAGRAPH,
    TextBuilder,
    clean,
    collapse,
    lines,
)
from radar_pipeline.ingest.parsers.enumerators import enumerated
from radar_pipeline.ingest.parsers.html.grid import Grid
from radar_pipeline.ingest.parsers.html.walk import shown
from radar_pipeline.ingest.parsers.style_sheet import Sheet
from radar_pipeline.ingest.parsers.tables import TableWriter
from radar_pipeline.ingest.titles import first_title
from radar_pipeline.models import DocumentMeta

_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
    }
    | {"div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3"}
    | {
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
    }
    | {
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_OWN_FOOTERS = frozenset({"article", "blockquote", "section", "td"})
_LINE_BREAK = "\x1e"  # stands for <br> until whitespace is collapsed; ``clean`` left none in the text
_DEEPEST_LIST = 50


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int
    style: str


@dataclass(slots=True)
class _State:
    """What the walk is inside of."""

    lists: list[_List] = field(default_factory=list)
    grids: list[Grid | None] = field(default_factory=list)  # None: a table that only lays out
    furniture: int = 0
    preformatted: int = 0
    heading: int = 0
    marker: str = ""
    label: str = ""  # a <dt> waiting for its <dd>
    fresh_list: bool = False


class PageWriter:
    """Collects the text of one page: ``write`` once, then ``result``."""

    def __init__(self) -> None:
        self._builder = TextBuilder()
        self._tables = TableWriter(self._builder)
        self._state = _State()
        self._pieces: list[str] = []
        self._furniture: list[str] = []
        self._first_heading = ""
        self._main_heading = ""
        self._layout: set[int] = set()
        self.control_text = ""  # where the page may speak of itself, once written

    @property
    def has_text(self) -> bool:
        """Anything but furniture was written."""
        return self._builder.position > 0

    @property
    def title(self) -> str:
        """The first h1, else the first heading."""
        return self._main_heading or self._first_heading

    def write(self, root: LexborNode, sheet: Sheet) -> None:
        """Walk the tree under ``root`` in document order; ``sheet``: what decides what is seen of it."""
        self._layout = _layout_tables(root)
        for node, entering in shown(root, sheet):
            tag = node.tag or ""
            if tag == "-text":
                self._text(node.text(deep=True))
            elif entering:
                self._enter(tag, node)
            else:
                self._leave(tag, node)
        self._flush()

    def result(self) -> ParsedText:
        """The text with furniture behind the body."""
        self.control_text = self._tables.control_text(self._builder.text())
        separator = PARAGRAPH
        for line in self._furniture:
            self._builder.annotate("furniture", *self._builder.block(line, separator))
            separator = LINE
        return ParsedText(self._builder.text(), self._builder.sorted_spans(), DocumentMeta())

    def _text(self, text: str) -> None:
        text = clean(text)  # references such as &#1; stand for controls
        if self._state.preformatted:
            text = text.replace("\n", _LINE_BREAK)
        self._pieces.append(text)

    def _enter(self, tag: str, node: LexborNode) -> None:
        if tag == "br":
            self._pieces.append(_LINE_BREAK)
        elif tag == "img":
            self._pieces.append(f" {clean(node.attributes.get('alt') or '')} ")
        elif tag in _BLOCKS:
            self._flush()
            self._open(tag, node)

    def _open(self, tag: str, node: LexborNode) -> None:
        state = self._state
        if tag in _LISTS:
            self._open_list(tag, node)
        elif tag == "li":
            state.marker = _next_marker(state.lists[-1] if state.lists else None, node)
        elif tag == "table":
            layout = node.mem_id in self._layout
            state.grids.append(None if layout else Grid())
        elif tag in {"tr", "td", "th"} and state.grids and state.grids[-1]:
            state.grids[-1].open(tag, node)
        elif tag in _HEADINGS:
            state.heading = int(tag[1])
        elif tag == "pre":
            state.preformatted += 1
        elif _is_furniture(tag, node):
            state.furniture += 1

    def _open_list(self, tag: str, node: LexborNode) -> None:
        ordered = tag == "ol"
        self._state.fresh_list = not self._state.lists
        start = _whole(node.attributes.get("start"), 1) if ordered else 1
        self._state.lists.append(_List(ordered, start, (node.attributes.get("type") or "1")[:1]))

    def _leave(self, tag: str, node: LexborNode) -> None:
        if tag not in _BLOCKS:
            return
        if tag == "dt":
            self._hold_label()
            return
        self._flush()
        self._close(tag, node)

    def _close(self, tag: str, node: LexborNode) -> None:
        state = self._state
        if tag in _LISTS:
            state.lists.pop()
        elif tag == "li":
            state.marker = ""
        elif tag == "table":
            self._close_table()
        elif tag in {"tr", "td", "th"} and state.grids and state.grids[-1]:
            state.grids[-1].close(tag)
        elif tag in _HEADINGS:
            state.heading = 0
        elif tag == "pre":
            state.preformatted -= 1
        elif tag in {"dd", "dl"}:
            self._write_label()
        elif _is_furniture(tag, node):
            state.furniture -= 1

    def _close_table(self) -> None:
        grid = self._state.grids.pop()
        if grid is None:
            return
        if self._state.furniture:
            self._furniture += [" ".join(filter(None, row.cells)) for row in grid.rows if any(row.cells)]
        else:
            self._tables.write(grid.rows)

    def _hold_label(self) -> None:
        self._write_label()
        self._state.label = collapse("".join(self._pieces).replace(_LINE_BREAK, " ")).rstrip(":")
        self._pieces.clear()

    def _write_label(self) -> None:
        label, self._state.label = self._state.label, ""
        if label:
            self._pieces.append(label)
            self._flush()

    def _flush(self) -> None:
        if not self._pieces:
            return
        raw = "".join(self._pieces)
        self._pieces.clear()
        text = _shown(raw, keep=self._state.preformatted > 0)
        if not text:
            return
        state = self._state
        grid = state.grids[-1] if state.grids else None
        if grid is not None and grid.in_cell:
            grid.add(text.replace("\n", " "))
        elif state.furniture:
            self._furniture.append(collapse(text))
        elif state.heading and len(text) <= LONGEST_HEADING:
            self._heading(collapse(text))
        else:
            self._block(text)

    def _heading(self, text: str) -> None:
        self._first_heading = first_title(self._first_heading, text)
        if self._state.heading == 1:
            self._main_heading = first_title(self._main_heading, text)
        self._builder.heading(text, self._state.heading)

    def _block(self, text: str) -> None:
        state = self._state
        if state.label:
            text, state.label = f"{state.label}: {text}", ""
        separator = PARAGRAPH if not state.lists or state.fresh_list else LINE
        start, end = self._builder.block(state.marker + text, separator)
        if state.lists:
            self._builder.annotate("list_item", start, end, level=min(len(state.lists), _DEEPEST_LIST) - 1)
        state.marker, state.fresh_list = "", False


def _layout_tables(root: LexborNode) -> set[int]:
    """Tables that hold tables, or say so, only place things on the page."""
    layout: set[int] = set()
    for table in root.css("table"):
        if table.attributes.get("role") in {"presentation", "none"}:
            layout.add(table.mem_id)
        above = table.parent
        while above is not None:
            if above.tag == "table":
                if above.mem_id in layout and above.attributes.get("role") is None:
                    break
                layout.add(above.mem_id)
                break
            above = above.parent
    return layout


def _is_furniture(tag: str, node: LexborNode) -> bool:
    """Navigation, and the footer of the page itself."""
    if tag == "nav" or node.attributes.get("role") in {"navigation", "contentinfo"}:
        return True
    return tag == "footer" and (node.parent is None or node.parent.tag not in _OWN_FOOTERS)


def _next_marker(inside: _List | None, node: LexborNode) -> str:
    if inside is None or not inside.ordered:
        return "- "
    number = _whole(node.attributes.get("value"), inside.number)
    inside.number = number + 1
    return f"{enumerated(number, inside.style)}. "


def _whole(value: str | None, default: int) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) <= 6 else default


def _shown(raw: str, *, keep: bool) -> str:
    if keep:
        return raw.replace(_LINE_BREAK, "\n").strip("\n") if raw.strip(_LINE_BREAK + " \t") else ""
    return lines("\n".join(map(collapse, raw.split(_LINE_BREAK))))
