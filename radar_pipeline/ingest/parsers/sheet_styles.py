"""Which cell styles of a workbook show nothing of a cell's value."""

import re
from dataclasses import dataclass
from typing import Any

from radar_pipeline.ingest.parsers.xml import attribute, child

_SMALLEST = 2.0  # points; nobody reads what is smaller
_NOTHING = re.compile(r'(?:\s|""|\[[^\]]*\])*(?:;(?:\s|""|\[[^\]]*\])*){3}\Z')
_WHITE = re.compile(r"(?:[0-9a-f]{2})?f[d-f]f[d-f]f[d-f]\Z")
_WHITE_INDEXES = frozenset({"1", "9"})
_WHITE_THEME = "0"  # the light background


@dataclass(frozen=True, slots=True)
class Unseen:
    """Numbers of cell styles. ``white``: their text is white on white, unless the sheet itself lays a
    colour behind it."""

    hidden: frozenset[int] = frozenset()
    white: frozenset[int] = frozenset()


def unseen(root: Any, codes: dict[str, str]) -> Unseen:
    """The styles that show nothing. ``root``: of the style part; ``codes``: its own number formats."""
    fonts, fills = _entries(root, "fonts"), _entries(root, "fills")
    hidden, white = set(), set()
    for n, style in enumerate(_entries(root, "cellXfs")):
        font, fill = _entry(fonts, style, "fontId"), _entry(fills, style, "fillId")
        if _NOTHING.match(codes.get(attribute(style, "numFmtId"), "")) or _is_tiny(font):
            hidden.add(n)
        elif font is not None and _is_white(child(font, "color")) and _is_blank(fill):
            white.add(n)
    return Unseen(frozenset(hidden), frozenset(white))


def _entries(root: Any, name: str) -> list[Any]:
    found = child(root, name)
    return list(found) if found is not None else []


def _entry(entries: list[Any], style: Any, name: str) -> Any:
    number = attribute(style, name)
    small = number.isdecimal() and len(number) < 7 and int(number) < len(entries)
    return entries[int(number)] if small else None


def _is_tiny(font: Any) -> bool:
    size = child(font, "sz") if font is not None else None
    try:
        return size is not None and float(attribute(size, "val")) < _SMALLEST
    except ValueError:
        return False


def _is_white(colour: Any) -> bool:
    if colour is None or attribute(colour, "tint").strip("-0."):
        return False
    plain = _WHITE.match(attribute(colour, "rgb").lower()) is not None
    indexed = attribute(colour, "indexed") in _WHITE_INDEXES
    return plain or indexed or attribute(colour, "theme") == _WHITE_THEME


def _is_blank(fill: Any) -> bool:
    """No fill, or a white one."""
    if fill is None:
        return True
    pattern = child(fill, "patternFill")
    if pattern is None:
        return False  # a gradient
    kind = attribute(pattern, "patternType")
    return kind in {"", "none"} or (kind == "solid" and _is_white(child(pattern, "fgColor")))
