"""A good file of every format, the same bytes at every call: what hostile ones are made from."""

import io
import re
import zipfile
from email.message import EmailMessage
from functools import cache

import docx
import odfdo
import openpyxl
import pptx
from reportlab.pdfgen.canvas import Canvas

SENTENCE = "Visitors must be entered in a log at the reception desk."
HEADING = "Visitor procedure"
_DATE = (2026, 1, 1, 0, 0, 0)
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


def rezip(data: bytes, changes: dict[str, bytes] | None = None) -> bytes:
    """The archive with some members replaced or added, and no moment of its making in it."""
    changes = changes or {}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in dict.fromkeys([*old.namelist(), *changes]):
            content = (
                changes[member]
                if member in changes
                else _MOMENT.sub(b"2026-01-01T00:00:00", old.read(member))
            )
            how = zipfile.ZIP_STORED if member == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(member, _DATE), content, how)
    return out.getvalue()


def archive(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A plain archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for name, content in members.items():
            new.writestr(zipfile.ZipInfo(name, _DATE), content, how)
    return out.getvalue()


@cache
def member(data: bytes, name: str) -> bytes:
    """One member's content."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        return old.read(name)


@cache
def word() -> bytes:
    document = docx.Document()
    document.add_heading(HEADING)
    for number in range(20):
        document.add_paragraph(f"{SENTENCE} Paragraph {number}.")
    document.add_table(2, 2).cell(0, 0).text = SENTENCE
    out = io.BytesIO()
    document.save(out)
    return rezip(out.getvalue())


@cache
def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Duty", "Owner"])
    for number in range(20):
        sheet.append([SENTENCE, f"Desk {number}"])
    out = io.BytesIO()
    book.save(out)
    return rezip(out.getvalue())


@cache
def slides() -> bytes:
    show = pptx.Presentation()
    for number in range(3):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"{HEADING} {number}"
        slide.placeholders[1].text = SENTENCE
    out = io.BytesIO()
    show.save(out)
    return rezip(out.getvalue())


@cache
def open_text() -> bytes:
    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, HEADING))
    for number in range(20):
        document.body.append(odfdo.Paragraph(f"{SENTENCE} Paragraph {number}."))
    out = io.BytesIO()
    document.save(out)
    return rezip(out.getvalue())


@cache
def open_sheet() -> bytes:
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    table = odfdo.Table("Duties")
    for number in range(20):
        table.append_row(odfdo.Row())
        table.set_value((0, number), "Duty" if number == 0 else SENTENCE)
        table.set_value((1, number), "Owner" if number == 0 else f"Desk {number}")
    document.body.append(table)
    out = io.BytesIO()
    document.save(out)
    return rezip(out.getvalue())


@cache
def rich() -> bytes:
    return (r"{\rtf1\ansi\deff0{\fonttbl{\f0 Times;}}\pard " + (SENTENCE + r"\par ") * 20 + "}").encode()


@cache
def mail() -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = HEADING, "jane@example.com", "joe@example.com"
    message.set_content(SENTENCE)
    message.add_attachment(SENTENCE.encode(), maintype="text", subtype="plain", filename="note.txt")
    message.set_boundary("seam")
    return bytes(message)


@cache
def pdf(pages: int = 3) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for number in range(pages):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 760, f"{HEADING} {number}")
        canvas.setFont("Helvetica", 11)
        for line in range(20):
            canvas.drawString(72, 720 - 14 * line, SENTENCE)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf_of(text: str) -> bytes:
    """One page of prose."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for line in range(0, len(text), 80):
        canvas.drawString(72, 760 - 14 * (line // 80), text[line : line + 80])
    canvas.save()
    return out.getvalue()


def strings_part(book: bytes) -> str:
    """The member of a workbook that holds its texts."""
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        shared = "xl/sharedStrings.xml"
        return shared if shared in opened.namelist() else "xl/worksheets/sheet1.xml"


def table() -> bytes:
    return b"Duty,Owner\r\n" + f"{SENTENCE},Desk\r\n".encode() * 20


def page() -> bytes:
    rows = f"<tr><td>{SENTENCE}</td><td>Desk</td></tr>" * 5
    return (
        f"<!doctype html><html><head><title>{HEADING}</title></head><body><h1>{HEADING}</h1>"
        f"<p>{SENTENCE}</p><table><tr><th>Duty</th><th>Owner</th></tr>{rows}</table></body></html>"
    ).encode()


def markdown() -> bytes:
    return f"---\ntitle: {HEADING}\nowner: Desk\n---\n\n# {HEADING}\n\n{SENTENCE}\n\n- {SENTENCE}\n".encode()


def plain() -> bytes:
    return (f"{HEADING}\n\n" + f"{SENTENCE}\n\n" * 20).encode()


def json_text() -> bytes:
    duties = ",".join(f'{{"duty": "{SENTENCE}", "owner": "Desk {number}"}}' for number in range(20))
    return f'{{"title": "{HEADING}", "duties": [{duties}]}}'.encode()


def folder() -> bytes:
    return archive({"note.txt": plain(), "deep/rules.md": markdown(), "book.docx": word()})


def every() -> dict[str, bytes]:
    """A good file by its suffix."""
    return {
        "pdf": pdf(),
        "docx": word(),
        "xlsx": workbook(),
        "pptx": slides(),
        "odt": open_text(),
        "ods": open_sheet(),
        "rtf": rich(),
        "html": page(),
        "md": markdown(),
        "txt": plain(),
        "csv": table(),
        "json": json_text(),
        "eml": mail(),
        "zip": folder(),
    }
