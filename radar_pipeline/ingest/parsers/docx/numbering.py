"""The numbers that Word shows before paragraphs; the file holds only the rules for them."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from radar_pipeline.ingest.parsers.enumerators import enumerated

LEVELS = 9
_STYLES = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}
_PLACE = re.compile(r"%([1-9])")
_NOTHING = "none"


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(slots=True)
class _Scheme:
    """An abstract numbering: rules per level, and which style stands at which level."""

    levels: dict[int, _Level] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)


class Numbering:
    """Counts through one document. ``root``: the element of numbering.xml, None if it has none."""

    def __init__(self, root: Any) -> None:
        self._schemes: dict[str, _Scheme] = {}
        self._lists: dict[str, tuple[str, str]] = {}  # numId → (scheme, what it counts together with)
        self._counters: dict[str, list[int | None]] = defaultdict(lambda: [None] * LEVELS)
        for element in root.findall(qn("w:abstractNum")) if root is not None else ():
            self._schemes[_value(element, "w:abstractNumId")] = _scheme(element)
        for element in root.findall(qn("w:num")) if root is not None else ():
            number = _value(element, "w:numId")
            scheme = _child_value(element, "w:abstractNumId")
            own = element.find(f"{qn('w:lvlOverride')}/{qn('w:startOverride')}") is not None
            self._lists[number] = (scheme, f"num {number}" if own else f"scheme {scheme}")

    def level_of_style(self, number: str, style: str) -> int:
        """At which level of a list the paragraphs of a style stand."""
        scheme = self._schemes.get(self._lists.get(number, ("", ""))[0])
        return scheme.styles.get(style, 0) if scheme else 0

    def label(self, number: str, level: int) -> str | None:
        """What stands before the next paragraph of a list, ``-`` for bullets; None if it is no list."""
        scheme_id, together = self._lists.get(number, ("", ""))
        scheme = self._schemes.get(scheme_id)
        if scheme is None or not 0 <= level < LEVELS:
            return None
        rule = scheme.levels.get(level, _Level())
        if rule.form == "bullet":
            return "-"
        counters = self._counters[together]
        known = counters[level]
        counters[level] = rule.start if known is None else known + 1
        counters[level + 1 :] = [None] * (LEVELS - level - 1)
        if rule.form == _NOTHING:
            return None

        def shown(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            own = scheme.levels.get(at, _Level())
            value = counters[at]
            return enumerated(own.start if value is None else value, _STYLES.get(own.form, "1"))

        return _PLACE.sub(shown, rule.text).strip() or None


def _scheme(element: Any) -> _Scheme:
    scheme = _Scheme()
    for entry in element.findall(qn("w:lvl")):
        at = whole(_value(entry, "w:ilvl"), 0)
        text = _child_value(entry, "w:lvlText")[:40]
        scheme.levels[at] = _Level(
            _child_value(entry, "w:numFmt") or "decimal", text, whole(_child_value(entry, "w:start"), 1)
        )
        style = _child_value(entry, "w:pStyle")
        if style:
            scheme.styles[style] = at
    return scheme


def whole(value: str, default: int) -> int:
    """A number of the file, the default if it is none or not small."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 6 else default


def _value(element: Any, name: str) -> str:
    return str(element.get(qn(name)) or "")


def _child_value(element: Any, name: str) -> str:
    child = element.find(qn(name))
    return "" if child is None else str(child.get(qn("w:val")) or "")
