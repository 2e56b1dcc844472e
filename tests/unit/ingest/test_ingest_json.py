import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import Kind, UnreadableReason


def parse(text: str | bytes, name: str = "x.json") -> ParsedText:
    parser = parser_for(name)
    assert parser is not None
    return parser.parse(text.encode() if isinstance(text, str) else text, name)


def refs(parsed: ParsedText) -> list[tuple[str, str]]:
    return [(parsed.text[s.start : s.end], s.ref) for s in parsed.spans if s.kind == "cell"]


def resolved(document: object, pointer: str) -> object:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]  # type: ignore[index]
    return document


def test_each_value_is_a_line_under_its_path() -> None:
    parsed = parse('{"backup": {"keep": {"days": 30}, "tested": true}, "zones": ["north", "south"]}')
    lines = "backup › tested: true\n\nbackup › keep › days: 30\n\nzones: north\nzones: south"
    assert parsed.text == lines
    assert refs(parsed)[:2] == [("true", "/backup/tested"), ("30", "/backup/keep/days")]


def test_an_array_of_objects_is_a_register_whose_rows_name_their_places() -> None:
    parsed = parse('{"controls": [{"id": "AC-1", "owner": {"name": "Eve"}}, {"id": "AC-2", "owner": null}]}')
    assert parsed.text == "controls › id: AC-1; owner › name: Eve\ncontrols › id: AC-2"
    assert [s.ref for s in parsed.spans if s.kind == "table_row"] == ["/controls/0", "/controls/1"]
    assert refs(parsed)[1] == ("Eve", "/controls/0/owner/name")


def test_numbers_stand_as_written_and_keys_that_occur_twice_are_both_kept() -> None:
    parsed = parse('{"a": 1.50, "a": 1e400, "b": 123456789012345678901234567890, "c": NaN}')
    assert parsed.text == "a: 1.50\na: 1e400\nb: 123456789012345678901234567890\nc: NaN"


def test_json_lines_are_rows_named_by_their_lines_whatever_the_file_is_called() -> None:
    for name in ("x.jsonl", "x.ndjson", "x.json"):
        parsed = parse('{"id": 1, "note": "a"}\n\n{"id": 2}\n', name)
        assert parsed.text == "id: 1; note: a\nid: 2"
        assert [s.ref for s in parsed.spans if s.kind == "table_row"] == ["1#", "3#"]
        assert parsed.meta.kind is Kind.RECORD


def test_prose_in_a_value_is_a_paragraph_and_still_names_its_place() -> None:
    said = "Logs are kept. " * 60
    parsed = parse(json.dumps({"text": said, "n": 1}))
    assert refs(parsed)[0] == (said.strip(), "/text")
    assert [s.ref for s in parsed.spans if s.kind == "table_row"] == ["/n"]


def test_a_file_says_what_it_is_at_its_top_or_in_its_metadata() -> None:
    meta = parse(
        '{"catalog": {"metadata": {"title": "Controls", "version": "2", "reviewDate": "2027-01-01"}}}'
    ).meta
    assert (meta.title, meta.version, str(meta.review_by)) == ("Controls", "2", "2027-01-01")
    register = parse('[{"title": "Fire", "owner": "Eve"}, {"title": "Flood", "owner": "Bob"}]').meta
    assert (register.title, register.owner) == ("", "")


def test_half_a_character_does_not_reach_a_store() -> None:
    parse(r'{"a\ud800": "x\udc00y"}').text.encode()


def test_wide_encodings_are_read_with_and_without_a_mark() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-8-sig"):
        assert parse('{"a": "é"}'.encode(encoding)).text == "a: é"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", UnreadableReason.EMPTY),
        ('{"a": null, "b": [], "c": ""}', UnreadableReason.EMPTY),
        ('{"a": 1', UnreadableReason.MALFORMED),
        ('{"a": 1}\n{"b": \n', UnreadableReason.MALFORMED),
        ("[" * 500 + "1" + "]" * 500, UnreadableReason.MALFORMED),
        ("[" * 100_000, UnreadableReason.MALFORMED),
        ('{"a":' * 500 + "1" + "}" * 500, UnreadableReason.MALFORMED),
    ],
)
def test_what_is_no_readable_json_says_why(text: str, reason: UnreadableReason) -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(text)
    assert caught.value.reason is reason


KEYS = st.text(st.characters(exclude_categories=["C"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=30)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(VALUES)
def test_every_cell_is_the_value_that_its_pointer_names(document: object) -> None:
    try:
        parsed = parse(json.dumps(document))
    except ParseProblem:
        return
    parsed.text.encode()
    for cell, pointer in refs(parsed):
        value = resolved(document, pointer)
        shown = json.dumps(value) if not isinstance(value, str) else value
        assert "".join(cell.split()) in "".join(_printable(shown).split())


def _printable(text: str) -> str:
    from radar_pipeline.ingest.parsers.builder import clean

    return clean(text)
