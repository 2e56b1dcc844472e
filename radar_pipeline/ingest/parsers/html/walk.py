"""The nodes of a page that a reader sees, in their order, without recursion."""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from radar_pipeline.ingest.parsers.css import Ink, hides_box
from radar_pipeline.ingest.parsers.style_sheet import Sheet
from radar_pipeline.ingest.parsers.visible import VOID, hides


def sheet_of(page: LexborHTMLParser) -> Sheet:
    """The rules of a page's own style sheets. Those that it links to are not known: what is white may
    lie on a colour of theirs."""
    sheet = Sheet(unsure=page.css_first('link[rel~="stylesheet"]') is not None)
    own = (n for n in page.css("style") if n.parent is None or n.parent.tag not in {"noscript", "template"})
    screens = {"", "all", "screen"}
    sheet.read([n.text() for n in own if (n.attributes.get("media") or "").lower() in screens], page)
    return sheet


def shown(root: LexborNode, sheet: Sheet) -> Iterator[tuple[LexborNode, bool]]:
    """(node, entering) of every element shown, and (node, True) of every text, in document order."""
    open_nodes: list[LexborNode] = []
    inks: list[Ink] = [Ink()]
    node: LexborNode | None = root
    while node is not None or open_nodes:
        if node is None:
            node = open_nodes.pop()
            inks.pop()
            yield node, False
        elif node.is_text_node:
            if inks[-1].shows(on_white=not sheet.unsure):
                yield node, True
        elif node.is_element_node:
            ink = _ink(node, inks[-1], sheet)
            if ink is not None and node.tag not in VOID:
                yield node, True
                open_nodes.append(node)
                inks.append(ink)
                node = node.first_child
                continue
            if ink is not None and ink.shows(on_white=not sheet.unsure):
                yield node, True
        node = node.next if open_nodes else None


def _ink(node: LexborNode, around: Ink, sheet: Sheet) -> Ink | None:
    """How text looks in an element; None where nothing in it is shown."""
    tag, attributes = node.tag or "", node.attributes
    if hides(tag, attributes):
        return None
    style = sheet.style(tag, attributes, node)
    return None if hides_box(style) else around.inside(style)
