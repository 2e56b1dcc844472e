"""Dates as people write them. An ambiguous one stays unknown."""

import re
from calendar import monthrange
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GERMAN = {"mär": "mar", "mae": "mar", "mrz": "mar", "mai": "may", "okt": "oct", "dez": "dec", "jän": "jan"}
_MONTH = (
    r"(?P<month>jan(?:uary?)?|jän(?:ner)?|feb(?:ruary?)?|mar(?:ch)?|märz?|maerz|mrz|apr(?:il)?|may|mai|"
    r"jun[ei]?|jul[yi]?|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\b\.?"
)
_WHOLE = (
    re.compile(r"\b(?P<year>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<day>\d{1,2})\b"),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]+(?:of\s+)?{_MONTH},?[\s-]+(?P<year>\d{{4}})\b", re.I
    ),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.I),
)
_NUMERIC = re.compile(r"\b(\d{1,2})([/.])(\d{1,2})\2(\d{4})\b")
_MONTH_ONLY = re.compile(rf"\b{_MONTH}\s+(?P<year>\d{{4}})\b", re.I)


def find_date(value: str, *, end_of_month: bool = False) -> date | None:
    """The first date in a value. ``03/04/2025`` is ambiguous and stays unknown; with dots the day
    comes first (``03.04.2025``), for nobody who writes dots puts the month there.

    A month alone means its first day, or its last (``end_of_month``: a review due in March is due by
    the 31st).
    """
    for pattern in _WHOLE:
        match = pattern.search(value)
        if match:
            parts = match.groupdict()
            month = int(parts["m"]) if "m" in parts else _month(parts["month"])
            return _date(int(parts["year"]), month, int(parts["day"]))
    numeric = _NUMERIC.search(value)
    if numeric:
        first, second, year = int(numeric[1]), int(numeric[3]), int(numeric[4])
        return _date(year, second, first) if numeric[2] == "." else _unambiguous(first, second, year)
    alone = _MONTH_ONLY.search(value)
    if alone:
        year, month = int(alone["year"]), _month(alone["month"])
        return _date(year, month, monthrange(year, month)[1] if end_of_month and year else 1)
    return None


def without_dates(value: str) -> str:
    """The value with every date in it left out."""
    for pattern in (*_WHOLE, _NUMERIC, _MONTH_ONLY):
        value = pattern.sub(" ", value)
    return value


def _month(name: str) -> int:
    short = name.lower()[:3]
    return _MONTHS.index(_GERMAN.get(short, short)) + 1


def _unambiguous(first: int, second: int, year: int) -> date | None:
    if first > 12 or first == second:
        return _date(year, second, first)
    return _date(year, first, second) if second > 12 else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
