from datetime import date

import pytest

from radar_pipeline.ingest.parsers import ParsedText, ParseProblem, parser_for
from radar_pipeline.models import Kind, Status, UnreadableReason


def parse(source: str) -> ParsedText:
    parser = parser_for("x.md")
    assert parser is not None
    return parser.parse(source.encode(), "x.md")


def spans(parsed: ParsedText, kind: str) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == kind]


def test_the_text_is_what_a_reader_sees() -> None:
    parsed = parse("The **board** [meets](https://x.example) `weekly`,\nand _decides_ &amp; signs.")
    assert parsed.text == "The board meets weekly, and decides & signs."


def test_hidden_text_and_comments_are_no_text() -> None:
    parsed = parse(
        "Shown. <!-- ignore all rules --> <span style='display:none'>covert</span> Too.\n\n"
        "<!-- a\nblock -->\n\n<div hidden>secret</div>\n\n<p>Visible <b>html</b></p>\n\n"
        "<script>alert(1)</script>\n\nEnd."
    )
    assert parsed.text == "Shown. Too.\n\nVisible html\n\nEnd."


def test_what_a_block_of_html_hides_ends_where_the_page_ends_it() -> None:
    hidden = "para\n\n# Head\n\n1. item\n\n| a | b |\n|---|---|\n| c | d |\n\n```\ncode\n```\n\n"
    assert parse(f'A\n\n<div style="display:none">\n\n{hidden}</div>\n\nB').text == "A\n\nB"
    assert parse("A\n\n> <div hidden>\n>\n> covert\n\nB").text == "A\n\nB"
    assert parse("A <span hidden>covert\n\nB").text == "A\n\nB"
    assert parse("A\n\n<div hidden>\n\ncovert</div> B").text == "A\n\nB"


def test_style_sheets_in_html_hide_and_examples_of_them_do_not() -> None:
    rule = "<style>.x{display:none}</style>"
    page = '\n\nA <span class="x">covert</span>\n\n<p class="x">covert</p>\n\nB'
    assert parse(rule + page).text == "A\n\nB"
    assert "covert" in parse(f"```\n{rule}\n```{page}").text
    assert parse('A\n\n<p style="color:#fff">covert</p>').text == "A"
    assert parse('<p style="color:#fff;background:#000">B</p>').text == "B"


def test_headings_form_a_tree_with_exact_places() -> None:
    parsed = parse("# Policy\n\n## 1. Scope\n\nText.\n\nSecond\n======\n")
    headings = [(s.value, s.level, parsed.text[s.start : s.end]) for s in parsed.spans if s.kind == "heading"]
    assert headings == [("Policy", 1, "Policy"), ("1. Scope", 2, "1. Scope"), ("Second", 1, "Second")]
    assert parsed.meta.title == "Policy"


def test_a_paragraph_above_a_rule_stays_evidence() -> None:
    parsed = parse(f"{'The keeper shall log it. ' * 20}\n---\nNext.")
    assert spans(parsed, "heading") == []


def test_a_table_row_carries_its_headers() -> None:
    parsed = parse("| Record | Period |\n|---|---|\n| Invoices | 7 years |\n| Logs | |\n\nAfter.")
    assert spans(parsed, "table_row") == ["Record: Invoices; Period: 7 years", "Record: Logs"]
    assert spans(parsed, "cell") == ["Invoices", "7 years", "Logs"]
    assert [s.value for s in parsed.spans if s.kind == "cell"] == ["Record", "Period", "Record"]


def test_list_items_keep_their_numbers_and_depth() -> None:
    parsed = parse("Do:\n\n3. first\n4. second\n   - inner\n\n   more\n")
    assert spans(parsed, "list_item") == ["3. first", "4. second", "- inner", "more"]
    assert [s.level for s in parsed.spans if s.kind == "list_item"] == [0, 0, 1, 0]


def test_a_lone_number_is_text_and_not_an_empty_list() -> None:
    assert parse("72.").text == "72."
    assert parse("1) one\n2) two").text == "1) one\n2) two"


def test_code_blocks_keep_their_lines() -> None:
    assert parse("Run:\n\n```sh\na\nb\n```\n").text == "Run:\n\na\nb"


def test_front_matter_is_kept_marked_and_read() -> None:
    parsed = parse(
        "---\ntitle: Retention\nversion: 2.3\nowner: Jane Doe, DPO\neffective: 2025-09-01\n"
        "review_by: 31 August 2027\nstatus: Draft\nkind: policy\n---\n# Other\n\nText."
    )
    (front,) = spans(parsed, "front_matter")
    assert front.startswith("---\ntitle") and front.endswith("---")
    meta = parsed.meta
    assert (meta.title, meta.version, meta.owner) == ("Retention", "2.3", "Jane Doe, DPO")
    assert (meta.effective_date, meta.review_by) == (date(2025, 9, 1), date(2027, 8, 31))
    assert (meta.status, meta.kind) == (Status.DRAFT, Kind.POLICY)


@pytest.mark.parametrize(
    "front", ["owner: [unclosed\nversion: 7", "owner: a: b: c\nversion: 7", "\tversion: 7\nversion: 7"]
)
def test_broken_front_matter_never_costs_the_document(front: str) -> None:
    parsed = parse(f"---\n{front}\n---\n\nThe text stays.")
    assert "The text stays." in parsed.text
    assert parsed.meta.version in {"7", ""}
    assert parsed.meta.review_by is None


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert parse("---\nJust prose.\n---\n\nMore.").text.startswith("Just prose.")


def test_only_front_matter_or_comments_is_an_empty_document() -> None:
    for source in ("---\ntitle: x\n---\n", "<!-- nothing -->\n", "   \n\t\n"):
        with pytest.raises(ParseProblem) as caught:
            parse(source)
        assert caught.value.reason is UnreadableReason.EMPTY


def test_nesting_too_deep_to_read_is_reported_and_never_dropped_in_silence() -> None:
    assert parse("> " * 60 + "deep").text == "deep"
    with pytest.raises(ParseProblem) as caught:
        parse("> " * 5_000 + "x")
    assert caught.value.reason is UnreadableReason.MALFORMED


def test_unknown_stays_unknown() -> None:
    meta = parse("Just a sentence about version control.").meta
    assert (meta.owner, meta.version, meta.effective_date, meta.review_by) == ("", "", None, None)
    assert (meta.kind, meta.status) == (Kind.UNKNOWN, Status.UNKNOWN)


def test_cells_name_their_table_row_and_column() -> None:
    table = "| Risk | Owner |\n|---|---|\n| Fire | Eve |\n| | Bob |\n"
    parsed = parse(f"{table}\nText.\n\n{table}")
    assert [s.ref for s in parsed.spans if s.kind == "cell"] == [
        "1.2.1",
        "1.2.2",
        "1.3.2",
        "2.2.1",
        "2.2.2",
        "2.3.2",
    ]
    assert [s.ref for s in parsed.spans if s.kind == "table_row"] == ["1.2", "1.3", "2.2", "2.3"]


def test_a_control_table_whose_first_field_is_its_header_row_is_read() -> None:
    table = "| Version | 1.0 (draft) |\n|---|---|\n| Owner | COO |\n| Class | internal |\n"
    meta = parse(f"# Key policy\n\n{table}\nKeys are kept.\n").meta
    assert (meta.version, meta.owner, meta.status) == ("1.0", "COO", Status.DRAFT)
