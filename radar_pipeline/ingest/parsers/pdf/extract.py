"""Lines of a PDF page with their places, by PDFium's text page.

Only word bounds are asked for, not every character's: three calls per word keep a page at a few
milliseconds.
"""

import ctypes
import math
from array import array
from dataclasses import dataclass

import pypdfium2 as pdfium
from pypdfium2 import raw

from radar_pipeline.ingest.parsers.builder import clean

SOFT_HYPHEN = "\xad"
_LINE_END_HYPHENS = frozenset({0x02, 0xFFFE})  # what PDFium makes of a hyphen at a line's end
_HYPHEN_CODES = _LINE_END_HYPHENS | {0xAD}
_BREAKS = frozenset({0x0A, 0x0D})
_BLANKS = frozenset({0x00, 0x09, 0x0B, 0x0C, 0x20, 0xA0, 0x2007, 0x202F, 0x3000, *range(0x2000, 0x200B)})
_BOLD = ("bold", "black", "heavy", "demi")
WIDE_GAP = 1.6  # line heights between words of one line: another column, not a space
_FONT_NAME = 128


@dataclass(slots=True)
class Line:
    """A run of words on one baseline without a wide gap. Points; y grows upwards."""

    text: str
    page: int
    x0: float
    x1: float
    y: float  # baseline
    size: float  # height of the font's box
    bold: bool
    upright: bool = True
    words: tuple[tuple[str, float, float], ...] = ()  # (text, x0, x1)


@dataclass(slots=True)
class Page:
    """The lines of one page in content order."""

    number: int
    width: float
    height: float
    lines: list[Line]


@dataclass(slots=True)
class _Word:
    text: str
    first: int
    x0: float
    x1: float
    size: float


def page_lines(document: pdfium.PdfDocument, number: int) -> Page:
    """Read one page (``number`` from 1). A page that PDFium can't load has no lines."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return Page(number, 0.0, 0.0, [])
    try:
        width, height = page.get_size()
        try:
            text_page = page.get_textpage()
        except pdfium.PdfiumError:
            return Page(number, width, height, [])
        try:
            return Page(number, width, height, _Reader(text_page.raw, number).lines())
        finally:
            text_page.close()
    finally:
        page.close()


class _Reader:
    def __init__(self, handle: object, page: int) -> None:
        self._handle = handle
        self._page = page
        self._box = raw.FS_RECTF()
        self._x = ctypes.c_double()
        self._y = ctypes.c_double()
        self._bold: dict[bytes, bool] = {}

    def lines(self) -> list[Line]:
        count = raw.FPDFText_CountChars(self._handle)
        unicode_of, handle = raw.FPDFText_GetUnicode, self._handle
        codes = array("L", (unicode_of(handle, index) for index in range(max(count, 0))))
        found: list[Line] = []
        start = 0
        for index, code in enumerate(codes):
            # A hyphen that PDFium takes for a line's end stands for the line break as well.
            if code in _BREAKS or code in _LINE_END_HYPHENS:
                self._add(codes, start, index + (code in _LINE_END_HYPHENS), found)
                start = index + 1
        self._add(codes, start, len(codes), found)
        return found

    def _add(self, codes: "array[int]", start: int, end: int, found: list[Line]) -> None:
        words = self._words(codes, start, end)
        group: list[_Word] = []
        for word in words:
            if group and self._apart(group[-1], word):
                found.append(self._line(group))
                group = []
            group.append(word)
        if group:
            found.append(self._line(group))

    @staticmethod
    def _apart(one: _Word, other: _Word) -> bool:
        """A wide gap, or a step back: the next word belongs to another column."""
        size = max(one.size, other.size)
        return other.x0 - one.x1 > WIDE_GAP * size or other.x1 < one.x0 - size

    def _words(self, codes: "array[int]", start: int, end: int) -> list[_Word]:
        words: list[_Word] = []
        index = start
        while index < end:
            while index < end and codes[index] in _BLANKS:
                index += 1
            first = index
            while index < end and codes[index] not in _BLANKS:
                index += 1
            if index > first:
                words.append(self._word(codes, first, index))
        return words

    def _word(self, codes: "array[int]", first: int, stop: int) -> _Word:
        text = "".join(SOFT_HYPHEN if c in _HYPHEN_CODES else _character(c) for c in codes[first:stop])
        box = self._box
        raw.FPDFText_GetLooseCharBox(self._handle, first, box)
        x0, size = box.left, box.top - box.bottom
        raw.FPDFText_GetLooseCharBox(self._handle, stop - 1, box)
        return _Word(clean(text), first, x0, box.right, max(size, box.top - box.bottom, 0.0))

    def _line(self, words: list[_Word]) -> Line:
        first, last = words[0], words[-1]
        raw.FPDFText_GetCharOrigin(self._handle, first.first, self._x, self._y)
        angle = raw.FPDFText_GetCharAngle(self._handle, first.first)
        return Line(
            text=" ".join(w.text for w in words if w.text.strip()),
            page=self._page,
            x0=min(w.x0 for w in words),
            x1=max(w.x1 for w in words),
            y=self._y.value,
            size=sorted(w.size for w in words)[len(words) // 2],
            bold=self._is_bold(first.first) and (last is first or self._is_bold(last.first)),
            upright=angle < 0 or abs(math.sin(angle)) < 0.05,
            words=tuple((w.text, w.x0, w.x1) for w in words),
        )

    def _is_bold(self, index: int) -> bool:
        name = ctypes.create_string_buffer(_FONT_NAME)
        flags = ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._handle, index, name, _FONT_NAME, flags)
        known = self._bold.get(name.value)
        if known is None:
            lowered = name.value.decode("utf-8", "replace").lower()
            known = (
                any(word in lowered for word in _BOLD)
                or raw.FPDFText_GetFontWeight(self._handle, index) >= 600
            )
            self._bold[name.value] = known
        return known


def _character(code: int) -> str:
    # PDFium gives UTF-16 units for rare planes in some fonts; a lone surrogate can't be stored.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)
