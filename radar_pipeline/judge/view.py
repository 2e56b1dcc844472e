"""One question as the local judge sees it: admitted candidates, read, scored and ranked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.judge.coefficients import Coefficients
from radar_pipeline.judge.features import (
    Reader,
    element_row,
    look,
    passage_matrix,
    question_row,
    strength,
    whole_terms,
)
from radar_pipeline.judge.reading import Sentence, Terms, terms
from radar_pipeline.judge.stance import Stance, stance, stance_row
from radar_pipeline.models import Candidate, Element, Kind, Question, Requirement, Status

Array = NDArray[np.float64]

AUDIT_DISCOUNT = 0.7  # log-odds: a report about an arrangement proves it less than the arrangement itself
SPEAKS = 0.2  # of the best sentence's match: what a sentence needs to have a say in the direction
FEWEST_WORDS = 3  # distinct content words; less is a heading
SENTENCE_PULL = 3.0  # log-odds per unit of match, between sentences of one passage


@dataclass(frozen=True, slots=True)
class Spot:
    """A sentence of a candidate, with the log-odds that it is evidence for the requirement."""

    candidate: int
    sentence: Sentence
    logit: float
    share: float  # how much it speaks of the requirement; the best sentence of all: 1
    stance: Stance


@dataclass(frozen=True, slots=True)
class View:
    """All that the verdict is drawn from."""

    requirement: Requirement
    candidates: tuple[Candidate, ...]
    readers: tuple[Reader, ...]
    cosines: Array  # candidates × queries
    matrix: Array  # candidates × PASSAGE_FEATURES
    logits: Array  # per candidate: log-odds of being evidence
    plain: Array  # the same from words and the whole cosine alone
    order: tuple[int, ...]  # candidates, strongest first
    spots: tuple[Spot, ...]  # sentences that speak of the matter, strongest first

    def question_row(self) -> Array:
        """Features for "addressed at all"."""
        return question_row(self.matrix, self.logits, self.plain)

    def stance_row(self) -> Array:
        """Features for "against rather than for"."""
        stances = [s.stance for s in self.spots]
        return np.array(stance_row(self.requirement.text, stances, [s.share for s in self.spots]))

    def element_rows(self, index: int, element: Element) -> Array:
        """ELEMENT_FEATURES of every candidate for the ``index``-th element."""
        wanted = terms(element.text)
        column = self.cosines[:, min(index + 1, self.cosines.shape[1] - 1)]
        return plain_rows(element.text, [look(wanted, c) for c in self.candidates], column)


def admitted(question: Question) -> tuple[Candidate, ...]:
    """Candidates that can be evidence: what the law says and what no longer holds is none."""
    return tuple(
        c for c in question.candidates if c.kind is not Kind.REGULATION and c.status is not Status.SUPERSEDED
    )


def open_view(question: Question, coefficients: Coefficients, own_embedder: bool) -> View | None:
    """Read, score and rank the admitted candidates; None if there is none.

    ``own_embedder``: whether the vectors are of the embedder that the per-dimension coefficients
    were fitted on; with any other they are left out.
    """
    candidates = admitted(question)
    if not candidates:
        return None
    requirement = question.requirement
    whole = whole_terms(requirement)
    readers = tuple(look(whole, c) for c in candidates)
    vectors, queries = _vectors(question, candidates)
    cosines = np.round(vectors @ queries.T, 5)
    matrix = passage_matrix(requirement, candidates, readers, cosines)
    logits = coefficients.passage.logit(matrix)
    if own_embedder and vectors.shape[1] == len(coefficients.product):
        logits = logits + vector_logit(vectors, queries[0], coefficients)
    logits = logits - AUDIT_DISCOUNT * np.array([c.kind is Kind.AUDIT_REPORT for c in candidates])
    logits = np.where([r.best >= 0 for r in readers], logits, -12.0)
    logits = np.round(logits, 5)
    order = tuple(int(i) for i in np.argsort(-logits, kind="stable"))
    spots = _spots(requirement, whole, candidates, readers, logits)
    plain = coefficients.element.logit(plain_rows(requirement.text, readers, cosines[:, 0]))
    return View(requirement, candidates, readers, cosines, matrix, logits, np.round(plain, 5), order, spots)


def plain_rows(text: str, readers: Sequence[Reader], cosines: Array) -> Array:
    """ELEMENT_FEATURES of every candidate for ``text``, which the readers have looked for."""
    wanted = terms(text)
    return np.array([element_row(wanted, r, float(c)) for r, c in zip(readers, cosines, strict=True)])


def vector_logit(vectors: Array, query: Array, coefficients: Coefficients) -> Array:
    """Log-odds from the vectors dimension by dimension: a diagonal metric."""
    return np.asarray(
        (vectors * query) @ coefficients.product + np.abs(vectors - query) @ coefficients.distance
    )


def _vectors(question: Question, candidates: tuple[Candidate, ...]) -> tuple[Array, Array]:
    """Candidate and query vectors; zeros where the question carries none."""
    if question.query_vectors is None or any(c.vector is None for c in candidates):
        return np.zeros((len(candidates), 1)), np.zeros((1 + len(question.requirement.elements), 1))
    stacked = np.stack([np.asarray(c.vector, dtype=np.float64) for c in candidates])
    return stacked, np.asarray(question.query_vectors, dtype=np.float64)


def _spots(
    requirement: Requirement,
    whole: Terms,
    candidates: tuple[Candidate, ...],
    readers: tuple[Reader, ...],
    logits: Array,
) -> tuple[Spot, ...]:
    found = [
        (strength(match), index, sentence)
        for index, reader in enumerate(readers)
        for sentence, match in zip(reader.reading.sentences, reader.matches, strict=True)
        if not sentence.instructs and len(sentence.places) >= FEWEST_WORDS
    ]
    top = max((f[0] for f in found), default=0.0) or 1.0
    best = {index: max(f[0] for f in found if f[1] == index) for index in {f[1] for f in found}}
    spots = [
        Spot(
            index,
            sentence,
            round(float(logits[index]) + SENTENCE_PULL * (strong - best[index]), 5),
            round((strong / top) ** 2, 5),
            stance(requirement.text, whole, sentence, candidates[index].kind, _lead(candidates[index])),
        )
        for strong, index, sentence in found
        if strong >= SPEAKS * top
    ]
    return tuple(sorted(spots, key=lambda s: (-s.logit, s.candidate, s.sentence.start)))


def _lead(candidate: Candidate) -> str:
    return candidate.heading_path[-1] if candidate.heading_path else ""
