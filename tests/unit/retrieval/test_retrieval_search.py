"""Search is exact, and what the judge has seen is not reshuffled by what does not concern it."""

import numpy as np
import pytest

from radar_pipeline.models import Kind, Passage, Requirement, Status
from radar_pipeline.retrieval.hashing import HashingEmbedder
from radar_pipeline.retrieval.search import MARGIN, Corpus, Scores, distinct

EMBEDDER = HashingEmbedder()
SENTENCES = [
    "The firm notifies the regulator of a data breach within 72 hours.",
    "All laptops are encrypted with a hardware key.",
    "Access rights are reviewed every 90 days by their owner.",
    "Visitors sign a log at the reception desk.",
    "Backups are restored as a test every quarter.",
    "The canteen serves lentil soup on Mondays.",
    "Suppliers are checked before a contract is signed.",
    "The board approves the security policy each year.",
]


def passage(text: str, ordinal: int = 0, status: Status = Status.UNKNOWN, document: str = "doc-1") -> Passage:
    return Passage(
        text[:24],
        document,
        f"ver-{document}",
        ordinal,
        ordinal + len(text),
        text,
        (),
        0,
        Kind.POLICY,
        status,
    )


def corpus(texts: list[str]) -> Corpus:
    passages = distinct([passage(t, n) for n, t in enumerate(texts)])
    return Corpus(passages, EMBEDDER.embed([p.embedding_text for p in passages]))


def requirement(text: str) -> Requirement:
    return Requirement("f:1", "f", "1", "Title", text, "d", 3, "c", ())


def scored(found: Corpus, asked: Requirement) -> Scores:
    (scores,) = found.scores([asked], [EMBEDDER.embed(asked.queries)])
    return scores


def search(found: Corpus, text: str, size: int, previous: tuple[str, ...] = ()) -> tuple[str, ...]:
    asked = requirement(text)
    return found.candidate_set(scored(found, asked), size, previous)


def test_the_passage_that_says_it_is_found_first() -> None:
    found = corpus(SENTENCES)
    asked = requirement("Notify the regulator of a data breach within 72 hours")
    nearest = found.nearest(scored(found, asked))
    assert nearest[0].passage_hash == SENTENCES[0][:24]
    assert [n.rank for n in nearest] == list(range(1, len(SENTENCES) + 1))


def test_the_result_does_not_depend_on_the_order_of_the_corpus() -> None:
    asked = "Review of access rights every 90 days"
    assert search(corpus(SENTENCES), asked, 3) == search(corpus(SENTENCES[::-1]), asked, 3)


def test_the_blocked_product_equals_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = requirement("Access rights reviewed")
    whole = scored(corpus(SENTENCES), asked).dense
    monkeypatch.setattr("radar_pipeline.retrieval.search.BLOCK", 3)
    blocked = scored(corpus(SENTENCES), asked).dense
    assert np.array_equal(whole, blocked)


def test_scoring_together_equals_scoring_alone() -> None:
    asked = [requirement(text) for text in ("Access rights reviewed", "Soup on Mondays", "Laptops encrypted")]
    queries = [EMBEDDER.embed(r.queries) for r in asked]
    together = list(corpus(SENTENCES).scores(asked, queries))
    for one, scores in zip(asked, together, strict=True):
        assert np.allclose(scored(corpus(SENTENCES), one).fused, scores.fused, atol=1e-6)


def test_removing_an_unrelated_document_keeps_the_candidate_set() -> None:
    """BM25's statistics move with every document; the margin must absorb that."""
    asked = "The firm must notify the regulator of a data breach within 72 hours."
    before = search(corpus(SENTENCES), asked, 3)
    unrelated = next(s for s in SENTENCES if s[:24] not in before)
    after = search(corpus([s for s in SENTENCES if s != unrelated]), asked, 3, before)
    assert after == before


def test_a_previous_candidate_gives_way_only_to_a_clearly_better_one() -> None:
    found = corpus(SENTENCES)
    asked = requirement("Encrypted laptops with a key")
    scores = scored(found, asked)
    ranked = sorted(scores.fused.tolist(), reverse=True)
    first, second = (n.passage_hash for n in found.nearest(scores)[:2])
    assert found.candidate_set(scores, 1, ()) == (first,)
    held = found.candidate_set(scores, 1, (second,))
    assert held == ((second,) if ranked[0] - ranked[1] < MARGIN else (first,))


def test_of_equal_passages_the_approved_document_speaks() -> None:
    draft = passage("We encrypt.", 0, Status.DRAFT, "doc-0")
    approved = passage("We encrypt.", 0, Status.APPROVED, "doc-9")
    assert distinct([draft, approved]) == (approved,)


def test_of_equal_passages_the_kept_document_speaks_and_not_its_copy() -> None:
    copy = passage("We encrypt.", 0, Status.APPROVED, "doc-0")
    kept = passage("We encrypt.", 0, Status.APPROVED, "doc-9")
    assert distinct([copy, kept], copies={"doc-0"}) == (kept,)
    draft = passage("We encrypt.", 0, Status.DRAFT, "doc-5")
    assert distinct([copy, draft], copies={"doc-0"}) == (copy,)  # it is approved, whoever is kept


def test_of_equal_passages_in_documents_that_stand_alike_the_first_path_speaks() -> None:
    one, other = (passage("We encrypt.", 0, Status.UNKNOWN, name) for name in ("doc-0", "doc-9"))
    assert distinct([one, other], paths={"doc-0": "b.md", "doc-9": "a.md"}) == (other,)


def test_an_empty_corpus_is_searched_without_harm() -> None:
    found = Corpus((), np.zeros((0, 256), dtype=np.float32))
    asked = requirement("Anything")
    scores = scored(found, asked)
    assert found.candidate_set(scores, 5, ()) == () and found.nearest(scores) == ()
