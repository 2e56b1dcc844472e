"""Lines of a PDF page with their places, by PDFium's text page.

The page's text is asked for at once and only word bounds and text objects one by one: three calls
per word keep a page at a few milliseconds.
"""

import ctypes
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from radar_pipeline.ingest.parsers.builder import clean
from radar_pipeline.ingest.parsers.pdf.looks import Looks, Styles
from radar_pipeline.ingest.parsers.pdf.paper import Box, Paper

SOFT_HYPHEN = "\xad"
RAISED = "\ue000"  # stands before a raised number at a word's end; never leaves this package
WIDE_GAP = 1.6  # line heights between words of one line: another column, not a space
SCAN_CHARACTERS = 20  # a page with fewer, under a picture, is a scan
_LINE = re.compile("[^\r\n\x02\ufffe]*[\x02\ufffe]?")  # PDFium's hyphen at a line's end ends the line too
_WORD = re.compile("[^\0\t\n\x0b\x0c\r \xa0\u2000-\u200b\u202f\u205f\u3000]+")
_LIGATURES = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "st",
        "\ufb06": "st",
    }
    | {"\x02": SOFT_HYPHEN, "\ufffe": SOFT_HYPHEN}
)
_SPECIAL = re.compile("[\ufb00-\ufb06\x02\ufffe\ud800-\udfff\ue000]")
_MARK = re.compile(r"(?<=[\w.,;:!?)\"”’'])\d{1,3}$|(?<=.)[*†‡§]$")
_RECT = struct.Struct("4f")  # left, top, right, bottom: FS_RECTF
# Addresses alone are faster than the typed pointers that pypdfium2's own prototype checks.
_loose_box = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(raw.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)
_FEWEST_GAPS = 2
_EVEN = 0.4  # line heights between the widest and the narrowest gap of a justified line
_WIDEST_STRETCH = 6.0  # line heights
_SMALL_MARK = 0.85  # of the word's height
_SHOWN_ANNOTATIONS = frozenset({raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_STAMP})
_MOST_ANNOTATIONS = 5_000


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
    lead: int = 0  # so many words at the beginning are bold, where not all are
    column: int = 0  # lines of different columns of a page never share a row
    ocr: bool = False  # recognised in a picture


@dataclass(slots=True)
class Page:
    """The lines of one page in content order, turned so that they read upright."""

    number: int
    width: float
    height: float
    lines: list[Line]
    label: str = ""  # what the file calls the page
    scanned: bool = False  # a picture, and next to no text
    lost: bool = False  # it could not be loaded: nobody knows what it says
    notes: list[list[Line]] = field(default_factory=list)  # footnotes, taken out of ``lines``


@dataclass(slots=True)
class _Word:
    text: str
    first: int
    box: Box
    size: float
    looks: Looks


def page_lines(document: pdfium.PdfDocument, number: int, styles: Styles) -> Page:
    """Read one page (``number`` from 1). A page that PDFium can't load is lost."""
    try:
        page = _with_annotations(document, number - 1)
    except pdfium.PdfiumError:
        return Page(number, 0.0, 0.0, [], lost=True)
    try:
        paper = Paper(page)
        try:
            text_page = page.get_textpage()
        except pdfium.PdfiumError:
            return Page(number, paper.width, paper.height, [], lost=True)
        try:
            lines = _Reader(text_page.raw, number, paper, styles).lines()
        finally:
            text_page.close()
        characters = sum(len(line.text) for line in lines)
        scanned = characters < SCAN_CHARACTERS and paper.is_picture
        return Page(number, paper.width, paper.height, lines, scanned=scanned)
    finally:
        page.close()


def _with_annotations(document: pdfium.PdfDocument, index: int) -> pdfium.PdfPage:
    """The page with what its filled-in fields, text boxes and stamps show drawn onto it."""
    page = document[index]
    count = min(raw.FPDFPage_GetAnnotCount(page.raw), _MOST_ANNOTATIONS)
    if not any(_is_shown(page, position) for position in range(count)):
        return page
    raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]


def _is_shown(page: pdfium.PdfPage, position: int) -> bool:
    annotation = raw.FPDFPage_GetAnnot(page.raw, position)
    if not annotation:
        return False
    try:
        return raw.FPDFAnnot_GetSubtype(annotation) in _SHOWN_ANNOTATIONS
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


class _Reader:
    def __init__(self, handle: Any, page: int, paper: Paper, styles: Styles) -> None:
        self._handle, self._page = handle, page
        self._paper, self._styles = paper, styles
        self._address = ctypes.cast(handle, ctypes.c_void_p).value or 0
        self._rect = ctypes.create_string_buffer(_RECT.size)
        self._rect_address = ctypes.addressof(self._rect)
        self._plain = True  # no ligature or other sign that needs work on this page
        self._x, self._y = ctypes.c_double(), ctypes.c_double()

    def lines(self) -> list[Line]:
        count = max(raw.FPDFText_CountChars(self._handle), 0)
        text = self._characters(count)
        text = text.replace(RAISED, "\ufffd")
        self._plain = not _SPECIAL.search(text)
        self._paper.turn(self._main_direction(text))
        found: list[Line] = []
        for match in _LINE.finditer(text):
            if match.end() > match.start():
                self._add(text, *match.span(), found)
        return found

    def _characters(self, count: int) -> str:
        """One character for each of PDFium's, so that indexes agree."""
        buffer = (ctypes.c_ushort * (count + 1))()
        written = raw.FPDFText_GetText(self._handle, 0, count, buffer) - 1
        units = bytes(memoryview(buffer).cast("B")[: 2 * max(written, 0)])
        text = units.decode("utf-16-le", "replace")
        if len(text) == count:
            return text
        codes = (raw.FPDFText_GetUnicode(self._handle, index) for index in range(count))
        return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)

    def _main_direction(self, text: str) -> int:
        """Quarter turns clockwise that most words of the page are written in."""
        starts = [match.start() for match in _WORD.finditer(text)]
        if not starts:
            return self._paper.text_turns
        sample = starts[:: max(1, len(starts) // 24)]
        turns = [self._turns(index) for index in sample]
        return max(set(turns), key=turns.count)

    def _turns(self, index: int) -> int:
        angle: float = raw.FPDFText_GetCharAngle(self._handle, index)
        return round(angle / 1.5707963) % 4 if angle > 0 else 0

    def _add(self, text: str, start: int, end: int, found: list[Line]) -> None:
        spans = [match.span() for match in _WORD.finditer(text, start, end)]
        words = [w for low, high in spans if (w := self._word(text[low:high], low, high)) is not None]
        gaps = [other.box.left - one.box.right for one, other in pairwise(words)]
        if stretched(gaps, words[0].size if words else 0.0):
            found.append(self._line(words))
            return
        group: list[_Word] = []
        for word in words:
            if group and _apart(group[-1], word):
                found.append(self._line(group))
                group = []
            group.append(word)
        if group:
            found.append(self._line(group))

    def _word(self, text: str, first: int, stop: int) -> _Word | None:
        """A word with its place and looks; None if nobody who looks at the page could see it."""
        box = Box(*self._bounds(first))
        size = end = self._paper.height_of(box)
        if stop - first > 1:
            low = Box(*self._bounds(stop - 1))
            end = self._paper.height_of(low)
            if end < _SMALL_MARK * size and self._is_raised(low, box, size) and (mark := _MARK.search(text)):
                text = text[: mark.start()] + RAISED + text[mark.start() :]
            box = box.around(low)
        looks = self._styles.of(self._address, first)
        turned = self._paper.turned(box)
        if not self._paper.shows(box, turned, size, looks):
            return None
        return _Word(
            clean(text) if self._plain else clean(_readable(text)), first, turned, max(size, end), looks
        )

    def _bounds(self, index: int) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of a character with its line's full height."""
        _loose_box(self._address, index, self._rect_address)
        left, top, right, bottom = _RECT.unpack(self._rect)
        return left, bottom, right, top

    def _is_raised(self, low: Box, box: Box, size: float) -> bool:
        return self._paper.turned(low).bottom > self._paper.turned(box).bottom + 0.15 * size

    def _line(self, words: list[_Word]) -> Line:
        first = words[0].first
        raw.FPDFText_GetCharOrigin(self._handle, first, self._x, self._y)
        x, y = self._x.value, self._y.value
        bold = [w.looks.bold for w in words]
        lead = 0 if all(bold) else bold.index(False)
        return Line(
            text=" ".join(w.text for w in words if w.text.strip()),
            page=self._page,
            x0=min(w.box.left for w in words),
            x1=max(w.box.right for w in words),
            y=self._paper.turned(Box(x, y, x, y)).bottom,
            size=sorted(w.size for w in words)[len(words) // 2],
            bold=bold[0] and bold[-1] and sum(bold) * 2 > len(bold),
            upright=self._turns(first) == self._paper.text_turns,
            words=tuple((w.text, w.box.left, w.box.right) for w in words),
            lead=lead,
            ocr=words[0].looks.invisible,
        )


def stretched(gaps: Sequence[float], size: float) -> bool:
    """Wide but even gaps: a justified line, not cells."""
    if len(gaps) < _FEWEST_GAPS or min(gaps) < 0 or max(gaps) <= WIDE_GAP * size:
        return False
    return max(gaps) - min(gaps) <= _EVEN * size and max(gaps) <= _WIDEST_STRETCH * size


def _apart(one: _Word, other: _Word) -> bool:
    """A wide gap, or a step back: the next word belongs to another column."""
    size = max(one.size, other.size)
    return other.box.left - one.box.right > WIDE_GAP * size or other.box.right < one.box.left - size


def _readable(text: str) -> str:
    """Ligatures as letters; halves of a character put together, or replaced where one is lost."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_LIGATURES)
