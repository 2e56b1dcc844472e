"""PDFs that tests draw by hand: text, scans, and scans with a text layer."""

import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

LEFT, TOP, STEP = 72.0, 740.0, 15.0


def paper(*pages: Callable[[Canvas], None], rotation: int = 0) -> bytes:
    """A PDF whose pages the functions draw."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for draw in pages:
        canvas.setPageRotation(rotation)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def lines(
    texts: Sequence[str], *, x: float = LEFT, y: float = TOP, font: str = "Helvetica", size: float = 10.0
) -> Callable[[Canvas], None]:
    """Draws lines under each other."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for number, text in enumerate(texts):
            canvas.drawString(x, y - number * STEP, text)

    return draw


def both(*draws: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    """Draws several things on one page."""

    def draw(canvas: Canvas) -> None:
        for one in draws:
            one(canvas)

    return draw


def picture(texts: Sequence[str], *, share: float = 1.0) -> Callable[[Canvas], None]:
    """Draws a picture of lines of text over a share of the page, as a scanner makes it."""
    wide, high = int(A4[0] * 2), int(A4[1] * 2)
    image = Image.new("L", (wide, high), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for number, text in enumerate(texts):
        pen.text((144, 200 + number * 40), text, fill=0, font=font)
    stored = io.BytesIO()
    image.save(stored, "PNG")

    def draw(canvas: Canvas) -> None:
        stored.seek(0)
        canvas.drawImage(ImageReader(stored), 0, 0, A4[0], A4[1] * share)

    return draw


def invisible(text: str, y: float = 700.0) -> Callable[[Canvas], None]:
    """Draws text in render mode 3, as recognition programs lay it over a scan."""

    def draw(canvas: Canvas) -> None:
        written = canvas.beginText(LEFT, y)
        written.setFont("Helvetica", 10)
        written.setTextRenderMode(3)
        written.textLine(text)
        canvas.drawText(written)

    return draw
