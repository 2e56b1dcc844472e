import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.ingest.parsers.text import parse_text
from radar_pipeline.models import UnreadableReason


def parse(data: bytes) -> ParsedText:
    parser = parser_for("x.txt")
    assert parser is not None
    return parser.parse(data, "x.txt")


@pytest.mark.parametrize(
    "data",
    [
        "Überprüfung – jährlich".encode(),
        codecs.BOM_UTF8 + "Überprüfung – jährlich".encode(),
        codecs.BOM_UTF16_LE + "Überprüfung – jährlich".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Überprüfung – jährlich".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "Überprüfung – jährlich".encode("utf-32-le"),
    ],
)
def test_every_unicode_encoding_gives_the_same_text(data: bytes) -> None:
    assert parse(data).text == "Überprüfung – jährlich"


def test_windows_1252_is_read_as_such() -> None:
    words = "The supplier’s register is reviewed – at least – once a year by the owner of the process. " * 3
    assert parse(words.encode("cp1252")).text == words


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\r\n ", "empty"),
        (codecs.BOM_UTF8 + b"  \n", "empty"),
        (b"abc\x00def", "mismatch"),
        (b"%PDF-1.7 ...", "mismatch"),
        (b"PK\x03\x04....", "mismatch"),
        (bytes(range(1, 9)) * 30, "mismatch"),
        (codecs.BOM_UTF16_LE + b"a\x00b", "malformed"),
    ],
)
def test_what_is_no_text_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(data)
    assert caught.value.reason is UnreadableReason(reason)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400))
def test_offsets_stay_those_of_the_file(raw: str) -> None:
    parsed = parse_text(raw)
    assert len(parsed.text) == len(raw)
    for before, after in zip(raw, parsed.text, strict=True):
        assert before == after or after in " \n"
    for span in parsed.spans:
        assert 0 <= span.start < span.end <= len(raw)


def test_wrapped_lines_become_one_paragraph_and_items_stay_apart() -> None:
    raw = (
        "The processor shall keep a record of every access to the personal\n"
        "data of customers and shall show it to the controller whenever the\n"
        "controller asks.\n\n"
        "(a) without undue delay and where feasible within seventy-two hours\n"
        "after having become aware of it;\n"
        "(b) in writing.\n"
    )
    assert parse(raw.encode()).text.rstrip() == (
        "The processor shall keep a record of every access to the personal "
        "data of customers and shall show it to the controller whenever the "
        "controller asks.\n\n"
        "(a) without undue delay and where feasible within seventy-two hours "
        "after having become aware of it;\n"
        "(b) in writing."
    )


def test_headings_of_plain_contracts_are_found_and_prose_is_not() -> None:
    raw = (
        "SERVICES AGREEMENT\n\nARTICLE II\n\n2. CONFIDENTIALITY\n\n"
        "2.1 Each party shall keep the other's information secret.\n\n"
        "THE SUPPLIER SHALL NOT SUBCONTRACT.\n\nSection 4. Term and Termination\n\nIt ends.\n"
    )
    parsed = parse(raw.encode())
    assert [s.value for s in parsed.spans if s.kind == "heading"] == [
        "SERVICES AGREEMENT",
        "ARTICLE II",
        "2. CONFIDENTIALITY",
        "Section 4. Term and Termination",
    ]
    assert parsed.meta.title == "SERVICES AGREEMENT"


def test_a_numbered_section_is_not_the_title_of_a_text_that_opens_with_one():
    rest = "Owner: Head of IT\n\n1. SCOPE\n\nIt applies to all.\n"
    head = "NORTHWIND LTD\nChange management standard\n\n"
    assert parse_text(head + rest).meta.title == "Change management standard"
    assert parse_text(rest).meta.title == ""
