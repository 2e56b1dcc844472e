"""What a word's font and colour say: bold, invisible, pale. Asked once per text object."""

import ctypes
from dataclasses import dataclass
from typing import Any

from pypdfium2 import raw

_BOLD = ("bold", "black", "heavy", "demi", "-bd", "cmbx", "cmb10")
_BOLD_WEIGHT = 600
_FONT_NAME = 128
_PALE = 230  # of 255 in each colour: may not be seen on paper
_OUTLINED = raw.FPDF_TEXTRENDERMODE_FILL_STROKE  # how programs fake a bold face
_INVISIBLE = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
_STROKED = frozenset({raw.FPDF_TEXTRENDERMODE_STROKE, raw.FPDF_TEXTRENDERMODE_STROKE_CLIP})


@dataclass(frozen=True, slots=True)
class Looks:
    """How a text object is drawn."""

    bold: bool = False
    invisible: bool = False  # not drawn at all, as programs lay recognised text over a scan
    pale: bool = False  # (nearly) white, or see-through


PLAIN = Looks()
_ADDRESS = ctypes.c_void_p
# The address alone is faster than the typed pointer that pypdfium2's own prototype makes.
_object_at = ctypes.CFUNCTYPE(_ADDRESS, _ADDRESS, ctypes.c_int)(
    ctypes.cast(raw.FPDFText_GetTextObject, _ADDRESS).value or 0
)


class Styles:
    """Looks by text object and fonts by address. Objects live as long as their page: call ``forget``
    before the next one."""

    def __init__(self) -> None:
        self._objects: dict[int, Looks] = {}
        self._fonts: dict[int, bool] = {}

    def forget(self) -> None:
        """A new page begins; addresses may be used again."""
        self._objects.clear()
        self._fonts.clear()

    def of(self, text_page: int, index: int) -> Looks:
        """Looks of the text object that a character belongs to, on the text page at an address."""
        address = _object_at(text_page, index)
        known = self._objects.get(address)
        if known is None:
            known = self._objects[address] = self._read(address) if address else PLAIN
        return known

    def _read(self, address: int) -> Looks:
        thing = ctypes.cast(address, raw.FPDF_PAGEOBJECT)
        mode = raw.FPDFTextObj_GetTextRenderMode(thing)
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        colour_of = raw.FPDFPageObj_GetStrokeColor if mode in _STROKED else raw.FPDFPageObj_GetFillColor
        known = colour_of(thing, red, green, blue, alpha)
        pale = bool(known) and (alpha.value < 26 or min(red.value, green.value, blue.value) >= _PALE)
        bold = mode == _OUTLINED or self._is_bold(raw.FPDFTextObj_GetFont(thing))
        return Looks(bold, mode in _INVISIBLE, pale)

    def _is_bold(self, font: Any) -> bool:
        address = ctypes.cast(font, _ADDRESS).value
        if not address:
            return False
        known = self._fonts.get(address)
        if known is None:
            name = ctypes.create_string_buffer(_FONT_NAME)
            raw.FPDFFont_GetBaseFontName(font, name, _FONT_NAME)
            lowered = name.value.decode("utf-8", "replace").lower()
            known = any(word in lowered for word in _BOLD) or raw.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT
            self._fonts[address] = known
        return known
