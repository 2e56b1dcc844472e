"""What is read off a text once: a passage's sentences, a requirement's words and polarity.

Both are functions of their text alone and cached by it; judging a pair only compares them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from radar_pipeline.judge.injection import instructions
from radar_pipeline.judge.sentences import sentences
from radar_pipeline.judge.text import groups, is_content, stem, weight, words


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: offsets in the passage, stems with their positions in it."""

    start: int
    end: int
    text: str
    places: Mapping[str, tuple[tuple[int, int], ...]]  # stem -> (word number, character offset)
    groups: frozenset[int]
    mass: float  # summed weight of its distinct stems
    instructs: bool  # addresses the assessor: never evidence
    lead: str = ""  # the sentence with a colon that it is an item of, if it stands in the same passage


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage as read."""

    sentences: tuple[Sentence, ...]
    stems: frozenset[str]
    groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class Terms:
    """The words a requirement or one of its elements is looked for by."""

    weights: Mapping[str, float]  # stem -> weight, sum 1
    groups: Mapping[str, frozenset[int]]
    pairs: tuple[tuple[str, str], ...]  # neighbouring content words, in order
    verbs: tuple[str, ...]  # stems of the act required, permitted or forbidden
    mass: float  # summed weight before normalising


class Polarity:
    """What a requirement wants: an act done, an act left undone, or an act left free."""

    OBLIGES = "obliges"
    FORBIDS = "forbids"
    PERMITS = "permits"
    ASKS = "asks"  # "Is there a clause …": any clause on the matter answers it


@lru_cache(maxsize=16384)
def read(text: str) -> Reading:
    """The reading of a passage's text."""
    found: list[Sentence] = []
    lead = ""
    flags = instructions(text)
    for start, end in sentences(text):
        flagged = any(flag.start < end and start < flag.end for flag in flags)
        found.append(_sentence(text, start, end, lead, flagged))
        lead = text[start:end] if text[start:end].endswith(":") else lead
    stems = frozenset(s for sentence in found for s in sentence.places)
    return Reading(tuple(found), stems, frozenset(g for sentence in found for g in sentence.groups))


def _sentence(text: str, start: int, end: int, lead: str, instructs: bool) -> Sentence:
    piece = text[start:end]
    places: dict[str, list[tuple[int, int]]] = {}
    for number, (word, offset, _) in enumerate(words(piece)):
        if is_content(word):
            places.setdefault(stem(word), []).append((number, offset))
    found = frozenset(g for s in places for g in groups(s))
    mass = sum(weight(s) for s in places)
    return Sentence(
        start,
        end,
        piece,
        {s: tuple(p) for s, p in places.items()},
        found,
        mass,
        instructs,
        lead,
    )


@lru_cache(maxsize=16384)
def terms(text: str) -> Terms:
    """The search words of a requirement's or element's text, weighted by rarity."""
    content = [stem(word) for word, _, _ in words(text) if is_content(word) and word not in _ASKING]
    raw = {s: weight(s) for s in content}
    total = sum(raw.values()) or 1.0
    pairs = tuple(dict.fromkeys((a, b) for a, b in pairwise(content) if a != b))
    return Terms(
        {s: w / total for s, w in raw.items()},
        {s: groups(s) for s in raw},
        pairs,
        _verbs(text, content),
        total,
    )


# Words of clause descriptions and control catalogues that name the asking, not the matter.
_ASKED = """category includes clause contract agreement party parties counterparty following ensure entity
organization organisation controller processor must upon"""
_ASKING = frozenset(_ASKED.split())
_MODAL = re.compile(
    r"\b(?:shall|must|may|should|will|can)(?:\s+(?:not|only|also|never))*(?:\s+(?:be|have|solely|independently|expressly))*\s+(?P<verb>[a-z]+)(?:\s+(?:or|and)\s+(?P<other>[a-z]+))?(?:\s+a\s+(?P<noun>[a-z]+)|\s+(?P<next>[a-z]+))?",
    re.I,
)
_LIGHT_VERBS = "be have make take create keep provide carry give put get do use allow let"
_LIGHT = frozenset(_LIGHT_VERBS.split())


def _verbs(text: str, content: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for match in _MODAL.finditer(text):
        names = [match["verb"], match["other"]]
        if match["verb"].lower() in _LIGHT or not is_content(match["verb"].lower()):
            names = [match["noun"] or match["next"] or match["verb"]]
        found += [stem(name.lower()) for name in names if name and is_content(name.lower())]
    return tuple(dict.fromkeys(found)) or tuple(content[:1])


_FORBIDS = re.compile(
    r"\b(?:shall|must|may|will|can|do(?:es)?|is|are)\s+not\b|\bcannot\b|\bnever\b|^not\s|\bno\s+\w+\s+(?:shall|may|must)\b|\brefrain\b|\bprohibit(?!ed\s+from\s+being)",
    re.I,
)
_PERMITS = re.compile(r"\bmay\b(?!\s+not)|\bis\s+(?:permitted|allowed|free|entitled)\s+to\b", re.I)
_ASKS = re.compile(r"\?|^(?:is|are|does|do|can|what|which|this\s+category)\b", re.I)
_OBLIGES = re.compile(r"\b(?:shall|must|will|should|required|ensures?)\b", re.I)


_SENTENCE = 5  # words; a shorter text only names a matter


@lru_cache(maxsize=8192)
def polarity(text: str) -> str:
    """The polarity of a requirement's text."""
    if _ASKS.search(text.strip()) or len(text.split()) < _SENTENCE:
        return Polarity.ASKS
    if _FORBIDS.search(text) and not _OBLIGES.search(_FORBIDS.sub(" ", text)):
        return Polarity.FORBIDS
    if _PERMITS.search(text) and not _OBLIGES.search(text):
        return Polarity.PERMITS
    return Polarity.OBLIGES
