"""Identifiers of people and keys, replaced by typed marks before anything is stored or traced.

Found by their shape and proved by their check digits, or by a word before them that says what they
are; so clauses, dates and versions stay. Every pattern is linear in the text's length, whatever it holds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from radar_pipeline.llm import identifiers as numbers
from radar_pipeline.llm import phones, tokens

EMAIL, PHONE, IBAN, CARD = "[e-mail]", "[phone]", "[iban]", "[card]"
NATIONAL, KEY = "[national number]", "[key]"

_PROOFS = (
    5000  # of one kind in one text; a text with more is a list of them, and the rest goes by shape alone
)

_EMAIL = re.compile(r"(?<![\w.%+'-])[\w.%+'-]++@[\w-]++(?:\.[\w-]++)++")
_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d\d(?=[ \xa0.-]?[A-Z0-9])")
_IBAN_REACH = 48  # characters, with a separator after every third
_S = r"[ \xa0\u2009\u202f.-]?"  # what may stand between groups


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a number looks and what proves it. ``words``: those before it without which it is any figure."""

    pattern: str
    proof: Callable[[str], bool] = lambda _: True
    words: str = ""
    mark: str = NATIONAL


_SHAPES = (
    _Shape(
        rf"\d{{4}}{_S}\d{{4}}{_S}\d{{4}}{_S}\d{{1,7}}|\d{{4}}{_S}\d{{6}}{_S}\d{{4,5}}",
        numbers.is_card,
        mark=CARD,
    ),
    _Shape(r"(?!000|666|9)\d{3}(?:-(?!00)\d\d-| (?!00)\d\d )(?!0000)\d{4}"),  # US social security number
    _Shape(rf"[A-CEGHJ-PRSTW-Z][A-CEGHJ-NPRSTW-Z]{_S}\d\d{_S}\d\d{_S}\d\d{_S}[A-D]", numbers.is_uk_nino),
    _Shape(rf"\d\d{_S}\d{{3}}{_S}\d{{3}}{_S}\d{{3}}", numbers.is_de_tax_id),
    _Shape(
        rf"[12]{_S}\d\d{_S}(?:0[1-9]|1[0-2]|[2-9]\d){_S}\d[\dAB]{_S}\d{{3}}{_S}\d{{3}}{_S}\d\d",
        numbers.is_fr_nir,
    ),
    _Shape(rf"(?:\d{{8}}|[XYZ]{_S}\d{{7}}|\d\d\.\d{{3}}\.\d{{3}}){_S}[A-Z]", numbers.is_es_dni),
    _Shape(
        r"[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]|"
        r"[A-Z]{3} [A-Z]{3} [\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2} [A-Z][\dL-NP-V]{3}[A-Z]",
        numbers.is_it_codice_fiscale,
    ),
    _Shape(r"(?:19|20)?\d\d[01]\d\d\d[-+]?\d{4}", numbers.is_se_personnummer),
    _Shape(r"\d\d\.?\d\d\.?\d\d[- ]?\d{3}[.]?\d\d", numbers.is_be_national),
    _Shape(r"\d{7} ?[A-W][A-IW]?", numbers.is_ie_pps),
    _Shape(r"\d{11}", numbers.is_pl_pesel),
    _Shape(rf"756{_S}\d{{4}}{_S}\d{{4}}{_S}\d\d", numbers.is_ch_ahv),
)
_TOLD = (
    _Shape(r"(?!000|666|9)\d{3}(?!00)\d\d(?!0000)\d{4}", words=r"ssn|social security"),
    _Shape(
        rf"\d{{3}}{_S}\d{{3}}{_S}\d{{3}}|\d{{4}}{_S}\d\d{_S}\d{{3}}",
        numbers.is_nl_bsn,
        words=r"bsn|burgerservice\w{0,12}|citizen service|sofi\w{0,12}",
    ),
)


def redacted(text: str) -> str:
    """``text`` with e-mail addresses, phone numbers, bank accounts, cards, national numbers and keys
    replaced by ``[e-mail]``, ``[phone]``, ``[iban]``, ``[card]``, ``[national number]`` and ``[key]``."""
    text = tokens.without_tokens(text, KEY)
    if "@" in text:
        text = _EMAIL.sub(EMAIL, text)
    text = "".join(_ibans_out(text))
    for shape in _TOLD:
        text = _told_out(text, shape)
    return phones.without_phones(_figures_out(text), PHONE)


def safely_redacted(text: str) -> str | None:
    """The same; None if it cannot be done for whatever reason. Then the text is to be dropped."""
    try:
        return redacted(text)
    except Exception:  # better no content than a person's
        return None


@lru_cache(maxsize=64)
def _pattern(shape: _Shape) -> re.Pattern[str]:
    return re.compile(shape.pattern, re.ASCII)


@lru_cache(maxsize=1)
def _figure() -> re.Pattern[str]:
    """Any shape, with no letter, digit or joint of a longer number before and behind it."""
    shapes = "|".join(f"(?P<s{number}>{shape.pattern})" for number, shape in enumerate(_SHAPES))
    return re.compile(rf"(?<![^\W_])(?<!\d[.,])(?<![-/])(?:{shapes})(?![^\W_])(?![-/.,]\d)", re.ASCII)


def _figures_out(text: str) -> str:
    proofs = iter(range(_PROOFS))

    def marked(match: re.Match[str]) -> str:
        found, first = match.group(), _SHAPES[int((match.lastgroup or "s0")[1:])]
        if next(proofs, None) is None or first.proof(found):
            return first.mark
        others = (s for s in _SHAPES if s is not first and _pattern(s).fullmatch(found) and s.proof(found))
        return next((shape.mark for shape in others), found)

    return _figure().sub(marked, text)


@lru_cache(maxsize=8)
def _told(shape: _Shape) -> re.Pattern[str]:
    before = rf"(?i:\b(?:{shape.words})\b)[^\n\d]{{0,20}}(?<![^\W_])"
    return re.compile(rf"({before})({shape.pattern})(?![^\W_])", re.ASCII)


def _told_out(text: str, shape: _Shape) -> str:
    def marked(match: re.Match[str]) -> str:
        return match.group(1) + shape.mark if shape.proof(match.group(2)) else match.group()

    return _told(shape).sub(marked, text)


def _ibans_out(text: str) -> Iterator[str]:
    done = 0
    for tried, match in enumerate(_IBAN.finditer(text)):
        start = match.start()
        if start < done:
            continue
        window = text[start : start + _IBAN_REACH]
        length = numbers.iban_length(window) if tried < _PROOFS else len(match.group())
        if length:
            yield text[done:start] + IBAN
            done = start + length
    yield text[done:]
