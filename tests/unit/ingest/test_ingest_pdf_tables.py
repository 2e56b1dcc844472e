"""Tables of a PDF: borders tell cells, a page break does not part them, rows are no footnotes."""

import io
from collections.abc import Sequence

from reportlab.lib.colors import black
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.ingest.parsers.pdf import parse_pdf
from radar_pipeline.ingest.parsers.pdf.rulings import Rule, grids
from tests.support.papers import both, lines, paper

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=11, leading=14)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8.5, leading=11)
HEADERS = ("Id", "What is asked for", "Owner", "Due")
GRID = ("GRID", (0, 0), (-1, -1), 0.5, black)
PROSE = Paragraph("The keeper checks each entry of the register. " * 12, BODY)


def read(*flow: Flowable) -> ParsedText:
    out = io.BytesIO()
    SimpleDocTemplate(out).build(list(flow))
    return parse_pdf(out.getvalue())


def said(number: int) -> str:
    kind = ("door", "window", "gate", "cabinet", "vehicle")[number % 5]
    return f"{number} keys of every {kind} are counted at night and the count is signed by two people"


def controls(count: int, *, repeat: int = 0) -> Table:
    rows: list[Sequence[object]] = [HEADERS]
    rows += [
        (f"C-{n}", Paragraph(said(n), SMALL), f"Team {'ABC'[n % 3]}", f"{n % 28 + 1} May")
        for n in range(1, count + 1)
    ]
    return Table(rows, colWidths=[34, 180, 60, 60], repeatRows=repeat, style=[GRID])


def rows_of(parsed: ParsedText) -> list[tuple[str, str]]:
    return [(s.ref, parsed.text[s.start : s.end]) for s in parsed.spans if s.kind == "table_row"]


def expected(count: int) -> list[str]:
    return [
        f"Id: C-{n}; What is asked for: {said(n)}; Owner: Team {'ABC'[n % 3]}; Due: {n % 28 + 1} May"
        for n in range(1, count + 1)
    ]


def test_a_ruled_table_keeps_its_headers_and_its_number_however_narrow_its_columns() -> None:
    found = rows_of(read(PROSE, controls(10), PROSE))
    assert [text for _, text in found] == expected(10)
    assert [ref for ref, _ in found] == [f"p1.1.{n}" for n in range(2, 12)]


def test_a_ruled_table_goes_on_over_page_breaks_with_or_without_its_header_repeated() -> None:
    for repeat in (0, 1):
        parsed = read(PROSE, controls(60, repeat=repeat), PROSE)
        found = rows_of(parsed)
        assert [text for _, text in found] == expected(60)
        assert parsed.pages >= 3 and all(ref.split(".")[1] == "1" for ref, _ in found)
        assert next(ref for ref, _ in found if ref.startswith("p2.")) == f"p2.1.{1 + repeat}"
        assert "\n\n" not in parsed.text[parsed.text.index("Id: C-1;") : parsed.text.index("Id: C-60;")]


def test_two_ruled_tables_on_a_page_are_two() -> None:
    found = rows_of(read(controls(2), Spacer(1, 20), PROSE, Spacer(1, 20), controls(2)))
    assert [ref for ref, _ in found] == ["p1.1.2", "p1.1.3", "p1.2.2", "p1.2.3"]


def test_a_cell_over_several_columns_or_rows_stays_whole() -> None:
    rows = [
        ("Duties of everybody who holds a key", "", ""),
        ("Id", "Text", "Owner"),
        ("A1", "Close at night", "Anna"),
        ("Second part, which everybody has to read", "", ""),
        ("A2", "Count keys", "Ben"),
        ("A3", "", "Carl"),
    ]
    spans = [("SPAN", (0, 0), (-1, 0)), ("SPAN", (0, 3), (-1, 3)), ("SPAN", (1, 4), (1, 5))]
    assert [text for _, text in rows_of(read(Table(rows, style=[GRID, *spans])))] == [
        "Duties of everybody who holds a key",
        "Id: A1; Text: Close at night; Owner: Anna",
        "Second part, which everybody has to read",
        "Id: A2; Text: Count keys; Owner: Ben",
        "Id: A3; Owner: Carl",
    ]


def test_a_frame_around_text_is_no_table() -> None:
    def frame(canvas: Canvas) -> None:
        canvas.rect(60, 60, 480, 700)
        canvas.line(60, 400, 540, 400)
        canvas.line(300, 60, 300, 400)

    parsed = parse_pdf(paper(both(frame, lines(["The keeper keeps the register.", "It is read daily."]))))
    assert rows_of(parsed) == []


def test_lines_that_do_not_touch_or_are_too_many_form_no_grid() -> None:
    level = [Rule(False, y, 0, 100) for y in (0, 50, 100)]
    upright = [Rule(True, x, 0, 100) for x in (0, 50, 100)]
    assert [(g.xs, g.ys) for g in grids(level + upright)] == [((0, 50, 100), (100, 50, 0))]
    assert grids([*level, *(Rule(True, x, 0, 100) for x in (200, 250, 300))]) == []
    crowd = [Rule(side, at * 4.0, 0, 2_000) for side in (True, False) for at in range(500)]
    assert grids(crowd) == []


def small_table_at_the_foot(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 8)
    for number, row in enumerate(("31 newcomers", "139 people", "30 November")):
        canvas.drawString(72, 140 - 14 * number, row)
        canvas.drawString(180, 140 - 14 * number, "in order")


def marked(canvas: Canvas) -> None:
    lines(["Whoever comes by day rings the bell and waits for the keeper."] * 3, size=11)(canvas)
    canvas.drawString(72, 680, "The archive is closed at night.")
    canvas.setFont("Helvetica", 7)
    canvas.drawString(72 + canvas.stringWidth("The archive is closed at night.", "Helvetica", 11), 684, "2")
    lines(["2 The night begins at ten."], y=90, size=8)(canvas)


def notes_of(parsed: ParsedText) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == "footnote"]


def test_small_rows_that_begin_with_a_number_are_no_footnotes() -> None:
    text = lines(["The keeper keeps the register of all visits.", "It is read daily."], size=11)
    assert notes_of(parse_pdf(paper(both(text, small_table_at_the_foot)))) == []


def test_a_footnote_is_told_by_the_raised_mark_above_it() -> None:
    parsed = parse_pdf(paper(both(marked, small_table_at_the_foot)))
    assert notes_of(parsed) == ["2 The night begins at ten."]
    assert "31 newcomers" in parsed.text and "closed at night." in parsed.text


def test_a_table_without_borders_and_with_narrow_gaps_is_told_by_its_columns() -> None:
    rows = [("Record", "Kept for", "Owner"), ("Invoices", "7 years", "Finance")]
    rows += [("Badges", "3 months", "Facilities"), ("Logs", "13 months", "Security")]
    found = rows_of(read(PROSE, Spacer(1, 12), Table(rows), Spacer(1, 12), PROSE))
    assert [text for _, text in found] == [
        f"Record: {a}; Kept for: {b}; Owner: {c}" for a, b, c in rows[1:]
    ]  # fmt: skip
