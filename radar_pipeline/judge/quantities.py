"""Deadlines and other durations: read from text in hours, compared with a limit.

A calendar unit is read generously to the document (a month 31 days, a year 366) as in
``models.Limit``; a working day counts 7/5 of a calendar day, rounded up to the weekend it must span.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty"""
_NUMBERS = {word: number for number, word in enumerate(_SMALL.split())} | {
    "twenty-one": 21, "twenty-four": 24, "twenty-eight": 28, "thirty": 30, "thirty-six": 36,
    "forty": 40, "forty-five": 45, "forty-eight": 48, "fifty": 50, "sixty": 60, "seventy-two": 72,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "a": 1, "an": 1,
}  # fmt: skip
_HOURS = {
    "hour": 1.0,
    "day": 24.0,
    "week": 168.0,
    "month": 24.0 * 31,
    "quarter": 24.0 * 93,
    "year": 24.0 * 366,
}
_WORDS = "|".join(sorted((re.escape(w) for w in _NUMBERS), key=len, reverse=True))
_DURATION = re.compile(
    rf"\b(?P<count>\d+(?:[.,]\d+)?|{_WORDS})(?:\s*\(\s*(?P<digits>\d+)\s*\))?[\s-]+"
    r"(?:(?P<working>working|business|banking)[\s-]+|calendar[\s-]+|full[\s-]+|consecutive[\s-]+)?"
    r"(?P<unit>hour|day|week|month|quarter|year)s?\b['’]?",
    re.I,
)
_ADVERBS = {
    "daily": 24.0, "weekly": 168.0, "monthly": 24.0 * 31, "quarterly": 24.0 * 93, "annually": 24.0 * 366,
    "annual": 24.0 * 366, "yearly": 24.0 * 366, "biannually": 24.0 * 183, "semi-annually": 24.0 * 183,
}  # fmt: skip
_ADVERB = re.compile(
    r"\b(?P<adverb>" + "|".join(_ADVERBS) + r")\b"
    r"|\b(?:every|each|per|once\s+an?)\s+(?P<unit>hour|day|week|month|quarter|year)\b",
    re.I,
)
_PROMPT = re.compile(
    r"\b(?:without\s+(?:undue|unreasonable|any)?\s*delay|immediately|at\s+once|promptly|as\s+soon\s+as|forthwith|in\s+due\s+time|timely)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time named in a text; ``text[start:end]`` names it."""

    hours: float
    start: int
    end: int
    recurring: bool = False


@lru_cache(maxsize=32768)
def durations(text: str) -> tuple[Duration, ...]:
    """Durations and frequencies named in ``text``, in order."""
    found = []
    for match in _DURATION.finditer(text):
        count = float(match["digits"]) if match["digits"] else _count(match["count"])
        hours = count * _HOURS[match["unit"].lower()]
        if match["working"]:
            hours = _working(count) if match["unit"].lower() == "day" else hours * 7 / 5
        recurring = re.search(r"\b(?:every|each)\s*$", text[max(0, match.start() - 8) : match.start()], re.I)
        found.append(Duration(hours, match.start(), match.end(), recurring is not None))
    for match in _ADVERB.finditer(text):
        hours = _ADVERBS[match["adverb"].lower()] if match["adverb"] else _HOURS[match["unit"].lower()]
        found.append(Duration(hours, match.start(), match.end(), True))
    return tuple(sorted(found, key=lambda d: d.start))


@lru_cache(maxsize=32768)
def prompt(text: str) -> bool:
    """Whether the text promises speed without a number ("without undue delay", "promptly")."""
    return _PROMPT.search(text) is not None


def _count(word: str) -> float:
    lowered = word.lower()
    return float(_NUMBERS[lowered]) if lowered in _NUMBERS else float(lowered.replace(",", "."))


def _working(days: float) -> float:
    """Calendar hours that ``days`` working days can span at most: each five bring a weekend, and
    one that does not start on a Monday meets a weekend earlier."""
    return 24.0 * (days + 2 * max(1, -(-days // 5)))
