"""What comes from a parser's child is taken as what a stranger sent."""

import json

import pytest

from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.ingest.wire import LONGEST_LABEL, text_from_wire, text_to_wire
from radar_pipeline.models import DocumentMeta, Span


def sent(parsed: ParsedText) -> ParsedText:
    return text_from_wire(json.loads(json.dumps(text_to_wire(parsed))))


def test_half_a_character_is_replaced_in_its_place_and_moves_no_offset() -> None:
    text = "One \ud83d\ude00 half \udc00, two."
    got = sent(ParsedText(text, (Span("heading", 15, 18, "two \ud800"),), DocumentMeta(title="T\udfff")))
    assert got.text == "One \ufffd\ufffd half \ufffd, two."
    assert len(got.text) == len(text)
    assert got.spans == (Span("heading", 15, 18, "two \ufffd"),)
    assert got.meta.title == "T\ufffd"
    got.text.encode("utf-8")


def test_a_label_repeated_at_every_cell_is_kept_short() -> None:
    spans = (Span("cell", 0, 1, "v" * 9_999, 0, "r" * 9_999),)
    (span,) = sent(ParsedText("ab", spans, DocumentMeta(owner="o" * 9_999))).spans
    assert (len(span.value), len(span.ref)) == (LONGEST_LABEL, LONGEST_LABEL)


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (1, 1), (0, 3), (2, 1)])
def test_a_span_outside_of_its_text_is_refused(start: int, end: int) -> None:
    message = text_to_wire(ParsedText("ab", (), DocumentMeta()))
    with pytest.raises(ValueError, match="outside"):
        text_from_wire(message | {"spans": [["heading", start, end, "", 0, ""]]})
