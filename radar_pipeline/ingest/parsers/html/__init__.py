"""HTML: what a reader of the page sees, with its headings, lists and tables."""

import re

from selectolax.lexbor import LexborHTMLParser

from radar_pipeline.ingest.metadata import FILE_MARKUP, Said, control_fields, meta_from_fields, normalise
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import LONGEST_HEADING, clean, collapse
from radar_pipeline.ingest.parsers.decode import decode
from radar_pipeline.ingest.parsers.html.walk import sheet_of
from radar_pipeline.ingest.parsers.html.writer import PageWriter
from radar_pipeline.models import UnreadableReason

DEEPEST = 10_000  # nested blocks; the parser's time grows with the square of it
_HEAD = 4_096  # bytes in which a page declares its encoding; browsers look at 1,024
_CHARSET = re.compile(rb"""<meta\s[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"<(/?)(?:address|article|aside|blockquote|center|details|dialog|dir|div|dl|fieldset|figure|footer|form|"
    r"header|main|menu|nav|ol|section|table|ul)\b",
    re.IGNORECASE,
)


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a page. ``path`` is not used. What linked style sheets hide is not known, and is read.

    Raises ParseProblem: those of ``decode``; ``malformed`` for nesting that nobody writes.
    """
    declared = _CHARSET.search(data[:_HEAD])
    return parse_html(decode(data, declared[1].decode("ascii") if declared else ""))


def parse_html(source: str) -> ParsedText:
    """Canonical text of decoded HTML."""
    _check_depth(source)
    # Lexbor takes UTF-8: half a surrogate pair, as broken UTF-16 leaves it, would be an error.
    page = LexborHTMLParser(clean(source).encode("utf-8", "replace").decode())
    if page.root is None:
        raise ParseProblem(UnreadableReason.EMPTY)
    writer = PageWriter()
    writer.write(page.root, sheet_of(page))
    if not writer.has_text:
        raise ParseProblem(UnreadableReason.EMPTY)
    parsed = writer.result()
    fields = _declared_fields(page) | control_fields(writer.control_text)
    called = Said(_page_title(page)[:LONGEST_HEADING], FILE_MARKUP)
    meta = meta_from_fields(fields, title=writer.title[:LONGEST_HEADING], otherwise=called)
    return ParsedText(text=parsed.text, spans=parsed.spans, meta=meta)


def _check_depth(source: str) -> None:
    depth = 0
    for tag in _BLOCK_TAG.finditer(source):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > DEEPEST:
            raise ParseProblem(UnreadableReason.MALFORMED)


def _declared_fields(page: LexborHTMLParser) -> dict[str, str]:
    """Known fields among the page's ``<meta name= content=>``, but for its title, and its language."""
    said: dict[str, str] = {"lang": page.root.attributes.get("lang") or ""} if page.root is not None else {}
    for node in page.css("head meta[name][content]")[:100]:
        name = (node.attributes.get("name") or "").lower().removeprefix("dc.").removeprefix("dcterms.")
        said.setdefault(name, node.attributes.get("content") or "")
    return {field: value for field, value in normalise(said, FILE_MARKUP).items() if field != "title"}


def _page_title(page: LexborHTMLParser) -> str:
    node = page.css_first("head title")
    return collapse(node.text()) if node is not None else ""
