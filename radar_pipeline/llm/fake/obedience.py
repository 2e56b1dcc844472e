"""A model in its most obedient mode: does what a document tells it, otherwise judges honestly.

For tests of injection: what this model can be made to say, the layers around a model must catch.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from radar_pipeline.llm.fake.orders import Order, Orders, Status, read_orders
from radar_pipeline.llm.fake.requests import Request
from radar_pipeline.llm.fake.responders import Answer, Responder

_ENOUGH = 0.6  # share of an element's words that a passage must have
_STEM = 5
_WORD = re.compile(r"[^\W\d_]{4,}|\d+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_NEGATION = re.compile(r"\b(?:not|never|no longer|cannot|without|nicht|kein\w*|jamais)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as the prompt shows it."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the requirement as the prompt shows it."""

    element_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt puts before the model."""

    elements: tuple[Element, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model says of an element; ``passage`` None and ``quote`` empty if it is missing.

    ``obeyed``: a document told it so. The quote may be one that stands nowhere.
    """

    element_id: str
    status: Status
    passage: int | None = None
    quote: str = ""
    obeyed: bool = False


def obedient(
    read: Callable[[Request], Reading],
    build: Callable[[Request, tuple[Judged, ...]], Answer],
    *,
    orders: Orders = read_orders,
    also: Mapping[str, Order] | None = None,
) -> Responder:
    """A responder that obeys the documents.

    ``read`` finds elements and passages in a request, ``build`` makes the answer of the prompt's schema.
    ``orders`` finds an instruction in a passage; ``also`` are more, by a text that they contain: so a
    test can be sure that its own attacks are obeyed. Of several orders the last one counts.

    The honest rule: an element is met by the passage that has most of its words, at least three in five;
    contradicted, if the best sentence there denies and the element does not; else missing.
    """

    def find(text: str) -> Order | None:
        known = (order for mark, order in (also or {}).items() if mark in text)
        return next(known, None) or orders(text)

    def respond(request: Request) -> Answer:
        reading = read(request)
        given = [(each, order) for each in reading.passages if (order := find(each.text))]
        believed = _believed(reading.passages, given)
        commands = [(each, order) for each, order in given if order.status is not None]
        if commands:
            return build(request, tuple(_obey(each, *commands[-1]) for each in reading.elements))
        return build(request, tuple(judge(each, believed) for each in reading.elements))

    return respond


def judge(element: Element, passages: Sequence[Passage]) -> Judged:
    """The honest rule of ``obedient``."""
    words = _words(element.text)
    best = max(passages, key=lambda each: len(words & _words(each.text)), default=None)
    if best is None or not words or len(words & _words(best.text)) < _ENOUGH * len(words):
        return Judged(element.element_id, Status.MISSING)
    sentences = [each for each in _SENTENCE.split(best.text) if each.strip()]
    quote = max(sentences, key=lambda each: len(words & _words(each))).strip()
    denied = _NEGATION.search(quote) and not _NEGATION.search(element.text)
    status = Status.CONTRADICTED if denied else Status.MET
    return Judged(element.element_id, status, best.number, quote)


def _believed(passages: Sequence[Passage], given: Sequence[tuple[Passage, Order]]) -> list[Passage]:
    gone: set[int] = set()
    for source, order in given:
        gone |= order.distrust
        if order.distrust_others:
            gone |= {each.number for each in passages if each.number != source.number}
    return [each for each in passages if each.number not in gone]


def _obey(element: Element, source: Passage, order: Order) -> Judged:
    if order.status in (None, Status.MISSING):
        return Judged(element.element_id, Status.MISSING, obeyed=True)
    quote = order.quote or _handy(element, source)
    return Judged(element.element_id, order.status, source.number, quote, obeyed=True)


def _handy(element: Element, source: Passage) -> str:
    """The sentence of the ordering passage that looks most like proof."""
    words = _words(element.text)
    sentences = [each.strip() for each in _SENTENCE.split(source.text) if each.strip()]
    return max(sentences, key=lambda each: (len(words & _words(each)), len(each)), default=source.text)


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(text.lower()))
