"""Instructions to a reader's machine in a document: where they are, and the text without them.

A flagged sentence is no evidence and is shown to no judge. A plain false statement ("All data are
encrypted.") is none of this: it is the tenant's own word.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise, takewhile

from radar_pipeline.judge.injection_decode import decodings
from radar_pipeline.judge.injection_forms import forms
from radar_pipeline.judge.injection_rules import Kind, instructed, possible
from radar_pipeline.judge.injection_speech import confides, continues, greets, refers_back, refers_on
from radar_pipeline.judge.injection_units import Unit, units
from radar_pipeline.judge.injection_words import bits, masks, rotated, vocabulary

__all__ = ["Cut", "Flag", "Kind", "instructions", "without"]

_ROUNDS = 4  # of looking again at what is left
_DEPTH = 2  # encodings inside encodings that are opened
_SEEN = 3  # words that show only backwards or rotated, before a sentence is turned


@dataclass(frozen=True, slots=True)
class Flag:
    """An instruction at half-open offsets (code points): whole sentences, cells, comments or runs."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without its flagged spans, and where its parts stood.

    ``parts``: per kept part in order, its start in ``text``, its start in the original and its length.
    """

    text: str
    parts: tuple[tuple[int, int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """The half-open span of the original that ``text[start:end]`` was; None if text was deleted
        inside it, or if it is no span of ``text``."""
        if not 0 <= start <= end <= len(self.text):
            return None
        n = bisect_right(self.parts, start, key=lambda part: part[0]) - 1
        if n < 0:
            return None
        here, there, length = self.parts[n]
        return (there + start - here, there + end - here) if end <= here + length else None


def without(text: str, flags: Iterable[Flag]) -> Cut:
    """``text`` with the flagged spans deleted. Flags may come in any order and may overlap."""
    kept: list[tuple[int, int]] = []
    at = 0
    for flag in sorted((f for f in flags if f.end > f.start), key=lambda f: (f.start, f.end)):
        if flag.start > at:
            kept.append((at, flag.start))
        at = max(at, flag.end)
    if at < len(text):
        kept.append((at, len(text)))
    parts, length = [], 0
    for start, end in kept:
        parts.append((length, start, end - start))
        length += end - start
    return Cut("".join(text[a:b] for a, b in kept), tuple(parts))


@lru_cache(maxsize=32768)
def instructions(text: str) -> tuple[Flag, ...]:
    """The instructions to a reader's machine in ``text``, in order, not overlapping.

    What is left without them holds none: deleting one may bring two halves of another together, so the
    rest is looked at again; a text that still has one after four rounds is one flag as a whole.
    """
    found = _look(text)
    for _ in range(_ROUNDS if found else 0):
        cut = without(text, found)
        more = _look(cut.text)
        if not more:
            return found
        found = _united([*found, *(_placed(flag, cut) for flag in more)])
    return (Flag(0, len(text), found[0].kind),) if found else ()


def _placed(flag: Flag, cut: Cut) -> Flag:
    """A flag of the cut text in the original, with all that was deleted inside it."""
    first = cut.original(flag.start, flag.start + 1) or (0, 0)  # one character is never parted
    last = cut.original(flag.end - 1, flag.end) or (0, 0)
    return Flag(first[0], last[1], flag.kind)


def _united(flags: list[Flag]) -> tuple[Flag, ...]:
    result: list[Flag] = []
    for flag in sorted(flags, key=lambda f: (f.start, f.end)):
        if result and flag.start < result[-1].end:
            last = result.pop()
            result.append(Flag(last.start, max(last.end, flag.end), last.kind))
        else:
            result.append(flag)
    return tuple(result)


def _look(text: str, depth: int = _DEPTH) -> tuple[Flag, ...]:
    seen = vocabulary(text)
    formed = list(forms(text)) if _may_be_formed(text, seen) else []
    encoded = list(_encoded(text, depth)) if depth and _may_be_encoded(text, seen) else []
    turned = seen & bits("BACKWARDS ROTATED")
    if not (formed or encoded or turned or possible(seen)):
        return ()
    pieces = [_Piece(unit, text[unit.start : unit.end]) for unit in units(text)]
    for start, end, kind in encoded:
        _mark(pieces, start, end, kind)
    for form in formed:
        _mark(pieces, form.start, form.end, Kind.FORGES_FORMAT, hard=form.hard)
    _extend(pieces)
    return _flags(pieces)


def _may_be_formed(text: str, seen: int) -> bool:
    return bool(seen & bits("FORM")) or "<|" in text or "</" in text


def _may_be_encoded(text: str, seen: int) -> bool:
    return bool(seen & bits("BLOB UNSEEN LETTER")) or "&#" in text or "%" in text


def _encoded(text: str, depth: int) -> Iterable[tuple[int, int, Kind]]:
    for start, end, said in decodings(text):
        if _look(said, depth - 1):
            hidden = not text[start:end].isprintable()
            yield start, end, Kind.HIDDEN if hidden else Kind.ENCODED


class _Piece:
    """A unit with the concepts of its words and what is known of it."""

    __slots__ = ("goes_on", "headed", "kind", "masks", "planted", "soft", "text", "unit")

    def __init__(self, unit: Unit, text: str) -> None:
        self.unit, self.text = unit, text
        self.masks = masks(text)
        self.kind = _kind(self, text)
        self.goes_on = continues(self.masks)
        self.soft, self.planted, self.headed = greets(self.masks), False, False


def _kind(piece: _Piece, text: str) -> Kind | None:
    kind = instructed(piece.masks)
    if kind is None:
        return _turned(piece.masks, text)
    if piece.unit.comment:
        return Kind.HIDDEN
    disguised = sum(1 for mask in piece.masks if mask & bits("DISGUISED"))
    unseen = any(mask & bits("UNSEEN") for mask in piece.masks)
    return Kind.HIDDEN if unseen else Kind.ENCODED if disguised >= 2 else kind


def _turned(found: Sequence[int], text: str) -> Kind | None:
    """Whether a sentence instructs when it is read backwards, or rotated by half the alphabet."""
    for mark, turn in (("BACKWARDS", lambda t: t[::-1]), ("ROTATED", rotated)):
        bit = bits(mark)
        if sum(1 for mask in found if mask & bit) >= _SEEN and instructed(masks(turn(text))):
            return Kind.ENCODED
    return None


def _mark(pieces: list[_Piece], start: int, end: int, kind: Kind, hard: bool = True) -> None:
    first = bisect_right(pieces, start, key=lambda piece: piece.unit.end)
    for piece in takewhile(lambda piece: piece.unit.start < end, islice(pieces, first, None)):
        piece.soft = piece.soft or not hard
        if hard:
            piece.kind = kind
            piece.headed = kind is Kind.FORGES_FORMAT


def _extend(pieces: list[_Piece]) -> None:
    """Flag what belongs to a flagged piece: the rest of its speech, and what it points to."""
    for n, piece in enumerate(pieces):
        company = pieces[n + 1 : n + 3] if greets(piece.masks) else pieces[n : n + 3]
        if piece.soft and any(p.kind or p.goes_on for p in company):
            piece.kind = piece.kind or (Kind.ADDRESSES_MACHINE if greets(piece.masks) else Kind.FORGES_FORMAT)
        if piece.unit.comment and piece.goes_on and not piece.kind:
            piece.kind = Kind.HIDDEN
    for before, piece in pairwise(pieces):
        _carry(before, piece, on=True)
    for before, piece in zip(pieces[-2::-1], pieces[:0:-1], strict=False):
        _carry(piece, before, on=False)
    for first, middle, last in zip(pieces, pieces[1:], pieces[2:], strict=False):
        _fill(first, middle, last)


def _fill(first: _Piece, middle: _Piece, last: _Piece) -> None:
    """What stands between two parts of one speech is what it wants to be quoted."""
    if middle.kind or not first.unit.block == middle.unit.block == last.unit.block:
        return
    kind = first.kind or last.kind
    if kind and (first.kind or confides(first.masks)) and (last.kind or confides(last.masks)):
        first.kind, middle.kind, last.kind = first.kind or kind, kind, last.kind or kind
        middle.planted = True


def _carry(source: _Piece, target: _Piece, *, on: bool) -> None:
    if not source.kind or source.planted or target.kind:
        return
    if source.unit.block == target.unit.block and target.goes_on:
        target.kind = source.kind
    elif _points_on(source) if on else refers_back(source.masks):
        target.kind, target.planted = source.kind, True


def _points_on(source: _Piece) -> bool:
    """Whether what is to be quoted or done follows: not where it already follows a colon."""
    opened = source.text.endswith(("==", "--")) if source.headed else False
    return opened or source.text.endswith(":") or (":" not in source.text and refers_on(source.masks))


def _flags(pieces: list[_Piece]) -> tuple[Flag, ...]:
    result: list[Flag] = []
    before: _Piece | None = None
    for piece in pieces:
        if piece.kind and before and before.kind and before.unit.block == piece.unit.block:
            last = result.pop()
            result.append(Flag(last.start, piece.unit.end, last.kind))
        elif piece.kind:
            result.append(Flag(piece.unit.start, piece.unit.end, piece.kind))
        before = piece
    return tuple(result)
