"""Numbers as a spreadsheet shows them: the common part of Excel's format codes.

What is understood: one run of digit places, a thousands separator, decimals, percent, leading zeros,
currency signs and other literal text, and sections for negative numbers and zero. Any other code
(fractions, exponents, conditions, several runs) gives None, and the stored number is shown.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0", 6: "$#,##0", 7: "$#,##0.00", 8: "$#,##0.00",
    9: "0%", 10: "0.00%", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)", 41: "#,##0", 42: "$#,##0", 43: "#,##0.00", 44: "$#,##0.00",
}  # fmt: skip
_LONGEST = 200  # characters of a code
_MOST_DECIMALS = 15
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]|\[(?P<other>[^\]]*)\]'
    r"|_(?P<space>.)|\*(?P<fill>.)|(?P<digits>(?:[#0?][#0?,]*(?:\.[#0?]*)?|\.[#0?]+),*)|(?P<percent>%)|(?P<plain>.)",
    re.DOTALL,
)
_COLOURS = frozenset({"black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"})
_SHOWN_PLAIN = frozenset("$€£¥-+()/: ")


def shown(value: float, code: str) -> str | None:
    """A number under a format code; None where the code is not understood or says ``General``."""
    sections = _sections(code)
    if sections is None:
        return None
    if value < 0 and len(sections) > 1:
        return _render(abs(value), sections[1])
    if value == 0 and len(sections) > 2:
        return _render(value, sections[2])
    rendered = _render(abs(value), sections[0])
    return rendered if value >= 0 else f"-{rendered}"


_Section = tuple[str, str, str, int]  # before, digit places, after, percent signs


@lru_cache(maxsize=1_000)
def _sections(code: str) -> tuple[_Section, ...] | None:
    if len(code) > _LONGEST:
        return None
    parts: list[str] = [""]
    for token in _TOKEN.finditer(code):
        if token["plain"] == ";":
            parts.append("")
        else:
            parts[-1] += token.group()
    sections = [_section(part) for part in parts[:3]]
    if sections[0] is None or not sections[0][1]:
        return None
    return tuple(section for section in sections if section is not None) if all(sections) else None


def _section(code: str) -> _Section | None:
    before, digits, after, percent = "", "", "", 0
    for token in _TOKEN.finditer(code):
        literal = ""
        if token["digits"]:
            if digits:
                return None
            digits = token["digits"]
        elif token["percent"]:
            literal, percent = "%", percent + 1
        elif token["other"] is not None:
            if token["other"].lower() not in _COLOURS:
                return None
        elif token["plain"] is not None:
            if token["plain"] not in _SHOWN_PLAIN:
                return None
            literal = token["plain"]
        else:
            literal = (
                " " if token["space"] else token["quoted"] or token["escaped"] or token["currency"] or ""
            )
        before, after = (before, after + literal) if digits else (before + literal, after)
    return before, digits, after, percent


def _render(value: float, section: _Section) -> str:
    before, digits, after, percent = section
    if not digits:
        return f"{before}{after}".strip()
    whole, _, fraction = digits.rstrip(",").partition(".")
    thousands = len(digits) - len(digits.rstrip(","))
    number = Decimal(repr(float(value))).scaleb(2 * percent - 3 * thousands)
    places = min(len(fraction), _MOST_DECIMALS)
    grouped = "," if "," in whole else ""
    text = f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):{grouped}f}"
    if "#" in fraction and "." in text:
        least = places - fraction.count("#")
        while text[-1] == "0" and len(text.partition(".")[2]) > least:
            text = text[:-1]
        text = text.rstrip(".")
    integer, point, rest = text.partition(".")
    if integer == "0" and "0" not in whole:
        integer = ""  # places marked # or ? show no zero
    text = f"{integer if grouped else integer.zfill(whole.count('0'))}{point}{rest}"
    return f"{before}{text}{after}".strip()
