"""The units that are flagged as wholes: sentences, lines, table cells, comments, in any writing.

Wider than ``sentences``: it also ends a sentence at a line that is no wrapped prose, at the cells of a
row and at the stops of Chinese and Japanese, and gives every visible character a unit.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ABBREVIATIONS = frozenset(
    "inc ltd co corp no nos art arts sec para mr mrs ms dr st vs e.g i.e cf approx dept fig al u.s vol"
    " resp bzw z.b nr abs vgl".split()
)
_LINE = re.compile(r"[^\n]+")
_STOP = re.compile(r"(?<![.!?])[.!?]++[\"'”’»)\]*]*+(?=\s)|[。！？]++[」』”]*+")
_CELL = re.compile(r"; (?=[^;:]{1,60}: )|\|")
_ROW = re.compile(r"^[^;:]{1,60}: [^;]*; [^;:]{1,60}: |^\s*\|")
_WRAPPED = 40  # characters; a line at least so long that ends in mid-sentence goes on in the next
_OPEN = re.compile(r"[.!?:;|>}\]`。！？]\s*$")
_GOES_ON = re.compile(r"\s*[a-z(]")
_ITEM = re.compile(r"\s*(?:[-*•+]|\(?[a-z0-9]{1,3}[.)])\s")


@dataclass(frozen=True, slots=True)
class Unit:
    """Half-open offsets without surrounding white space; ``block``: number of its paragraph;
    ``comment``: whether it is a comment of a markup language."""

    start: int
    end: int
    block: int
    comment: bool = False


def units(text: str) -> list[Unit]:
    """The units of ``text`` in order; they do not overlap, and only white space and the separators of
    cells are in none."""
    found: list[Unit] = []
    at = block = 0
    for low, high, comment in sorted([*_fenced(text, "<!--", "-->"), *_fenced(text, "```", "```")]):
        if low < at:
            continue
        block = _prose(text, at, low, block, found)
        found.append(Unit(low, high, block, comment))
        at = high
    _prose(text, at, len(text), block, found)
    return found


def _fenced(text: str, opening: str, closing: str) -> Iterator[tuple[int, int, bool]]:
    """Comments and blocks of code; one that is not closed is none."""
    low = text.find(opening)
    while low >= 0 and (high := text.find(closing, low + len(opening))) >= 0:
        yield low, high + len(closing), opening == "<!--"
        low = text.find(opening, high + len(closing))


def _prose(text: str, start: int, end: int, block: int, found: list[Unit]) -> int:
    last = start
    for low, high in _logical_lines(text, start, end):
        block += text.count("\n", last, low) > 1
        last = high
        trimmed = (_trim(text, a, b) for a, b in _pieces(text, low, high))
        found.extend(Unit(a, b, block) for a, b in trimmed if b > a)
    return block


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _logical_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Lines, wrapped prose put together."""
    low = high = -1
    for match in _LINE.finditer(text, start, end):
        if low >= 0 and _wraps(text, low, high, match.start()):
            high = match.end()
            continue
        if low >= 0:
            yield low, high
        low, high = match.span()
    if low >= 0:
        yield low, high


def _wraps(text: str, low: int, high: int, following: int) -> bool:
    if following - high != 1 or high - max(low, text.rfind("\n", low, high)) < _WRAPPED:
        return False
    ends = _OPEN.search(text, max(low, high - 4), high)
    return not ends and bool(_GOES_ON.match(text, following)) and not _ITEM.match(text, following)


def _pieces(text: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    if _ROW.match(text[low : min(high, low + 400)]):
        at = low
        for cell in _CELL.finditer(text, low, high):
            yield from _sentences(text, at, cell.start())
            at = cell.end()
        yield from _sentences(text, at, high)
    else:
        yield from _sentences(text, low, high)


def _sentences(text: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    at = low
    for stop in _STOP.finditer(text, low, high):
        if stop.end() < high and not _abbreviated(text, at, stop.start()):
            yield at, stop.end()
            at = stop.end()
    yield at, high


def _abbreviated(text: str, low: int, stop: int) -> bool:
    word = text[max(low, stop - 12) : stop].rsplit(None, 1)
    last = word[-1].lower().lstrip("(\"'“[*#-") if word else ""
    if last.isdigit():  # of a list: nothing stands before it
        return not text[low : stop - len(last)].strip()
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isascii() and last.isalpha())
