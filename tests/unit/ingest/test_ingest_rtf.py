import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import UnreadableReason

FONTS = r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}{\f2\fcharset2 Symbol;}{\f3\fcharset128 M;}}"
STYLES = r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 Part;}{\s2\b heading 2;}}"


def parse(body: str) -> ParsedText:
    parser = parser_for("x.rtf")
    assert parser is not None
    return parser.parse(rf"{{\rtf1\ansi\ansicpg1252{FONTS}{STYLES}{body}}}".encode("latin-1"), "x.rtf")


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def test_paragraphs_stand_as_they_are_and_headings_by_their_styles() -> None:
    parsed = parse(r"\pard\s1 Scope\par\pard\s2 Systems\par\pard All\line of them.\par")
    assert parsed.text == "Scope\n\nSystems\n\nAll of them."
    assert [(s.value, s.level) for s in parsed.spans if s.kind == "heading"] == [("Scope", 1), ("Systems", 2)]


def test_characters_of_any_encoding_are_what_they_look_like() -> None:
    text = (
        r"caf\'e9 {\f1 \'cf\'f0} \u8364?5 \u-10179?\u-8704? {\f3 \'93\'fa\'96\'7b} \ldblquote a\rdblquote\~b"
    )
    assert parse(text).text == "café Пр €5 😀 日本 “a” b"


def test_a_unicode_character_takes_the_place_of_all_its_stand_ins() -> None:
    assert parse(r"{\uc2\u233 ab}c \uc0\u233 d").text == "éc éd"


def test_hidden_deleted_tiny_and_white_text_is_no_evidence() -> None:
    body = r"Kept {\v hidden}{\deleted gone}{\fs2 tiny}{\cf1 white}{\*\unknown no}{\v\v0 shown}\par"
    assert parse(rf"{{\colortbl;\red255\green255\blue255;}}{body}").text == "Kept shown"


def test_pictures_objects_fields_codes_and_comments_contribute_nothing() -> None:
    body = (
        r"A{\pict\wmetafile8 0102ab}{\object{\*\objdata 0105}{\result shown}}"
        r"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}{\*\annotation no}{\xe index}{\pict\bin3 }}}ok}B\par"
    )
    assert parse(body).text == "AshownlinkB"


def test_rows_of_a_table_carry_their_headers_and_places() -> None:
    row = r"\trowd\cellx1\cellx2\intbl {}\cell {}\cell\row"
    parsed = parse(
        row.format("Risk", "Owner")
        + row.format("Fire", "Eve")
        + row.format("Flood", r"Bob\par Al")
        + r"\pard End\par"
    )
    assert spans(parsed, "table_row") == ["Risk: Fire; Owner: Eve", "Risk: Flood; Owner: Bob Al"]
    assert [s.ref for s in parsed.spans if s.kind == "cell"] == ["1.2.1", "1.2.2", "1.3.1", "1.3.2"]


def test_a_cell_merged_over_rows_is_said_in_each() -> None:
    parsed = parse(
        r"\trowd\cellx1\cellx2\intbl Area\cell Risk\cell\row"
        r"\trowd\clvmgf\cellx1\cellx2\intbl Sites\cell Fire\cell\row"
        r"\trowd\clvmrg\cellx1\cellx2\intbl\cell Flood\cell\row"
    )
    assert spans(parsed, "table_row") == ["Area: Sites; Risk: Fire", "Area: Sites; Risk: Flood"]


def test_list_items_show_the_numbers_that_the_file_shows() -> None:
    parsed = parse(r"\pard{\pntext 1.\tab}one\par{\listtext 2)\tab}two\par{\pntext\f2\'b7\tab}dot\par")
    assert spans(parsed, "list_item") == ["1. one", "2) two", "- dot"]


def test_footnotes_stand_after_their_section_and_running_lines_are_furniture() -> None:
    parsed = parse(r"{\header Version: 3\par}\pard\s1 One\par\pard Told{\footnote \pard By mail.}.\par")
    assert parsed.text == "One\n\nTold.\n\nBy mail.\n\nVersion: 3"
    assert spans(parsed, "footnote") == ["By mail."] and spans(parsed, "furniture") == ["Version: 3"]
    assert parsed.meta.version == "3"


def test_properties_describe_the_document() -> None:
    said = r"{\info{\title Backup policy}{\author Jane Doe}}{\*\userprops{\propname Owner}{\staticval Eve}}"
    meta = parse(said + r"\pard Text.\par").meta
    assert (meta.title, meta.author, meta.owner) == ("Backup policy", "Jane Doe", "Eve")


def test_what_follows_the_end_and_what_never_ends_is_no_trouble() -> None:
    parser = parser_for("x.rtf")
    assert parser is not None
    assert parser.parse(rb"{\rtf1 Text.}trailing}}{", "x.rtf").text == "Text."
    assert parser.parse(rb"{\rtf1 {{{Text", "x.rtf").text == "Text"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (rb"{\rtf1 }", UnreadableReason.EMPTY),
        (rb"{\rtf1 " + b"{" * 20_000, UnreadableReason.MALFORMED),
        (b"plain text", UnreadableReason.MISMATCH),
    ],
)
def test_what_is_no_readable_rtf_says_why(data: bytes, reason: UnreadableReason) -> None:
    parser = parser_for("x.rtf")
    assert parser is not None
    with pytest.raises(ParseProblem) as caught:
        parser.parse(data, "x.rtf")
    assert caught.value.reason is reason


PIECES = st.sampled_from(
    [
        r"\par ",
        r"\cell ",
        r"\row ",
        r"\trowd ",
        r"\intbl ",
        "{",
        "}",
        r"\u8364?",
        r"\'e9",
        r"\'93",
        r"{\v ",
        "text ",
        r"{\footnote ",
        r"{\pict ",
        r"\bin4 ",
        r"\ ",
        "\\",
        r"\*",
        r"{\header ",
        r"\f3 ",
        r"\uc3 ",
        r"\pard ",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=40))
def test_any_order_of_words_gives_text_with_exact_spans_or_a_reason(pieces: list[str]) -> None:
    try:
        parsed = parse("".join(pieces))
    except ParseProblem:
        return
    parsed.text.encode()
    for span in parsed.spans:
        assert 0 <= span.start < span.end <= len(parsed.text)
        if span.kind == "cell":
            assert span.ref
