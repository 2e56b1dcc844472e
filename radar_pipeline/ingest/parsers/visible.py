"""HTML: what a reader of the rendered page would see; here inside text formats, line by line."""

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

from radar_pipeline.ingest.parsers.css import Ink, hides_box
from radar_pipeline.ingest.parsers.style_sheet import Sheet

SILENT = frozenset(
    {"script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg"}
    | {"audio", "canvas", "datalist", "noembed", "noframes", "video"}
)
VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source", "embed"}
)
_HOLDS = frozenset(
    {"article", "aside", "blockquote", "center", "details", "dialog", "div", "figure", "footer", "form"}
    | {"header", "main", "nav", "section", "template", "noscript", "video", "audio", "canvas", "object"}
)  # elements that blocks of text stand in
INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark"}
    | {"q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var"}
)


def hides(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element and all in it is not shown by what it is, whatever its style says."""
    return (
        tag in SILENT
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or (tag == "dialog" and "open" not in attributes)
    )


_SHEET = re.compile(r"<style\b[^>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_BEHIND = re.compile(r"background|bgcolor", re.IGNORECASE)


class HiddenText:
    """Follows tags and says whether text at this point is hidden. ``markup``: all HTML of the text, whose
    style sheets hold everywhere; with a background anywhere in it, white text may be seen."""

    def __init__(self, markup: Iterable[str] = ()) -> None:
        self._hidden_by: list[str] = []
        self._sheet = Sheet()
        for one in markup:
            self._sheet.read(_SHEET.findall(one))
            self._sheet.unsure = self._sheet.unsure or _BEHIND.search(one) is not None

    @property
    def active(self) -> bool:
        """Text here is not shown."""
        return bool(self._hidden_by)

    @property
    def depth(self) -> int:
        """How much is open that hides; see ``close``."""
        return len(self._hidden_by)

    def close(self, depth: int) -> None:
        """What was opened since hides nothing any more: the paragraph or item around it ends."""
        del self._hidden_by[depth:]

    def tag(self, markup: str) -> str:
        """Take note of one inline tag or comment; the text it stands for (a space for <br>)."""
        lines = self._feed(markup)
        return " " if "\n" in lines else ""

    def block(self, markup: str) -> list[str]:
        """The visible lines of a block of HTML. What it leaves open that holds other blocks (``<div>``)
        hides what follows, as on a page; anything else ends with the block."""
        before = len(self._hidden_by)
        text = self._feed(markup)
        if any(tag not in _HOLDS for tag in self._hidden_by[before:]):
            self.close(before)
        return [line for line in (" ".join(raw.split()) for raw in text.split("\n")) if line]

    def _feed(self, markup: str) -> str:
        reader = _Reader(self._hidden_by, self._sheet)
        reader.feed(markup)
        reader.close()
        return "".join(reader.shown)


class _Reader(HTMLParser):
    def __init__(self, hidden_by: list[str], sheet: Sheet) -> None:
        super().__init__(convert_charrefs=True)
        self._hidden_by = hidden_by
        self._sheet = sheet
        self._unclosed = False
        self.shown: list[str] = []

    def parse_comment(self, i: int, report: int = 1) -> int:
        """As the base class; after a comment that nothing closes, none is searched to the end again."""
        end = -1 if self._unclosed else super().parse_comment(i, bool(report))
        self._unclosed = end < 0
        return end

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID and (
            (self._hidden_by and tag == self._hidden_by[-1]) or self._hides(tag, dict(attrs))
        ):
            self._hidden_by.append(tag)
        if tag not in INLINE and not self._hidden_by:
            self.shown.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE and not self._hidden_by:
            self.shown.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden_by and tag == self._hidden_by[-1]:
            self._hidden_by.pop()
        elif tag not in INLINE and not self._hidden_by:
            self.shown.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden_by:
            self.shown.append(data)

    def _hides(self, tag: str, attributes: dict[str, str | None]) -> bool:
        style = self._sheet.style(tag, attributes)
        seen = Ink().inside(style).shows(on_white=not self._sheet.unsure)
        return hides(tag, attributes) or hides_box(style) or not seen
