"""Our own pairs of a short duty and a policy sentence that arranges it, with a near miss each.

Contracts say little about how policies are worded; these pairs (``pairs.jsonl``, written for this
purpose, before and apart from the sample organisation) keep the element model honest there.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.quality.questions import CANDIDATES, VectorCache
from radar_pipeline.judge.features import look
from radar_pipeline.judge.reading import terms
from radar_pipeline.judge.view import plain_rows
from radar_pipeline.models import Candidate, Kind, Status

PAIRS = Path(__file__).with_name("pairs.jsonl")


@dataclass(frozen=True, slots=True)
class PairQuestion:
    """A duty against its nearest sentences, with or without the one that arranges it."""

    rows: NDArray[np.float64]  # candidates × ELEMENT_FEATURES
    hits: NDArray[np.bool_]
    arranged: bool


def pair_questions(vectors: VectorCache) -> list[PairQuestion]:
    """Each duty twice: among all sentences, and with its arranging sentence taken away."""
    pairs = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    sentences = [p["arranges"] for p in pairs] + [p["near"] for p in pairs]
    matrix = vectors.embed(sentences)
    queries = vectors.embed([p["element"] for p in pairs])
    questions = []
    for number, pair in enumerate(pairs):
        cosines = matrix @ queries[number]
        for arranged in (True, False):
            order = [int(n) for n in np.argsort(-cosines, kind="stable") if arranged or n != number]
            order = order[:CANDIDATES]
            readers = [look(terms(pair["element"]), _candidate(sentences[n])) for n in order]
            rows = plain_rows(pair["element"], readers, cosines[order].astype(np.float64))
            questions.append(PairQuestion(rows, np.array([n == number for n in order]), arranged))
    return questions


def _candidate(text: str) -> Candidate:
    return Candidate(text, text, (), Kind.POLICY, Status.APPROVED)
