import io
import zipfile

import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import UnreadableReason

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"))
)
HIDDEN = (
    '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/>'
    "</style:style>"
)


def parse(*sheets: str) -> ParsedText:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMES}><office:automatic-styles>{HIDDEN}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{''.join(sheets)}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    parser = parser_for("x.ods")
    assert parser is not None
    return parser.parse(out.getvalue(), "x.ods")


def sheet(name: str, *rows: str, style: str = "ta1", columns: str = "") -> str:
    return (
        f'<table:table table:name="{name}" table:style-name="{style}">{columns}{"".join(rows)}</table:table>'
    )


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(map(cell, cells))}</table:table-row>"


def cell(text: str) -> str:
    return text if text.startswith("<") else f"<table:table-cell><text:p>{text}</text:p></table:table-cell>"


def valued(kind: str, attributes: str, text: str = "") -> str:
    inner = f"<text:p>{text}</text:p>" if text else ""
    return f'<table:table-cell office:value-type="{kind}" {attributes}>{inner}</table:table-cell>'


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def test_rows_point_at_the_cells_of_their_sheets() -> None:
    gap = row("", more='table:number-rows-repeated="3"')
    parsed = parse(sheet("Risk register", row("Risk", "Owner"), gap, row("Fire", "Eve")))
    assert parsed.text == "Risk register\n\nRisk: Fire; Owner: Eve"
    assert [(s.kind, s.value, s.ref) for s in parsed.spans] == [
        ("sheet", "Risk register", ""),
        ("heading", "Risk register", ""),
        ("table_row", "", "Risk register!5"),
        ("cell", "Risk", "Risk register!A5"),
        ("cell", "Owner", "Risk register!B5"),
    ]


def test_numbers_are_said_as_they_are_shown_and_dates_in_iso_form() -> None:
    values = (
        valued("percentage", 'office:value="0.125"', "12.5 %"),
        valued("date", 'office:date-value="2026-03-01T00:00:00"', "01/03/26"),
        valued("percentage", 'office:value="0.5"'),
        valued("currency", 'office:value="1200"', "€ 1,200.00"),
        valued("boolean", 'office:boolean-value="true"'),
    )
    parsed = parse(sheet("S", row("Share", "Day", "Half", "Cost", "On"), row(*values)))
    assert spans(parsed, "cell") == ["12.5 %", "2026-03-01", "50%", "€ 1,200.00", "TRUE"]


def test_what_a_person_hid_is_no_evidence_and_what_a_filter_hides_is() -> None:
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>'
    parsed = parse(
        sheet(
            "S",
            row("Risk", "Secret", "Owner"),
            row("Fire", "x", "Eve", more='table:visibility="filter"'),
            row("Flood", "y", "Bob", more='table:visibility="collapse"'),
            row("Theft", "z", "Al"),
            columns=columns,
        ),
        sheet("Old", row("A", "B"), row("C", "D"), style="ta2"),
    )
    assert parsed.text == "S\n\nRisk: Fire; Owner: Eve\nRisk: Theft; Owner: Al"
    assert [s.ref for s in parsed.spans if s.kind == "cell"][:2] == ["S!A2", "S!C2"]


def test_what_lies_under_a_merged_cell_is_not_shown_and_comments_are_left_out() -> None:
    covered = "<table:covered-table-cell><text:p>under</text:p></table:covered-table-cell>"
    comment = "<office:annotation><text:p>note</text:p></office:annotation>"
    note = f"<table:table-cell>{comment}<text:p>x</text:p></table:table-cell>"
    wide = '<table:table-cell table:number-columns-spanned="2"><text:p>Both</text:p></table:table-cell>'
    parsed = parse(sheet("S", row("A", "B"), row(wide, covered), row("x", note)))
    assert spans(parsed, "table_row") == ["A: Both", "A: x; B: x"]


def test_a_million_repeated_rows_are_refused_and_empty_ones_cost_nothing() -> None:
    many = 'table:number-rows-repeated="1048576"'
    with pytest.raises(ParseProblem) as caught:
        parse(sheet("S", row("A", "B"), row("x", "y", more=many)))
    assert caught.value.reason is UnreadableReason.TOO_LARGE
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    assert parse(sheet("S", row("A", "B"), row("x", "y"), row(empty, more=many))).text == "S\n\nA: x; B: y"


def test_an_empty_spreadsheet_is_reported() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(sheet("S"))
    assert caught.value.reason is UnreadableReason.EMPTY
