"""Scanned pages: drawn, handed to the recogniser, and given back as lines in points."""

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import Any

import pypdfium2 as pdfium

from radar_pipeline.ingest import ocr
from radar_pipeline.ingest.ocr import Word
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.builder import clean
from radar_pipeline.ingest.parsers.pdf.extract import WIDE_GAP, Line, Page
from radar_pipeline.models import UnreadableReason

_LARGEST_SIDE = 5_000  # pixels: an A3 sheet at 300 dpi
_POINTS = 72.0  # per inch
_SAME_SIZE = 0.3  # heights of recognised words differ by so much without a change of font


def recognised(
    document: pdfium.PdfDocument, pages: Sequence[Page], languages: str
) -> Iterator[tuple[Page, list[Line]]]:
    """Pages with the lines that were recognised on them. What can't be read is left out and stays a scan.

    Raises ParseProblem ``timeout`` if a page, or all of them together, take longer than ``ocr`` allows:
    how far a busy machine came must not decide what the document says.
    """
    until = time.monotonic() + ocr.seconds(len(pages)) if pages else 0.0
    for page in pages:
        drawn = _drawn(document, page.number)
        left = min(until - time.monotonic(), ocr.PAGE_SECONDS)
        try:
            found = ocr.words(drawn[0], languages, left) if drawn else None
        except TimeoutError as error:
            raise ParseProblem(UnreadableReason.TIMEOUT) from error
        if drawn and found:
            yield page, _lines(found, page, drawn[1])


def _drawn(document: pdfium.PdfDocument, number: int) -> tuple[bytes, float] | None:
    """(page as a grey PGM picture, pixels per point); None if it can't be drawn."""
    try:
        page = document[number - 1]
        wide, high = page.get_size()
        if min(wide, high) <= 0:
            return None
        scale = min(ocr.DPI / _POINTS, _LARGEST_SIDE / max(wide, high))
        bitmap: Any = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    except (pdfium.PdfiumError, ValueError):
        return None
    pixels, stride, width = memoryview(bitmap.buffer).cast("B"), bitmap.stride, bitmap.width
    rows = (pixels[row * stride : row * stride + width] for row in range(bitmap.height))
    return b"P5 %d %d 255\n" % (width, bitmap.height) + b"".join(rows), scale


def _lines(words: Sequence[Word], page: Page, scale: float) -> list[Line]:
    usual = median(word.bottom - word.top for word in words) / scale
    lines: list[Line] = []
    for _, group in groupby(words, key=lambda word: word.line):
        run: list[Word] = []
        for word in group:
            if run and word.left - run[-1].right > WIDE_GAP * usual * scale:
                lines.append(_line(run, page, scale, usual))
                run = []
            run.append(word)
        lines.append(_line(run, page, scale, usual))
    return lines


def _line(words: Sequence[Word], page: Page, scale: float, usual: float) -> Line:
    height = max(word.bottom - word.top for word in words) / scale
    placed = tuple((clean(word.text), word.left / scale, word.right / scale) for word in words)
    return Line(
        text=" ".join(text for text, _, _ in placed),
        page=page.number,
        x0=placed[0][1],
        x1=placed[-1][2],
        y=page.height - median(word.bottom for word in words) / scale,
        size=usual if height < usual * (1 + _SAME_SIZE) * 1.3 else height,
        bold=False,
        words=placed,
        ocr=True,
    )
