"""What can happen to a quote: it is set differently, copied badly, or made to say something else.

Each change is made from a sentence of a document; random choices come from the generator given.
"""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from radar_pipeline.judge.sentences import sentences

_SAMPLES = Path(__file__).parents[2]
_BULLET = re.compile(r"\A[-*•]\s+")
_WORD = re.compile(r"[A-Za-z]{3,}")

# What is written, and what an altered quote says instead. Each alternative is tried where it applies.
_SWAPS: dict[str, tuple[tuple[str, str], ...]] = {
    "modal": (
        (r"\bshall\b", "may"), (r"\bmust\b", "should"), (r"\bmust\b", "may"), (r"\bmay\b", "must"),
        (r"\bshould\b", "must"), (r"\bcan\b", "must"), (r"\bwill\b", "may"),
        (r"\b(is|are) required\b", r"\1 permitted"),
        (r"\b(has|have) to\b", "may"), (r"\bneeds\b", "may want"), (r"\bis to\b", "may"),
    ),
    "negation removed": (
        (r"\bnot ", ""), (r"\bno ", ""), (r"\bnever ", ""), (r"\bwithout\b", "with"), (r"\bcannot\b", "can"),
        (r"\bonly ", ""), (r"\b(\w+)n['’]t\b", r"\1"), (r"\bnor\b", "and"), (r"\bunless\b", "if"),
        (r"\bNo ", "A "), (r"\bNobody\b", "Everybody"), (r"\bnobody\b", "everybody"), (r"\bexcept\b", "and"),
        (r"\bun(authori|encrypt|known|usual|able)", r"\1"),
    ),
    "negation inserted": (
        (r"\b(is|are|was|were|be|been)\b", r"\1 not"), (r"\b(shall|must|may|should|will|can)\b", r"\1 not"),
        (r"\b(has|have) (?=[a-z]+ed\b)", r"\1 never "), (r"\bwith\b", "without"),
        (r"\b(authori[sz]ed|encrypted)\b", r"un\1"),
    ),
    "quantifier": (
        (r"\b[Aa]ll\b", "some"), (r"\b[Ee]very\b", "any"), (r"\b[Ee]ach\b", "some"), (r"\bany\b", "some"),
        (r"\bboth\b", "either"), (r"\bat least\b", "at most"), (r"\bmore than\b", "less than"),
        (r"\bbefore\b", "after"), (r"\bafter\b", "before"), (r"\bwithin\b", "after"), (r"\buntil\b", "from"),
        (r"\bone\b", "two"), (r"\btwo\b", "three"), (r"\bthree\b", "five"), (r"\btwelve\b", "eleven"),
        (r"\balways\b", "often"), (r"\bNobody\b", "Anybody"), (r"\bonce\b", "twice"),
    ),
    "actor": (
        (r"\bcontroller\b", "processor"), (r"\bprocessor\b", "controller"),
        (r"\bemployees?\b", "contractors"),
        (r"\bcontractors?\b", "employees"), (r"\bmanagers?\b", "suppliers"), (r"\bsuppliers?\b", "customers"),
        (r"\bcustomers?\b", "suppliers"), (r"\bCISO\b", "CFO"), (r"\bPrivacy Officer\b", "Security Officer"),
        (r"\bpatients?\b", "visitors"), (r"\bboard\b", "works council"), (r"\bcommittee\b", "board"),
        (r"\bauthority\b", "customer"), (r"\bowner\b", "auditor"), (r"\b[Ww]e\b", "they"), (r"\bIT\b", "HR"),
        (r"\bworkforce\b", "public"), (r"\bvendors?\b", "patients"), (r"\busers?\b", "administrators"),
    ),
    "content": (
        (r"\bencrypted\b", "decrypted"), (r"\bincreas(e|es|ed)\b", r"decreas\1"),
        (r"\binternal\b", "external"),
        (r"\bexternal\b", "internal"), (r"\baccess\b", "excess"), (r"\binclud(e|es|ed)\b", r"exclud\1"),
        (r"\bapproved\b", "improved"), (r"\bdeleted?\b", "retained"), (r"\bkept\b", "deleted"),
        (r"\bdata\b", "metadata"), (r"\bbackups?\b", "records"), (r"\bcritical\b", "minor"),
        (r"\bhigh\b", "low"),
        (r"\bremov(e|es|ed)\b", r"improv\1"), (r"\bpersonal\b", "personnel"), (r"\btested\b", "rested"),
        (r"\breview(s|ed)?\b", r"preview\1"), (r"\btrain(ed|ing)\b", r"strain\1"),
        (r"\bsecurity\b", "scarcity"),
        (r"\bproduction\b", "reduction"), (r"\bform\b", "farm"), (r"\bnow\b", "not"), (r"\brisk\b", "disk"),
        (r"\bpolicy\b", "police"), (r"\bprocess(es)?\b", r"progress\1"), (r"\bstart(s|ed)?\b", r"stop\1"),
    ),
    "unit": (
        (r"(?<=[\w-][ -])hours?\b", "days"), (r"(?<=[\w-][ -])days?\b", "weeks"),
        (r"(?<=[\w-][ -])weeks?\b", "months"),
        (r"(?<=[\w-][ -])months?\b", "years"), (r"(?<=[\w-][ -])years?\b", "months"),
        (r"(?<=[\w-][ -])minutes?\b", "hours"),
        (r"\bEUR\b", "USD"), (r"€", "$"), (r"(?<=\d) ?%", " ‰"), (r"\bper cent\b", "per mille"),
        (r"\bworking days\b", "days"),
        (r"\bmonthly\b", "yearly"), (r"\bannually\b", "monthly"), (r"\bquarterly\b", "yearly"),
        (r"\bweekly\b", "monthly"),
        (r"\bdaily\b", "weekly"), (r"\beach year\b", "each month"), (r"\bevery month\b", "every year"),
    ),
    "date": (
        (r"\bJanuary\b", "June"), (r"\bFebruary\b", "March"), (r"\bMarch\b", "May"), (r"\bApril\b", "August"),
        (r"\bMay (?=\d)", "March "), (r"\bJune\b", "July"), (r"\bJuly\b", "June"), (r"\bAugust\b", "April"),
        (r"\bSeptember\b", "December"), (r"\bOctober\b", "November"), (r"\bNovember\b", "December"),
        (r"\bDecember\b", "November"), (r"\b2026\b", "2025"), (r"\b2025\b", "2026"), (r"\b2024\b", "2014"),
        (r"\b202(\d)-(\d\d)\b", r"201\1-\2"),
    ),
    "reference": (
        (r"\b([Ss]ection|Art(?:icle|\.)|Annex|§|Appendix|Chapter|clause) (\d+)", r"\1 9\2"),
        (r"§ ?(\d)", r"§ 8\1"), (r"\(([a-f])\)", "(k)"), (r"\b([A-Z]{2,5}-[A-Z]{2,5}-)(\d)", r"\g<1>9\2"),
        (r"\b(164\.\d)(\d)", r"\1\g<2>0"), (r"\b(\d+\.)(\d+)(?= [A-Z])", r"\g<1>7\2"),
        (r"\bINC-(\d)", r"INC-9\1"),
        (r"\b([A-Z]{1,4}-?)(\d{1,4})\b", r"\g<1>8\2"), (r"\bISO (\d)", r"ISO 9\1"),
    ),
}  # fmt: skip
KINDS = ("number", "cut short", "words left out", *_SWAPS)


def sample_texts() -> list[str]:
    """Texts of the sample documents that are written in plain text."""
    places = sorted((_SAMPLES / "tools" / "sample_documents").rglob("*.md"))
    places += sorted(p for p in (_SAMPLES / "data" / "corpus").rglob("*.*") if p.suffix in {".md", ".txt"})
    return [place.read_text("utf-8") for place in places]


def sample_sentences(text: str) -> list[str]:
    """Sentences of prose in ``text``: 40 to 400 characters, no table rows or headings."""
    found = (_BULLET.sub("", text[a:b]) for a, b in sentences(text))
    prose = (s for s in found if 40 <= len(s) <= 400 and not re.search(r"[|#\[\]]|^---|:\s*$", s, re.M))
    return [s for s in prose if s[0].isupper() and len(_WORD.findall(s)) >= 6]


def altered(sentence: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Quotes that say something else than ``sentence``, each with its kind of KINDS."""
    for kind, swaps in _SWAPS.items():
        for written, instead in swaps:
            places = list(re.finditer(written, sentence))
            if places:
                place = draw.choice(places)
                quote = sentence[: place.start()] + place.expand(instead) + sentence[place.end() :]
                yield kind, _capital(quote, sentence)
    numbers = list(re.finditer(r"\d+", sentence))
    if numbers:
        yield "number", _other_number(sentence, draw.choice(numbers), draw)
    yield from (("cut short", quote) for quote in _cut_short(sentence))
    yield from (("words left out", quote) for quote in _left_out(sentence))


def _capital(quote: str, sentence: str) -> str:
    return quote[0].upper() + quote[1:] if sentence[0].isupper() else quote


def _other_number(sentence: str, place: re.Match[str], draw: random.Random) -> str:
    written = place.group()
    at = draw.randrange(len(written))
    digit = draw.choice([d for d in "123456789" if d != written[at]])
    other = draw.choice([written[:at] + digit + written[at + 1 :], written + "0", digit + written])
    return sentence[: place.start()] + other + sentence[place.end() :]


def _cut_short(sentence: str) -> Iterator[str]:
    """What stands behind a "not", without it."""
    for place in re.finditer(r"\b(?:not|never|cannot|nor)\s+(?=\w)", sentence):
        rest = sentence[place.end() :]
        if len(_WORD.findall(rest)) >= 4:
            yield rest


def _left_out(sentence: str) -> Iterator[str]:
    """The sentence without an auxiliary and its negation, and without its exception."""
    for place in re.finditer(r"\b(?:do|does|did|is|are|was|were|has|have|may|must|can|will) not ", sentence):
        yield sentence[: place.start()] + sentence[place.end() :]
    for place in re.finditer(r",? (?:unless|except|other than|only if)\b[^,;.]*(?=[,;]\s)", sentence):
        yield sentence[: place.start()] + sentence[place.end() :]


# ── Copied badly ──────────────────────────────────────────────────────────────────────────────


def copied_badly(sentence: str, draw: random.Random) -> str:
    """``sentence`` with 1 to 3% of its characters hit by what scanning does, at least one. Digits are
    misread for letters but not lost, nor is what an identifier is made of: it would be another one."""
    hits = max(1, round(len(sentence) * draw.uniform(0.01, 0.03)))
    places = sorted(draw.sample(range(1, len(sentence) - 1), min(hits, len(sentence) - 2)), reverse=True)
    for place in places:
        sentence = draw.choice(_NOISES)(sentence, place, draw)
    return sentence


_ALIKE = {
    "l": "1I",
    "1": "l",
    "I": "l1",
    "i": "l1",
    "O": "0",
    "o": "0",
    "0": "Oo",
    "S": "5",
    "5": "S",
    "B": "8",
}


def _misread(text: str, at: int, draw: random.Random) -> str:
    places = [i for i in range(at, min(at + 25, len(text))) if text[i] in _ALIKE] or [at]
    sign = text[places[0]]
    return text[: places[0]] + draw.choice(_ALIKE.get(sign, sign)) + text[places[0] + 1 :]


def _misread_pair(text: str, at: int, draw: random.Random) -> str:
    found = re.compile(r"rn|m|w|vv|d|cl").search(text, at)
    if not found:
        return _misread(text, at, draw)
    other = {"rn": "m", "m": "rn", "w": "vv", "vv": "w", "d": "cl", "cl": "d"}[found.group()]
    return text[: found.start()] + other + text[found.end() :]


def _space_lost(text: str, at: int, draw: random.Random) -> str:
    place = text.find(" ", at)
    return text[:place] + text[place + 1 :] if place > 0 else text


def _space_put_in(text: str, at: int, draw: random.Random) -> str:
    return f"{text[:at]} {text[at:]}" if text[at - 1 : at + 1].isalpha() else _misread(text, at, draw)


def _letter_lost(text: str, at: int, draw: random.Random) -> str:
    word = _word_at(text, at)
    if len(word) > 1 and word.isalpha() and not word[1:].isupper():
        return text[:at] + text[at + 1 :]
    return _misread(text, at, draw)


def _word_at(text: str, at: int) -> str:
    before, after = re.search(r"\w*\Z", text[:at]), re.match(r"\w*", text[at:])
    return (before.group() if before else "") + (after.group() if after else "")


def _broken(text: str, at: int, draw: random.Random) -> str:
    inside = len(text) > at + 2 and text[at - 2 : at + 2].isalpha() and text[at].islower()
    return f"{text[:at]}- {text[at:]}" if inside else _space_lost(text, at, draw)


_NOISES: tuple[Callable[[str, int, random.Random], str], ...] = (
    _misread, _misread, _misread_pair, _space_lost, _space_put_in, _letter_lost, _broken,
)  # fmt: skip


# ── Set differently ───────────────────────────────────────────────────────────────────────────


def set_differently(sentence: str, draw: random.Random) -> str:
    """``sentence`` with other spaces, quotation marks, dashes, ligatures and broken lines."""
    for written, instead in (
        ("ffi", "ﬃ"),
        ("fi", "ﬁ"),
        ("fl", "ﬂ"),
        ("'", "’"),
        ("’", "'"),
        (" – ", "—"),
        ("...", "…"),
    ):
        if draw.random() < 0.6:
            sentence = sentence.replace(written, instead)
    sentence = re.sub(r'"([^"]*)"', r"“\1”", sentence)
    words = sentence.split(" ")
    for number, word in enumerate(words):
        if draw.random() < 0.05 and word.isalpha() and len(word) > 6:
            at = draw.randrange(3, len(word) - 2)
            words[number] = (
                f"{word[:at]}{draw.choice(['-' + chr(10), chr(0xAD), '-' + chr(10) + '  '])}{word[at:]}"
            )
    spaces = [" ", " ", " ", "\n", "  ", "\u00a0", "\n   ", "\t"]
    after = [
        " " if w.startswith(("-", "–", "—")) else draw.choice(spaces) for w in [*words[1:], ""]
    ]  # no line begins with a dash
    return "".join(w + space for w, space in zip(words, after, strict=True)).strip()
