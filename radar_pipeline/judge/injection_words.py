"""The words of a text by what they do in an instruction, seen through disguises of their letters.

A word's ``mask`` has one bit per concept of ``injection_lexicon.json``, above them bits for the place it
stands in (an imperative's, a negated one's) and for a disguise it was seen through, and above those one
bit per hint of ``injection_hints.json``, of which no rule speaks. Prefixes stand for inflections;
look-alike letters follow the idea of Unicode TS 39.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
)
TOKEN = re.compile(rf"\w[\w'’@${UNSEEN}]*|[@$]\w[\w@$]*|[{UNSEEN}]+")
_HIDING = re.compile(f"[{UNSEEN}]")
_MARKS = re.compile("[\u0300-\u036f\u3099\u309a]")
_CLAUSE = re.compile(r"[:;,.!?–—>|#*\"“”„«»(\[{\n。，！？：、]|(?<!\w)['‘’]|\s-\s|^\s*[-•]\s|\n\s*-\s")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_LATIN, _OTHER = re.compile("[a-z]"), re.compile("[\u0370-\u052f]")
_LOOKALIKES = str.maketrans(
    "асеорхуіјѕԁһԛԝвкмнтαεικνορτυχωγ",
    "aceopxyijsdhqwbkmhtaeiknoptuxwy",
)
_LEET = str.maketrans("0134578@$", "oieastbas")
_DISGUISED = re.compile(r"[a-z][0-9@$]|[0-9@$][a-z]")
_REVERSIBLE = 5  # letters; a shorter word read backwards is too often another word
_MOST_WORDS = 200_000  # kept in the table; hostile vocabulary is not kept without end
_BLOB = re.compile(r"\w{20,}|[01]{8}|x?(?:[0-9][a-f]|[a-f][0-9])", re.ASCII)


@lru_cache(maxsize=1)
def concepts() -> dict[str, int]:
    """Bit of each concept by name, and of the marks that are no words: see the module."""
    return {name: 1 << n for n, name in enumerate([*_table("lexicon"), *_EXTRA, *hints()])}


@lru_cache(maxsize=1)
def hints() -> tuple[str, ...]:
    """The names of the hints, in the order of their bits."""
    return tuple(_table("hints"))


_EXTRA = ("IMPERATIVE", "NEGATED", "START", "BACKWARDS", "ROTATED", "DISGUISED", "BLOB", "LETTER", "UNSEEN")


@lru_cache(maxsize=512)
def bits(names: str) -> int:
    """The bits of concepts named with white space between them."""
    table = concepts()
    return sum({table[name] for name in names.split()})


@lru_cache(maxsize=2)
def _table(which: str) -> dict[str, str]:
    file = files(__package__).joinpath(f"injection_{which}.json")
    loaded: dict[str, str] = json.loads(file.read_text("utf-8"))
    return {name: stems for name, stems in loaded.items() if name != "about"}


@dataclass(frozen=True, slots=True)
class _Lexicon:
    exact: dict[str, int]
    prefixes: dict[str, int]
    lengths: tuple[int, ...]
    inside: re.Pattern[str]
    inside_bits: dict[str, int]

    def of(self, word: str) -> int:
        found = self.exact.get(word, 0)
        for length in self.lengths:
            if length > len(word):
                break
            found |= self.prefixes.get(word[:length], 0)
        return found


@lru_cache(maxsize=2)
def _lexicon(which: str = "lexicon") -> _Lexicon:
    exact: dict[str, int] = {}
    prefixes: dict[str, int] = {}
    inside: dict[str, int] = {}
    numbers = concepts()
    for name, stems in _table(which).items():
        for stem in stems.split():
            word = _plain(stem.rstrip("*"))
            place = inside if _CJK.search(word) else prefixes if stem.endswith("*") else exact
            place[word] = place.get(word, 0) | numbers[name]
    longest_first = sorted(inside, key=len, reverse=True)
    return _Lexicon(
        exact,
        prefixes,
        tuple(sorted({len(p) for p in prefixes})),
        re.compile("|".join(longest_first)),
        inside,
    )


def _plain(word: str) -> str:
    """Lower case, compatible forms made one, accents and apostrophes taken off."""
    if word.isascii():
        return word.lower().replace("'", "")
    opened = unicodedata.normalize("NFKD", word).casefold().replace("’", "").replace("'", "")
    return _MARKS.sub("", opened)


class _Masks(dict[str, int]):
    """Mask of a word, worked out once."""

    def __missing__(self, word: str) -> int:
        if len(self) > _MOST_WORDS:
            self.clear()
        self[word] = mask = _mask(word[:200]) | _hinted(word[:200])
        return mask


MASKS = _Masks()


def _mask(word: str) -> int:
    extra = bits("BLOB") if _BLOB.fullmatch(word) else 0
    shown = word
    if not word.isascii() and _HIDING.search(word):
        extra |= bits("UNSEEN")
        shown = _HIDING.sub("", word) or _tagged(word)
    plain = _plain(shown)
    if _CJK.search(plain):
        return extra | _any(m for _, m in _parts(plain))
    found = _lexicon().of(plain)
    if found:
        return found | extra | (0 if shown.isascii() or not _wide(shown) else bits("DISGUISED"))
    return extra | _through_disguise(plain)


def _hinted(word: str) -> int:
    plain = _plain(word if word.isascii() else _HIDING.sub("", word))
    lexicon = _lexicon("hints")
    if _CJK.search(plain):
        return _any(lexicon.inside_bits[m.group()] for m in lexicon.inside.finditer(plain))
    if _LATIN.search(plain) and _OTHER.search(plain):
        plain = plain.translate(_LOOKALIKES)
    elif _DISGUISED.search(plain):
        plain = plain.translate(_LEET)
    return lexicon.of(plain)


def _through_disguise(plain: str) -> int:
    lexicon = _lexicon()
    if _LATIN.search(plain) and _OTHER.search(plain):
        return lexicon.of(plain.translate(_LOOKALIKES)) | bits("DISGUISED")
    if _DISGUISED.search(plain):
        seen = lexicon.of(plain.translate(_LEET)) or lexicon.of(plain.replace("1", "l").translate(_LEET))
        return seen | bits("DISGUISED") if seen else 0
    if len(plain) >= _REVERSIBLE and plain.isascii():
        back = bits("BACKWARDS") if lexicon.of(plain[::-1]) else 0
        return back | (bits("ROTATED") if lexicon.of(rotated(plain)) else 0)
    return 0


def rotated(text: str) -> str:
    """ROT13 of ``text``."""
    return text.translate(_ROTATE)


_SMALL = "abcdefghijklmnopqrstuvwxyz"
_ROTATE = str.maketrans(
    _SMALL + _SMALL.upper(), _SMALL[13:] + _SMALL[:13] + (_SMALL[13:] + _SMALL[:13]).upper()
)


def _wide(word: str) -> bool:
    """Whether letters of the word are compatibility forms (full width, mathematical, circled)."""
    return any(c > "\u2000" and unicodedata.normalize("NFKC", c).isascii() for c in word)


def _tagged(word: str) -> str:
    """What the invisible tag characters of a word spell."""
    return "".join(chr(ord(c) - 0xE0000) for c in word if 0xE0020 <= ord(c) <= 0xE007E)


def _any(masks: Iterator[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _parts(run: str) -> Iterator[tuple[str, int]]:
    lexicon = _lexicon()
    for match in lexicon.inside.finditer(run):
        yield match.group(), lexicon.inside_bits[match.group()]
    for match in re.finditer("[a-z]+", run):
        yield match.group(), lexicon.of(match.group())


_ASCII = re.compile(r"[\w@$]+")
_APART = 4  # letters that stand alone, before they may be words with gaps


@lru_cache(maxsize=256)
def vocabulary(text: str) -> int:
    """Union of the masks of the words of a text: what it can hold at all. Cheap."""
    lower = text.lower()
    words = set(_ASCII.findall(lower) if lower.isascii() else TOKEN.findall(lower))
    union = bits("NOT") if "n't" in lower else 0
    for mask in set(map(MASKS.__getitem__, words)):
        union |= mask
    return union if sum(map(_alone, words)) < _APART else union | bits("LETTER")


def _alone(word: str) -> bool:
    return len(word) == 1


@lru_cache(maxsize=512)
def breadth(mask: int) -> int:
    """How many words of the lexicon bear one of the bits."""
    table = concepts()
    return sum(len(stems.split()) for name, stems in _table("lexicon").items() if table[name] & mask)


def masks(text: str) -> list[int]:
    """The masks of a sentence's words in their order, with the marks of their places."""
    placed = _Placing()
    end = 0
    for match in TOKEN.finditer(text):
        word = match.group().lower()
        opens = not placed.masks or _CLAUSE.search(text, end, match.start()) is not None
        end = match.end()
        if _CJK.search(word):
            placed.run(_plain(word))
        elif not word.isdigit() or len(word) == 8:
            placed.add(word, MASKS[word], opens)
    return placed.masks


_CARRIES = frozenset("longer be been yet fully to ever even all already any".split())  # a negation
_EVEN_IF = frozenset({"if", "when", "where", "after", "before"})
_TAKES = frozenset("by in under from through".split())  # "covered by": of an insurance, no verdict


class _Placing:
    """Reads words one by one and marks what their neighbours make of them."""

    def __init__(self) -> None:
        self.masks: list[int] = []
        self._negated = False
        self._good = False
        self._last = ""

    def run(self, letters: str) -> None:
        """A run of Chinese or Japanese letters, in both orders: a verb may stand last."""
        found = [mask | bits("IMPERATIVE START") for _, mask in _parts(letters)]
        found = [*found, *reversed(found)] if len(found) > 1 else found or [0]
        found[0] |= _hinted(letters)
        self.masks += found

    def add(self, word: str, mask: int, opens: bool) -> None:
        at = _place_bits()
        before = self.masks[-1] if self.masks and not opens else 0
        if (word in _TAKES and before & at.verdict) or (mask & at.either and before & at.rating):
            self.masks[-1] &= ~at.rating
        if (word in _EVEN_IF and self._last == "even") or (word == "which" and self._last == "in"):
            mask &= ~(at.unless | at.either)
        self._last = word
        if opens:
            mask |= at.start
        elif before & at.lead:
            mask |= at.imperative
        self.masks.append(self._denied(mask) if self._negated and not opens else mask)
        self._negated = bool(mask & at.negation) or (self._negated and word in _CARRIES and not opens)
        self._pair(mask)

    def _denied(self, mask: int) -> int:
        """What a word says under a negation: "not covered", "no longer follow"."""
        at = _place_bits()
        mask = (mask | at.negated) & ~at.imperative_only
        if mask & at.follow:
            mask |= at.ignore
        if mask & at.deal:
            mask |= at.bad
        if mask & at.good:
            mask = (mask & ~at.good) | at.bad | (at.either if self._good else 0)
        return mask

    def _pair(self, mask: int) -> None:
        """Two neighbours that name one thing: "language model", "automated reviewer"."""
        at = _place_bits()
        self._good = self._good or bool(self.masks[-1] & at.good)
        for back in (2, 3):
            if mask and len(self.masks) >= back and _named(self.masks[-back], mask, at):
                self.masks[-1] |= at.machine
                self.masks[-back] |= at.machine


def _named(one: int, other: int, at: "_Bits") -> bool:
    return bool(
        (one & at.model and other & (at.language | at.assessor))
        or (one & (at.language | at.assessor) and other & at.model)
    )


@dataclass(frozen=True, slots=True)
class _Bits:
    start: int
    imperative: int
    imperative_only: int
    lead: int
    negation: int
    negated: int
    follow: int
    ignore: int
    good: int
    bad: int
    either: int
    verdict: int
    rating: int
    unless: int
    deal: int
    model: int
    language: int
    assessor: int
    machine: int


_PLACES = "BAD|EITHER|VERDICT|GOOD BAD YES VERDICT|UNLESS|ADDRESS|MODEL|LANGUAGE|ASSESSOR|MACHINE"


@lru_cache(maxsize=1)
def _place_bits() -> _Bits:
    return _Bits(
        bits("START IMPERATIVE"),
        *map(bits, ("IMPERATIVE", "IMPERATIVE START", "LEAD", "NOT", "NEGATED", "FOLLOW", "IGNORE", "GOOD")),
        *map(bits, _PLACES.split("|")),
    )
