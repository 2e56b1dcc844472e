"""How much a sentence looks like speech to a reader's machine: a logistic unit over hints.

A feature is a hint or a concept that the sentence names, one in the place of an imperative or under a
negation, a pair of hints, or a trait of its form. A sentence of more than 24 words is read in windows,
half overlapping, and looks as suspicious as its most suspicious window: long sentences name everything.
``python -m bench.quality.injection_fit`` writes the weights (``injection_weights.json``).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from radar_pipeline.judge.injection_words import bits, concepts, hints

_WINDOW = 24  # words
_NEAR = 5  # words; from one hint to another that goes with it
_FORMS = {
    "question": re.compile(r"\?[\"'”’)\]]*$"),
    "key": re.compile(r"\b\w+[_-]\w+\s*[:=]|\w\s*={1,2}\s*[\w\"']|^\s*[\"'{<\[]*\w+[\"']?\s*[:=]"),
    "joined": re.compile(r"[a-z][_][a-z]|[a-z][.][a-z]+\s*="),
    "label": re.compile(r"^\W*[\w@ ,-]{2,50}[:–—]\s"),
    "comment": re.compile(r"<!--|//|/\*|(?:^|\s)--\s|^\W*#\s|```"),
    "bracket": re.compile(r"\[\[|<\||^\s*[<{\[]|@\w"),
    "quoted": re.compile(r"[\"“„«'‘]\w"),
    "exclaims": re.compile(r"!"),
}  # fmt: skip
_URL = re.compile(r"(?:https?:|www\.)[^\s)>\]]*")
_SIZES = {"short": 6, "middle": 12, "long": 24}  # words


@dataclass(frozen=True, slots=True)
class Weights:
    """The logistic unit: log-odds per feature by name, the intercept, the thresholds on its log-odds, and two
    smaller units that tell which passages (``gate``) and sentences (``door``) need not be read."""

    intercept: float
    of: Mapping[str, float]
    alone: float
    beside: float
    gate: Mapping[str, float]
    shut: float
    door: Mapping[str, float]
    closed: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The packaged weights. Read once per process."""
    loaded = json.loads(files(__package__).joinpath("injection_weights.json").read_text("utf-8"))
    return Weights(**loaded)


def thresholds() -> tuple[float, float]:
    """The log-odds from which a sentence is suspected: alone, and beside another that is."""
    return weights().alone, weights().beside


def telling(seen: int) -> bool:
    """Whether a text of this vocabulary may hold a suspicious sentence at all. Cheap."""
    return _gate(seen & _hint_bits())


def speaking(seen: int) -> bool:
    """The same of one sentence, closer."""
    return _door(seen & _known())


@lru_cache(maxsize=65536)
def _gate(seen: int) -> bool:
    fitted = weights()
    return sum(fitted.gate.get(name, 0.0) for name in _hinted(seen)) >= fitted.shut


@lru_cache(maxsize=65536)
def _door(seen: int) -> bool:
    fitted = weights()
    named = (name for name, bit in (*_hints(), *_concepts()) if seen & bit)
    return sum(fitted.door.get(name, 0.0) for name in named) >= fitted.closed


@lru_cache(maxsize=1)
def _hint_bits() -> int:
    return sum(bit for _, bit in _hints())


def suspicion(masks: Sequence[int], text: str) -> float:
    """Log-odds that a sentence of these words speaks to a reader's machine; ``text``: the sentence. Far
    below every threshold they are not exact."""
    fitted = weights()
    said = fitted.intercept + max(_summed(window) for window in windows(masks))
    if said + _compiled().shapely < fitted.beside:  # whatever its form
        return said
    return said + sum(fitted.of.get(name, 0.0) for name in shapes(masks, text))


def windows(masks: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The words of a sentence, a window at a time."""
    step = _WINDOW // 2
    known = _known()
    plain = [mask & known for mask in masks]
    for start in range(0, max(1, len(plain) - step), step):
        yield tuple(plain[start : start + _WINDOW])


def shapes(masks: Sequence[int], text: str) -> list[str]:
    """The traits of a sentence's form."""
    text = _URL.sub("", text)
    found = [name for name, pattern in _FORMS.items() if pattern.search(text)]
    found.append(next((name for name, most in _SIZES.items() if len(masks) <= most), "longest"))
    return found


def names(window: Sequence[int]) -> set[str]:
    """The features of a window by name, without those of its form."""
    named = ordered = denied = 0
    at, no = bits("IMPERATIVE"), bits("NEGATED")
    for mask in window:
        named |= mask
        ordered |= mask if mask & at else 0
        denied |= mask if mask & no else 0
    hinted = _hinted(named)
    found = {*hinted, *(name for name, bit in _concepts() if named & bit)}
    orders = [f"{name}!" for name in _hinted(ordered)]
    found |= {*orders, *(f"{name}-" for name in _hinted(denied))}
    found |= {f"{order} {one}" for order in orders for one in hinted}
    found |= {f"{one} {other}" for n, one in enumerate(hinted) for other in hinted[n + 1 :]}
    for n, mask in enumerate(window):
        after = [name for other in window[n + 1 : n + 1 + _NEAR] for name in _hinted(other)]
        found |= {f"{one} > {other}" for one in _hinted(mask) for other in after}
    return found


@lru_cache(maxsize=4096)
def _summed(window: tuple[int, ...]) -> float:
    """The sum of the weights of ``names(window)``, by numbers instead of names."""
    at = _compiled()
    named = ordered = denied = 0
    near: set[int] = set()
    last: list[tuple[int, ...]] = []
    for mask in window:
        named |= mask
        ordered |= mask if mask & at.imperative else 0
        denied |= mask if mask & at.negated else 0
        hinted = _numbers(mask)
        near.update(one * at.size + other for before in last[-_NEAR:] for one in before for other in hinted)
        last.append(hinted)
    hinted, orders = _numbers(named), _numbers(ordered)
    total = sum(at.near.get(pair, 0.0) for pair in near) + _plain(named)
    total += sum(at.ordered[n] for n in orders) + sum(at.denied[n] for n in _numbers(denied))
    total += sum(at.commanding.get(order * at.size + one, 0.0) for order in orders for one in hinted)
    return total + sum(
        at.pairs.get(a * at.size + b, 0.0) for n, a in enumerate(hinted) for b in hinted[n + 1 :]
    )


@lru_cache(maxsize=8192)
def _plain(named: int) -> float:
    return sum(weight for bit, weight in _compiled().single if named & bit)


@lru_cache(maxsize=8192)
def _numbers(mask: int) -> tuple[int, ...]:
    return tuple(n for n, (_, bit) in enumerate(_hints()) if mask & bit)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The weights by the hints' numbers; a pair's number is the first's times ``size`` plus the other's."""

    size: int
    shapely: float  # the most that a sentence's form can add
    imperative: int
    negated: int
    single: tuple[tuple[int, float], ...]
    ordered: tuple[float, ...]
    denied: tuple[float, ...]
    near: Mapping[int, float]
    commanding: Mapping[int, float]
    pairs: Mapping[int, float]


@lru_cache(maxsize=1)
def _compiled() -> _Compiled:
    of = weights().of
    known = [name for name, _ in _hints()]
    size = len(known)

    def pairs(pattern: str) -> dict[int, float]:
        every = (
            (n * size + m, of.get(pattern.format(a, b), 0.0))
            for n, a in enumerate(known)
            for m, b in enumerate(known)
        )
        return {pair: weight for pair, weight in every if weight}

    return _Compiled(
        size=size,
        shapely=sum(max(0.0, of.get(name, 0.0)) for name in (*_FORMS, *_SIZES, "longest")),
        imperative=bits("IMPERATIVE"),
        negated=bits("NEGATED"),
        single=tuple((bit, of[name]) for name, bit in (*_hints(), *_concepts()) if name in of),
        ordered=tuple(of.get(f"{name}!", 0.0) for name in known),
        denied=tuple(of.get(f"{name}-", 0.0) for name in known),
        near=pairs("{} > {}"),
        commanding=pairs("{}! {}"),
        pairs=pairs("{} {}"),
    )


@lru_cache(maxsize=8192)
def _hinted(mask: int) -> tuple[str, ...]:
    return tuple(name for name, bit in _hints() if mask & bit)


@lru_cache(maxsize=1)
def _known() -> int:
    return sum(bit for _, bit in (*_hints(), *_concepts())) | bits("IMPERATIVE NEGATED")


@lru_cache(maxsize=1)
def _hints() -> tuple[tuple[str, int], ...]:
    table = concepts()
    return tuple((name, table[name]) for name in hints())


@lru_cache(maxsize=1)
def _concepts() -> tuple[tuple[str, int], ...]:
    left_out = {*hints(), "IMPERATIVE", "NEGATED", "START", "BACKWARDS", "ROTATED", "BLOB", "LETTER"}
    return tuple((f"={name}", bit) for name, bit in concepts().items() if name not in left_out)
