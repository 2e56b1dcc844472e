"""A versioned, deterministic decomposer for requirements whose catalog brings no elements.

It is cautious: a duty is one action element unless the text itself lists parts. Only the outermost
list is cut, because the parts of a part rarely make sense alone, and a list of alternatives is not cut
at all. A wrong split would invent missing parts, and a missing part lowers a verdict.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from radar_pipeline.models import Element, Limit, Role

VERSION = "decompose@2"

_MARK = re.compile(
    r"(?:^|(?<=[\s;:,]))"
    r"(?:\((?P<inner>[a-z]|[ivx]{1,4}|\d{1,2})\)|(?P<bare>[a-z]|[ivx]{1,4}|\d{1,2})(?P<end>[.)]))\s+(?=\S)"
)
_REFERENCE = re.compile(  # "referred to in points (a) and (b)" names a list and opens none
    r"\b(?:(?:sub)?(?:point|paragraph|clause|section|article|item|letter|step|version|level)s?|in|of|under|to|by)\s+$",
    re.IGNORECASE,
)
_AFTER_BARE = re.compile(
    r"(?:^|\n|[;:.,]|[;:.,\s](?:and|or))\s*$"
)  # "a." and "1." need more than a space before
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
_DEADLINE = re.compile(
    r"\b(?:within|no later than|not later than|at most|no more than|at least every|every)\s+"
    r"(?P<count>\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\s+(?:calendar\s+)?"
    r"(?P<unit>hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)
_NUMBERS = dict(
    zip("one two three four five six seven eight nine ten twelve".split(), (*range(1, 11), 12), strict=True)
)
_ALTERNATIVES = re.compile(
    r"\b(?:either|one of the following|any of the following|one or more of the following|at least one of)\b"
    r"[^.;]{0,80}:?\s*$",
    re.IGNORECASE,
)
_COMPLETE = re.compile(
    r"\b(?:shall|must|should|will|to|may)\s*(?:each|also|at least)?\s*:?\s*$", re.IGNORECASE
)
_JOIN = re.compile(r"[\s;,]*\b(?P<word>and|or)$")
_MAX_ITEMS = 20
_LONGEST_LEAD = 240  # characters of a lead-in repeated before each part
_SHORTEST_PART = 8  # characters; shorter parts are enumeration debris, not duties


@dataclass(frozen=True, slots=True)
class _Mark:
    """A list marker: its style, its place in the order of that style, where it starts and ends."""

    style: str
    number: int
    start: int
    end: int


def decompose(text: str) -> tuple[Element, ...]:
    """Elements of ``text``: one action per part of its outermost list, and its numeric deadlines."""
    actions = [Element(f"action-{n}", Role.ACTION, part) for n, part in enumerate(_parts(text), 1)]
    limits: dict[Limit, str] = {}
    for match in _DEADLINE.finditer(" ".join(text.split())):
        limits.setdefault(_limit(match), match.group(0))
    deadlines = [
        Element(f"deadline-{n}", Role.DEADLINE, words, limit)
        for n, (limit, words) in enumerate(limits.items(), 1)
    ]
    return (*actions, *deadlines)


def _limit(match: re.Match[str]) -> Limit:
    count, unit = match["count"].lower(), match["unit"].lower()
    number = float(_NUMBERS.get(count) or count)
    return Limit(number * 7, "days") if unit == "week" else Limit(number, f"{unit}s")


def _parts(text: str) -> list[str]:
    """The parts of the outermost list, each able to stand alone; the whole text if it lists none."""
    whole = " ".join(text.split())
    marks = _outermost(list(_marks(text)))
    if not marks:
        return [whole]
    ends = [mark.start for mark in marks[1:]] + [len(text)]
    pieces = [" ".join(text[m.end : end].split()) for m, end in zip(marks, ends, strict=True)]
    if len(pieces) > _MAX_ITEMS:
        return [whole]
    lead = " ".join(text[: marks[0].start].split())
    joins = [match["word"] for piece in pieces[:-1] if (match := _JOIN.search(piece))]
    if "or" in joins or _ALTERNATIVES.search(lead):
        return [whole]
    items = [_JOIN.sub("", piece.strip(" ;,.")).strip(" ;,.") for piece in pieces]
    if any(len(item) < _SHORTEST_PART for item in items):
        return [whole]
    return [_standing_alone(lead, item) for item in items]


def _standing_alone(lead: str, item: str) -> str:
    """The item after its lead-in, which is dropped where the item is a whole phrase of action."""
    sentence = re.split(r"(?<=[.;])\s+", lead)[-1] if lead else ""
    if not sentence or _COMPLETE.search(sentence) or len(sentence) > _LONGEST_LEAD:
        return item
    return f"{sentence.rstrip(' :;,-–—')}: {item}" if sentence.endswith((":", "–", "—", "-")) else item


def _marks(text: str) -> Iterator[_Mark]:
    """Every candidate marker, in text order; a roman numeral may also be read as a letter."""
    for match in _MARK.finditer(text):
        token, before = match["inner"] or match["bare"], text[max(0, match.start() - 16) : match.start()]
        if _REFERENCE.search(before) or not (match["inner"] or _AFTER_BARE.search(before)):
            continue
        shape = "()" if match["inner"] else match["end"]
        if token.isdigit():
            yield _Mark(f"1{shape}", int(token), match.start(), match.end())
            continue
        if token in _ROMAN:
            yield _Mark(f"i{shape}", _ROMAN.index(token) + 1, match.start(), match.end())
        if len(token) == 1:
            yield _Mark(f"a{shape}", ord(token) - 96, match.start(), match.end())


def _outermost(marks: list[_Mark]) -> list[_Mark]:
    """The run 1, 2, 3 … (or a, b, c …) of the first marker's style; none if it does not run so.

    A number in passing ("see 4. below") starts no list, and a list that starts anew with the same
    style is taken as belonging to an inner one.
    """
    for opening in marks[:2]:  # "i." may be a letter or a numeral: the reading that runs on wins
        if opening.number != 1:
            continue
        run = [opening]
        for mark in marks:
            if mark.style == opening.style and mark.start > run[-1].start and mark.number == len(run) + 1:
                run.append(mark)
        if len(run) >= 2:
            return run
    return []
