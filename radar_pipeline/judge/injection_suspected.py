"""What may be an instruction to a reader's machine, for a judge that asks twice: with it and without it.

Softer than ``instructions``: a false suspicion costs one more question and is no finding. Where the two
verdicts differ the requirement is not assessed.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise

from radar_pipeline.judge.injection import Flag, instructions
from radar_pipeline.judge.injection_decode import decodings
from radar_pipeline.judge.injection_rules import Kind
from radar_pipeline.judge.injection_scoring import speaking, suspicion, telling, thresholds
from radar_pipeline.judge.injection_speech import refers_back, refers_on
from radar_pipeline.judge.injection_units import Unit, units
from radar_pipeline.judge.injection_words import bits, masks, rotated, vocabulary

_TURNED = 3  # words that show only backwards or rotated, before a sentence is turned


@lru_cache(maxsize=32768)
def suspected(text: str) -> tuple[Flag, ...]:
    """The spans of ``text`` that may instruct a reader's machine and are not among ``instructions(text)``:
    whole sentences, with those beside them that go on and the sentence they point to. In order, not
    overlapping one another or the instructions."""
    certain = instructions(text)
    seen = vocabulary(text)
    encoded = _may_be_encoded(text, seen)
    if not (certain or encoded or seen & _turned() or telling(seen)):
        return ()
    pieces = [_Piece(unit, text, certain) for unit in units(text)]
    if encoded:
        _open(pieces, text)
    if not certain and not any(piece.suspect for piece in pieces):
        return ()
    _spread(pieces)
    return tuple(_spans(pieces))


class _Piece:
    """A unit; ``score``: log-odds that it speaks to a machine, minus infinity if no word tells of it."""

    __slots__ = ("certain", "masks", "score", "suspect", "text", "unit")

    def __init__(self, unit: Unit, text: str, certain: Sequence[Flag]) -> None:
        self.unit, self.text = unit, text[unit.start : unit.end]
        n = bisect_right(certain, unit.start, key=lambda flag: flag.end)
        self.certain = n < len(certain) and certain[n].start < unit.end
        seen = vocabulary(self.text)
        read = self.certain or speaking(seen) or seen & _turned()
        self.masks = masks(self.text) if read else []
        self.score = _score(self.masks, self.text) if read and not self.certain else float("-inf")
        alone, beside = thresholds()
        self.suspect = not self.certain and self.score >= (beside if unit.comment else alone)


def _score(found: Sequence[int], text: str) -> float:
    score = suspicion(found, text)
    for mark, turn in (("BACKWARDS", lambda t: t[::-1]), ("ROTATED", rotated)):
        if sum(1 for mask in found if mask & bits(mark)) >= _TURNED:
            said = turn(text)
            score = max(score, suspicion(masks(said), said))
    return score


def _may_be_encoded(text: str, seen: int) -> bool:
    return (
        bool(seen & bits("BLOB LETTER"))
        or "&#" in text
        or "%" in text
        or max(text, default="") > "\U000e0020"
    )


@lru_cache(maxsize=1)
def _turned() -> int:
    return bits("BACKWARDS ROTATED")


def _open(pieces: Sequence[_Piece], text: str) -> None:
    """Suspect what is encoded and, opened, looks only a little like an instruction."""
    _, beside = thresholds()
    for start, end, said in decodings(text):
        parts = (said[u.start : u.end] for u in units(said))
        if any(suspicion(masks(part), part) >= beside for part in parts):
            first = bisect_right(pieces, start, key=lambda piece: piece.unit.end)
            for piece in islice(pieces, first, None):
                if piece.unit.start >= end:
                    break
                piece.suspect = not piece.certain


def _spread(pieces: Sequence[_Piece]) -> None:
    """From a suspected or certain sentence to what goes on with it and to what it points to."""
    for order in (list(pairwise(pieces)), [(b, a) for a, b in reversed(list(pairwise(pieces)))]):
        for source, target in order:
            beside = target.score >= thresholds()[1] and source.unit.block == target.unit.block
            target.suspect = target.suspect or (beside and (source.suspect or source.certain))
    planted = []
    for before, piece in pairwise(pieces):
        if before.suspect and _points_on(before, same=before.unit.block == piece.unit.block):
            planted.append(piece)
        if piece.suspect and refers_back(piece.masks):
            planted.append(before)
    for piece in planted:
        piece.suspect = not piece.certain


def _points_on(piece: _Piece, *, same: bool) -> bool:
    if piece.text.endswith(":") or refers_on(piece.masks):
        return True
    return same and any(mask & bits("PROOF") for mask in piece.masks)


def _spans(pieces: Sequence[_Piece]) -> Iterator[Flag]:
    run: list[Unit] = []
    for piece in pieces:
        if run and not (piece.suspect and piece.unit.block == run[-1].block):
            yield Flag(run[0].start, run[-1].end, Kind.SUSPECTED)
            run = []
        if piece.suspect:
            run.append(piece.unit)
    if run:
        yield Flag(run[0].start, run[-1].end, Kind.SUSPECTED)
