import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for, tables
from radar_pipeline.models import UnreadableReason


def parse(build: Callable[[Any], None]) -> ParsedText:
    book = openpyxl.Workbook()
    build(book)
    out = io.BytesIO()
    book.save(out)
    parser = parser_for("x.xlsx")
    assert parser is not None
    return parser.parse(out.getvalue(), "x.xlsx")


def fill(sheet: Any, *rows: list[Any]) -> None:
    for row in rows:
        sheet.append(row)


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def test_each_row_is_said_with_its_headers_under_the_name_of_its_sheet() -> None:
    def build(book: Any) -> None:
        book.active.title = "Vendors"
        fill(book.active, ["Vendor", "Tier"], ["Acme", 1], [], ["Globex", None])

    parsed = parse(build)
    assert parsed.text == "Vendors\n\nVendor: Acme; Tier: 1\nVendor: Globex"
    assert spans(parsed, "heading") == ["Vendors"]
    assert [s.value for s in parsed.spans if s.kind == "cell"] == ["Vendor", "Tier", "Vendor"]


def test_dates_are_iso_and_numbers_have_no_noise() -> None:
    def build(book: Any) -> None:
        values = [date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), 0.1 + 0.2, 12.0, True]
        fill(book.active, ["Day", "Moment", "Share", "Whole", "Active"], values)

    assert spans(parse(build), "cell") == ["2026-03-01", "2026-03-01 09:30", "0.3", "12", "TRUE"]


def test_what_stands_above_the_table_describes_it_and_its_rows_do_not() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Risk register 2026"], ["Version", "1.3"], ["Owner", "Jane Doe"], [])
        fill(book.active, ["Risk", "Owner", "Status"], ["Fire", "Bob", "Draft"], ["Loss", "Eve", "Open"])

    parsed = parse(build)
    assert "Risk: Fire; Owner: Bob; Status: Draft" in parsed.text
    assert (parsed.meta.title, parsed.meta.version, parsed.meta.owner) == (
        "Risk register 2026",
        "1.3",
        "Jane Doe",
    )
    assert parsed.meta.status.value == "unknown"


def test_a_hidden_sheet_is_read_and_says_so() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["A", "B"], ["1", "2"])
        hidden = book.create_sheet("Old")
        hidden.sheet_state = "hidden"
        fill(hidden, ["A", "B"], ["3", "4"])

    parsed = parse(build)
    assert spans(parsed, "heading")[1] == "Old (hidden sheet)"
    assert "A: 3; B: 4" in parsed.text


def test_a_cell_merged_over_rows_is_said_in_each() -> None:
    def build(book: Any) -> None:
        fill(book.active, ["Area", "Risk"], ["Sites", "Fire"], [None, "Flood"], ["Staff", "Leave"])
        book.active.merge_cells("A2:A3")

    rows = spans(parse(build), "table_row")
    assert rows == ["Area: Sites; Risk: Fire", "Area: Sites; Risk: Flood", "Area: Staff; Risk: Leave"]


def test_more_rows_than_a_document_has_are_refused_and_never_cut_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 5)
    with pytest.raises(ParseProblem) as caught:
        parse(lambda book: fill(book.active, *([["a", "b"]] * 6)))
    assert caught.value.reason is UnreadableReason.TOO_LARGE


def test_an_empty_workbook_is_reported() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse(lambda book: None)
    assert caught.value.reason is UnreadableReason.EMPTY
