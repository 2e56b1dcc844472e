"""What the styles of an OpenDocument file say that decides what is read: hidden text, headings, lists."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from radar_pipeline.ingest.parsers.css import pixels
from radar_pipeline.ingest.parsers.enumerators import enumerated
from radar_pipeline.ingest.parsers.xml import attribute, child, each, local

LEVELS = 10
OUTLINE = "\x00outline"  # the list style of numbered headings
_DEEPEST = 20  # styles that one is based on; a loop is no style
_TINY = 2.67  # pixels, two points
_WHITE = frozenset({"#ffffff", "#fefefe", "white"})
_NO_COLOUR = frozenset({"", "transparent", *_WHITE})


@dataclass(frozen=True, slots=True)
class Style:
    """Effective look of a text or paragraph style; ``title``: it is or is based on Title."""

    hidden: bool = False
    tiny: bool = False
    white: bool = False
    shaded: bool = False
    bold: bool = False
    title: bool = False
    level: int | None = None  # default outline level, from 1
    list_style: str = ""


@dataclass(slots=True)
class _Level:
    form: str = ""  # the number's format, empty for none
    bullet: bool = False
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown: int = 1  # levels that a number shows


@dataclass(slots=True)
class _Counter:
    values: list[int | None] = field(default_factory=lambda: [None] * LEVELS)


class Styles:
    """The styles of one file. ``common``: the root of styles.xml, None if it has none."""

    def __init__(self, common: Any, content: Any) -> None:
        roots = [root for root in (common, content) if root is not None]
        self._elements = {
            (attribute(s, "family"), attribute(s, "name")): s for root in roots for s in each(root, "style")
        }
        self._defaults = {attribute(s, "family"): s for root in roots for s in each(root, "default-style")}
        self._known: dict[tuple[str, str], Style] = {}
        self._lists = {attribute(s, "name"): _levels(s) for root in roots for s in each(root, "list-style")}
        for style in (s for root in roots for s in each(root, "outline-style")):
            self._lists[OUTLINE] = _levels(style)
        self._counters: dict[str, _Counter] = defaultdict(_Counter)
        pages = [p for root in roots for p in each(root, "page-layout-properties")]
        self.on_white = all(attribute(p, "background-color").lower() in _NO_COLOUR for p in pages)

    def look(self, family: str, name: str, seen: int = 0) -> Style:
        """The effective style of a family (``paragraph``, ``text``)."""
        key = (family, name)
        if key not in self._known:
            element = self._elements.get(key)
            if element is None and seen <= _DEEPEST:
                element = self._defaults.get(family)
            if element is None or seen > _DEEPEST:
                return Style()
            self._known[key] = self._read(element, family, seen)
        return self._known[key]

    def table_is_hidden(self, name: str) -> bool:
        """Whether a table style hides its sheet."""
        element = self._elements.get(("table", name))
        look = child(element, "table-properties") if element is not None else None
        return look is not None and attribute(look, "display") == "false"

    def restart(self, list_style: str) -> None:
        """A list begins that does not go on from the one before."""
        self._counters.pop(list_style, None)

    def label(self, list_style: str, level: int, start: str = "") -> str:
        """What stands before the next item of a list, ``-`` for bullets; empty for nothing."""
        rules = self._lists.get(list_style, {})
        rule = rules.get(level)
        if rule is None or rule.bullet:
            return "" if list_style == OUTLINE else "-"
        values = self._counters[list_style].values
        known = values[level]
        first = int(start) if start.isdecimal() and len(start) <= 6 else None
        values[level] = first if first is not None else rule.start if known is None else known + 1
        values[level + 1 :] = [None] * (LEVELS - level - 1)
        if not rule.form:
            return ""
        numbers = []
        for at in range(max(0, level + 1 - rule.shown), level + 1):
            own = rules.get(at, _Level("1"))
            value = values[at]
            if own.form:
                numbers.append(enumerated(own.start if value is None else value, own.form))
        return f"{rule.prefix}{'.'.join(numbers)}{rule.suffix}".strip()

    def _read(self, element: Any, family: str, seen: int) -> Style:
        parent = attribute(element, "parent-style-name")
        is_default = element is self._defaults.get(family)
        base = Style() if is_default else self.look(family, parent, seen + 1)
        text, paragraph = child(element, "text-properties"), child(element, "paragraph-properties")
        level = attribute(element, "default-outline-level")
        name = (attribute(element, "display-name") or attribute(element, "name")).lower()
        display, size = _get(text, "display"), _get(text, "font-size")
        tiny, height = _is_tiny(size), _is_tiny(_get(paragraph, "line-height"))
        colour, weight = _get(text, "color").lower(), _get(text, "font-weight")
        backgrounds = {_get(part, "background-color").lower() for part in (text, paragraph)}
        return Style(
            hidden=bool(height) or (display == "none" if display else base.hidden),
            tiny=base.tiny if tiny is None else tiny,
            white=colour in _WHITE if colour else base.white,
            shaded=not backgrounds <= _NO_COLOUR or base.shaded,
            bold=weight in {"bold", "600", "700", "800", "900"} if weight else base.bold,
            title=name == "title" or base.title,
            level=int(level) if level.isdecimal() and len(level) <= 2 else base.level,
            list_style=attribute(element, "list-style-name") or base.list_style,
        )


def _levels(style: Any) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for element in style:
        at = attribute(element, "level")
        if not (at.isdecimal() and 1 <= int(at) <= LEVELS):
            continue
        start, shown = attribute(element, "start-value"), attribute(element, "display-levels")
        levels[int(at) - 1] = _Level(
            form=attribute(element, "num-format"),
            bullet=local(element) in {"list-level-style-bullet", "list-level-style-image"},
            prefix=attribute(element, "num-prefix"),
            suffix=attribute(element, "num-suffix"),
            start=int(start) if start.isdecimal() and len(start) <= 6 else 1,
            shown=int(shown) if shown.isdecimal() and len(shown) <= 2 else 1,
        )
    return levels


def _get(element: Any, name: str) -> str:
    return attribute(element, name) if element is not None else ""


def _is_tiny(value: str) -> bool | None:
    """Whether a length is too small to read; None for a share of another, or for none."""
    size = None if value.endswith("%") else pixels(value)
    return None if size is None else size < _TINY
