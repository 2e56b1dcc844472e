"""Property tests of the four strategies, for each kind of document, and what each promises."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest.chunk import STRATEGIES, chunk
from radar_pipeline.ingest.chunk.by_finding import FINDING_TOKENS
from radar_pipeline.ingest.chunk.by_window import OVERLAP_TOKENS, WINDOW_TOKENS
from radar_pipeline.ingest.chunk.ranges import SECTION_TOKENS
from radar_pipeline.ingest.sections import Block, BlockKind, blocks, top_level
from radar_pipeline.ingest.tokens import count
from radar_pipeline.models import Chunk, Document, Kind
from tests.support.cutting import BLOCKS, DOCUMENTS, body_characters, document

WINDOWS = (Kind.POLICY, Kind.PROCEDURE, Kind.UNKNOWN)
SECTIONS = (Kind.REGULATION, Kind.CONTRACT)
LIMITS = dict.fromkeys(Kind, SECTION_TOKENS[1]) | dict.fromkeys(WINDOWS, WINDOW_TOKENS)
LIMITS[Kind.AUDIT_REPORT] = FINDING_TOKENS


def of_kind(*kinds: Kind) -> st.SearchStrategy[Document]:
    return st.builds(document, BLOCKS.map("\n\n".join), st.sampled_from(kinds))


def chunks_of(source: str, kind: Kind) -> list[str]:
    return [c.text for c in chunk(document(source, kind))]


def inside(piece: Chunk, found: list[Block]) -> list[Block]:
    """The blocks that a chunk holds whole or in part."""
    return [block for block in found if block.start < piece.end and block.end > piece.start]


def words(number: int) -> str:
    return " ".join(["word"] * number)


# ── All kinds ─────────────────────────────────────────────────────────────────────────────────


def test_every_kind_has_a_strategy() -> None:
    assert set(STRATEGIES) == set(Kind)


@settings(max_examples=80, deadline=None)
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


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS)
def test_no_chunk_is_longer_than_its_strategy_allows(doc: Document) -> None:
    pieces = chunk(doc)
    assert all(piece.tokens <= LIMITS[doc.meta.kind] for piece in pieces)
    for one, other in pairwise(pieces):
        overlap = count(doc.text[other.start : one.end]) if other.start < one.end else 0
        assert overlap <= (OVERLAP_TOKENS if doc.meta.kind in WINDOWS else 0)


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS)
def test_a_heading_stays_with_what_it_heads_if_the_two_fit(doc: Document) -> None:
    found = blocks(doc)
    limit = LIMITS[doc.meta.kind] if doc.meta.kind in WINDOWS else SECTION_TOKENS[1]
    for piece in chunk(doc):
        held = inside(piece, found)
        if held[-1].kind is not BlockKind.HEADING or held[-1] is found[-1]:
            continue
        after = found[found.index(held[-1]) + 1]
        headed = after.kind is not BlockKind.HEADING and not after.first
        if headed and count(doc.text[after.start : after.end]) <= limit // 10:
            assert doc.meta.kind is Kind.AUDIT_REPORT or count(doc.text[held[-1].start : after.end]) > limit


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_a_chunk_knows_the_headings_that_it_stands_under(doc: Document) -> None:
    paths = {block.path for block in blocks(doc)}
    for piece in chunk(doc):
        assert piece.heading_path in paths or doc.meta.kind is Kind.AUDIT_REPORT


# ── By section ────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=80, deadline=None)
@given(of_kind(*SECTIONS))
def test_text_of_two_top_sections_is_never_in_one_chunk(doc: Document) -> None:
    found = blocks(doc)
    top = top_level([b for b in found if b.kind is BlockKind.HEADING])
    section, of = 0, {}
    for block in found:
        section += block.kind is BlockKind.HEADING and block.level <= top
        of[block.start] = section
    for piece in chunk(doc):
        bodies = [block for block in inside(piece, found) if block.kind is not BlockKind.HEADING]
        assert len({of[block.start] for block in bodies}) <= 1


def test_a_long_section_is_cut_into_pieces_of_500_to_1000_tokens() -> None:
    clauses = "\n\n".join(f"{n}. {words(180)}" for n in range(1, 30))
    found = chunk(document(f"# Law\n\n## Article 1\n\n{clauses}\n\n## Article 2\n\nShort.", Kind.REGULATION))
    low, high = SECTION_TOKENS
    assert all(low <= piece.tokens <= high for piece in found[:-2])
    assert found[-1].text == "Article 2\n\nShort."


def test_a_regulation_without_headings_is_cut_between_its_clauses() -> None:
    clauses = [f"{n}. {words(170)} end." for n in range(1, 20)]
    found = chunks_of("\n\n".join(clauses), Kind.CONTRACT)
    assert len(found) > 3 and all(text.endswith("end.") for text in found)


def test_one_clause_without_end_is_cut_into_even_pieces_between_sentences() -> None:
    sentence = "The keeper of the register checks each entry against the archive before it is closed."
    found = chunk(document(" ".join([sentence] * 80), Kind.REGULATION))
    assert all(piece.text.endswith("closed.") for piece in found)
    assert min(p.tokens for p in found) > 0.7 * max(p.tokens for p in found)


# ── By window ─────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(of_kind(*WINDOWS))
def test_windows_go_on_until_nothing_more_fits(doc: Document) -> None:
    """But for a heading that is kept with its text, and a unit that is long itself."""
    for one, other in pairwise(chunk(doc)):
        assert one.tokens > WINDOW_TOKENS - 2 * OVERLAP_TOKENS or other.tokens > OVERLAP_TOKENS


def test_a_window_begins_with_the_last_sentences_of_the_one_before() -> None:
    sentence = "The keeper of the register checks each entry against the archive before it is closed."
    one, two, *_ = chunk(document(" ".join([sentence] * 120), Kind.POLICY))
    repeated = one.text[two.start - one.start :]
    assert repeated == " ".join([sentence] * (OVERLAP_TOKENS // count(sentence)))


# ── By finding ────────────────────────────────────────────────────────────────────────────────


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


FINDINGS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(FINDINGS)
def test_each_finding_is_one_chunk_whatever_heads_its_recommendation(
    parts: list[tuple[int, int, bool]],
) -> None:
    source = "# Audit\n\n## Findings\n\n" + "\n\n".join(
        f"### {n}. Observation {n}\n\n{words(said)}.\n\n{'### Recommendation' if own else '#### Advice'}\n\n"
        f"Mend {n}: {words(advised)}."
        for n, (said, advised, own) in enumerate(parts, 1)
    )
    found = chunks_of(source, Kind.AUDIT_REPORT)
    for n in range(1, len(parts) + 1):
        [whole] = [text for text in found if f"Observation {n}\n" in text]
        assert f"Mend {n}:" in whole and whole.count("Observation") == 1


@settings(max_examples=30, deadline=None)
@given(FINDINGS)
def test_findings_in_rows_of_a_table_are_a_chunk_each(parts: list[tuple[int, int, bool]]) -> None:
    rows = "\n".join(f"| F-{n} | {words(a)} | {words(b)} |" for n, (a, b, _) in enumerate(parts, 1))
    table = f"| Finding | What we saw | Recommendation |\n|---|---|---|\n{rows}"
    found = chunks_of(f"# Audit\n\nIntro.\n\n## Findings\n\n{table}\n\nThanks.", Kind.AUDIT_REPORT)
    whole = [text for text in found if text.startswith("Finding: F-")]
    assert [text.split(";")[0] for text in whole] == [f"Finding: F-{n}" for n in range(1, len(parts) + 1)]
    assert all("Recommendation: " in text for text in whole)
    assert found[-1] == "Thanks."


def test_findings_that_are_lines_of_prose_are_found_where_no_heading_is_one() -> None:
    source = (
        "# Audit\n\nIntro.\n\nFinding 1: No reviews were done.\n\nRecommendation: Do them.\n\n"
        "Finding 2: Nothing was tried.\n\nRecommendation: Try."
    )
    assert chunks_of(source, Kind.AUDIT_REPORT)[1:] == [
        "Finding 1: No reviews were done.\n\nRecommendation: Do them.",
        "Finding 2: Nothing was tried.\n\nRecommendation: Try.",
    ]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("### Finding 1 – Keys\n\n{text}\n\n### Recommendation\n\n{text}", "Finding 1 – Keys"),
        ("| Finding | Advice |\n|---|---|\n| F-1 | {text} |", "Finding: F-1;"),
        ("Finding 1: Keys\n\n{text}", "Finding 1: Keys"),
    ],
)
def test_every_piece_of_a_finding_that_is_too_long_names_it(source: str, name: str) -> None:
    body = source.format(text=" ".join([words(30) + "."] * 80))
    found = chunk(document(f"# Audit\n\n## Findings\n\n{body}", Kind.AUDIT_REPORT))
    pieces = [piece for piece in found if "word" in piece.text]
    assert len(pieces) > 2 and all(piece.tokens <= SECTION_TOKENS[1] for piece in pieces)
    assert all(any(head.startswith(name) for head in piece.heading_path) for piece in pieces)


def test_an_audit_report_without_findings_is_cut_by_heading() -> None:
    found = chunks_of("# Audit\n\n## Scope\n\nAll.\n\n## Opinion\n\nFair.", Kind.AUDIT_REPORT)
    assert found == ["Audit\n\nScope\n\nAll.", "Opinion\n\nFair."]


# ── By heading, by entry ──────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(of_kind(Kind.TECHNICAL))
def test_a_technical_chunk_holds_text_under_one_heading(doc: Document) -> None:
    found = blocks(doc)
    for piece in chunk(doc):
        paths = {block.path for block in inside(piece, found) if block.kind is not BlockKind.HEADING}
        assert len(paths) <= 1


@settings(max_examples=60, deadline=None)
@given(of_kind(Kind.RECORD))
def test_a_record_chunk_holds_one_entry_and_a_row_its_header(doc: Document) -> None:
    found = blocks(doc)
    for piece in chunk(doc):
        entries = [block for block in inside(piece, found) if block.kind is not BlockKind.HEADING]
        assert len(entries) <= 1
        if entries and entries[0].kind is BlockKind.ROW and piece.start <= entries[0].start:
            assert doc.text[entries[0].start :].startswith("What: ")


def test_a_record_is_cut_by_entry_and_a_technical_page_by_heading() -> None:
    table = "# Register\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"
    assert chunks_of(table, Kind.RECORD) == ["Register\n\nA: 1; B: 2", "A: 3; B: 4"]
    page = "# API\n\n## Login\n\nBy key.\n\n## Limits\n\nTen."
    assert chunks_of(page, Kind.TECHNICAL) == ["API\n\nLogin\n\nBy key.", "Limits\n\nTen."]


def test_a_page_without_headings_is_cut_as_long_as_a_section_may_be() -> None:
    found = chunk(document("\n\n".join([words(190)] * 20), Kind.TECHNICAL))
    assert all(SECTION_TOKENS[0] <= piece.tokens <= SECTION_TOKENS[1] for piece in found)
