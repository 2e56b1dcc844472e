"""Writes a DOCX with python-docx: heading styles, lists, tables, page header and footer, footnotes."""

import io
import re
from datetime import datetime, time
from pathlib import Path
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from tools.sample_documents.packing import repack
from tools.sample_documents.sources import Text, table_rows

FACES = {"sans": "Calibri", "serif": "Cambria"}
_NOTE = re.compile(r"\[\^(\d+)\]: (.*)", re.DOTALL)
_INLINE = re.compile(r"(\*\*.+?\*\*|\[\^\d+\])")
_NUMBERED = re.compile(r"\d+\. ")


def build(source: Text, path: Path) -> None:
    """Write one document."""
    document = docx.Document()
    _properties(document, source)
    _styles(document, source)
    _page(document, source)
    document.add_paragraph(source.title, style="Title")
    _table(document, source.control, control=True)
    notes: dict[str, str] = {}
    for block in source.blocks():
        if note := _NOTE.fullmatch(block):
            notes[note[1]] = " ".join(note[2].split())
        else:
            _block(document, block)
    if notes:
        _footnotes(document, notes)
    buffer = io.BytesIO()
    document.save(buffer)
    repack(buffer.getvalue(), source.date, path)


def _properties(document: Any, source: Text) -> None:
    written = datetime.combine(source.date, time(9))
    known = document.core_properties
    known.title, known.author, known.last_modified_by = source.title, source.author, source.author
    known.created = known.modified = written
    known.comments, known.revision = "", 1


def _styles(document: Any, source: Text) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FACES[source.typeface], Pt(source.size[0])
    normal.paragraph_format.space_after = Pt(6)
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
        document.styles[name].font.color.rgb = RGBColor(0x17, 0x32, 0x4D)


def _page(document: Any, source: Text) -> None:
    section = document.sections[0]
    section.header.paragraphs[0].text = source.header
    footer = section.footer.paragraphs[0]
    footer.add_run(f"{source.footer}\t\tPage ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    footer._p.append(field)


def _block(document: Any, block: str) -> None:
    """One block of the body."""
    if block.startswith("#"):
        marks, text = block.split(" ", 1)
        document.add_heading(" ".join(text.split()), len(marks))
    elif block.startswith("|"):
        _table(document, table_rows(block))
    elif block.startswith("- "):
        for line in block.splitlines():
            _runs(document.add_paragraph(style="List Bullet"), line[2:])
    elif _NUMBERED.match(block):
        number = _new_numbering(document)
        for line in block.splitlines():
            paragraph = document.add_paragraph(style="List Number")
            _runs(paragraph, line.split(". ", 1)[1])
            paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = number
    else:
        _runs(document.add_paragraph(), " ".join(block.split()))


def _runs(paragraph: Any, text: str) -> None:
    """Add text with its bold words and footnote marks."""
    for piece in _INLINE.split(text):
        if piece.startswith("**"):
            paragraph.add_run(piece[2:-2]).bold = True
        elif piece.startswith("[^"):
            run = paragraph.add_run()
            run.font.superscript = True
            reference = OxmlElement("w:footnoteReference")
            reference.set(qn("w:id"), piece[2:-1])
            run._r.append(reference)
        elif piece:
            paragraph.add_run(piece)


def _new_numbering(document: Any) -> int:
    """A numbering of its own, so that each list starts from 1."""
    root = document.part.numbering_part.element
    style = document.styles["List Number"].element
    template = root.num_having_numId(style.pPr.numPr.numId.val)
    number = root.add_num(template.abstractNumId.val)
    number.add_lvlOverride(0).add_startOverride(1)
    return int(number.numId)


def _table(document: Any, rows: list[list[str]], *, control: bool = False) -> None:
    """A ruled table; a control table has its labels in the first column, any other in the first row."""
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            paragraph = table.cell(r, c).paragraphs[0]
            _runs(paragraph, text)
            if (c if control else r) == 0:
                for run in paragraph.runs:
                    run.bold = True
    if not control:
        header = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(header)
    document.add_paragraph()


def _footnotes(document: Any, notes: dict[str, str]) -> None:
    """Add the part that holds the footnotes; python-docx itself has none."""
    root = parse_xml(
        f"<w:footnotes {nsdecls('w')}>"
        '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
        '<w:footnote w:type="continuationSeparator" w:id="0">'
        "<w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote></w:footnotes>"
    )
    for number, text in notes.items():
        mark = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteRef/></w:r>'
        note = parse_xml(
            f'<w:footnote {nsdecls("w")} w:id="{number}"><w:p>{mark}<w:r><w:t/></w:r></w:p></w:footnote>'
        )
        word = next(note.iter(qn("w:t")))
        word.text = f" {text}"
        word.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        root.append(note)
    name = PackURI("/word/footnotes.xml")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(name, kind, _xml(root), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def _xml(element: Any) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(element, xml_declaration=True, encoding="UTF-8", standalone=True))
