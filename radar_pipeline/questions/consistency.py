"""Whether a sentence says more than the quotes it rests on, read by rule.

A quote may be literally in the document and the sentence over it still be false: another number, a
"not" lost, a "should" told as a fact. Strict on purpose: what cannot be told apart from that is marked,
so a true sentence may be marked, and a false figure is not let through.
"""

import re
from collections.abc import Iterable, Sequence

from radar_pipeline.judge.match import passage_coverage
from radar_pipeline.judge.reading import read, terms
from radar_pipeline.llm.particulars import LIMITING, Particulars, particulars

FEWEST_SHARED = 0.25  # of the sentence's content words, by weight, in its sources
_DEGREE = re.compile(r"\bno(?:t)?\s+(?:later|more|longer|fewer|less|earlier)\s+than\b", re.I)
_NOUNS = re.compile(r"\b(?:requirements?|obligations?)\b", re.I)  # things, where a modal would be read
_KEPT = frozenset({"unless", "except"})  # a sentence may not leave these out
_STRONG = frozenset({"shall", "must", "require", "need", "is to", "will"})
_WEAK = frozenset({"should", "ought", "recommend"})
_FREE = frozenset({"may", "might", "can", "could", "would", "permit", "optional"})
_PLAN = frozenset({"plan"})
_PARTIAL = frozenset({"some", "many", "few", "often", "either"})
_WHOLE = frozenset({"all", "every", "each", "always", "any", "both"})
_OPPOSED = (
    *(("more", "less"), ("least", "most"), ("before", "after"), ("within", "outside")),
    *(("within", "after"), ("increase", "decrease"), ("until", "since")),
)


def says_more(sentence: str, quotes: Sequence[str], besides: Sequence[str] = ()) -> bool:
    """Whether the sentence has a particular that its quotes contradict or lack.

    ``besides``: other texts that may lend it numbers and references, such as titles.
    """
    told = particulars(_plain(sentence))
    proof = [particulars(_plain(quote)) for quote in quotes]
    lent = [*proof, *(particulars(_plain(text)) for text in besides)]
    if not _lent(told, lent):
        return True
    return (
        _turned(told, proof)
        or _other_duty(told, proof)
        or _other_measure(told, proof)
        or bool(set(told.quantifiers) & _WHOLE and _all(proof, "quantifiers") & _PARTIAL)
    )


def shares_words(sentence: str, sources: Iterable[str]) -> bool:
    """Whether the sentence speaks of what its sources speak of, same words or of the same meaning."""
    return passage_coverage(terms(sentence), read("\n\n".join(sources))) >= FEWEST_SHARED


def _plain(text: str) -> str:
    return _DEGREE.sub("within", _NOUNS.sub(" ", text))


def _all(found: Iterable[Particulars], kind: str) -> set[str]:
    return {value for each in found for value in getattr(each, kind)}


def _lent(told: Particulars, lent: Sequence[Particulars]) -> bool:
    """Whether every number, date and reference of the sentence is one of its sources'."""
    return all(set(getattr(told, k)) <= _all(lent, k) for k in ("numbers", "dates", "references"))


def _turned(told: Particulars, proof: Sequence[Particulars]) -> bool:
    said, quoted = set(told.negations), _all(proof, "negations")
    if bool(said - LIMITING) != bool(quoted - LIMITING):
        return True
    return not (said & LIMITING) <= quoted or bool((quoted & _KEPT) - said)


def _other_duty(told: Particulars, proof: Sequence[Particulars]) -> bool:
    """What is only recommended, allowed or planned is not told as done or due, nor the reverse."""
    said, quoted = set(told.modals), _all(proof, "modals")
    bare = any(not each.modals for each in proof)
    for force in (_WEAK, _FREE, _PLAN):
        if said & force and not quoted & force:
            return True
    if said & _STRONG and not (quoted & _STRONG or bare):
        return True
    softer = _WEAK | _FREE | _PLAN
    return not said and bool(quoted & softer) and not (quoted & _STRONG or bare)


def _other_measure(told: Particulars, proof: Sequence[Particulars]) -> bool:
    said, quoted = set(told.comparisons), _all(proof, "comparisons")
    pairs = (*_OPPOSED, *((b, a) for a, b in _OPPOSED))
    return any(a in said and a not in quoted and b in quoted for a, b in pairs)
