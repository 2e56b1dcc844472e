"""Sentences of a passage with exact offsets. Quotes are whole sentences, so they read on their own."""

import re
from functools import lru_cache

_ABBREVIATIONS = (
    "inc", "ltd", "co", "corp", "llc", "no", "nos", "art", "arts", "sec", "para", "paras", "mr", "mrs",
    "ms", "dr", "st", "vs", "e.g", "i.e", "cf", "approx", "dept", "fig", "al", "u.s", "u.k", "p", "pp",
    "vol", "ex", "resp", "max", "min", "est", "seq", "s", "ss",
)  # fmt: skip
_STOP = re.compile(
    r"(?P<mark>[.!?]+[\"'”’)\]]*)(?=\s+[\"'“‘(\[]?[A-Z0-9(“\"])|(?P<line>\n\s*\n|\n(?=\s*(?:[-*•]|\(?[a-z0-9]{1,4}[.)])\s))"
)
_CLAUSE = re.compile(r";\s+(?:and\s+|or\s+|but\s+)?|:\s+(?=\(?[a-z0-9]{1,3}[.)])")
_LONG = 420  # characters; a longer sentence is quoted clause by clause
_SHORTEST = 25  # characters; a shorter piece stays with what follows it
_LETTER = re.compile(r"[A-Za-z]")


@lru_cache(maxsize=32768)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open offsets of the sentences of ``text``, in order, without surrounding white space.

    A sentence over 420 characters is cut at its semicolons, where legal drafting puts one duty
    per part.
    """
    pieces: list[tuple[int, int]] = []
    start = 0
    for match in _STOP.finditer(text):
        end = match.end()
        if match["mark"] and (_abbreviated(text, match.start()) or end - start < _SHORTEST):
            continue
        pieces.extend(_clauses(text, start, end))
        start = end
    pieces.extend(_clauses(text, start, len(text)))
    trimmed = (_trim(text, a, b) for a, b in pieces)
    return tuple((a, b) for a, b in trimmed if b > a and _LETTER.search(text, a, b))


def _abbreviated(text: str, stop: int) -> bool:
    before = text[max(0, stop - 12) : stop].rsplit(None, 1)
    last = before[-1].lower().lstrip("(\"'“[") if before else ""
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()) or last.isdigit()


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    if end - start <= _LONG:
        return [(start, end)]
    pieces = []
    for match in _CLAUSE.finditer(text, start, end):
        if match.end() - start >= 80 and end - match.end() >= 40:
            pieces.append((start, match.end()))
            start = match.end()
    return [*pieces, (start, end)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
