"""HTML: what a reader of the rendered page would see; here inside text formats, line by line."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I
)
SILENT = frozenset({"script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg"})
VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source", "embed"}
)
INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark"}
    | {"q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var"}
)


def hides(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element and all in it is not shown, as far as its own markup says."""
    return (
        tag in SILENT
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDING.search(attributes.get("style") or ""))
    )


class HiddenText:
    """Follows tags and says whether text at this point is hidden."""

    def __init__(self) -> None:
        self._hidden_by: list[str] = []

    @property
    def active(self) -> bool:
        """Text here is not shown."""
        return bool(self._hidden_by)

    def tag(self, markup: str) -> str:
        """Take note of one inline tag or comment; the text it stands for (a space for <br>)."""
        lines = self._feed(markup)
        return " " if "\n" in lines else ""

    def block(self, markup: str) -> list[str]:
        """The visible lines of a block of HTML. Hiding that a block leaves open ends with it."""
        before = list(self._hidden_by)
        text = self._feed(markup)
        self._hidden_by = before
        return [line for line in (" ".join(raw.split()) for raw in text.split("\n")) if line]

    def _feed(self, markup: str) -> str:
        reader = _Reader(self._hidden_by)
        reader.feed(markup)
        reader.close()
        return "".join(reader.shown)


class _Reader(HTMLParser):
    def __init__(self, hidden_by: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._hidden_by = hidden_by
        self._unclosed = False
        self.shown: list[str] = []

    def parse_comment(self, i: int, report: int = 1) -> int:
        """As the base class; after a comment that nothing closes, none is searched to the end again."""
        end = -1 if self._unclosed else super().parse_comment(i, bool(report))
        self._unclosed = end < 0
        return end

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID and (hides(tag, dict(attrs)) or (self._hidden_by and tag == self._hidden_by[-1])):
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
