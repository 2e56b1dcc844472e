"""Dense and full-text search over a tenant's passages, fused into candidate sets that stay put.

Dense search is exact: one blocked matrix product of all queries with all passages. Full text is
BM25 (Robertson & Zaragoza 2009) by bm25s. Scores are fused by a weighted sum and not by rank,
because ranks jump when BM25's corpus statistics move and a sum moves only as much as they do.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.models import Passage, RankedPassage, Requirement, Status

VERSION = "fusion@1"
LEXICAL_WEIGHT = 0.35
ELEMENT_WEIGHT = 0.9  # an element's own match counts a little less than the whole requirement's
MARGIN = 0.03  # how much a newcomer must beat a previous candidate by; BM25 drift stays under it
BLOCK = 4096  # passages per matrix product, and
TOGETHER = 64  # requirements scored at once: bound memory at any size of corpus and catalog
NEAREST = 10  # rows of a search record

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of every passage for one requirement, each an array over passages."""

    fused: Matrix
    dense: Matrix
    lexical: Matrix


class Corpus:
    """A tenant's distinct passages with their vectors, ready to be searched.

    ``passages`` are distinct by hash, in a stable order; ``vectors`` has one L2-normalised row each.
    """

    def __init__(self, passages: Sequence[Passage], vectors: Matrix) -> None:
        if len(passages) != len(vectors):
            raise ValueError(f"{len(passages)} passages but {len(vectors)} vectors")
        self.passages = tuple(passages)
        self.vectors = vectors
        self._rows = {p.passage_hash: i for i, p in enumerate(self.passages)}
        self._lexical = _LexicalIndex([p.embedding_text for p in passages]) if passages else None

    def vector_of(self, passage_hash: str) -> Matrix:
        """The vector of one passage."""
        row: Matrix = self.vectors[self._rows[passage_hash]]
        return row

    def scores(
        self, requirements: Sequence[Requirement], query_vectors: Sequence[Matrix]
    ) -> Iterator[Scores]:
        """Fused, dense and lexical score of every passage, one ``Scores`` per requirement.

        ``query_vectors``: for each requirement a row per text of ``requirement.queries``.
        """
        for first in range(0, len(requirements), TOGETHER):
            some = requirements[first : first + TOGETHER]
            dense = self._dense(query_vectors[first : first + TOGETHER])
            for requirement, row in zip(some, dense, strict=True):
                lexical = np.zeros_like(row)
                if self._lexical is not None:
                    lexical = self._lexical.scores(" ".join((*requirement.queries, *requirement.terms)))
                yield Scores(row + LEXICAL_WEIGHT * lexical, row, lexical)

    def _dense(self, queries: Sequence[Matrix]) -> Matrix:
        """Best similarity of each passage to any query of each requirement: (requirements, passages)."""
        weighted = [np.vstack([rows[:1], ELEMENT_WEIGHT * rows[1:]]) for rows in queries]
        starts = np.cumsum([0, *(len(rows) for rows in weighted[:-1])])
        stacked = np.concatenate(weighted).astype(np.float32).T
        best = np.zeros((len(queries), len(self.passages)), dtype=np.float32)
        for start in range(0, len(self.passages), BLOCK):
            product = self.vectors[start : start + BLOCK] @ stacked
            best[:, start : start + BLOCK] = np.maximum.reduceat(product, starts, axis=1).T
        return best

    def candidate_set(self, scores: Scores, size: int, previous: Sequence[str]) -> tuple[str, ...]:
        """Hashes of the best ``size`` passages, sorted.

        A previous candidate whose text is still there gives way only to one that beats it by
        MARGIN, so that an unrelated document does not reshuffle what the judge has seen.
        """
        values = scores.fused.copy()
        values[[self._rows[h] for h in previous if h in self._rows]] += MARGIN
        best = self._top(values, size)
        return tuple(sorted(self.passages[i].passage_hash for i in best))

    def nearest(self, scores: Scores, count: int = NEAREST) -> tuple[RankedPassage, ...]:
        """The search record's rows: the best ``count`` passages, best first."""
        return tuple(
            RankedPassage(
                rank=rank,
                passage_hash=(p := self.passages[i]).passage_hash,
                document_id=p.document_id,
                version_id=p.version_id,
                start=p.start,
                end=p.end,
                score=round(float(scores.fused[i]), 4),
                dense=round(float(scores.dense[i]), 4),
                lexical=round(float(scores.lexical[i]), 4),
            )
            for rank, i in enumerate(self._top(scores.fused, count), 1)
        )

    def _top(self, values: Matrix, count: int) -> list[int]:
        """Indices of the largest values; ties go to the smaller passage hash."""
        if len(values) > 4 * count:
            floor = np.partition(values, -count)[-count]
            pool = np.flatnonzero(values >= floor).tolist()
        else:
            pool = list(range(len(values)))
        pool.sort(key=lambda i: (-float(values[i]), self.passages[i].passage_hash))
        return pool[:count]


class _LexicalIndex:
    """BM25 over stemmed words (Porter2), squashed into 0..1."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s
        import Stemmer

        self._stemmer = Stemmer.Stemmer("english")
        self._bm25s = bm25s
        # A document without a single word still needs its row: the sign stands in for it.
        tokens = [row or ["∅"] for row in self._tokens(texts)]
        self._size = len(tokens)
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index(tokens, show_progress=False)

    def _tokens(self, texts: Sequence[str]) -> list[list[str]]:
        rows: list[list[str]] = self._bm25s.tokenize(
            list(texts), stopwords="en", stemmer=self._stemmer, show_progress=False, return_ids=False
        )
        return rows

    def scores(self, query: str) -> Matrix:
        """Each passage's score for the distinct words of ``query``.

        raw / (raw + number of words): monotone, and free of the corpus's own maximum, which one
        added document could move for everybody.
        """
        terms = sorted(set(self._tokens([query])[0]) & self._index.vocab_dict.keys())
        if not terms:
            return np.zeros(self._size, dtype=np.float32)
        raw = np.asarray(self._index.get_scores(terms), dtype=np.float32)
        return raw / (raw + np.float32(len(terms)))


def distinct(
    passages: Sequence[Passage],
    copies: Collection[str] = (),
    paths: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Passage, ...]:
    """One passage per hash, sorted by hash: of equal ones the one in the document that binds most,
    that is none of the ``copies`` (document ids), and whose path (by document id) comes first."""

    def rank(p: Passage) -> tuple[int, bool, str, str, int]:
        known = paths.get(p.document_id, "")
        return _STANDING[p.status], p.document_id in copies, known, p.document_id, p.start

    best: dict[str, Passage] = {}
    for passage in sorted(passages, key=rank):
        best.setdefault(passage.passage_hash, passage)
    return tuple(best[key] for key in sorted(best))


_STANDING = {Status.APPROVED: 0, Status.UNKNOWN: 1, Status.DRAFT: 2, Status.SUPERSEDED: 3}
