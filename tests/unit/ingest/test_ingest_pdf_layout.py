"""Reading a PDF as a person reads it: order, page breaks, notes, tables, what can be seen."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from reportlab.lib.colors import black, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bench.quality.pdf import _parts
from bench.quality.pdf_made import make
from bench.quality.pdf_traits import Made, Traits
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.pdf import parse_pdf
from radar_pipeline.models import UnreadableReason
from tests.support.papers import both, invisible, lines, paper, picture

BASE = Traits(header="same", footer="page_of", sections=12)


def made(**looks: object) -> tuple[Made, ParsedText]:
    file = make("made", replace(BASE, **looks), random.Random(7))  # type: ignore[arg-type]
    return file, parse_pdf(file.data)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("header", ["same", "alternate", "varying"])
@pytest.mark.parametrize("footer", ["page_of", "dashed", "outer"])
def test_running_lines_stand_behind_the_body_whether_they_alternate_or_vary(header: str, footer: str) -> None:
    file, parsed = made(header=header, footer=footer)
    body, furniture, _ = _parts(parsed)
    assert Counter(map(flat, furniture)) == Counter(map(flat, file.furniture))
    assert file.crossing and all(sentence in flat(body) for sentence in file.crossing)


def test_a_footnote_is_marked_and_parts_no_sentence() -> None:
    file, parsed = made(notes=True, header="varying")
    body, _, notes = _parts(parsed)
    assert file.notes and sorted(map(flat, notes)) == sorted(file.notes)
    assert file.crossing and all(sentence in flat(body) for sentence in file.sentences)


@pytest.mark.parametrize("looks", [{"columns": 2}, {"columns": 2, "across": True}, {"justified": True}])
def test_columns_are_read_in_order_however_the_file_writes_them(looks: dict[str, object]) -> None:
    file, parsed = made(**looks)
    body = flat(_parts(parsed)[0])
    places = [body.find(sentence) for sentence in file.sentences]
    assert -1 not in places and places == sorted(places)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_rotated_page_reads_like_an_upright_one(rotation: int) -> None:
    assert made(rotation=rotation)[1].text == made()[1].text


def test_words_parted_at_line_ends_are_whole() -> None:
    file, parsed = made(hyphens=True)
    assert all(sentence in flat(_parts(parsed)[0]) for sentence in file.sentences)


@pytest.mark.parametrize("style", ["large", "bold", "capitals", "run_in"])
@pytest.mark.parametrize("numbered", [True, False])
def test_headings_are_found_by_their_looks(style: str, numbered: bool) -> None:
    file, parsed = made(headings=style, numbered=numbered)
    found = [flat(s.value).rstrip(".") for s in parsed.spans if s.kind == "heading"]
    assert found == [title for title, _ in file.headings]


def test_rows_and_cells_say_where_they_stand() -> None:
    file, parsed = made(tables=True)
    rows = [s for s in parsed.spans if s.kind == "table_row"]
    cells = [s for s in parsed.spans if s.kind == "cell"]
    assert [
        [(c.value, parsed.text[c.start : c.end]) for c in cells if r.start <= c.start < r.end] for r in rows
    ] == file.rows
    page = {
        r.ref: next(p.value for p in parsed.spans if p.kind == "page" and p.start <= r.start < p.end)
        for r in rows
    }
    assert rows[0].ref == f"p{page[rows[0].ref]}.1.2"  # the header row is the first
    assert all(ref.startswith(f"p{number}.") for ref, number in page.items())
    assert [c.ref for c in cells if c.start < rows[0].end] == [
        f"{rows[0].ref}.{n}" for n in range(1, len(file.rows[0]) + 1)
    ]


def hidden(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 10)
    canvas.setFillColor(white)
    canvas.drawString(72, 600, "White letters on white paper.")
    canvas.setFillColor(black)
    canvas.setFont("Helvetica", 1)
    canvas.drawString(72, 580, "Letters of one point.")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(A4[0] + 50, 560, "Letters beside the sheet.")


def test_what_nobody_can_see_is_no_text() -> None:
    parsed = parse_pdf(paper(both(lines(["Everybody sees this sentence."]), hidden, invisible("Not drawn."))))
    assert parsed.text == "Everybody sees this sentence."


def test_white_letters_on_a_dark_ground_are_read() -> None:
    def banner(canvas: Canvas) -> None:
        canvas.rect(60, 590, 300, 30, fill=1)
        hidden(canvas)

    assert "White letters on white paper." in parse_pdf(paper(banner)).text


def test_text_that_a_program_laid_over_a_scan_is_read_and_marked() -> None:
    parsed = parse_pdf(paper(both(picture(["x"]), invisible("All visitors sign the register."))))
    assert parsed.text == "All visitors sign the register."
    assert (parsed.ocr_pages, parsed.scanned_pages) == ((1,), ())
    assert [(s.start, s.end, s.value) for s in parsed.spans if s.kind == "ocr"] == [
        (0, len(parsed.text), "1")
    ]


def test_a_filled_in_field_is_read_where_it_stands() -> None:
    def form(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Owner of this policy:")
        canvas.acroForm.textfield(name="owner", value="Jane Doe", x=220, y=692, width=200, height=20)

    assert "Owner of this policy: Jane Doe" in flat(parse_pdf(paper(form)).text)


def test_a_page_keeps_the_name_that_the_file_gives_it() -> None:
    def front(canvas: Canvas) -> None:
        canvas.addPageLabel(0, style="ROMAN_LOWER", start=4)
        canvas.addPageLabel(1, style="ARABIC", start=2)
        lines(["First sentence."])(canvas)

    parsed = parse_pdf(paper(front, lines(["Second sentence."])))
    assert [(s.value, s.ref) for s in parsed.spans if s.kind == "page"] == [("1", "iv"), ("2", "")]


def test_a_page_of_any_size_ends_in_a_reason_or_a_text() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((14_000_000, 14_000_000))
        lines(["Wide open."])(canvas)
        hidden(canvas)

    try:
        assert "Wide open." in parse_pdf(paper(draw)).text
    except ParseProblem as problem:
        assert problem.reason is UnreadableReason.EMPTY
