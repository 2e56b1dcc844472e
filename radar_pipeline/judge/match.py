"""How well a sentence or passage speaks of what a requirement speaks of."""

from dataclasses import dataclass

from radar_pipeline.judge.reading import Reading, Sentence, Terms

GROUP = 0.7  # a word matched through the thesaurus counts this much of the same word
_NEAR = 6  # words: two neighbouring words of the requirement count as a phrase within this distance


@dataclass(frozen=True, slots=True)
class Match:
    """Overlap of a text with the terms of a requirement, each in 0..1."""

    coverage: float  # weight of the requirement's words found, thesaurus matches at GROUP
    exact: float  # the same, same stems only
    phrases: float  # share of its neighbouring word pairs found near each other
    focus: float  # share of the text's own weight that the matched words make up
    rarest: float  # weight of the rarest matched word relative to the requirement's rarest


def sentence_match(terms: Terms, sentence: Sentence) -> Match:
    """Match of one sentence."""
    exact = terms.weights.keys() & sentence.places.keys()
    exact_weight = sum(terms.weights[s] for s in sorted(exact))
    similar = _similar(terms, exact, sentence.groups)
    rarest = max((terms.weights[s] for s in exact), default=0.0)
    top = max(terms.weights.values(), default=1.0)
    focus = exact_weight * terms.mass / sentence.mass if sentence.mass else 0.0
    return Match(exact_weight + GROUP * similar, exact_weight, _phrases(terms, sentence), focus, rarest / top)


def passage_coverage(terms: Terms, reading: Reading) -> float:
    """Coverage by a whole passage, whatever the sentence."""
    exact = terms.weights.keys() & reading.stems
    return sum(terms.weights[s] for s in sorted(exact)) + GROUP * _similar(terms, exact, reading.groups)


def _similar(terms: Terms, exact: set[str], found: frozenset[int]) -> float:
    return sum(
        w for s, w in terms.weights.items() if s not in exact and not found.isdisjoint(terms.groups[s])
    )


def _phrases(terms: Terms, sentence: Sentence) -> float:
    if not terms.pairs:
        return 0.0
    places = sentence.places
    hits = 0
    for first, second in terms.pairs:
        if first in places and second in places:
            hits += any(abs(a - b) <= _NEAR for a, _ in places[first] for b, _ in places[second])
    return hits / len(terms.pairs)
