"""Find what a model quotes in the document it quotes from – to the letter, or not at all.

A model's wording is never shown: what is cited is the slice of the document found here. A quote is
*verified* if it stands there after only the setting is made equal (``literal``), *noisy* if it differs
by what copying does to words (``noise``), is at least 95% alike and has the same numbers, dates,
negations, modals and references (``llm.particulars``). Neither may leave out what turns its sentence
(``cutting``).
"""

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from radar_pipeline.judge import cutting
from radar_pipeline.judge.literal import Literal, literal, of_document
from radar_pipeline.judge.noise import TOKEN, Explained, explain, is_word, skeleton
from radar_pipeline.llm.particulars import same_particulars

MIN_WORDS = 3  # fewer prove nothing
MIN_LETTERS = 12  # letters and digits
NOISY_RATIO = 95.0  # rapidfuzz ratio, 0..100, of quote and slice
_LONGEST_NOISY = 2000  # characters; a longer quote is found literally or not at all
_ROOM = 1000  # characters that a quote may have beyond twice its text: blanks, marks, repeated hyphens
_SEED, _MOST_SEEDS, _MOST_HITS, _MOST_WINDOWS = 10, 40, 16, 4
_AROUND = 6  # words before the presumed place that are looked at too
_OUTER = r"[\s'\"‘’‚“”„«».,;:!?…*•]"
# Runs are entered at their beginning alone: a model may quote a hundred thousand blanks.
_EDGES = re.compile(rf"\A(?:{_OUTER}|[-–—]\s)+|(?<!{_OUTER}){_OUTER}+\Z")
_ELLIPSIS = re.compile(r"(?<!\s)\s*(?:[\[(]\s*(?:…|\.{3,})\s*[\])]|…|\.{3,}|\.\s\.\s\.)\s*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")  # scripts that set no spaces between words
_BINDS_BEFORE = re.compile(r"(?:\d[.,:/-]|(?<!\w)[-−]|[$€£<>≤≥±^])\Z")
_BINDS_AFTER = re.compile(r"[.,:/^-]\d|\s?[%‰°]")


class Exactness(StrEnum):
    """How literally a quote stands in the document."""

    VERIFIED = "verified"
    NOISY = "noisy"


@dataclass(frozen=True, slots=True)
class Located:
    """``text[start:end]`` (code points, half-open) is what the document says where it is quoted.
    ``extended``: it holds more words than the quote, because those narrow what is quoted."""

    start: int
    end: int
    exactness: Exactness
    extended: bool = False


def locate(quote: str, text: str) -> Located | None:
    """The first place in ``text`` where ``quote`` stands, or None if it can't be verified.

    None too for what proves nothing: fewer than three words or twelve letters, or a fragment whose
    sentence says the opposite. An ellipsis that joins what does not follow on itself is not followed.
    The text's index is kept for the eight texts asked about last (0.8 s to build for 300,000 characters).
    """
    if len(quote) > 2 * len(text) + _ROOM or not _says_something(literal(quote).folded):
        return None
    document = of_document(text)
    for wording in _wordings(quote):
        found = _verbatim(wording, document, text)
        if found is not None:
            return found
    return _noisy(_ELLIPSIS.sub(" ", _EDGES.sub("", quote)), document, text)


def _says_something(quote: str) -> bool:
    words = [w for w in TOKEN.findall(quote) if w[0].isalnum()]
    count = len(words) + len(_WIDE.findall(quote))
    return count >= MIN_WORDS and sum(map(len, words)) >= min(MIN_LETTERS, 4 * count)


def _wordings(quote: str) -> Iterator[str]:
    """The quote as it is, without punctuation at its ends, and with an ellipsis in it closed."""
    yield quote
    bare = _EDGES.sub("", quote)
    if bare != quote:
        yield bare
    joined = _EDGES.sub("", _ELLIPSIS.sub(" ", quote))
    if joined != bare and _says_something(joined.lower()):
        yield joined


# ── To the letter ─────────────────────────────────────────────────────────────────────────────


def _verbatim(wording: str, document: Literal, text: str) -> Located | None:
    asked = literal(wording)
    for needle, hay in ((asked.text, document.text), (asked.folded, document.folded)):
        at = hay.find(needle)
        for _ in range(_MOST_HITS):
            if at < 0:
                break
            found = _accepted(asked, document, text, at)
            if found is not None:
                return found
            at = hay.find(needle, at + 1)
    return None


def _accepted(asked: Literal, document: Literal, text: str, at: int) -> Located | None:
    end = at + len(asked.text)
    if not _bounded(document.text, at, end):
        return None
    slice_ = document.text[at:end]
    if slice_ != asked.text and not same_particulars(slice_, asked.text):
        return None  # "may" is not "May"
    if not asked.hyphens(0, len(asked.text)).agree(document.hyphens(at, end)):
        return None  # "re-sign" is not "resign"
    return _whole(document, text, at, end, Exactness.VERIFIED)


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether no word, number or sign of a number is cut in two."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and before[-1].isalnum() and text[start].isalnum():
        return False
    if after and after[0].isalnum() and text[end - 1].isalnum():
        return False
    if text[start].isdigit() and _BINDS_BEFORE.search(before):
        return False
    return not (text[end - 1].isdigit() and _BINDS_AFTER.match(after))


def _whole(document: Literal, text: str, at: int, end: int, exactness: Exactness) -> Located | None:
    start, stop = document.original(at, end)
    extended = cutting.whole(text, start, stop)
    if extended is None:
        return None
    return Located(*extended, exactness, extended != (start, stop))


# ── But for noise ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Index:
    """The document's words in order: places in its folded text, and all their skeletons in one string."""

    starts: "array[int]"
    ends: "array[int]"
    bones: str
    bone_starts: "array[int]"
    uses: Mapping[str, int]

    def words(self, folded: str, first: int, last: int) -> list[str]:
        pairs = zip(self.starts[first:last], self.ends[first:last], strict=True)
        return [folded[a:b] for a, b in pairs]


@lru_cache(maxsize=8)
def _index(folded: str) -> _Index:
    starts, ends, bone_starts, bones = array("q"), array("q"), array("q"), []
    uses: Counter[str] = Counter()
    length = 0
    for match in TOKEN.finditer(folded):
        token = match.group()
        uses[token] += 1
        starts.append(match.start())
        ends.append(match.end())
        bone_starts.append(length)
        bones.append(skeleton(token))
        length += len(bones[-1])
    return _Index(starts, ends, "".join(bones), bone_starts, uses)


def _noisy(wording: str, document: Literal, text: str) -> Located | None:
    if len(wording) > _LONGEST_NOISY:
        return None
    asked = literal(wording)
    tokens = [(m.group(), m.start(), m.end()) for m in TOKEN.finditer(asked.folded)]
    index = _index(document.folded)
    for first in _places("".join(skeleton(t) for t, _, _ in tokens), index):
        low = max(0, first - _AROUND)
        words = index.words(document.folded, low, first + len(tokens) + len(tokens) // 4 + 2 * _AROUND)
        explained = explain([t for t, _, _ in tokens], words, index.uses)
        if explained is None:
            continue
        spans = list(
            zip(index.starts[low : low + len(words)], index.ends[low : low + len(words)], strict=True)
        )
        if found := _same(asked, [(a, b) for _, a, b in tokens], document, spans, explained, text):
            return found
    return None


def _same(
    asked: Literal,
    quoted: list[tuple[int, int]],
    document: Literal,
    written: list[tuple[int, int]],
    explained: Explained,
    text: str,
) -> Located | None:
    from rapidfuzz import fuzz

    start, end = written[explained.start][0], written[explained.end - 1][1]
    if fuzz.ratio(asked.folded, document.folded[start:end]) < NOISY_RATIO:
        return None
    mended_quote, mended_slice = _mended(asked.text, quoted, document.text, written, explained)
    if not same_particulars(mended_quote, mended_slice) or not _bounded(document.text, start, end):
        return None
    return _whole(document, text, start, end, Exactness.NOISY)


def _mended(
    quote: str,
    quoted: list[tuple[int, int]],
    text: str,
    written: list[tuple[int, int]],
    explained: Explained,
) -> tuple[str, str]:
    """Quote and slice with each noisy place written as the side writes it that has words there."""
    ours, theirs = [], []
    done, seen = 0, written[explained.start][0]
    for a, b, c, d in explained.blocks:
        left = quote[quoted[a][0] : quoted[b - 1][1]] if b > a else ""
        right = text[written[c][0] : written[d - 1][1]] if d > c else ""
        clean = left if all(map(is_word, TOKEN.findall(left.lower()))) else right
        if b > a:
            ours.append(quote[done : quoted[a][0]])
            done = quoted[b - 1][1]
        if d > c:
            theirs.append(text[seen : written[c][0]])
            seen = written[d - 1][1]
        if b > a and d > c:
            ours.append(clean)
            theirs.append(clean)
    end = written[explained.end - 1][1]
    return "".join((*ours, quote[done:])), "".join((*theirs, text[seen:end]))


def _places(bones: str, index: _Index) -> Iterator[int]:
    """Numbers of the words at which the quote may begin, the likeliest first."""
    seen: set[int] = set()
    for at in _diagonals(bones, index.bones):
        word = max(0, bisect_right(index.bone_starts, max(0, at)) - 1)
        if word not in seen and index.starts:
            seen.add(word)
            yield word


def _diagonals(bones: str, hay: str) -> Iterator[int]:
    yield from _hits(bones, hay, _MOST_WINDOWS)
    count = max(1, len(bones) // _SEED)
    step = max(1, count // _MOST_SEEDS)
    rare: Counter[int] = Counter()
    common: Counter[int] = Counter()
    for number in range(0, count, step):
        offset = number * _SEED
        hits = _hits(bones[offset : offset + _SEED], hay, _MOST_HITS)
        votes = rare if len(hits) < _MOST_HITS else common
        votes.update({(hit - offset) // 16 for hit in hits})
    votes = rare or common
    scored = sorted(votes, key=lambda b: (-(votes[b] + max(votes[b - 1], votes[b + 1])), b))
    yield from (16 * bucket + 8 for bucket in scored[:_MOST_WINDOWS])


def _hits(needle: str, hay: str, most: int) -> list[int]:
    found: list[int] = []
    at = hay.find(needle) if needle else -1
    while at >= 0 and len(found) < most:
        found.append(at)
        at = hay.find(needle, at + 1)
    return found
