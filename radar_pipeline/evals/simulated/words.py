"""How the scripted model compares texts: by the beginnings of words that they share."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]{4,}|\d+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|nobody|none|neither|n't)\b", re.IGNORECASE)
_STEM = 5
_SKIPPED = 4  # every so-manieth word is lost in a paraphrase
_FEWEST = 3  # words of what is worth quoting
_LONG = 160  # characters of a sentence that is quoted by the clause
_CLAUSE = re.compile(r"(?<=;)\s+")
_COMMON = frozenset(
    "which what when where whom whose does have with this that from they them their there been must shall "
    "should will would within about into each every other than then only also such".split()
)


def stems(text: str) -> frozenset[str]:
    """Beginnings of the content words and numbers of a text."""
    found = (word for word in _WORD.findall(text.lower()) if word not in _COMMON)
    return frozenset(word[:_STEM] for word in found)


def share(wanted: frozenset[str], text: str) -> float:
    """The share of ``wanted`` that the text has; 0 if nothing is wanted."""
    return len(wanted & stems(text)) / len(wanted) if wanted else 0.0


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return [said.strip() for said in _SENTENCE.split(text) if said.strip()]


def pieces_to_quote(text: str) -> list[str]:
    """Its sentences, long ones by the clause: a row of a table is many of them."""
    found = ([said] if len(said) <= _LONG else _CLAUSE.split(said) for said in sentences(text))
    return [piece.rstrip("; ") for pieces in found for piece in pieces if len(stems(piece)) >= _FEWEST]


def best(wanted: frozenset[str], texts: Iterable[str]) -> str:
    """The text that has most of ``wanted``, the first of equal ones; empty without one."""
    return max(texts, key=lambda text: share(wanted, text), default="")


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, as written."""
    return frozenset(_NUMBER.findall(text))


def denies(text: str) -> bool:
    """Whether anything in it is denied."""
    return _NEGATION.search(text) is not None


def paraphrased(quote: str) -> str:
    """The quote in words of one's own: near enough for a reader, and nowhere in the document."""
    kept = [word for n, word in enumerate(quote.split(), 1) if n % _SKIPPED]
    return f"In short, {' '.join(kept)}"
