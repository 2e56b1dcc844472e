import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
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
