"""Writes the sample firm's PDFs (``data/corpus/meridian-pay``) from the Markdown sources in this folder.

Run ``python tools/sample_pdfs/build.py [target folder]``. The same source gives the same bytes on every run.

A source starts with YAML between ``---`` lines: ``title``, ``header`` and ``footer`` (printed on every page),
``typeface`` (``sans`` or ``serif``), ``size`` (font size and line spacing in points), ``bookmarks`` (write a
PDF outline) and ``control`` (the rows of the document control table). The body knows headings (``#``,
``##``, ``###``), paragraphs, list items (``- ``, or ``1. ``, ``2. `` and so on) and tables whose first row
is the head (``| a | b |``). Blocks are parted by a blank line; there is no inline markup. A page break
falls wherever the text runs out of page: the sizes in use let a sentence run over one in three of the four
documents.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import yaml
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    ListFlowable,
    ListItem,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "data" / "corpus" / "meridian-pay"
MARGIN = 24 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, RULE = colors.HexColor("#17324d"), colors.HexColor("#9fb2c4")
# The standard PDF fonts need no file, so the bytes do not depend on the machine.
FACES = {"sans": ("Helvetica", "Helvetica-Bold"), "serif": ("Times-Roman", "Times-Bold")}


@dataclass(frozen=True, slots=True)
class Source:
    """One source file: what its head says, and the body under it."""

    title: str
    header: str
    footer: str
    typeface: str
    size: list[float]
    bookmarks: bool
    control: list[list[str]]
    body: str
    author: str = "Meridian Pay Ltd"


def read_source(path: Path) -> Source:
    """Read a source; an unknown or missing key in its head is a ``TypeError`` that names it."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return Source(body=body, **yaml.safe_load(head))


def styles(source: Source) -> dict[str, ParagraphStyle]:
    """The paragraph styles of a source: title, h1, h2, body, cell, head."""
    (plain, bold), (size, leading) = FACES[source.typeface], source.size
    body = ParagraphStyle("body", fontName=plain, fontSize=size, leading=leading, spaceAfter=7)
    cell = ParagraphStyle("cell", parent=body, fontSize=9, leading=11.5, spaceAfter=0)
    h2 = ParagraphStyle("h2", parent=body, fontName=bold, fontSize=12, spaceBefore=6, textColor=INK)
    return {
        "body": body,
        "cell": cell,
        "head": ParagraphStyle("head", parent=cell, fontName=bold),
        "h2": h2,
        "h3": ParagraphStyle("h3", parent=h2, fontSize=size, spaceBefore=2),
        "h1": ParagraphStyle("h1", parent=h2, fontSize=14, leading=18, spaceBefore=10),
        "title": ParagraphStyle("title", parent=h2, fontSize=21, leading=26, spaceAfter=12),
    }


class Document(BaseDocTemplate):
    """A4 pages with the source's running header and footer, and an outline if it wants one."""

    def __init__(self, path: Path, source: Source, pages: int) -> None:
        super().__init__(str(path), pagesize=A4, invariant=1, title=source.title, author=source.author)
        self._source, self._pages = source, pages
        frame = Frame(MARGIN, 26 * mm, WIDTH, A4[1] - 54 * mm, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate(frames=[frame], onPage=self._header, onPageEnd=self._footer))

    def _header(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        top = A4[1] - 18 * mm
        canvas.saveState()
        canvas.setFont(FACES[self._source.typeface][0], 8)
        canvas.drawString(MARGIN, top, self._source.header)
        canvas.setStrokeColor(RULE)
        canvas.line(MARGIN, top - 4, A4[0] - MARGIN, top - 4)
        canvas.restoreState()

    def _footer(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        bottom, right = 17 * mm, A4[0] - MARGIN
        canvas.saveState()
        canvas.setFont(FACES[self._source.typeface][0], 8)
        canvas.setStrokeColor(RULE)
        canvas.line(MARGIN, bottom + 11, right, bottom + 11)
        canvas.drawString(MARGIN, bottom, self._source.footer)
        canvas.drawRightString(right, bottom, f"Page {self.page} of {self._pages or '?'}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 – reportlab's hook
        """Add a heading that was just set to the outline."""
        level = {"h1": 0, "h2": 1}.get(getattr(getattr(flowable, "style", None), "name", ""))
        if level is None or not self._source.bookmarks:
            return
        text = flowable.getPlainText()
        self.canv.bookmarkPage(text)
        self.canv.addOutlineEntry(text, text, level)


def table(rows: list[list[str]], style: dict[str, ParagraphStyle], *, control: bool = False) -> Table:
    """A ruled table; a control table has its labels in the first column, any other in the first row."""
    cells = [
        [Paragraph(escape(text), style["head" if (c if control else r) == 0 else "cell"])
         for c, text in enumerate(row)]
        for r, row in enumerate(rows)
    ]  # fmt: skip
    widths = [0.25 * WIDTH, 0.75 * WIDTH] if control else column_widths(rows)
    shade = ((0, 0), (0, -1)) if control else ((0, 0), (-1, 0))
    look = [
        ("GRID", (0, 0), (-1, -1), 0.5, RULE),
        ("BACKGROUND", *shade, colors.HexColor("#e9eff5")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    return Table(cells, widths, style=TableStyle(look), repeatRows=0 if control else 1, spaceAfter=12)


def column_widths(rows: list[list[str]]) -> list[float]:
    """Share the page width by the longest cell of each column, long ones damped."""
    longest = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    shares = [max(n, 9) ** 0.7 for n in longest]
    return [WIDTH * share / sum(shares) for share in shares]


def flowables(source: Source) -> Iterator[Flowable]:
    """What reportlab sets for a source, in order."""
    style = styles(source)
    yield Paragraph(escape(source.title), style["title"])
    yield table(source.control, style, control=True)
    yield Spacer(0, 4)
    for block in source.body.strip().split("\n\n"):
        if block.startswith("#"):  # a heading keeps room for three lines, but lets its text run over the page
            yield CondPageBreak(30 * mm)
        yield flowable(block.strip(), style)


def flowable(block: str, style: dict[str, ParagraphStyle]) -> Flowable:
    """One block of the body."""
    if block.startswith("#"):
        marks, text = block.split(" ", 1)
        return Paragraph(escape(text), style[f"h{len(marks)}"])
    if block.startswith("|"):
        rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in block.splitlines()]
        return table(rows, style)
    if block.startswith("- "):
        items = [ListItem(Paragraph(escape(line[2:]), style["body"])) for line in block.splitlines()]
        return ListFlowable(items, bulletType="bullet", start="•", leftIndent=14, bulletFontSize=9)
    if block.startswith("1. "):
        texts = [line.split(". ", 1)[1] for line in block.splitlines()]
        items = [ListItem(Paragraph(escape(text), style["body"])) for text in texts]
        return ListFlowable(
            items, bulletType="1", bulletFormat="%s.", leftIndent=18, bulletFontSize=style["body"].fontSize
        )
    return Paragraph(escape(block), style["body"])


def build(path: Path, source: Source) -> int:
    """Write one PDF, twice because its footers name the number of pages, and return that number."""
    pages = 0
    for _ in range(2):
        document = Document(path, source, pages)
        document.build(list(flowables(source)))
        pages = document.page
    return pages


def main() -> None:
    """Write every source of this folder as a PDF of the same name."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    for path in sorted(HERE.glob("*.md")):
        written = target / f"{path.stem}.pdf"
        print(f"{build(written, read_source(path))} pages  {written.name}")


if __name__ == "__main__":
    main()
