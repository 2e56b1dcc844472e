import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.ingest.parsers.builder import clean, collapse
from radar_pipeline.ingest.parsers.decode import decode
from radar_pipeline.models import UnreadableReason


def parse(source: str | bytes, path: str = "x.csv") -> ParsedText:
    parser = parser_for(path)
    assert parser is not None
    return parser.parse(source if isinstance(source, bytes) else source.encode(), path)


def rows(parsed: ParsedText) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == "table_row"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_row_is_said_with_its_headers_whatever_parts_the_fields(delimiter: str) -> None:
    source = f'Vendor{delimiter}Note\r\nAcme{delimiter}"a{delimiter} ""b""\nc"\r\n\r\nGlobex{delimiter}\r\n'
    assert rows(parse(source)) == [
        f'Vendor: Acme; Note: {" ".join(f"a{delimiter}".split())} "b" c',
        "Vendor: Globex",
    ]


def test_prose_with_commas_in_a_semicolon_file_keeps_its_columns() -> None:
    source = "Risk;Owner\nFire, flood, storm;Jane\nTheft;Bob\n"
    assert rows(parse(source))[0] == "Risk: Fire, flood, storm; Owner: Jane"


def test_a_tsv_is_parted_by_tabs_and_excel_may_name_its_own() -> None:
    assert rows(parse("a,b\tc\nd\te\n", "x.tsv")) == ["a,b: d; c: e"]
    assert rows(parse("sep=|\na,x|b\n1,2|3\n")) == ["a,x: 1,2; b: 3"]


def test_formulas_are_text() -> None:
    assert rows(parse("Name,Note\n=cmd|'/c calc'!A1,@SUM(1)\n")) == ["Name: =cmd|'/c calc'!A1; Note: @SUM(1)"]


def test_a_row_longer_or_shorter_than_the_header_loses_nothing() -> None:
    assert rows(parse("A,B\n1,2,3\n4\n")) == ["A: 1; B: 2; 3", "A: 4"]


def test_the_owner_of_an_entry_is_not_the_owner_of_the_register() -> None:
    assert parse("Risk,Owner\nFire,Jane\nLoss,Bob\n").meta.owner == ""


def test_old_encodings_are_read() -> None:
    assert "Überprüfung" in parse("Name;Text\nA;Überprüfung\n".encode("cp1252")).text


def test_only_delimiters_is_an_empty_document() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(",,\n,,\n")
    assert caught.value.reason is UnreadableReason.EMPTY


def test_records_and_cells_are_named_as_a_spreadsheet_names_them() -> None:
    parsed = parse('Vendor,Note\n\nAcme,"a\nb"\nGlobex,c\n')
    places = [(s.kind, s.ref) for s in parsed.spans]
    assert places[:3] == [("table_row", "3"), ("cell", "A3"), ("cell", "B3")]
    assert places[3:] == [("table_row", "4"), ("cell", "A4"), ("cell", "B4")]


# Without the other delimiters: a tab in one cell and a comma in the next may be read as a file of tabs.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\t;|"), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6))
def test_every_cell_is_the_field_that_its_place_names(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    try:
        parsed = parse(out.getvalue().encode("utf-8", "replace"))
    except ParseProblem:
        return
    again = list(
        csv.reader(io.StringIO(clean(decode(out.getvalue().encode("utf-8", "replace"))), newline=""))
    )
    for span in parsed.spans:
        if span.kind == "cell" and parsed.text.count("; ") and len(again) == len(table):
            field = again[int(span.ref[1:]) - 1][ord(span.ref[0]) - 65]
            assert parsed.text[span.start : span.end] == collapse(field)
