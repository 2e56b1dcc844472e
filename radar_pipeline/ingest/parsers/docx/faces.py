"""How a Word document's text looks, as far as it decides whether a reader sees it."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from docx.oxml.ns import qn as _qn

qn = cache(_qn)  # names are asked for at every element
W_VAL = qn("w:val")
_TINY = 4.0  # half points; nobody reads what is smaller
_FLAT = 40  # twentieths of a point; a line of this height shows nothing
_WHITE = frozenset({"ffffff", "fefefe", "fdfdfd"})
_WHITE_THEMES = frozenset({"background1", "light1", "bg1", "lt1"})
_UNKNOWN = "?"  # a colour that only the theme or a pattern tells
_HIGHLIGHTS = {"black": "000000", "white": "ffffff", "yellow": "ffff00", "red": "ff0000", "none": ""}
_SIZE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(pt)?\Z")
_OFF = frozenset({"0", "false", "off"})


@dataclass(frozen=True, slots=True)
class Face:
    """What is said of a text's look; None and empty where nothing is. Colours are six hex digits.
    ``behind``: the shading of the text or its paragraph."""

    vanish: bool | None = None
    colour: str = ""
    size: float | None = None  # half points
    behind: str = ""

    def over(self, base: "Face") -> "Face":
        """This look where it says something, else the other one."""
        if self == NO_FACE:
            return base
        return Face(
            base.vanish if self.vanish is None else self.vanish,
            self.colour or base.colour,
            base.size if self.size is None else self.size,
            self.behind or base.behind,
        )

    def shows(self, *, on_white: bool) -> bool:
        """Whether a reader sees such text. ``on_white``: nothing but white lies behind the paragraph."""
        if self.vanish or (self.size is not None and self.size < _TINY):
            return False
        if self.behind not in {"", _UNKNOWN}:
            white = self.behind in _WHITE and self.colour in _WHITE
            return not (white or self.colour == self.behind)
        return not (on_white and self.colour in _WHITE and not self.behind)


NO_FACE = Face()


def face(properties: Any) -> Face:
    """What a ``w:rPr`` says itself; its style is not looked up."""
    if properties is None:
        return NO_FACE
    mark, size = properties.find(qn("w:vanish")), properties.find(qn("w:sz"))
    measure = _SIZE.match(str(size.get(W_VAL) or "")) if size is not None else None
    highlight = properties.find(qn("w:highlight"))
    lit = str(highlight.get(W_VAL) or "") if highlight is not None else ""
    return Face(
        None if mark is None else is_on(mark),
        _colour(properties.find(qn("w:color"))),
        float(measure[1]) * (2 if measure[2] else 1) if measure else None,
        _HIGHLIGHTS.get(lit, _UNKNOWN) if lit else shading(properties),
    )


def shading(properties: Any) -> str:
    """The colour that a ``w:shd`` lays behind; empty for none."""
    mark = properties.find(qn("w:shd")) if properties is not None else None
    if mark is None:
        return ""
    pattern = str(mark.get(W_VAL) or "")
    if mark.get(qn("w:themeFill")) or pattern not in {"clear", "nil", "solid"}:
        return _UNKNOWN
    fill = str(mark.get(qn("w:color" if pattern == "solid" else "w:fill")) or "auto").lower()
    return ("" if pattern != "solid" else "000000") if fill == "auto" else fill


def is_flat(paragraph: Any) -> bool | None:
    """Whether lines are so low that nothing of them is seen; None where a ``w:pPr`` does not say."""
    spacing = paragraph.find(qn("w:spacing")) if paragraph is not None else None
    if spacing is None or not spacing.get(qn("w:line")):
        return None
    height = str(spacing.get(qn("w:line")))
    return spacing.get(qn("w:lineRule")) == "exact" and height.isdecimal() and int(height[:9]) <= _FLAT


def row_is_hidden(properties: Any) -> bool:
    """Whether a ``w:trPr`` hides its row, or makes it so low that nothing of it is seen."""
    if properties is None:
        return False
    height = properties.find(qn("w:trHeight"))
    if height is not None and height.get(qn("w:hRule")) == "exact":
        value = str(height.get(W_VAL) or "")
        if value.isdecimal() and int(value[:9]) <= _FLAT:
            return True
    return is_on(properties.find(qn("w:hidden")))


def is_on(mark: Any, otherwise: bool = False) -> bool:
    """What a switch such as ``w:b`` says; ``otherwise`` where it is absent."""
    return otherwise if mark is None else mark.get(W_VAL) not in _OFF


def _colour(mark: Any) -> str:
    if mark is None:
        return ""
    theme = mark.get(qn("w:themeColor"))
    if theme:
        changed = mark.get(qn("w:themeShade"), "FF").upper() != "FF"
        return "ffffff" if theme in _WHITE_THEMES and not changed else _UNKNOWN + str(theme)
    said = str(mark.get(W_VAL) or "").lower()
    return _UNKNOWN + said if said == "auto" else said
