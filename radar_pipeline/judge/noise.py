"""What a bad scan or a bad copy does to words, and what it does not do: turn one word into another.

Signs that look alike are taken for one another, spaces are lost or put in, a character is lost. A word
that differs from its counterpart is noise only if one of the two is no word; where both are, it is
another word, however alike ("controller" – "comptroller", "typical" – "atypical").
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from radar_pipeline.judge.text import STOPWORDS, stem, weight
from radar_pipeline.llm.particulars import particulars, same_particulars

TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*\w*|\w+|[%‰€$£¥<>≤≥±+=§°^~]")
_ALIKE = str.maketrans("i1|!052890", "lllloszbgo")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_FLIPPING = ("a", "un", "non", "dis", "in", "im", "ir", "il", "mis", "de", "re", "anti", "ex")
_DERIVING = ("un", "non", "dis", "mis", "anti")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*(?:st|nd|rd|th)?|[ivx]{2,7}")
_FILLERS = frozenset({"a", "an", "he", "the"})  # taken for a longer word, they change nothing that is said
_SHAPES = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (2, 3), (3, 2), (1, 4), (4, 1))
_STRETCH = 4  # characters by which misreading and losing change a word's length at most
_LONGEST = 80  # characters of words that are compared letter by letter
_RARE = 7.5  # inverse document frequency, as judge.text weighs words
_SLACK = 6  # words by which the place of a quote's words may be off
_UNSEEN = weight("\0")


@dataclass(frozen=True, slots=True)
class Explained:
    """Words ``start`` to ``end`` (half-open) of the document say what the quote says; ``blocks``:
    where the two are written differently, as (quote from, quote to, document from, document to)."""

    start: int
    end: int
    blocks: tuple[tuple[int, int, int, int], ...]


@lru_cache(maxsize=65536)
def skeleton(token: str) -> str:
    """A lower-case token with signs that look alike made one."""
    bare = token.translate(_ALIKE)
    if bare[0].isalnum():
        bare = "".join(filter(str.isalnum, bare)) if not bare.isalnum() else bare
    for pair, sign in _PAIRS:
        bare = bare.replace(pair, sign)
    return bare


def explain(quote: Sequence[str], words: Sequence[str], uses: Mapping[str, int]) -> Explained | None:
    """Where in ``words``, beginning within the first few, all of ``quote`` stands but for noise.

    Both are lower-case tokens; ``uses`` counts the document's tokens. None: some word is missing,
    added or another one.
    """
    rows: list[dict[int, tuple[int, int] | None]] = [{} for _ in range(len(quote) + 4)]
    rows[0] = dict.fromkeys(range(min(2 * _SLACK, len(words))))
    for i in range(len(quote)):
        waiting = sorted(rows[i])
        for j in waiting:
            for row, column in _steps(quote, words, i, j, uses):
                if row == i and column not in rows[i]:
                    waiting.append(column)
                rows[row].setdefault(column, (i, j))
    end = min(rows[len(quote)], default=None)
    return None if end is None else _path(rows, (len(quote), end), quote, words)


def _steps(
    quote: Sequence[str], words: Sequence[str], i: int, j: int, uses: Mapping[str, int]
) -> Iterator[tuple[int, int]]:
    if j < len(words) and quote[i] == words[j]:
        yield i + 1, j + 1
        return
    for m, n in _SHAPES:
        quoted, written = tuple(quote[i : i + m]), tuple(words[j : j + n])
        if (len(quoted), len(written)) == (m, n) and is_noise(quoted, written, uses):
            yield i + m, j + n
    if words[j : j + 1] == ["a"]:  # a word of one letter, lost
        yield i, j + 1
    if quote[i] == "a":
        yield i + 1, j


def _path(
    rows: Sequence[Mapping[int, tuple[int, int] | None]],
    end: tuple[int, int],
    quote: Sequence[str],
    words: Sequence[str],
) -> Explained:
    blocks, at = [], end
    while (before := rows[at[0]][at[1]]) is not None:
        if quote[before[0] : at[0]] != words[before[1] : at[1]]:
            blocks.append((before[0], at[0], before[1], at[1]))
        at = before
    return Explained(at[1], end[1], tuple(reversed(blocks)))


def is_noise(quoted: tuple[str, ...], written: tuple[str, ...], uses: Mapping[str, int]) -> bool:
    """Whether the words are the same ones but for what copying does to them."""
    one, other = "".join(quoted), "".join(written)
    if one != other and (abs(len(one) - len(other)) > _STRETCH or len(one) > _LONGEST):
        return False
    if all(is_word(w) for w in (*quoted, *written)):
        if one == other:
            return _spaced(quoted, written)
        return _shortened(quoted, written) or _far_fetched(quoted, written, uses)
    if one == other or _letters(quoted) == _letters(written):
        return True
    if _figures(quoted, written) or _both_used(quoted, written, uses):
        return False
    return _lost(quoted, written)


def _figures(quoted: tuple[str, ...], written: tuple[str, ...]) -> bool:
    """Whether figures are meant: a digit that is no misread letter within a word."""
    sides = [any(c.isdigit() for t in side for c in t) for side in (quoted, written)]
    tokens = (*quoted, *written)
    most = any(2 * sum(map(str.isdigit, t)) >= len(t) for t in tokens)
    return all(sides) or (any(sides) and most)


def _letters(tokens: tuple[str, ...]) -> str:
    return "".join(map(skeleton, tokens))


def _spaced(quoted: tuple[str, ...], written: tuple[str, ...]) -> bool:
    """Whether only a space is too few or too many: "safe guards" – but "in valid" may not be "invalid"."""
    first = quoted[0] if len(quoted) > len(written) else written[0]
    return first not in _FLIPPING and same_particulars(" ".join(quoted), " ".join(written))


def _shortened(quoted: tuple[str, ...], written: tuple[str, ...]) -> bool:
    """Two words of which one may still be the other with a letter lost: an ending ("compares"), or a
    function word that became an article ("as" – "a")."""
    if len(quoted) != 1 or len(written) != 1:
        return False
    shorter, longer = sorted((quoted[0], written[0]), key=len)
    if len(longer) - len(shorter) != 1 or not same_particulars(shorter, longer):
        return False
    if shorter in _FILLERS:
        return longer in STOPWORDS and _within(shorter, longer)
    if stem(longer) == stem(shorter):
        return len(shorter) > 2 and _within(shorter, longer)
    return len(shorter) > 5 and longer[:-1] == shorter


def _far_fetched(quoted: tuple[str, ...], written: tuple[str, ...], uses: Mapping[str, int]) -> bool:
    """Two words, one of which is rare in such prose, not used in this document, and looks like the other or
    lost a letter of it: "dosed" for "closed"."""
    if len(quoted) != 1 or len(written) != 1 or not same_particulars(quoted[0], written[0]):
        return False
    rare, usual = sorted((quoted[0], written[0]), key=_rarity, reverse=True)
    if _rarity(rare) < max(_RARE, _rarity(usual) + 1.0) or uses.get(rare, 0) > (rare == written[0]):
        return False
    lost = len(rare) == len(usual) - 1 and _within(rare, usual)
    return lost or skeleton(rare) == skeleton(usual)


def _rarity(word: str) -> float:
    return 0.0 if word in STOPWORDS or not word.isalpha() else weight(stem(word))


def _both_used(quoted: tuple[str, ...], written: tuple[str, ...], uses: Mapping[str, int]) -> bool:
    """The document uses what is quoted, and more than once what is written here: two words of its own."""
    used = all((uses.get(w, 0) and len(w) > 2) or is_word(w) for w in quoted)
    return used and all(uses.get(w, 0) > 1 or is_word(w) for w in written)


def _lost(quoted: tuple[str, ...], written: tuple[str, ...]) -> bool:
    """Whether one side is the other with a character lost, in a long word two. What has lost one is
    no word any more; and no word is lost whole."""
    less, more = sorted((quoted, written), key=lambda side: len("".join(side)))
    shorter, longer = "".join(less), "".join(more)
    missing = len(longer) - len(shorter)
    if missing > (2 if len(longer) >= 7 and len(less) == len(more) == 1 else 1):
        return False
    if all(map(is_word, less)) or min(map(len, more)) <= missing:
        return False
    if len(shorter) > 4 and longer.endswith(shorter) and _flips(longer[:missing], longer):
        return False
    if len(shorter) == 1 and not same_particulars(longer, ""):
        return False
    return _within(shorter, longer) or _within(skeleton(shorter), skeleton(longer))


def _flips(prefix: str, word: str) -> bool:
    """Whether ``word`` says the opposite of what it is without ``prefix``."""
    return prefix in _FLIPPING[1:] or any(n.startswith("un:") for n in particulars(word).negations)


def _within(shorter: str, longer: str) -> bool:
    letters = iter(longer)
    return 0 < len(longer) - len(shorter) <= 2 and all(c in letters for c in shorter)


@lru_cache(maxsize=65536)
def is_word(token: str) -> bool:
    """Whether a lower-case token is a word of general contract, policy and terms-of-service prose, one
    derived from such a word, or a well-formed number."""
    if not token[0].isalnum() or _NUMBER.fullmatch(token):
        return True
    if len(token) < 3:
        return token in _FILLERS or (len(token) == 2 and token in STOPWORDS)
    if token in STOPWORDS or weight(stem(token)) != _UNSEEN:
        return True
    rests = (token[len(p) :] for p in _DERIVING if token.startswith(p) and len(token) - len(p) >= 4)
    return any(weight(stem(rest)) != _UNSEEN for rest in rests)
