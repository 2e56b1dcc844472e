"""Numbers and dates in prose, each brought to one spelling: "seventy-two (72) hours" and "72 h" are "72 h".

Whole expressions are matched by patterns that never give back what they took, so reading is linear.
"""

import re
from fractions import Fraction

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_TEENS = "sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {w: n for n, w in enumerate(f"{_ONES} {_TEENS}".split())} | {
    w: 10 * n for n, w in enumerate(_TENS.split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "bn": 10**9}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_ORDINALS = {
    w: n for n, w in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)
}
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_EVERY = {
    "hourly": "h", "daily": "d", "nightly": "night", "weekly": "wk", "fortnightly": "2 wk", "monthly": "mo",
    "quarterly": "3 mo", "annually": "y", "annual": "y", "yearly": "y", "biannually": "6 mo",
}  # fmt: skip
_UNITS = {
    "h": "hours hour hrs hr h", "d": "days day d", "wk": "weeks week", "mo": "months month",
    "y": "years year", "min": "minutes minute mins min", "s": "seconds second secs sec s",
    "night": "nights night",
    "wd": "working_days working_day business_days business_day banking_days banking_day",
    "%": "percent per_cent pct % percentage_points", "‰": "‰", "°C": "°C °c degrees", "x": "times",
    "EUR": "eur euros euro €", "USD": "usd dollars dollar us_dollars $", "GBP": "gbp pounds pound £",
    "SEK": "sek kr kronor", "CHF": "chf francs", "mg/l": "mg/l", "µg/l": "μg/l µg/l ug/l", "g/l": "g/l",
    "mg/kg": "mg/kg", "mg": "mg milligrams milligram", "µg": "μg µg ug", "g": "g grams gram",
    "kg": "kg kilograms kilogram", "ml": "ml millilitres", "l": "l litres litre liters liter",
    "m": "m metres metre meters meter", "km": "km kilometres kilometers", "cm": "cm", "mm": "mm",
    "KB": "kb", "MB": "mb megabytes", "GB": "gb gigabytes", "TB": "tb terabytes", "bit": "bits bit",
    "B": "bytes byte", "kW": "kw", "V": "v volts volt", "Hz": "hz", "MHz": "mhz", "GHz": "ghz",
    "ch": "characters character",
}  # fmt: skip
_UNIT = {spelt.replace("_", " "): unit for unit, names in _UNITS.items() for spelt in names.split()}
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH_OF = {name: n for n, name in enumerate(_MONTHS, 1)} | {
    name[:3]: n for n, name in enumerate(_MONTHS, 1)
}
_MONTH_OF["sept"] = 9

_MONTH = rf"(?:{'|'.join(_MONTHS)}|(?:{'|'.join(sorted({m[:3] for m in _MONTHS}))}|sept)\.?)(?!\w)"
_YEAR = r"(?:19|20|21)\d\d(?!\d)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
DATE = (
    rf"(?P<iso>(?<!\d){_YEAR}-\d\d-\d\d(?!\d))"
    rf"|(?P<dmy>(?<!\d){_DAY}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?)"
    rf"|(?P<mdy>(?<!\w){_MONTH}\s{_DAY}(?![\d,.]\d)(?!\w)(?:,?\s{_YEAR})?)"
    rf"|(?P<my>(?<!\w){_MONTH},?\s{_YEAR})"
    r"|(?P<slashed>(?<![\d./])\d{1,2}(?P<sep>[./])\d{1,2}(?P=sep)(?:\d{4}|\d\d)(?!\d))"
    rf"|(?P<quarter>\bq[1-4]\s?(?:/\s?)?{_YEAR})"
    r"|(?P<month>(?<=\bin |\bof |\bby )(?-i:May)(?!\w)|(?<=since |until )(?-i:May)(?!\w))"
    r"|(?P<clock>(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])(?:\s?[ap]m\b)?|\b\d{1,2}\s?[ap]m\b)"
)
_ANY_UNIT = "|".join(sorted((re.escape(u).replace("\\ ", r"\s") for u in _UNIT), key=len, reverse=True))
_SCALE = "|".join(_SCALES)
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_DIGITS = r"(?:\d{1,3}(?:[ ,'’ ]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)*)"
_SPELT = (
    rf"(?:(?<!\w)(?:an?\s(?={_SCALE}))?(?:{_WORD}|{_SCALE})(?!\w)"
    rf"(?:(?:\sand\s|[\s-])(?:{_WORD}|{_SCALE})(?!\w))*+)"
)
_AMOUNT = (
    rf"(?P<money>(?:[€$£]|\b(?:eur|usd|gbp|sek|chf))\s?(?=\d))?"
    rf"(?:(?P<minus>(?<![\w)])-)?(?<![^\W\d_])(?P<digits>{_DIGITS})(?P<over>\s?/\s?\d+(?![\d/]))?"
    rf"(?P<ordinal>st|nd|rd|th)?(?:\s?(?P<scale>{_SCALE}|m|k)(?![\w/]))?"
    rf"|(?P<spelt>{_SPELT})(?P<again>\s?\(\s?\d+\s?\))?)"
)
NUMBER = (
    r"(?P<part>(?<!\w)(?:(?:an?|one)[\s-](?:half|third|quarter|fifth|tenth)|half)(?!\w)"
    r"|(?<!\w)(?:two|three)[\s-](?:thirds|quarters|fifths)(?!\w))"
    rf"|(?:{_AMOUNT})(?:[\s-]?(?:calendar\s|consecutive\s|full\s)?(?P<unit>{_ANY_UNIT})(?![\w/]))?"
    rf"|\b(?P<rank>{'|'.join(_ORDINALS)})\b|\b(?P<often>{'|'.join(_TIMES)})\b|\b(?P<every>{'|'.join(_EVERY)})\b"
    r"|\b(?P<per>every|each|per|an?)\s(?P<period>hour|day|week|month|quarter|year)\b"
    r"|(?<![\w.])(?P<roman>(?-i:[IVX]{2,6}))(?![\w'’])"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ ,'’ ]\d{3})+")
_SPLIT = re.compile(r"[\s-]+")


def date(match: re.Match[str]) -> str:
    """What a match of DATE names: ISO 8601 as far as it says; a date that may be read two ways stays
    as it is written."""
    kind, written = _kind(match, ("iso", "dmy", "mdy", "my", "slashed", "quarter", "month", "clock"))
    if kind in {"dmy", "mdy", "my"}:
        return _named(written)
    if kind == "slashed":
        return _slashed(written, match["sep"])
    if kind == "clock":
        return _clock(written)
    return {"month": "--05"}.get(kind, re.sub(r"[\s/]", "", written).lower())


def _kind(match: re.Match[str], names: tuple[str, ...]) -> tuple[str, str]:
    return next((name, str(match[name])) for name in names if match[name])


def _named(written: str) -> str:
    month, day, year = 0, "", "-"
    for piece in re.findall(r"\d+|[a-z]+", written.lower()):
        if piece in _MONTH_OF:
            month = _MONTH_OF[piece]
        elif len(piece) == 4 and piece.isdigit():
            year = piece
        elif piece.isdigit():
            day = f"-{int(piece):02}"
    return f"{year}-{month:02}{day}"


def _slashed(written: str, separator: str) -> str:
    one, two, year = written.split(separator)
    first, second = int(one), int(two)
    year = year if len(year) == 4 else f"20{year}"
    if separator == "." or first > 12:  # only day before month is written so
        return f"{year}-{second:02}-{first:02}"
    return f"{year}-{first:02}-{second:02}" if second > 12 else f"{first}/{second}/{year}"


def _clock(written: str) -> str:
    numbers = [int(n) for n in re.findall(r"\d+", written)]
    half = written.lower()[-2:]
    hour = numbers[0] % 12 + (12 if half == "pm" else 0) if half in {"am", "pm"} else numbers[0]
    return ":".join(f"{n:02}" for n in (hour, *(numbers[1:] or [0])))


def number(match: re.Match[str]) -> str:
    """What a match of NUMBER names: value and unit."""
    if match["digits"]:
        return _quantity(_digits(match), match)
    if match["spelt"]:
        value = str(_spelt(match["spelt"].lower()))
        again = re.sub(r"\D", "", match["again"] or "")
        return _quantity(value if again in {"", value} else f"{value} ({again})", match)
    if match["part"]:
        return _part(match["part"].lower())
    if match["per"]:
        return f"every {_period(match['period'])}"
    return _single(match)


def _single(match: re.Match[str]) -> str:
    kind, written = _kind(match, ("rank", "often", "every", "roman"))
    if kind == "roman":
        return str(roman(written))
    word = written.lower()
    return {"rank": f"#{_ORDINALS.get(word)}", "often": f"{_TIMES.get(word)} x"}.get(
        kind, f"every {_EVERY.get(word)}"
    )


def _period(word: str) -> str:
    return "3 mo" if word.lower() == "quarter" else _UNIT[word.lower()]


def _quantity(value: str, match: re.Match[str]) -> str:
    spelt = re.sub(r"\s", " ", match["unit"] or match["money"] or "").strip().lower()
    unit = _UNIT.get(spelt, _UNIT.get(spelt.rstrip("s"), ""))
    return f"{value} {unit}".strip()


def _digits(match: re.Match[str]) -> str:
    written = match["digits"]
    grouped = _GROUPED.match(written)
    if grouped:
        written = re.sub(r"[^\d.]", "", grouped.group()) + written[grouped.end() :]
    elif re.fullmatch(r"\d+,\d{1,2}", written):
        written = written.replace(",", ".")  # a decimal comma
    if match["over"]:
        written = f"{written}/{re.sub(r'[^0-9]', '', match['over'])}"
    if match["ordinal"]:
        return f"#{written}"
    return ("-" if match["minus"] else "") + _scaled(written, (match["scale"] or "").lower())


def _scaled(written: str, scale: str) -> str:
    if re.fullmatch(r"\d+(?:\.\d+)?", written) is None or len(written) > 40:
        return written
    value = Fraction(written) * (_SCALES | {"m": 10**6, "k": 10**3}).get(scale, 1)
    return str(value.numerator) if value.denominator == 1 else written if not scale else str(value)


def _part(phrase: str) -> str:
    count, _, part = phrase.replace("-", " ").rpartition(" ")
    return f"{_WORDS.get(count, 1)}/{_PARTS[part.rstrip('s')]}"


def _spelt(phrase: str) -> int:
    total = current = 0
    for word in _SPLIT.split(phrase):
        if word in _SCALES:
            scale = _SCALES[word]
            current = max(current, 1) * scale
            if scale > 100:
                total, current = min(total + current, 10**30), 0
        else:
            current = min(current, 10**30) + _WORDS.get(word, 0)
    return total + current


def roman(numeral: str) -> int:
    """Value of a roman numeral of any case; its letters' sum by the usual rule, valid or not."""
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}.get(c, 0) for c in numeral.lower()]
    return sum(-v if v < n else v for v, n in zip(values, [*values[1:], 0], strict=True))
