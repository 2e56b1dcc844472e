"""Property tests of chunks and passages on generated documents of every kind."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest.chunk import (
    FINDING_TOKENS,
    OVERLAP_TOKENS,
    SECTION_TOKENS,
    WINDOW_TOKENS,
    chunk,
)
from radar_pipeline.ingest.parsers.markdown import parse
from radar_pipeline.ingest.passages import HARD_LIMIT, TARGET_TOKENS, passages
from radar_pipeline.ingest.sections import BlockKind, blocks, body_ranges, top_level
from radar_pipeline.ingest.tokens import SPECIAL_TOKENS, count
from radar_pipeline.models import Document, DocumentMeta, Kind, Span

WORDS = [
    "controller",
    "shall",
    "notify",
    "within",
    "72",
    "hours,",
    "Art.",
    "personal",
    "data",
    "Verarbeitung",
    "(b)",
]
WORDS += ["audit", "log;", "and", "not", "x" * 70, "日本語", "supplier.", "Record", "ends.", "The", "keeper:"]
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(lambda w: " ".join(w) + ".")
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=12).map(" ".join)
LONG = st.integers(300, 1_500).map(lambda n: " ".join(["word"] * n))
ITEMS = st.lists(SENTENCE, min_size=1, max_size=6).map(
    lambda s: "The keeper shall:\n\n" + "\n".join(f"- {i}" for i in s)
)
TABLE = st.lists(st.tuples(SENTENCE, SENTENCE), min_size=1, max_size=5).map(
    lambda rows: "| What | When |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
)
HEADING = st.tuples(st.integers(1, 4), st.integers(1, 9)).map(
    lambda p: f"{'#' * p[0]} Finding {p[1]} on something"
)
BLOCKS = st.lists(PARAGRAPH | LONG | ITEMS | TABLE | HEADING, min_size=1, max_size=14)


def document(source: str, kind: Kind) -> Document:
    parsed = parse(("---\nowner: Jane\n---\n\n" + source).encode(), "x.md")
    text = parsed.text + "\n\nAcme – page 1\nAcme – page 2"
    start = len(parsed.text) + 2
    furniture = tuple(Span("furniture", start + n * 14, start + n * 14 + 13) for n in range(2))
    meta = DocumentMeta(kind=kind)
    return Document("d", "v", "x.md", "h", "text/markdown", "p", meta, text, parsed.spans + furniture)


DOCUMENTS = st.builds(document, BLOCKS.map("\n\n".join), st.sampled_from(list(Kind)))


def body_characters(doc: Document) -> set[int]:
    return {i for low, high in body_ranges(doc) for i in range(low, high) if not doc.text[i].isspace()}


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_chunks_are_exact_and_cover_the_body(doc: Document) -> None:
    chunks = chunk(doc)
    covered: set[int] = set()
    for piece in chunks:
        assert doc.text[piece.start : piece.end] == piece.text == piece.text.strip()
        assert piece.tokens == count(piece.text)
        covered.update(range(piece.start, piece.end))
    assert body_characters(doc) <= covered
    for span in doc.spans:
        if span.kind in {"furniture", "front_matter"}:
            assert covered.isdisjoint(range(span.start, span.end))
    assert [c.ordinal for c in chunks] == list(range(len(chunks)))
    assert len({c.chunk_id for c in chunks}) == len(chunks)
    assert [c.start for c in chunks] == sorted(c.start for c in chunks)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_no_chunk_is_longer_than_its_strategy_allows(doc: Document) -> None:
    windows = doc.meta.kind in {Kind.POLICY, Kind.PROCEDURE, Kind.UNKNOWN}
    limit = WINDOW_TOKENS if windows else SECTION_TOKENS[1]
    limit = FINDING_TOKENS if doc.meta.kind is Kind.AUDIT_REPORT else limit
    pieces = chunk(doc)
    assert all(piece.tokens <= limit for piece in pieces)
    for one, other in pairwise(pieces):
        overlap = count(doc.text[other.start : one.end]) if other.start < one.end else 0
        assert overlap <= (OVERLAP_TOKENS if windows else 0)


@settings(max_examples=60, deadline=None)
@given(st.builds(document, BLOCKS.map("\n\n".join), st.sampled_from([Kind.REGULATION, Kind.CONTRACT])))
def test_top_sections_of_a_regulation_are_never_mixed(doc: Document) -> None:
    headings = [b for b in blocks(doc) if b.kind is BlockKind.HEADING]
    tops = [h.start for h in headings if h.level <= top_level(headings)]
    for piece in chunk(doc):
        assert not any(piece.start < top < piece.end for top in tops)


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS, st.sampled_from([64, 128, 256, 512]))
def test_passages_are_exact_disjoint_and_cover_the_body(doc: Document, max_tokens: int) -> None:
    chunks = chunk(doc)
    found = passages(doc, chunks, max_tokens)
    covered: set[int] = set()
    for piece in found:
        own = set(range(piece.start, piece.end))
        assert doc.text[piece.start : piece.end] == piece.text == piece.text.strip() != ""
        assert covered.isdisjoint(own)
        covered |= own
        assert count(piece.embedding_text) + SPECIAL_TOKENS <= min(max_tokens, HARD_LIMIT)
        assert piece.chunk_ids
        inside = {c.chunk_id for c in chunks if c.start < piece.end and c.end > piece.start}
        assert set(piece.chunk_ids) == inside
    headings = {i for s in doc.spans_of("heading") for i in range(s.start, s.end)}
    assert body_characters(doc) - headings <= covered
    assert covered <= {i for low, high in body_ranges(doc) for i in range(low, high)}


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_no_passage_crosses_a_heading(doc: Document) -> None:
    found = blocks(doc)
    for piece in passages(doc, (), 256):
        inside = [b for b in found if piece.start <= b.start < piece.end]
        if any(b.kind is BlockKind.HEADING for b in inside):
            (bare,) = inside
            after = [b for b in found if b.start > bare.start]
            assert not after or (after[0].kind is BlockKind.HEADING and after[0].level <= bare.level)


def of(source: str, kind: Kind = Kind.POLICY) -> list[tuple[tuple[str, ...], str]]:
    doc = document(source, kind)
    return [(p.heading_path, p.text) for p in passages(doc, (), 256)]


def test_a_short_paragraph_is_one_passage_under_its_headings() -> None:
    assert of("# Policy\n\n## Scope\n\nOne thing. Another thing.") == [
        (("Policy", "Scope"), "One thing. Another thing.")
    ]


def test_items_carry_a_lead_in_that_stands_elsewhere() -> None:
    item = (
        "keep a record of every access to personal data, of who asked for it, and of what was shown to whom"
    )
    long = "\n".join(f"- {item} ({n})" for n in range(4))
    found = of(f"# P\n\nThe processor shall not:\n\n{long}\n\nAfterwards it rests.")
    assert found[0][1].startswith("The processor shall not:\n")
    assert {path for path, _ in found[1:-1]} == {("P", "The processor shall not:")}
    assert found[-1] == (("P",), "Afterwards it rests.")


def test_short_items_stand_together_with_their_lead_in() -> None:
    assert of("We use:\n\n- encryption\n- firewalls\n- locks") == [
        ((), "We use:\n\n- encryption\n- firewalls\n- locks")
    ]


def test_a_long_sentence_is_cut_at_clauses_and_never_truncated() -> None:
    clause = "the keeper of the register records what was asked, by whom and for which purpose"
    sentence = "; ".join([clause] * 30) + "."
    found = [text for _, text in of(sentence)]
    assert len(found) > 1
    assert all(text.endswith((";", ".")) for text in found)
    assert " ".join(found) == sentence


@pytest.mark.parametrize("word", ["日本語" * 700, "x" * 9_000, "aGVsbG8x" * 900])
@pytest.mark.parametrize("kind", [Kind.POLICY, Kind.CONTRACT, Kind.RECORD])
def test_a_word_without_end_is_cut_and_so_is_what_follows_it(word: str, kind: Kind) -> None:
    doc = document(f"Before {word} after it all, and more.", kind)
    chunks = chunk(doc)
    found = passages(doc, chunks, 256)
    assert max(len(p.text) for p in found) <= 256 * 8
    assert max(len(c.text) for c in chunks) <= 1_000 * 8
    assert all(count(p.embedding_text) + SPECIAL_TOKENS <= 256 for p in found)
    assert sum(not c.isspace() for p in found for c in p.text) == len(word) + len("Beforeafteritall,andmore.")


def test_a_long_row_is_cut_between_cells_and_every_piece_says_whose_row_it_is() -> None:
    clause = "the supplier keeps the records of each transfer in the register of the keeper"
    cells = {"Vendor": "Acme Hosting", **{f"Duty {n}": f"{clause} {n}. {clause}." for n in range(8)}}
    source = f"# Vendors\n\n| {' | '.join(cells)} |\n|{'---|' * len(cells)}\n| {' | '.join(cells.values())} |"
    found = of(source)
    assert len(found) > 2
    assert found[0][0] == ("Vendors",) and found[0][1].startswith("Vendor: Acme Hosting; Duty 0: the")
    assert {path for path, _ in found[1:]} == {("Vendors", "Vendor: Acme Hosting")}
    assert all(text.startswith("Duty ") and count(text) <= TARGET_TOKENS for _, text in found[1:])


def test_sentences_are_grouped_up_to_the_target() -> None:
    sentence = "The keeper of the register checks each entry against the archive before it is closed."
    found = [text for _, text in of(" ".join([sentence] * 20))]
    assert all(count(text) <= TARGET_TOKENS for text in found)
    assert all(count(text) > TARGET_TOKENS / 2 for text in found[:-1])


def test_equal_text_under_equal_headings_is_one_passage_whatever_the_document() -> None:
    one = document("# P\n\nText.", Kind.POLICY)
    two = replace(document("# P\n\nText.", Kind.RECORD), document_id="e", version_id="w")
    other = document("# Q\n\nText.", Kind.POLICY)
    hashes = [passages(doc, (), 256)[0].passage_hash for doc in (one, two, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_page_is_known_where_the_format_has_pages() -> None:
    doc = document("One.\n\nTwo.", Kind.POLICY)
    two = doc.text.index("Two.")
    doc = replace(doc, spans=(*doc.spans, Span("page", 0, two, "1"), Span("page", two, len(doc.text), "2")))
    assert [p.page for p in passages(doc, (), 256)] == [1, 2]
    assert passages(document("One.", Kind.POLICY), (), 256)[0].page == 0


def chunks_of(source: str, kind: Kind) -> list[str]:
    return [c.text for c in chunk(document(source, kind))]


def test_a_finding_stays_with_its_recommendation() -> None:
    found = chunks_of(
        "# Audit\n\nIntro.\n\n## Findings\n\n### Finding 1 – Reviews\n\nNone done.\n\n"
        "### Recommendation\n\nDo them.\n\n"
        "### Finding 2 – Backups\n\nNot tried.\n\n#### Recommendation\n\nTry.\n\n## Close\n\nThanks.",
        Kind.AUDIT_REPORT,
    )
    assert "Finding 1 – Reviews\n\nNone done.\n\nRecommendation\n\nDo them." in found
    assert "Finding 2 – Backups\n\nNot tried.\n\nRecommendation\n\nTry." in found
    assert found[-1] == "Close\n\nThanks."


def test_a_record_is_cut_by_entry_and_a_technical_page_by_heading() -> None:
    table = "# Register\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"
    assert chunks_of(table, Kind.RECORD) == ["Register\n\nA: 1; B: 2", "A: 3; B: 4"]
    page = "# API\n\n## Login\n\nBy key.\n\n## Limits\n\nTen."
    assert chunks_of(page, Kind.TECHNICAL) == ["API\n\nLogin\n\nBy key.", "Limits\n\nTen."]


@pytest.mark.parametrize("kind", list(Kind))
def test_an_empty_document_has_no_pieces(kind: Kind) -> None:
    doc = Document("d", "v", "x", "h", "m", "p", DocumentMeta(kind=kind), "", ())
    assert chunk(doc) == ()
    assert passages(doc, (), 256) == ()


def test_nothing_is_joined_over_furniture_in_the_middle() -> None:
    doc = document("One:\n\nX FOOTER X\n\nTwo.", Kind.POLICY)
    at = doc.text.index("X FOOTER X")
    doc = replace(doc, spans=(*doc.spans, Span("furniture", at, at + 10)))
    assert [p.text for p in passages(doc, (), 256)] == ["One:", "Two."]
    assert [c.text for c in chunk(doc)] == ["One:", "Two."]
