"""Property tests of passages, and of chunks and passages together, on generated documents."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest import tokens
from radar_pipeline.ingest.chunk import chunk
from radar_pipeline.ingest.passages import HARD_LIMIT, TARGET_TOKENS, passages
from radar_pipeline.ingest.sections import BlockKind, blocks, body_ranges
from radar_pipeline.ingest.tokens import SPECIAL_TOKENS, count
from radar_pipeline.models import Document, DocumentMeta, Kind, Span
from tests.support.cutting import DOCUMENTS, body_characters, built, document


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


def test_a_line_of_spaces_is_no_passage() -> None:
    doc = Document("d", "v", "x", "h", "m", "p", DocumentMeta(), "One.\n    \nTwo.", ())
    assert [p.text for p in passages(doc, chunk(doc), 256)] == ["One.", "Two."]


# ── Slides, sheets, notes ─────────────────────────────────────────────────────────────────────


def placed(spans: list[tuple[str, str]]) -> list[tuple[tuple[str, ...], str]]:
    return [(p.heading_path, p.text) for p in passages(built(spans), (), 256)]


def test_a_slide_ends_a_passage_and_its_notes_stand_under_its_title() -> None:
    deck = [("slide", "Aims"), ("", "Be safe."), ("notes", "Say why."), ("slide", "Means"), ("", "Use keys.")]
    assert placed(deck) == [(("Aims",), "Be safe."), (("Aims",), "Say why."), (("Means",), "Use keys.")]


def test_a_slide_without_a_title_does_not_stand_under_the_one_before() -> None:
    doc = built([("heading:1", "Deck"), ("heading:2", "Aims"), ("", "Be safe."), ("", "Use keys.")])
    one, two = doc.text.index("Aims"), doc.text.index("Use")
    slides = (Span("slide", one, two - 2, "1"), Span("slide", two, len(doc.text), "2"))
    found = passages(replace(doc, spans=(*doc.spans, *slides)), (), 256)
    assert [(p.heading_path, p.text) for p in found] == [
        (("Deck", "Aims"), "Be safe."),
        (("Deck",), "Use keys."),
    ]


def test_a_footnote_is_never_glued_to_what_stands_around_it() -> None:
    found = placed([("", "We use:"), ("", "- keys"), ("footnote", "1 Not of brass."), ("", "- locks")])
    assert [text for _, text in found] == ["We use:\n\n- keys", "1 Not of brass.", "- locks"]


def test_a_sheet_ends_a_passage_and_a_chunk() -> None:
    doc = built([("sheet", "Risks"), ("", "Fire"), ("sheet", "Owners"), ("", "Ann")], Kind.UNKNOWN)
    assert [c.text for c in chunk(doc)] == ["Risks\n\nFire", "Owners\n\nAnn"]
    assert [(p.heading_path, p.text) for p in passages(doc, (), 256)] == [
        (("Risks",), "Fire"),
        (("Owners",), "Ann"),
    ]


# ── Texts without end ─────────────────────────────────────────────────────────────────────────


def test_a_text_without_spaces_is_cut_after_its_sentences() -> None:
    sentence = "監督機関への通知は七十二時間以内に行う。"
    found = [text for _, text in of(sentence * 60)]
    assert len(found) > 5 and all(text.endswith("。") for text in found)


@pytest.mark.parametrize("word", ["x" * 400_000, "a-b." * 100_000, "日本" * 100_000, "Word " * 80_000])
def test_the_work_on_a_line_without_end_grows_with_its_length_alone(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is counted by the tokenizer is a small multiple of the text, not its square."""
    seen = 0
    inner = tokens._encode

    def counting(pieces: Sequence[str]) -> list[int]:
        nonlocal seen
        seen += sum(map(len, pieces))
        return inner(pieces)

    monkeypatch.setattr(tokens, "_encode", counting)
    for kind in (Kind.POLICY, Kind.CONTRACT, Kind.RECORD, Kind.AUDIT_REPORT):
        doc = Document("d", "v", "x", "h", "m", "p", DocumentMeta(kind=kind), word, ())
        passages(doc, chunk(doc), 256)
    assert seen <= 40 * len(word)
