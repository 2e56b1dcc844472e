"""Assessing a requirement: each element by the passage that has most of its words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from radar_pipeline.evals.simulated.reading import Piece, pieces_of, words_of
from radar_pipeline.evals.simulated.rules import Rules, rules_of
from radar_pipeline.evals.simulated.words import denies, paraphrased, pieces_to_quote, share, stems
from radar_pipeline.judge.quantities import durations
from radar_pipeline.llm.fake import Answer, Element, Judged, Passage, Reading, Request, obedient, read_orders
from radar_pipeline.llm.fake.orders import Status
from radar_pipeline.models import Limit

_ALL = 0.5  # share of an element's words from which a sentence arranges it
_SOME = 0.3  # and from which it arranges a part
_WISH = re.compile(r"\b(?:should|could|may|might|plan(?:s|ned)?|recommend\w*|propose\w*)\b", re.IGNORECASE)

_ELEMENT = re.compile(
    r"^- element_id: (?P<id>\S+); role: (?P<role>\w+); (?P<text>.*?)"
    r"(?: \(limit: at (?P<end>most|least) (?P<amount>[\d.]+) (?P<unit>\w+)\))?$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Part:
    element: Element
    role: str
    limit: Limit | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the model makes of an element."""

    status: str
    piece: Piece | None = None
    quote: str = ""
    note: str = ""


def assess(request: Request) -> Answer:
    """The answer of a prompt that assesses: it believes what it was not told to distrust."""
    rules, pieces = rules_of(request), pieces_of(request)
    parts = [_part(match) for match in _ELEMENT.finditer(words_of(request))]
    if not rules.distrusts and any(read_orders(piece.text) for piece in pieces):
        return _answer(_obeyed(request, parts, pieces), rules)
    believed = [piece for piece in pieces if _counts(piece, rules)]
    return _answer([(part, _judged(part, believed, rules)) for part in parts], rules)


def _part(match: re.Match[str]) -> _Part:
    limit = None
    if match["amount"]:
        limit = Limit(float(match["amount"]), match["unit"], match["end"] == "least")
    return _Part(Element(match["id"], match["text"]), match["role"], limit)


def _counts(piece: Piece, rules: Rules) -> bool:
    if piece.status == "superseded" and rules.knows_superseded:
        return False
    return not (piece.kind == "regulation" and rules.knows_law)


def _judged(part: _Part, pieces: Sequence[Piece], rules: Rules) -> _Seen:
    """By the sentence that has most of the element's words."""
    if part.role == "actor":
        return _Seen("not_needed")
    wanted = stems(part.element.text)
    said = [(share(wanted, quote), piece, quote) for piece in pieces for quote in pieces_to_quote(piece.text)]
    found, piece, quote = max(said, key=lambda row: row[0], default=(0.0, None, ""))
    if piece is None or found < _SOME or (_WISH.search(quote) and piece.kind != "contract"):
        return _Seen("missing", note="No passage arranges it.")
    return _weighed(part, piece, quote, found, rules)


def _weighed(part: _Part, piece: Piece, quote: str, found: float, rules: Rules) -> _Seen:
    """What a sentence that speaks of the element, by ``found`` of its words, does to it."""
    if denies(quote) and not denies(part.element.text):
        return _Seen("contradicted", piece, quote, "The passage denies it.")
    if part.limit and rules.compares:
        return _timed(part.limit, piece, quote)
    if found < _ALL:
        return _Seen("partly", piece, quote, "A part of it is left open.")
    if rules.knows_drafts and piece.status == "draft":
        return _Seen("partly", piece, quote, "Only a draft says so.")
    return _Seen("met", piece, quote)


def _timed(limit: Limit, piece: Piece, quote: str) -> _Seen:
    """A deadline by the times that the quote names."""
    times = [duration.hours for duration in durations(quote)]
    if not times:
        return _Seen("partly", piece, quote, "No time is named.")
    meets = max(times) >= limit.hours if limit.minimum else min(times) <= limit.hours
    if not meets:
        return _Seen("contradicted", piece, quote, "The time goes beyond the limit.")
    return _Seen("met", piece, quote)


def _obeyed(request: Request, parts: Sequence[_Part], pieces: Sequence[Piece]) -> list[tuple[_Part, _Seen]]:
    """What documents tell it to say, by the fake provider's own obedient model."""
    told: list[Judged] = []
    by_number = {piece.number: piece for piece in pieces}
    passages = tuple(Passage(piece.number, piece.text) for piece in pieces)
    reading = Reading(tuple(part.element for part in parts), passages)

    def build(_: Request, judged: Iterable[Judged]) -> Answer:
        told.extend(judged)
        return None

    obedient(lambda _: reading, build)(request)
    seen = [_Seen(j.status.value, by_number.get(j.passage or 0), j.quote) for j in told]
    missing = _Seen(Status.MISSING.value)
    return [(part, one if one.piece else missing) for part, one in zip(parts, seen, strict=True)]


def _answer(elements: Iterable[tuple[_Part, _Seen]], rules: Rules) -> Answer:
    return {
        "elements": [_entry(part, seen, rules) for part, seen in elements],
        "reasoning": "This is what the passages arrange of it.",
        "confidence": 0.8,
    }


def _entry(part: _Part, seen: _Seen, rules: Rules) -> dict[str, object]:
    quote = seen.quote if rules.copies else paraphrased(seen.quote)
    quotes = [{"passage": seen.piece.number, "quote": quote}] if seen.piece else []
    return {
        "element_id": part.element.element_id,
        "status": seen.status,
        "quotes": quotes,
        "note": seen.note,
    }
