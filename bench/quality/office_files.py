"""Office files written from a seed, with all that they show, and words that nobody sees.

Words that a reader of the page can't see begin with ``unseen``.
"""

import io
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Maker = Callable[["Author"], bytes]

WORDS = """access account action agreement alarm annual answer approval archive asset audit backup badge board
breach building card change check clause cloud company contract control copy customer data deadline device
director disposal door drill duty email employee encryption engine escrow evidence exception exercise export
fault
file finance firewall form gateway guard guest handover health hour incident insurance interview inventory
invoice
journal key laptop lease ledger licence limit list lock log manager measure meeting message minute month
network notice officer order owner paper partner password patch payment period permit person phone plan police
printer
process proof provider quarter record recovery register remote report request review risk role room rule
safe sample schedule screen server service sign site staff stock storage supplier support switch system table
tenant
test ticket tool training transfer transport update user value vault vendor visit visitor warehouse week
work year zone""".split()


class Author:
    """Invents text from a seed and keeps what it showed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.shown: list[str] = []
        self._number = 0

    def words(self, least: int = 2, most: int = 12) -> str:
        """Some words, one of them used nowhere else."""
        self._number += 1
        chosen = self.random.choices(WORDS, k=self.random.randint(least, most))
        chosen.insert(self.random.randrange(len(chosen) + 1), f"term{self._number}")
        text = " ".join(chosen)
        self.shown.append(text)
        return text

    def sentence(self) -> str:
        """A sentence."""
        return f"{self.words(4, 16).capitalize()}."

    def unseen(self) -> str:
        """Text that is written where nobody sees it."""
        self._number += 1
        return f"unseen{self._number} unseen"

    def table(self) -> list[list[str]]:
        """A table with a header row."""
        columns, rows = self.random.randint(2, 6), self.random.randint(2, 9)
        return [[self.words(1, 3) for _ in range(columns)] for _ in range(rows)]

    def chance(self, share: float) -> bool:
        return self.random.random() < share


def make_docx(author: Author) -> bytes:
    import docx

    document = docx.Document()
    if author.chance(0.6):
        document.add_paragraph(author.words(2, 5), style="Title")
    for _ in range(author.random.randint(2, 6)):
        if author.chance(0.8):
            document.add_heading(author.words(1, 5), author.random.randint(1, 3))
        for _ in range(author.random.randint(1, 4)):
            _docx_paragraph(document, author)
        if author.chance(0.4):
            for _ in range(3):
                document.add_paragraph(
                    author.words(), style=author.random.choice(["List Bullet", "List Number 2"])
                )
        if author.chance(0.5):
            _docx_table(document, author)
    if author.chance(0.4):
        _docx_footnote(document, author)
    if author.chance(0.5):
        document.sections[0].footer.paragraphs[0].text = author.words(2, 5)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _docx_paragraph(document: Any, author: Author) -> None:
    from docx.oxml.parser import parse_xml

    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    paragraph = document.add_paragraph(author.sentence())
    paragraph.add_run(f" {author.sentence()}").bold = author.chance(0.3)
    if author.chance(0.2):
        paragraph.add_run(f" {author.unseen()}").font.hidden = True
    if author.chance(0.2):
        deleted = f"<w:del {names}><w:r><w:delText>{author.unseen()}</w:delText></w:r></w:del>"
        inserted = f"<w:ins {names}><w:r><w:t xml:space='preserve'> {author.words()}</w:t></w:r></w:ins>"
        paragraph._p.append(parse_xml(deleted))
        paragraph._p.append(parse_xml(inserted))
    if author.chance(0.15):
        box = f"<w:txbxContent><w:p><w:r><w:t>{author.words()}</w:t></w:r></w:p></w:txbxContent>"
        old = "http://schemas.openxmlformats.org/markup-compatibility/2006"
        paragraph._p.append(
            parse_xml(
                f"<w:r {names} xmlns:mc='{old}'><mc:AlternateContent>"
                f"<mc:Choice Requires='wps'>{box}</mc:Choice>"
                f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
            )
        )


def _docx_footnote(document: Any, author: Author) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml.parser import parse_xml

    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    role = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    text = f"<w:p><w:r><w:t>{author.words()}</w:t></w:r></w:p>"
    notes = f"<w:footnotes {names}><w:footnote w:id='7'>{text}</w:footnote></w:footnotes>".encode()
    document.part.relate_to(Part(PackURI("/word/footnotes.xml"), kind, notes, document.part.package), role)
    reference = f"<w:r {names}><w:footnoteReference w:id='7'/></w:r>"
    document.add_paragraph(author.sentence())._p.append(parse_xml(reference))


def _docx_table(document: Any, author: Author) -> None:
    cells = author.table()
    table = document.add_table(len(cells), len(cells[0]))
    for r, row in enumerate(cells):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    if author.chance(0.3):
        nested = author.table()
        inner = table.cell(1, 0).add_table(len(nested), len(nested[0]))
        for r, row in enumerate(nested):
            for c, text in enumerate(row):
                inner.cell(r, c).text = text


def make_pptx(author: Author) -> bytes:
    from pptx import Presentation

    show = Presentation()
    first = show.slides.add_slide(show.slide_layouts[0])
    first.shapes.title.text, first.placeholders[1].text = author.words(2, 5), author.words(2, 6)
    for _ in range(author.random.randint(3, 9)):
        _slide(show, author)
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def _slide(show: Any, author: Author) -> None:
    from pptx.util import Inches

    slide = show.slides.add_slide(show.slide_layouts[author.random.choice([1, 1, 3, 5])])
    slide.shapes.title.text = author.words(1, 5)
    for holder in list(slide.placeholders)[1:3]:
        frame = holder.text_frame
        frame.text = author.words()
        for _ in range(author.random.randint(0, 4)):
            added = frame.add_paragraph()
            added.text, added.level = author.words(), author.random.randint(0, 2)
    if author.chance(0.4):
        cells = author.table()
        place = (Inches(1), Inches(2), Inches(6), Inches(3))
        table = slide.shapes.add_table(len(cells), len(cells[0]), *place).table
        for r, row in enumerate(cells):
            for c, text in enumerate(row):
                table.cell(r, c).text = text
    if author.chance(0.4):
        group = slide.shapes.add_group_shape()
        group.shapes.add_textbox(Inches(1), Inches(5), Inches(3), Inches(1)).text_frame.text = author.words()
    if author.chance(0.2):
        box = slide.shapes.add_textbox(-Inches(9), Inches(1), Inches(3), Inches(1))
        box.text_frame.text = author.unseen()
    if author.chance(0.5):
        slide.notes_slide.notes_text_frame.text = author.sentence()


def make_xlsx(author: Author) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for n in range(author.random.randint(1, 3)):
        sheet = book.active if n == 0 else book.create_sheet()
        sheet.title = f"Part{n + 1}"
        author.shown.append(sheet.title)
        if author.chance(0.4):
            sheet.append([author.words(2, 4)])
            sheet.append([])
        cells = author.table()
        sheet.append([*cells[0], author.words(1, 2), author.words(1, 2)])
        for row in cells[1:]:
            share = author.random.randint(1, 999) / 1000
            day = date(2026, 1, 1) + timedelta(days=author.random.randint(0, 700))
            sheet.append([*row, share, day])
            sheet.cell(sheet.max_row, len(row) + 1).number_format = "0.0%"
            author.shown += [f"{share:.1%}", day.isoformat()]
    if author.chance(0.3):
        hidden = book.create_sheet("Hidden")
        hidden.append([author.unseen()])
        hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def make_ods(author: Author) -> bytes:
    from odfdo import Document, Table

    document = Document("spreadsheet")
    document.body.clear()
    for n in range(author.random.randint(1, 3)):
        table = Table(f"Part{n + 1}")
        author.shown.append(f"Part{n + 1}")
        cells: list[list[Any]] = [list(row) for row in author.table()]
        for row in cells[1:]:
            row.append(author.random.randint(1_000, 99_999))
            author.shown.append(str(row[-1]))
        table.set_values(cells)
        document.body.append(table)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def make_odt(author: Author) -> bytes:
    from odfdo import Document, Header, List, ListItem, Paragraph, Table

    document = Document("text")
    body = document.body
    body.clear()
    for n in range(author.random.randint(2, 7)):
        body.append(Header(author.random.randint(1, 3), author.words(1, 5)))
        for m in range(author.random.randint(1, 4)):
            text = author.sentence()
            paragraph = Paragraph(text)
            body.append(paragraph)
            if author.chance(0.3):
                paragraph.insert_note(
                    after=text.split()[0], note_id=f"n{n}-{m}", citation=str(n), body=author.words()
                )
        if author.chance(0.4):
            outer = List([author.words(), author.words()])
            inner = ListItem(author.words())
            inner.append(List([author.words()]))
            outer.append(inner)
            body.append(outer)
        if author.chance(0.5):
            cells = author.table()
            table = Table(f"Table{n}", width=len(cells[0]), height=len(cells))
            table.set_values(cells)
            body.append(table)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def make_rtf(author: Author) -> bytes:
    parts = [
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}",
        r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0\b heading 1;}}{\*\generator bench;}",
    ]
    for _ in range(author.random.randint(3, 8)):
        parts.append(rf"\pard\s1\b {author.words(1, 5)}\b0\par")
        for _ in range(author.random.randint(1, 4)):
            parts.append(rf"\pard\plain {author.sentence()} {{\i {author.words()}}} caf\'e9 \u8364?\par")
            author.shown.append("café")
        if author.chance(0.3):
            parts.append(
                rf"\pard {{\v {author.unseen()}}}{author.words()}{{\footnote \pard {author.words()}}}\par"
            )
        if author.chance(0.4):
            parts += [rf"\pard{{\pntext\f0 {n}.\tab}}{author.words()}\par" for n in (1, 2)]
        if author.chance(0.5):
            for row in author.table():
                widths = "".join(rf"\cellx{(n + 1) * 1000}" for n in range(len(row)))
                parts.append(rf"\trowd{widths}\intbl " + "".join(rf"{cell}\cell " for cell in row) + r"\row")
        if author.chance(0.3):
            parts.append(r"\pard{\pict\wmetafile8 0102abcdef}\par")
    return "\n".join([*parts, "}"]).encode("ascii")


def make_html(author: Author) -> bytes:
    parts = [f"<html><head><title>{author.words(2, 4)}</title><style>p {{}}</style></head><body>"]
    author.shown.pop()  # the title of the window is not on the page
    parts.append(f"<nav>{author.words(2, 5)}</nav><h1>{author.words(2, 5)}</h1>")
    for _ in range(author.random.randint(2, 6)):
        parts.append(f"<h2>{author.words(1, 5)}</h2><p>{author.sentence()} <b>{author.words()}</b></p>")
        if author.chance(0.4):
            nested = f"<ol><li>{author.words()}</ol>"
            parts.append(f"<ul><li>{author.words()}<li>{author.words()}{nested}</ul>")
        if author.chance(0.5):
            head, *rows = author.table()
            parts.append("<table><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>")
            parts += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
            parts.append("</table>")
        if author.chance(0.3):
            parts.append(f"<p style='display:none'>{author.unseen()}</p>")
        if author.chance(0.3):
            parts.append(f"<dl><dt>{author.words()}<dd>{author.words()}</dl>")
    return "\n".join([*parts, "</body></html>"]).encode()


MAKERS: dict[str, Maker] = {
    "docx": make_docx,
    "pptx": make_pptx,
    "xlsx": make_xlsx,
    "ods": make_ods,
    "odt": make_odt,
    "rtf": make_rtf,
    "html": make_html,
}
