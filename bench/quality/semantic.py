"""How often the semantic cache gives one question's answer to another question.

The pairs of ``question_pairs.jsonl`` are ours: adversarial ones, which look alike and ask something else
(one swap of each kind in varied questions, no swap more than three times), and true paraphrases.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import sqrt

from radar_pipeline.llm.semantic import LEAST_ALIKE, Asked, reusable
from radar_pipeline.retrieval.embedder import Embedder

PEER = f"cosine > {LEAST_ALIKE} alone"
OURS = "with equal particulars and words"
ALL = "all adversarial"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions; ``same``: whether one's answer is the other's."""

    kind: str
    one: str
    other: str
    same: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """Hits among pairs, with Wilson's 95% interval (Wilson 1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Its bounds."""
        if not self.of:
            return 0.0, 1.0
        z, n, p = 1.96, self.of, self.value
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Measured:
    """By method, then by kind of pair; and the pairs that were answered falsely."""

    rates: dict[str, dict[str, Rate]]
    false_hits: list[Pair]


def pairs() -> list[Pair]:
    """All pairs of the file."""
    text = files("bench.quality").joinpath("question_pairs.jsonl").read_text("utf-8")
    return [Pair(**json.loads(line)) for line in text.splitlines()]


def measure(embedder: Embedder, given: Sequence[Pair] | None = None) -> Measured:
    """Both methods on every pair, the second question asked after the first was answered."""
    found = list(given if given is not None else pairs())
    rows = embedder.embed([text for pair in found for text in (pair.one, pair.other)])
    hits: dict[str, dict[str, list[bool]]] = {PEER: {}, OURS: {}}
    false_hits = []
    for pair, one, other in zip(found, rows[0::2], rows[1::2], strict=True):
        ours = reusable(pair.other, other, [Asked(pair.one, one)]) is not None
        if ours and not pair.same:
            false_hits.append(pair)
        for method, hit in ((PEER, float(one @ other) > LEAST_ALIKE), (OURS, ours)):
            for kind in (pair.kind,) if pair.same else (pair.kind, ALL):
                hits[method].setdefault(kind, []).append(hit)
    rates = {
        method: {kind: Rate(sum(found_), len(found_)) for kind, found_ in kinds.items()}
        for method, kinds in hits.items()
    }
    return Measured(rates, false_hits)
