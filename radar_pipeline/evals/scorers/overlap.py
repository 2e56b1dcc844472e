"""How much of some quotes others hold, in letters and digits of one spelling."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from radar_pipeline.judge.literal import literal

_WORD = re.compile(r"\w+")
_FEWEST = 3  # words in common; fewer may be a turn of phrase
_LONGEST = 4000  # characters of a quote that are looked at: quotes are sentences


@dataclass(frozen=True, slots=True)
class Held:
    """``held`` of ``total`` letters and digits."""

    held: int
    total: int

    @property
    def share(self) -> float | None:
        """None where there is nothing to hold."""
        return self.held / self.total if self.total else None


def held(quotes: Sequence[str], others: Sequence[str]) -> Held:
    """How many letters and digits of ``quotes`` also stand in ``others``; the same quote counts once.

    Two quotes of one document share one stretch of it, so the longest run of words common to a pair is
    what the one holds of the other. Runs of fewer than three words count only if they are all of a quote.
    """
    theirs = _distinct(others)
    total = found = 0
    for words in _distinct(quotes):
        kept: set[int] = set()
        for other in theirs:
            kept |= set(_common(words, other))
        total += sum(map(len, words))
        found += sum(len(words[at]) for at in kept)
    return Held(found, total)


def _distinct(quotes: Sequence[str]) -> list[tuple[str, ...]]:
    return [words for words in dict.fromkeys(map(_words, quotes)) if words]


@lru_cache(maxsize=1024)
def _words(quote: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(literal(quote[:_LONGEST]).folded))


@lru_cache(maxsize=4096)
def _common(words: tuple[str, ...], other: tuple[str, ...]) -> range:
    """Where in ``words`` the longest run stands that is in ``other`` too."""
    match = SequenceMatcher(None, words, other, autojunk=False).find_longest_match()
    enough = match.size >= min(_FEWEST, len(words), len(other))
    return range(match.a, match.a + match.size) if enough else range(0)
