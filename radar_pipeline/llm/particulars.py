"""What two sentences must have in common, to the letter, before they may count as the same.

A rule is changed by one figure, one "not", one "may". Measures of likeness hardly see it: "50 mg/l" and
"500 mg/l", "may" and "shall", are over 96% alike. So whoever takes one text for another – a quote for
the document's words, a question for one answered before – compares these first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache

from radar_pipeline.llm import numerals

LIMITING = frozenset({"except", "unless", "only", "if"})  # negations that narrow what is said, not turn it


@dataclass(frozen=True, slots=True)
class Particulars:
    """The particulars of a text by kind, each in one spelling, in the text's order, repeats kept."""

    numbers: tuple[str, ...] = ()  # with their units: "72 h", "1/2", "50 mg/l", "every mo"
    dates: tuple[str, ...] = ()  # ISO 8601 as far as known; times of day
    negations: tuple[str, ...] = ()  # not, no, without …; LIMITING ones too
    modals: tuple[str, ...] = ()  # shall, may, require, permit, need …
    references: tuple[str, ...] = ()  # "art 33(1)", "annex 3", "iso 27001:2022"
    comparisons: tuple[str, ...] = ()  # more, least, before, within …
    quantifiers: tuple[str, ...] = ()  # all, any, some, each …

    def __bool__(self) -> bool:
        """Whether there are any."""
        return any(getattr(self, f.name) for f in fields(self))


@lru_cache(maxsize=8192)
def particulars(text: str) -> Particulars:
    """The particulars of ``text``; in time linear in its length."""
    found: dict[str, list[str]] = {}
    for kind, value in _read(text):
        found.setdefault(kind, []).append(value)
    return Particulars(**{kind: tuple(values) for kind, values in found.items()})


def same_particulars(one: str, other: str) -> bool:
    """Whether both texts have the same particulars, in the same order within each kind."""
    return particulars(one) == particulars(other)


def differences(one: str, other: str) -> tuple[str, ...]:
    """Kinds of particulars in which the texts differ, by their field names, in the fields' order."""
    first, second = particulars(one), particulars(other)
    return tuple(f.name for f in fields(Particulars) if getattr(first, f.name) != getattr(second, f.name))


# ── Words ─────────────────────────────────────────────────────────────────────────────────────

_UN = (
    r"un(?!der|it|iq|iv|til|to\b|less|anim|iform|ion|ex(?!p)|cle\b|dul|gul)[a-z]{4,}"
    r"|in(?:valid|accura|complet|adequa|sufficien|effectiv|secur|activ|appropria|eligib|consisten|compatib|capab"
    r"|correct|direct|voluntar|admissib|applicab|frequen|definit|dependen|visib|access|advert)[a-z]*"
    r"|im(?:possib|proper|permissib|practicab|partial|material|perfect|precis)[a-z]*"
    r"|il(?:legal|legib|licit|logical)[a-z]*|ir(?:regular|relevan|revocab|reversib|respons|reparab|respective)[a-z]*"
    r"|dis(?:allow|agree|approv|connect|satisf|abled?|proportion|continu|regard|charg|qualif|honest)[a-z]*"
    r"|non[a-z]{5,}|a(?:typical|symmetric|synchronous|political)[a-z]*|de(?:activat|centrali|crypt|sensiti)[a-z]*"
)
_NEGATIONS = {
    "not": r"not|cannot|\w+n['’]t",
    "no": r"no(?!\.)|none|nobody|nothing|nowhere|no[\s-]one",
    "never": "never",
    "without": r"without|w/o",
    "neither": "neither",
    "nor": "nor",
    "fail": r"fail(?:s|ed|ing|ures?)?\b(?=\s(?:to|in)\b)|fail(?:s|ed|ing|ures?)",
    "lack": r"lack(?:s|ed|ing)?|absen(?:t|ce)|missing|omit(?:s|ted)?",
    "prohibit": r"prohibit(?:s|ed|ion)?|forbid(?:s|den)?|bann?(?:ed)?|refus(?:e|es|ed|al)|den(?:y|ies|ied)",
    "except": r"except(?:ing|ions?)?|exclu(?:de|des|ded|ding|sions?|sive)|other\sthan|save\s(?:for|that|as)"
    r"|exempt\w*|excepted|apart\sfrom",
    "unless": "unless",
    "only": r"only|solely|exclusively",
    "if": r"if|provided\sthat|subject\sto|to\sthe\sextent"
    r"|where\s(?:possible|practicable|feasible|appropriate)",
}
_MODALS = {
    "shall": r"shall|shan['’]t",
    "must": r"must|mustn['’]t",
    "may": "may",
    "might": "might",
    "should": r"should|shouldn['’]t",
    "ought": "ought",
    "can": r"can|cannot|can['’]t",
    "could": r"could|couldn['’]t",
    "will": r"will|won['’]t",
    "would": r"would|wouldn['’]t",
    "require": r"requir(?:e|es|ed|ing|ements?)|oblig(?:ed|ated|ations?|atory|es?)|mandatory|compulsory",
    "permit": r"permit(?:s|ted|ting)?|permission|allow(?:s|ed)?|entitled|authori[sz]ed",
    "need": r"needs?|needn['’]t|(?:has|have|had)\sto",
    "is to": r"(?:is|are)\sto",
    "recommend": r"recommend(?:s|ed|ations?)?|encouraged?|advis(?:ed|able)",
    "optional": r"optional(?:ly)?|voluntar(?:y|ily)",
    "plan": r"(?:plans?|planned|intends?|intended|aims?)\sto",
}
_COMPARISONS = {
    "more": r"more|greater|larger|above|over|exceed(?:s|ed|ing)?|beyond|longer|higher",
    "less": r"less|fewer|smaller|below|under|shorter|lower",
    "least": r"at\sleast|least|minimum|no\sfewer|minimal",
    "most": r"at\smost|maximum|up\sto|maximal",
    "before": r"before|prior\sto|earlier|earliest|preced(?:es?|ing)|in\sadvance",
    "after": r"after|following|later|latest|subsequent(?:ly|\sto)?|once\b(?=\s(?:the|a|it))",
    "within": "within",
    "outside": "outside",
    "until": r"until|till",
    "since": "since",
    "during": "during",
    "equal": r"equal(?:s|\sto)?|exactly",
    "increase": r"increas(?:e|es|ed|ing)|rais(?:e|es|ed|ing)",
    "decrease": r"decreas(?:e|es|ed|ing)|reduc(?:e|es|ed|ing|tions?)|lower(?:s|ed|ing)",
    "immediately": r"immediately|promptly|forthwith|(?:undue|unreasonable)\sdelay|at\sonce",
}
_QUANTIFIERS = {
    "all": r"all|whole|entire(?:ly)?|fully|complete(?:ly)?",
    "every": r"every|everyone|everybody|everything",
    "each": "each",
    "any": r"any|anyone|anybody|anything",
    "some": r"some|someone|somebody|something|certain|partly|partial(?:ly)?",
    "both": "both",
    "either": "either",
    "many": r"many|most|majority|much",
    "few": r"few|several|minority",
    "always": "always",
    "often": r"sometimes|often|usually|generally|normally|typically|occasionally|rarely|seldom",
}
_KINDS = {
    "negations": _NEGATIONS,
    "modals": _MODALS,
    "comparisons": _COMPARISONS,
    "quantifiers": _QUANTIFIERS,
}

# ── References ────────────────────────────────────────────────────────────────────────────────

_ROMAN = r"(?-i:[IVXLC]{1,7}|[ivx]{2,7})(?![a-z])"
_PLACE = (
    r"articles?|arts?\.?|sections?|sect?\.?|clauses?|paragraphs?|paras?\.?|points?|annex(?:es)?|appendi(?:x|ces)|chapters?"
    r"|recitals?|schedules?|parts?|rules?|regulations?|directives?|tables?|figures?|versions?|v\.?|tiers?|class"
    r"|levels?|categor(?:y|ies)|exhibits?|titles?|phases?|steps?"  # what a number or letter names
)
_NUMBERED = (
    rf"(?:(?<=\s)(?:{_ROMAN}|(?-i:[A-Z])(?![\w'’]))|\d+(?:[./:-]\d+){{0,6}}[a-z]?(?![a-z]))"
    r"(?:\s?\([a-z0-9]{1,5}\)){0,6}"
)
REFERENCE = (
    rf"(?P<place>(?<!\w)(?:{_PLACE})\s?|§{{1,2}}\s?)(?P<at>{_NUMBERED})"
    r"|(?P<standard>(?<!\w)(?:iso(?:/iec)?|iec|en|nist(?:\ssp)?|din|ieee|rfc|pci\sdss|soc|cfr|nis)"
    r"[\s-]?\d[\d.:-]*(?<=\d))"
    r"|(?P<code>(?<![\w.,])\d+(?:\.\d+){2,6}(?:\([a-z0-9]{1,5}\)){0,6}(?![\w]|[.,]\d)"
    r"|(?<![\w.,])\d+(?:\.\d+)?(?:\([a-z0-9]{1,5}\)){1,6}"
    r"|(?<!\w)[a-z]{2,6}(?:[-.][a-z]{1,6}){0,3}[-.]\d+(?:[-.]\d+){0,4}(?!\w))"
)
_NAMES = {
    "articl": "art", "arts": "art", "paragraph": "para", "paras": "para", "section": "§", "sect": "§",
    "sec": "§", "": "§", "annexe": "annex", "appendice": "appendix", "categorie": "category", "v": "version",
}  # fmt: skip


def _words(kind: str, names: dict[str, str]) -> str:
    spelt = "|".join(f"(?P<{kind}_{n}>(?:{body})(?!\\w))" for n, body in enumerate(names.values()))
    return rf"(?<![\w'’])(?:{spelt})"


_TOKEN = re.compile(
    r"(?<!\w)(?=[\w§€$£-])(?:"  # only where a word begins: most places fail at once
    f"{numerals.DATE}|{REFERENCE}|{numerals.NUMBER}"
    rf"|(?P<un>(?<!\w)(?:{_UN}))|(?P<non>(?<!\w)(?:non|un)-(?=\w))"
    "|" + "|".join(_words(kind, names) for kind, names in _KINDS.items()) + ")",
    re.IGNORECASE,
)
_VALUES = {f"{kind}_{n}": (kind, name) for kind, names in _KINDS.items() for n, name in enumerate(names)}
_SPACES = re.compile(r"\s+")
_BOTH = re.compile(r"(?:cannot|\w+n['’]t)\Z", re.IGNORECASE)  # a modal and its negation in one word
_MODAL = re.compile(
    "|".join(f"(?P<m{n}>{body})\\Z" for n, body in enumerate(_MODALS.values())), re.IGNORECASE
)


def _read(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(_SPACES.sub(" ", text)):
        last = match.lastgroup or ""
        if last in _VALUES:
            yield _VALUES[last]
            yield from _in_one_word(match.group())
        else:
            yield _composed(match)


def _in_one_word(word: str) -> Iterator[tuple[str, str]]:
    """The modal of "cannot", "mustn't": the word itself was read as its negation."""
    modal = _MODAL.match(word) if _BOTH.match(word) else None
    if modal:
        yield "modals", list(_MODALS)[int((modal.lastgroup or "m0")[1:])]


def _composed(match: re.Match[str]) -> tuple[str, str]:
    if match["at"] or match["standard"] or match["code"]:
        return "references", _reference(match)
    if match["un"] or match["non"]:
        return "negations", f"un:{(match['un'] or 'non')[:5].lower()}"
    if any(match[name] for name in ("iso", "dmy", "mdy", "my", "slashed", "quarter", "month", "clock")):
        return "dates", numerals.date(match)
    return "numbers", numerals.number(match)


def _reference(match: re.Match[str]) -> str:
    if not match["at"]:
        return _SPACES.sub(" ", match["standard"] or match["code"]).lower().replace("/iec", "")
    place = match["place"].lower().strip(" .§").removesuffix("s") or ""
    place = "class" if place == "clas" else place.removesuffix("e") if place == "article" else place
    head, opening, rest = match["at"].lower().replace(" ", "").partition("(")
    if re.fullmatch(_ROMAN, head):
        head = str(numerals.roman(head))
    return f"{_NAMES.get(place, place)} {head}{opening}{rest}"
