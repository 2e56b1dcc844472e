"""What the local judge weighs: numbers about each candidate, and about a question as a whole.

Every feature is general: none names a requirement, a document or a data set, so the fitted weights
carry over to requirements never seen. The order of the names is the order of the columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.judge import cues
from radar_pipeline.judge.match import Match, passage_coverage, sentence_match
from radar_pipeline.judge.reading import Reading, Sentence, Terms, read, terms
from radar_pipeline.models import Candidate, Requirement

Array = NDArray[np.float64]

PASSAGE_FEATURES = (
    "cosine", "cosine_element", "cosine_over_rest", "coverage", "coverage_over_rest", "best_sentence",
    "best_exact", "phrases", "focus", "rarest", "title", "heading", "deontic", "length", "cosine_x_coverage",
    "number_words", "definition",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """A candidate as read for one requirement: its best sentence and the match of each."""

    reading: Reading
    matches: tuple[Match, ...]
    best: int  # index of the best sentence, -1 if the passage has none that counts

    @property
    def sentence(self) -> Sentence | None:
        """The best sentence."""
        return self.reading.sentences[self.best] if self.best >= 0 else None


def look(requirement_terms: Terms, candidate: Candidate) -> Reader:
    """Read ``candidate`` for the terms; sentences that instruct the assessor never count."""
    reading = read(candidate.text)
    matches = tuple(sentence_match(requirement_terms, s) for s in reading.sentences)
    best, top = -1, -1.0
    for number, (sentence, match) in enumerate(zip(reading.sentences, matches, strict=True)):
        value = strength(match)
        if value > top and not sentence.instructs:
            best, top = number, value
    return Reader(reading, matches, best)


def strength(match: Match) -> float:
    """One number for how strongly a sentence speaks of the requirement."""
    return match.coverage + 0.5 * match.phrases + 0.15 * match.focus


def passage_matrix(
    requirement: Requirement,
    candidates: Sequence[Candidate],
    readers: Sequence[Reader],
    cosines: Array,
) -> Array:
    """Features of each candidate, one row each in the given order.

    ``cosines``: candidates × queries (column 0 the whole requirement).
    """
    whole = whole_terms(requirement)
    title = terms(requirement.title)
    coverage = np.array([passage_coverage(whole, r.reading) for r in readers])
    rows = []
    for number, (candidate, reader) in enumerate(zip(candidates, readers, strict=True)):
        rows.append(_row(title, whole, candidate, reader, cosines[number], float(coverage[number])))
    matrix = np.array(rows, dtype=np.float64)
    matrix[:, 2] = matrix[:, 0] - _rest(matrix[:, 0])
    matrix[:, 4] = coverage - _rest(coverage)
    return matrix


def whole_terms(requirement: Requirement) -> Terms:
    """Terms of the requirement as a whole: title, text and its catalog's own search terms."""
    return terms(f"{requirement.title}. {requirement.text}")


def _row(
    title: Terms, whole: Terms, candidate: Candidate, reader: Reader, cosine: Array, coverage: float
) -> list[float]:
    sentence = reader.sentence
    match = reader.matches[reader.best] if sentence is not None else Match(0, 0, 0, 0, 0)
    heading = " ".join(candidate.heading_path[-2:])
    text = sentence.text if sentence is not None else ""
    return [
        float(cosine[0]),
        float(cosine.max()),
        0.0,
        coverage,
        0.0,
        match.coverage,
        match.exact,
        match.phrases,
        min(match.focus, 1.0),
        match.rarest,
        passage_coverage(title, reader.reading),
        passage_coverage(whole, read(heading)) if heading else 0.0,
        float(bool(cues.scopes(text))),
        min(len(candidate.text) / 800.0, 2.0),
        float(cosine[0]) * coverage,
        min(len(whole.weights) / 30.0, 2.0),
        float(cues.open_list(text)),
    ]


def _rest(values: Array) -> float:
    """Level of the weaker half of the candidates: the background for this requirement here."""
    return float(np.sort(values)[: max(1, len(values) // 2)].mean())


QUESTION_FEATURES = ("best", "best_plain", "cosine")


def question_row(matrix: Array, logits: Array, plain: Array) -> Array:
    """Features of the question: how strong its candidates are by three measures.

    ``plain``: log-odds of each candidate from the few features of ELEMENT_FEATURES. Three numbers
    and no more: with forty requirements to learn from, richer ones (gaps, backgrounds, lengths) told
    the requirements apart and did worse on those left out.
    """
    return np.array([float(logits.max()), float(plain.max()), float(matrix[:, 0].max())])


ELEMENT_FEATURES = (
    "cosine", "coverage", "best_sentence", "best_exact", "phrases", "focus", "rarest", "words",
)  # fmt: skip


def element_row(wanted: Terms, reader: Reader, cosine: float) -> list[float]:
    """Features of one candidate for one element: fewer than for the whole requirement, because an
    element is a few words long."""
    match = reader.matches[reader.best] if reader.best >= 0 else Match(0, 0, 0, 0, 0)
    return [
        cosine,
        passage_coverage(wanted, reader.reading),
        match.coverage,
        match.exact,
        match.phrases,
        min(match.focus, 1.0),
        match.rarest,
        min(len(wanted.weights) / 30.0, 2.0),
    ]
