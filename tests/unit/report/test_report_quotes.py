"""A quote on the page: headed by its citation, in its paragraph, with its place to be opened."""

import re
from dataclasses import replace

from report_builders import assessment, evidence, requirement, search, tables

from radar_pipeline.ingest.parsers import markdown
from radar_pipeline.models import Document, Span, Verdict
from radar_pipeline.report.site.context import Context, around, contexts
from radar_pipeline.report.site.pages import PageExtras, render_tenant


def parsed(source):
    """A Markdown text as a document that has one quote of the test's evidence."""
    found = markdown.parse(source.encode(), "policy.md")
    return Document(
        "doc-a", "v1-doc-a", "policy.md", "h", "text/markdown", "m", found.meta, found.text, found.spans
    )


def quoted(source, quote):
    """The rows of a report on one quote of a document, and the quote's context."""
    of, document = requirement(), parsed(source)
    start = document.text.index(quote)
    made = evidence(of, quote=quote, start=start)
    row = tables([of], [assessment(of, evidence=(replace(made, end=start + len(quote)),))])
    return row, contexts(row["evidence"], {"v1-doc-a": document}.get)


def test_a_quote_stands_in_its_paragraph():
    row, found = quoted(
        "Earlier.\n\nFirst words. The quote itself. Last words.\n\nLater.", "The quote itself."
    )
    assert list(found.values()) == [Context("First words. ", " Last words.")]
    html = render_tenant(row, PageExtras(contexts=found))
    assert "First words. </span><mark>The quote itself.</mark><span" in html


def test_a_quote_in_a_list_stands_below_what_leads_in_the_list():
    source = "# Duties\n\nThe keeper shall not:\n\n- sell data;\n- keep it for long.\n\nAfter."
    _, found = quoted(source, "keep it for long")
    assert list(found.values()) == [Context("- ", ".", "The keeper shall not:")]


def test_a_quote_in_a_table_stands_in_its_row_with_the_header():
    _, found = quoted("| Risk | Owner |\n|---|---|\n| Fire | Ann |\n| Theft | Bob |", "Theft")
    assert list(found.values()) == [Context("Risk: ", "; Owner: Bob")]


def test_the_paragraph_is_bounded_and_more_of_it_is_there_where_the_place_is_opened():
    source = f"{'Before it. ' * 90}\nThe quote itself. {'After it. ' * 90}"
    row, found = quoted(source, "The quote itself.")
    [context] = found.values()
    assert context.before.startswith("… ") and context.after.endswith(" …")
    assert len(context.before) <= 264 and len(context.far_before) >= 900 <= len(context.far_after)
    html = render_tenant(row, PageExtras(contexts=found))
    assert html.count("<mark>The quote itself.</mark>") == 2


def test_furniture_is_no_part_of_a_quotes_paragraph():
    document = parsed("Kept for ACME – page 4 seven years.")
    at = document.text.index("ACME")
    document = replace(document, spans=(Span("furniture", at, at + 13),))
    row = {"evidence_id": "e", "version_id": "v", "start_offset": 0, "end_offset": 4, "quote": "Kept"}
    assert contexts([row], {"v": document}.get) == {"e": Context("", " for")}


def test_a_quote_that_is_not_at_its_offsets_or_whose_text_is_gone_goes_without_context():
    of = requirement()
    evidence_rows = tables([of], [assessment(of)])["evidence"]
    assert contexts(evidence_rows, lambda version: None) == {}
    assert contexts(evidence_rows, lambda version: parsed("another text " * 50)) == {}


def test_a_quote_is_headed_by_its_citation_which_opens_its_place():
    of = requirement()
    cited = evidence(of, citation="Access Policy v3, § 4.2, p. 6")
    html = render_tenant(tables([of], [assessment(of, Verdict.CONTRADICTED, evidence=(cited,))]))
    [anchor] = set(
        re.findall(r'<a href="#(q-[0-9a-f]+)"><bdi class="doc">Access Policy v3, § 4.2, p. 6', html)
    )
    [place] = re.findall(rf'<div id="{anchor}">(.*?)</details>', html, re.S)
    assert "doc-a.md" in place and "v1-doc-a" in place and "100–162" in place


def test_what_came_nearest_is_headed_by_its_citation():
    of = requirement()
    found = search("doc-a")
    found = replace(found, nearest=(replace(found.nearest[0], citation="Access Policy v3, sheet R, row 9"),))
    text = render_tenant(tables([of], [assessment(of, Verdict.NOT_ADDRESSED, search=found)]))
    assert "Access Policy v3, sheet R, row 9" in text


def test_a_quotes_heading_does_not_repeat_the_documents_title():
    of = requirement()
    quote = evidence(of, heading_path=("Incident Response Procedure", "5 Reporting"))
    text = re.sub(r"<[^>]*>", "", render_tenant(tables([of], [assessment(of, evidence=(quote,))])))
    assert "Incident response procedure, § 5 Reporting, p. 2" in text


def test_context_is_cut_at_words():
    text = "one two three four five"
    assert around(text, 8, 13, reach=6) == ("… two ", " four …")
