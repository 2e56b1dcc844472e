import io
import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import pytest
from reportlab.lib import pagesizes
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from radar_pipeline.ingest.citing import cite
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import Document, Status, UnreadableReason
from tests.support.papers import lines, paper, picture

STYLES = getSampleStyleSheet()
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=13, spaceAfter=8)
SENTENCE = "The keeper of the register checks each entry against the archive before it is closed. "


def parse(data: bytes) -> ParsedText:
    parser = parser_for("x.pdf")
    assert parser is not None
    return parser.parse(data, "x.pdf")


def report(*flow: Any, furniture: bool = True, bookmarks: Callable[[Canvas], None] | None = None) -> bytes:
    def edge(canvas: Canvas, document: Any) -> None:
        if bookmarks and document.page == 1:
            bookmarks(canvas)
        if furniture:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, 810, "Acme Ltd – Internal")
            canvas.drawString(72, 30, f"Page {document.page} of 9")

    out = io.BytesIO()
    template = SimpleDocTemplate(out, pagesize=pagesizes.A4)
    template.build(list(flow), onFirstPage=edge, onLaterPages=edge)
    return out.getvalue()


def heading(text: str, level: int = 1) -> Paragraph:
    return Paragraph(text, STYLES[f"Heading{level}"])


def test_running_lines_stand_behind_the_body_and_are_marked() -> None:
    parsed = parse(
        report(*(x for n in range(3) for x in (Paragraph(SENTENCE * 3 + str(n), BODY), PageBreak())))
    )
    furniture = [s for s in parsed.spans if s.kind == "furniture"]
    body = parsed.text[: min(s.start for s in furniture)]
    assert "Acme" not in body and "Page" not in body
    assert [parsed.text[s.start : s.end] for s in furniture].count("Acme Ltd – Internal") == 3
    assert parsed.pages == 3


def with_pages(data: bytes, kept: Collection[int]) -> bytes:
    """The file with references to nothing in place of the other pages."""
    listed = re.search(rb"/Kids \[ ([^]]*?) \]", data)
    assert listed
    pages = listed[1].split(b" 0 R")[:-1]
    kids = b" 0 R".join(p if n in kept else b" 9999" for n, p in enumerate(pages, 1))
    return data.replace(listed[0], b"/Kids [ %b 0 R ]" % kids)


def test_a_page_that_cannot_be_loaded_counts_as_not_read() -> None:
    text = lines(["The keeper keeps the register."])
    parsed = parse(with_pages(paper(text, text, text), {1, 3}))
    assert (parsed.pages, parsed.scanned_pages) == (3, (2,))
    assert {s.value for s in parsed.spans if s.kind == "page"} == {"1", "3"}


def test_a_file_without_text_and_with_lost_pages_is_malformed_and_not_empty() -> None:
    def blank(canvas: Canvas) -> None:
        canvas.rect(72, 72, 9, 9)

    scan = picture(["The keeper keeps the register."])
    for pages, kept, reason in (
        ((blank, blank, blank), (), "malformed"),
        ((blank, blank, blank), (1, 2), "malformed"),
        ((scan, scan, scan), (1,), "malformed"),
        ((scan, scan, scan), (1, 2), "needs_ocr"),
    ):
        with pytest.raises(ParseProblem) as caught:
            parse(with_pages(paper(*pages), kept))
        assert caught.value.reason.value == reason


def test_a_sentence_over_a_page_break_is_contiguous_and_stands_on_both_pages() -> None:
    parsed = parse(report(Paragraph(SENTENCE * 90, BODY)))
    body = parsed.text[: min(s.start for s in parsed.spans if s.kind == "furniture")]
    assert body.strip() == (SENTENCE * 90).strip()
    assert parsed.pages > 1
    pages = [s for s in parsed.spans if s.kind == "page"]
    assert {s.value for s in pages} == {str(n + 1) for n in range(parsed.pages)}
    assert "".join(parsed.text[s.start : s.end] for s in pages if s.end <= len(body)) == body.rstrip("\n")


def test_a_word_parted_at_a_line_end_is_made_whole() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setFont("Helvetica", 11)
    lines = [
        "The controller keeps the infor-",
        "mation for a long-",
        "term archive. A long-term plan exists.",
    ]
    for row, line in enumerate(lines):
        canvas.drawString(72, 700 - 14 * row, line)
    canvas.save()
    expected = "The controller keeps the information for a long-term archive. A long-term plan exists."
    assert parse(out.getvalue()).text == expected


def test_headings_come_from_size_and_weight() -> None:
    parsed = parse(
        report(
            Paragraph("Security Policy", STYLES["Title"]),
            heading("1 Purpose", 1),
            Paragraph(SENTENCE * 2, BODY),
            heading("1.1 Scope", 3),
            Paragraph(SENTENCE * 2, BODY),
        )
    )
    assert [(s.value, s.level) for s in parsed.spans if s.kind == "heading"] == [
        ("Security Policy", 1),
        ("1 Purpose", 1),
        ("1.1 Scope", 2),
    ] or [s.value for s in parsed.spans if s.kind == "heading"] == [
        "Security Policy",
        "1 Purpose",
        "1.1 Scope",
    ]
    assert parsed.meta.title == "Security Policy"


def test_bookmarks_make_headings_of_lines_that_look_like_text() -> None:
    def outline(canvas: Canvas) -> None:
        canvas.bookmarkPage("here")
        canvas.addOutlineEntry("Duties of the keeper", "here", 0)

    plain = Paragraph("Duties of the keeper", BODY)
    flow = (plain, Spacer(1, 30), Paragraph(SENTENCE * 3, BODY))
    parsed = parse(report(*flow, bookmarks=outline))
    assert [s.value for s in parsed.spans if s.kind == "heading"] == ["Duties of the keeper"]


def test_a_table_reads_row_by_row_with_its_headers() -> None:
    bold = ParagraphStyle("bold", parent=BODY, fontName="Helvetica-Bold")
    cells = [
        ["Record", "Period", "Owner"],
        ["Invoices and the papers that belong to them, whatever their form", "7 years", "Finance"],
        ["Access logs", "13 months", "Security Operations and its deputies in the other office"],
        ["Badges", "3 months", "Facilities"],
    ]
    rows = [[Paragraph(cell, bold if n == 0 else BODY) for cell in row] for n, row in enumerate(cells)]
    parsed = parse(
        report(Paragraph(SENTENCE, BODY), Table(rows, colWidths=[180, 90, 160]), Paragraph(SENTENCE, BODY))
    )
    assert [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == "table_row"] == [
        "; ".join(f"{header}: {value}" for header, value in zip(cells[0], row, strict=True))
        for row in cells[1:]
    ]


def test_the_control_table_of_the_first_page_is_read() -> None:
    rows = [["Version", "4.1"], ["Status", "Approved"], ["Owner", "Jane Doe, CISO"]]
    rows += [["Effective date", "1 March 2024"], ["Next review", "2025-03-01"]]
    bold = ParagraphStyle("bold", parent=BODY, fontName="Helvetica-Bold")
    table = Table([[Paragraph(a, bold), Paragraph(b, BODY)] for a, b in rows], colWidths=[120, 250])
    meta = parse(
        report(Paragraph("Access Policy", STYLES["Title"]), table, Paragraph(SENTENCE * 4, BODY))
    ).meta
    assert (meta.title, meta.version, meta.owner) == ("Access Policy", "4.1", "Jane Doe, CISO")
    assert (meta.effective_date, meta.review_by) == (date(2024, 3, 1), date(2025, 3, 1))
    assert meta.status is Status.APPROVED


def test_control_lines_of_the_first_page_are_read() -> None:
    lines = ["Owner: Jane Doe", "Effective date: 1 March 2024", "Next review: 2025-03-01", "Status: Draft"]
    meta = parse(report(heading("Access Policy"), *(Paragraph(line, BODY) for line in lines))).meta
    assert (meta.owner, meta.effective_date, meta.review_by) == (
        "Jane Doe",
        date(2024, 3, 1),
        date(2025, 3, 1),
    )
    assert meta.status is Status.DRAFT


def test_two_columns_are_read_one_after_the_other() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=pagesizes.A4)
    canvas.setFont("Helvetica", 10)
    for column, x in enumerate((60, 320)):
        for row in range(30):
            canvas.drawString(x, 700 - 13 * row, f"column {column} line {row:02d} goes on and on")
    canvas.save()
    text = parse(out.getvalue()).text
    places = [text.index(f"column {column} line {row:02d}") for column in range(2) for row in range(30)]
    assert places == sorted(places)


def test_an_encrypted_file_is_reported_as_such() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("secret", ownerPassword="owner"))
    canvas.drawString(72, 700, "hidden")
    canvas.save()
    with pytest.raises(ParseProblem) as caught:
        parse(out.getvalue())
    assert caught.value.reason is UnreadableReason.ENCRYPTED


def blank() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(72, 72, 100, 100)
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", UnreadableReason.EMPTY),
        (b"<!doctype html><html>login first</html>", UnreadableReason.MISMATCH),
        (b"%PDF-1.7\nthis is all there is", UnreadableReason.MALFORMED),
        (blank(), UnreadableReason.EMPTY),
    ],
)
def test_what_is_no_readable_pdf_says_why(data: bytes, reason: UnreadableReason) -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(data)
    assert caught.value.reason is reason


def test_all_text_is_kept() -> None:
    words = [f"word{n:04d}" for n in range(2_000)]
    parsed = parse(report(heading("Title"), Paragraph(" ".join(words), BODY)))
    assert all(word in parsed.text for word in words)


def test_a_contract_that_opens_with_its_first_section_is_called_as_its_file_says_and_keeps_the_section() -> (
    None
):
    out = io.BytesIO()
    template = SimpleDocTemplate(out, pagesize=pagesizes.A4, title="Supplier Contract")
    template.build([heading("1 Subject"), Paragraph(SENTENCE * 3, BODY), heading("2 Price")])
    parsed = parse(out.getvalue())
    assert parsed.meta.title == "Supplier Contract"
    named = ("doc", "ver", "deal.pdf", "", "application/pdf", "pdf")
    document = Document(*named, parsed.meta, parsed.text, parsed.spans, parsed.pages)
    at = parsed.text.index("The keeper")
    assert cite(document, at, at + 40).citation == "Supplier Contract, § 1, p. 1"


@pytest.mark.parametrize("look", [[], [("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]])
def test_a_control_table_in_a_pdf_is_read_whatever_its_first_row_is_taken_for(look: list[Any]) -> None:
    cells = [["Version", "1.0 (draft)"], ["Owner", "COO"], ["Next review", "3 May 2027"]]
    table = Table(cells, style=[*look, ("GRID", (0, 0), (-1, -1), 1, "black")])
    meta = parse(report(heading("Key policy"), table, Paragraph(SENTENCE * 3, BODY))).meta
    assert (meta.version, meta.owner, meta.status) == ("1.0", "COO", Status.DRAFT)
