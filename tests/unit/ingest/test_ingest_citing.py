"""A quote is cited as a person would cite it, whatever its document is and says of itself."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest.citing import LONGEST, Citing, cite
from radar_pipeline.ingest.parsers.builder import TextBuilder
from radar_pipeline.ingest.parsers.eml import parse as parse_message
from radar_pipeline.models import Document, DocumentMeta, Span


def document(built: TextBuilder, **changes: object) -> Document:
    meta = DocumentMeta(title="Access Control Policy", version="3")
    made = Document(
        "d", "v", "it/access.pdf", "h", "application/pdf", "p", meta, built.text(), built.sorted_spans()
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def cited(doc: Document, quote: str, container: str = "") -> str:
    start = doc.text.index(quote)
    return cite(doc, start, start + len(quote), container).citation


def prose(*blocks: tuple[int, str]) -> TextBuilder:
    """Headings by level; level 0 is a paragraph."""
    builder = TextBuilder()
    for level, text in blocks:
        if level:
            builder.heading(text, level)
        else:
            builder.block(text)
    return builder


def paged(*texts: str) -> TextBuilder:
    """Texts on a page each, as one paragraph."""
    builder = TextBuilder()
    for number, text in enumerate(texts, 1):
        start, end = builder.block(text, " ")
        builder.annotate("page", start, end, str(number))
    return builder


# ── The document ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "version", "named"),
    [
        ("Access Control Policy", "3", "Access Control Policy v3"),
        ("Access Control Policy", "Version 2.1 of 12 March 2026", "Access Control Policy v2.1"),
        ("Access Control Policy", "Rev C", "Access Control Policy version Rev C"),
        ("Access Control Policy", "2026-03", "Access Control Policy version 2026-03"),
        ("Access Control Policy v3", "3", "Access Control Policy v3"),
        ("Access Control Policy (Version 3)", "v3", "Access Control Policy (Version 3)"),
        ("Access Control Policy v3.1", "3", "Access Control Policy v3.1 v3"),
        ("Access Control Policy", "", "Access Control Policy"),
        ("Access Control Policy", "as approved by the board at its last meeting", "Access Control Policy"),
        ("", "3", "access.pdf v3"),
    ],
)
def test_the_title_and_a_version_that_it_does_not_tell_name_the_document(
    title: str, version: str, named: str
) -> None:
    doc = document(paged("One.", "Two."), meta=DocumentMeta(title=title, version=version))
    assert cited(doc, "One.") == f"{named}, p. 1"


def test_what_came_in_an_archive_or_a_message_says_in_which() -> None:
    doc = document(paged("One.", "Two."), path="evidence.zip/it/access.pdf")
    assert cited(doc, "Two.", "in/evidence.zip") == "Access Control Policy v3 (in evidence.zip), p. 2"
    bare = replace(doc, meta=DocumentMeta())
    assert cited(bare, "Two.", "in/evidence.zip") == "access.pdf (in evidence.zip), p. 2"


class Elsewhere(date):
    """A day as another language's machine would write it."""

    def __format__(self, _: str) -> str:
        return "Oktober"

    strftime = __format__


def test_a_message_is_cited_by_its_day_in_words_of_ours() -> None:
    meta = DocumentMeta(title="Offboarding", effective_date=Elsewhere(2026, 10, 12))
    doc = document(prose((1, "Offboarding"), (0, "All done.")), meta=meta, media_type="message/rfc822")
    assert cited(doc, "All done.").startswith("Offboarding, message of 12 October 2026")


def test_the_paragraphs_of_a_message_are_those_of_its_body() -> None:
    raw = b"Subject: Offboarding\nFrom: a@acme.example\nTo: b@acme.example\nDate: 12 Oct 2026 09:00 +0000\n"
    parsed = parse_message(raw + b"\nNearly.\n\nAll done.\n", "x.eml")
    doc = replace(
        document(prose((0, "-")), meta=parsed.meta),
        text=parsed.text,
        spans=parsed.spans,
        media_type="message/rfc822",
    )
    assert cited(doc, "Nearly.").endswith(", para. 1") and cited(doc, "All done.").endswith(", para. 2")
    assert "para." not in cited(doc, "From: a@acme.example")
    assert cited(replace(doc, media_type="text/plain"), "All done.").endswith(", para. 6")


# ── The section ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headings", "section"),
    [
        (["4.2 Passwords"], "§ 4.2"),
        (["4. Passwords"], "§ 4"),
        (["Section 4.2 – Passwords"], "§ 4.2"),
        (["§ 4(2) Passwords"], "§ 4(2)"),
        (["Article 33 Notification"], "Art. 33"),
        (["Art. 33(1)"], "Art. 33(1)"),
        (["ANNEX A"], "Annex A"),
        (["Clause 7: Passwords"], "Clause 7"),
        (["IV. Passwords"], "§ IV"),
        (["A.5.1 Passwords"], "§ A.5.1"),
        (["Passwords"], "“Passwords”"),
        (["Part of the whole"], "“Part of the whole”"),
        (["2026 outlook"], "“2026 outlook”"),
        (["4 Access", "4.2 Passwords"], "§ 4.2"),
        (["4 Access", "Passwords"], "§ 4, “Passwords”"),
        (["Annex B", "2 Passwords"], "Annex B, § 2"),
        (["Annex A", "A.2 Passwords"], "§ A.2"),
        (["Chapter IV", "Article 33"], "Art. 33"),
        (["Access Control Policy", "4 Access"], "§ 4"),
        (["Access Control Policy"], ""),
    ],
)
def test_the_nearest_number_of_a_heading_is_the_section(headings: list[str], section: str) -> None:
    blocks = [(level, heading) for level, heading in enumerate(headings, 1)]
    builder = prose(*blocks, (0, "Nobody shares one."))
    builder.annotate("page", 0, builder.position, "6")
    expected = ", ".join(part for part in ("Access Control Policy v3", section, "p. 6") if part)
    assert cited(document(builder), "Nobody shares") == expected


def test_a_numbered_clause_below_its_heading_is_cited_by_its_own_number() -> None:
    clauses = (
        "4.1 Keys are kept.\n\n4.2 The keeper shall:\n(a) count them;\n(b) report 5.9 kg.\n\n2.1.1 Other."
    )
    doc = document(prose((1, "4 Keys"), (0, clauses)))
    assert cited(doc, "count them").endswith(", § 4.2")
    assert cited(doc, "Keys are kept").endswith(", § 4.1")
    assert cited(doc, "Other.").endswith(", § 4.2")  # 2.1.1 is no clause of section 4
    law = document(prose((1, "Article 33 Notice"), (0, "1. Tell them.\n\n2. Soon.")))
    assert cited(law, "Tell").endswith(", Art. 33(1)") and cited(law, "Soon").endswith(", Art. 33(2)")


def test_a_long_heading_is_shortened_between_words() -> None:
    doc = document(prose((1, "The rules on " + "keys and locks " * 9), (0, "Text.")))
    assert cited(doc, "Text.").endswith("“The rules on keys and locks keys and locks keys and locks…”")


# ── The place ─────────────────────────────────────────────────────────────────────────────────


def test_a_quote_over_a_page_break_names_both_pages() -> None:
    doc = document(paged("It begins here", "and ends here."))
    assert cited(doc, "here and ends") == "Access Control Policy v3, pp. 1–2"


def test_a_page_is_cited_by_what_is_printed_on_it() -> None:
    doc = document(paged("One.", "Two."))
    spans = tuple(replace(span, ref=ref) for span, ref in zip(doc.spans, ("iv", " "), strict=True))
    labelled = replace(doc, spans=spans, ocr_pages=(1,))
    assert cited(labelled, "One.") == "Access Control Policy v3, p. iv (OCR)"
    assert cited(labelled, "Two.") == "Access Control Policy v3, p. 2"


def deck() -> TextBuilder:
    builder = TextBuilder()
    for number, (title, body, notes) in enumerate(
        [("Aims", "Be safe.", ""), ("Means", "Use keys.", "Say why.")], 1
    ):
        start = builder.position + (2 if builder.position else 0)
        builder.heading(title, 1)
        builder.block(body)
        if notes:
            builder.annotate("notes", *builder.block(notes))
        builder.annotate("slide", start, builder.position, str(number))
    return builder


def test_a_slide_is_named_by_its_number_and_its_notes_as_such() -> None:
    doc = document(deck())
    assert cited(doc, "Use keys.") == "Access Control Policy v3, slide 2"
    assert cited(doc, "Say why.") == "Access Control Policy v3, slide 2, notes"


def sheet() -> TextBuilder:
    builder = TextBuilder()
    builder.heading("Risks", 1)
    for row in (14, 15):
        start = None
        for column, text in (("A", f"R-{row}"), ("C", f"Fire {row}"), ("D", f"Ann {row}"), ("E", "Open")):
            low, high = builder.block(text, "; " if start is not None else "\n")
            start = low if start is None else start
            builder.annotate("cell", low, high, "", ref=f"Risks!{column}{row}")
        builder.annotate("table_row", start or 0, builder.position, ref=f"Risks!{row}")
    builder.annotate("sheet", 0, builder.position, "Risks")
    return builder


def test_a_sheet_is_cited_by_row_and_by_cell_where_the_quote_lies_within_a_few() -> None:
    doc = document(sheet())
    name = "Access Control Policy v3, sheet Risks"
    assert cited(doc, "R-14; Fire 14; Ann 14; Open") == f"{name}, row 14"
    assert cited(doc, "Fire 14; Ann 14") == f"{name}, cells C14–D14"
    assert cited(doc, "Fire 15") == f"{name}, cell C15"
    assert cited(doc, "Ann 14; Open\nR-15; Fire") == f"{name}, rows 14–15"


@pytest.mark.parametrize(
    ("ref", "place"),
    [
        ("2.3", "table 2, row 3"),
        ("p3.1.4", "table 1, row 4"),
        ("/owners/0/name", "at /owners/0/name"),
        ("Register!14", "sheet Register, row 14"),
        ("My risks!!14", "sheet My risks!, row 14"),
        ("14", "row 14"),
    ],
)
def test_a_row_is_cited_by_its_ref(ref: str, place: str) -> None:
    builder = prose((0, "What: it."), (0, "More."))
    builder.annotate("table_row", 0, 9, ref=ref)
    assert cited(document(builder), "it.") == f"Access Control Policy v3, {place}"


def test_a_workbook_that_is_named_like_its_sheet_is_cited_by_its_file() -> None:
    doc = document(sheet(), meta=DocumentMeta(title="Risks"), path="it/register.xlsx")
    assert cited(doc, "Fire 15") == "register.xlsx, sheet Risks, cell C15"


def test_several_values_of_a_json_file_are_cited_by_what_holds_them() -> None:
    builder = prose((0, "name: it; text: that."), (0, "More."))
    builder.annotate("cell", 6, 8, ref="/rules/1/name")
    builder.annotate("cell", 16, 20, ref="/rules/1/text")
    doc = document(builder)
    assert cited(doc, "name: it; text: that.") == "Access Control Policy v3, at /rules/1"
    assert cited(doc, "that") == "Access Control Policy v3, at /rules/1/text"


def test_a_note_is_cited_as_one_and_what_was_recognised_says_so() -> None:
    builder = paged("The rule holds.", "3 But not on Sundays.")
    builder.annotate("footnote", 16, builder.position, "3")
    doc = document(builder)
    assert cited(doc, "But not") == "Access Control Policy v3, p. 2, n. 3"
    place = cite(replace(doc, ocr_pages=(2,)), 20, 24)
    assert place.ocr and place.citation == "Access Control Policy v3, p. 2, n. 3 (OCR)"
    builder.annotate("ocr", 0, 4)
    assert cite(document(builder), 0, 3).ocr and not cite(document(builder), 5, 9).ocr


def test_a_text_without_any_other_place_is_cited_by_paragraph() -> None:
    builder = prose((0, "ACME – page 1"), (0, "One."), (0, "Two."))
    doc = document(replace_furniture(builder))
    assert cited(doc, "One.").endswith(", para. 1") and cited(doc, "Two.").endswith(", para. 2")


def replace_furniture(builder: TextBuilder) -> TextBuilder:
    builder.annotate("furniture", 0, 13)
    return builder


# ── Nonsense ──────────────────────────────────────────────────────────────────────────────────

ANYTHING = st.text(max_size=120)
KINDS = [
    "page",
    "slide",
    "notes",
    "sheet",
    "heading",
    "furniture",
    "table_row",
    "cell",
    "footnote",
    "ocr",
    "?",
]
SPANS = st.lists(
    st.builds(
        Span,
        st.sampled_from(KINDS),
        st.integers(-5, 60),
        st.integers(-5, 60),
        ANYTHING | st.sampled_from(["1", "99999999999999", "²", "Art. 3"]),
        st.integers(-1, 9),
        ANYTHING | st.sampled_from(["1.2", "A!B3", "!", "p1.2.3.4", "/", "9" * 40 + ".1", "!C1"]),
    ),
    max_size=12,
).map(tuple)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, SPANS, ANYTHING, ANYTHING, ANYTHING, st.integers(-9, 90), st.integers(-9, 90))
def test_no_text_span_or_place_makes_a_citation_fail_or_more_than_a_line(
    text: str, spans: tuple[Span, ...], title: str, version: str, path: str, start: int, end: int
) -> None:
    meta = DocumentMeta(title=title, version=version)
    doc = Document("d", "v", path, "h", "text/plain", "p", meta, text, spans)
    found = Citing(doc, path).cite(start, end).citation
    assert found and found.splitlines() == [found] and len(found) <= LONGEST + len(" (OCR)")
    found.encode("utf-8")
    assert not set(found) & set("\u202e\u2066\u200b\x00\x1b")


def test_what_hides_or_reorders_is_left_out_of_a_citation() -> None:
    meta = DocumentMeta(title="Inv\u202eoice\u200b \x00\nno. \ud8007 \u2028हिन्दी")
    doc = document(paged("One.", "Two."), meta=meta)
    assert cited(doc, "One.") == "Invoice no. 7 हिन्दी, p. 1"
