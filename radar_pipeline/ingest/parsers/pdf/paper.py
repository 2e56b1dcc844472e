"""The sheet under the text: how it is turned, what of it can be seen, how much of it is a picture."""

import ctypes
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import pypdfium2 as pdfium
from pypdfium2 import raw

from radar_pipeline.ingest.parsers.pdf.looks import Looks

PICTURE_SHARE = 0.4  # of the page's area under images: the page is a picture
_TINIEST = 2.0  # points; smaller letters are not meant to be read (footnotes have 6 and more)
_TINIEST_SHARE = 1 / 400  # of the page's height, on sheets measured in other units
_MOST_OBJECTS = 20_000
_DEEPEST = 4
_CONTRAST = 16  # of 255, between the lightest and the darkest point of a word
_LARGEST_SIDE = 1_800  # pixels of a page drawn to see whether pale words show


class Box(NamedTuple):
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def around(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        left, bottom, right, top = self
        other_left, other_bottom, other_right, other_top = other
        return Box(  # called for every word: comparisons are faster than min and max
            left if left < other_left else other_left,
            bottom if bottom < other_bottom else other_bottom,
            right if right > other_right else other_right,
            top if top > other_top else other_top,
        )


class Paper:
    """One loaded page."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._page = page
        self._sheet = Box(*page.get_bbox())
        self.text_turns = 0
        self._quarter = 0
        self.turn(0 if page.get_rotation() == 0 else -page.get_rotation() // 90 % 4)

    def turn(self, quarters: int) -> None:
        """Words run ``quarters`` clockwise quarter turns from left-to-right: turn the sheet back."""
        self.text_turns = quarters
        self._quarter = -quarters % 4
        self._as_it_is = self._quarter == 0 and self._sheet[:2] == (0.0, 0.0)
        wide, high = self._sheet.right - self._sheet.left, self._sheet.top - self._sheet.bottom
        self.width, self.height = (high, wide) if self._quarter % 2 else (wide, high)

    def turned(self, box: Box) -> Box:
        """A box of the file's coordinates in those of the upright sheet, its lower left at (0, 0)."""
        if self._as_it_is:
            return box
        return _quarter_turned(box, self._sheet, self._quarter)

    def height_of(self, box: Box) -> float:
        """Height of a box of the file's coordinates once the sheet is upright."""
        return box.right - box.left if self._quarter % 2 else box.top - box.bottom

    def shows(self, box: Box, turned: Box, size: float, looks: Looks) -> bool:
        """Whether a reader of the page sees a word (``box``, and the same ``turned``)."""
        x, y = (turned.left + turned.right) / 2, (turned.bottom + turned.top) / 2
        if not (0.0 <= x <= self.width and 0.0 <= y <= self.height):
            return False
        if size < _TINIEST and size < self.height * _TINIEST_SHARE:
            return False
        if looks.invisible:
            return self.is_picture
        return not looks.pale or self._stands_out(box)

    @cached_property
    def is_picture(self) -> bool:
        """Images cover so much of the page that it is a picture of a page."""
        area = (self._sheet.right - self._sheet.left) * (self._sheet.top - self._sheet.bottom)
        covered = 0.0
        for image in _images(self._page.raw):
            covered += _overlap(image, self._sheet)
            if covered > PICTURE_SHARE * area:
                return area > 0
        return False

    def _stands_out(self, box: Box) -> bool:
        """Pale words show on something dark: the page is drawn to see."""
        drawing = self._drawing
        if drawing is None:
            return True
        pixels, stride, width, height, scale = drawing
        rotation = self._page.get_rotation() // 90
        placed = _quarter_turned(box, self._sheet, rotation)
        left, right = max(int(placed.left * scale), 0), min(int(placed.right * scale) + 1, width)
        top, bottom = height - int(placed.top * scale) - 1, height - int(placed.bottom * scale)
        top, bottom = max(top, 0), min(bottom, height)
        rows = [pixels[row * stride + left : row * stride + right] for row in range(top, bottom)]
        rows = [row for row in rows if row]
        return bool(rows) and max(map(max, rows)) - min(map(min, rows)) >= _CONTRAST

    @cached_property
    def _drawing(self) -> tuple[bytes, int, int, int, float] | None:
        """(grey pixels, bytes per row, width, height, pixels per point) of the page as displayed."""
        wide, high = self._page.get_size()
        if min(wide, high) <= 0:
            return None
        scale = min(2.0, _LARGEST_SIDE / max(wide, high))
        try:
            bitmap: Any = self._page.render(scale=scale, grayscale=True, may_draw_forms=False)
        except (pdfium.PdfiumError, ValueError):
            return None
        return bytes(bitmap.buffer), bitmap.stride, bitmap.width, bitmap.height, scale


def _quarter_turned(box: Box, sheet: Box, quarters: int) -> Box:
    """A box after so many clockwise quarter turns of the sheet it stands on."""
    left, bottom, right, top = box
    if quarters == 0:
        return Box(left - sheet.left, bottom - sheet.bottom, right - sheet.left, top - sheet.bottom)
    if quarters == 1:
        return Box(bottom - sheet.bottom, sheet.right - right, top - sheet.bottom, sheet.right - left)
    if quarters == 2:
        return Box(sheet.right - right, sheet.top - top, sheet.right - left, sheet.top - bottom)
    return Box(sheet.top - top, left - sheet.left, sheet.top - bottom, right - sheet.left)


def _overlap(one: Box, other: Box) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.top, other.top) - max(one.bottom, other.bottom)
    return wide * high if wide > 0 and high > 0 else 0.0


def _images(page: object) -> Iterator[Box]:
    """Bounds of the images drawn on the page; of those inside a form, the form's bounds."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for index in range(min(raw.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        thing = raw.FPDFPage_GetObject(page, index)
        if not _holds_image(thing, 0):
            continue
        if raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            yield Box(left.value, bottom.value, right.value, top.value)


def _holds_image(thing: object, depth: int) -> bool:
    kind = raw.FPDFPageObj_GetType(thing)
    if kind != raw.FPDF_PAGEOBJ_FORM or depth >= _DEEPEST:
        return bool(kind == raw.FPDF_PAGEOBJ_IMAGE)
    parts = min(raw.FPDFFormObj_CountObjects(thing), 50)
    return any(_holds_image(raw.FPDFFormObj_GetObject(thing, part), depth + 1) for part in range(parts))
