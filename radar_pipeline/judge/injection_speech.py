"""What goes with an instruction: the rest of the same speech, and the sentence that it points to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from radar_pipeline.judge.injection_words import bits


def continues(masks: Sequence[int]) -> bool:
    """Whether a sentence, next to an instruction, goes on with it."""
    union = 0
    for mask in masks:
        union |= mask
    at = _speech()
    if (len(masks) <= _WORD and union & at.verdict) or any(union & a and union & b for a, b in at.pairs):
        return True
    said = any(mask & at.verbs and mask & at.spoken for mask in masks)
    return bool(said and union & at.things) or confides(masks) or greets(masks)


def confides(masks: Sequence[int]) -> bool:
    """Whether a sentence speaks to somebody of an answer, a task or a proof."""
    at = _speech()
    return any(mask & at.you for mask in masks) and any(mask & at.what for mask in masks)


def greets(masks: Sequence[int]) -> bool:
    """Whether a sentence opens by calling a machine, or orders to decode: alone it asks for nothing."""
    at = _speech()
    opening = masks[:5]
    called = any(m & at.machine for m in opening) and any(m & at.greet and m & at.start for m in opening)
    return called or any(m & at.decode and m & at.spoken for m in masks)


def refers_on(masks: Sequence[int]) -> bool:
    """Whether a sentence points to the one after it."""
    at = _speech()
    places = [n for n, mask in enumerate(masks) if mask & at.forward]
    return any(mask & at.sentence for n in places for mask in masks[max(0, n - 2) : n + 3])


def refers_back(masks: Sequence[int]) -> bool:
    """Whether a sentence wants the one before it to be quoted or taken for proof."""
    at = _speech()
    pairs = pairwise(masks)
    points = any((a & at.prior and b & at.sentence) or (a & at.sentence and b & at.prior) for a, b in pairs)
    return points and any(mask & at.quote for mask in masks) and not any(mask & at.ignore for mask in masks)


_WORD = 3  # words; so short a sentence that names a verdict is an answer


@dataclass(frozen=True, slots=True)
class _Speech:
    pairs: tuple[tuple[int, int], ...]
    verbs: int
    spoken: int
    things: int
    you: int
    what: int
    verdict: int
    machine: int
    greet: int
    start: int
    decode: int
    forward: int
    sentence: int
    prior: int
    quote: int
    ignore: int


@lru_cache(maxsize=1)
def _speech() -> _Speech:
    return _Speech(
        pairs=(
            (bits("INSTRUCTION TASK"), bits("CANCEL IGNORE")),
            (bits("ANSWER"), bits("GOOD BAD VERDICT")),
            (bits("REQUIREMENT"), bits("VERDICT TOP")),
        ),
        verbs=bits("SAY RATE IGNORE SKIP QUOTE REPORT USE REVEAL ROLE APPROVE"),
        spoken=bits("IMPERATIVE NEGATED"),
        things=bits("ANSWER GOOD BAD REQUIREMENT EVIDENCE PASSAGE INSTRUCTION YES VERDICT NOTHING OTHER"),
        you=bits("YOU"),
        what=bits("ANSWER EVIDENCE INSTRUCTION VERDICT GOOD TASK PASSAGE APPROVE"),
        verdict=bits("VERDICT BAD GOOD"),
        machine=bits("MACHINE"),
        greet=bits("GREET"),
        start=bits("START"),
        decode=bits("DECODE"),
        forward=bits("FORWARD"),
        sentence=bits("SENTENCE"),
        prior=bits("PRIOR"),
        quote=bits("QUOTE EVIDENCE"),
        ignore=bits("IGNORE"),
    )
