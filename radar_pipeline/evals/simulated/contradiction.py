"""Comparing two passages: by the two sentences that share most words."""

from itertools import product

from radar_pipeline.evals.simulated.reading import Piece, pieces_of
from radar_pipeline.evals.simulated.rules import Rules, rules_of
from radar_pipeline.evals.simulated.words import denies, numbers, paraphrased, sentences, share, stems
from radar_pipeline.judge.quantities import durations
from radar_pipeline.llm.fake import Answer, Request

_SAME_MATTER = 0.4  # share of the shorter sentence's words


def compare(request: Request) -> Answer:
    """The answer of a prompt that looks for contradictions."""
    rules = rules_of(request)
    shown = {piece.name: piece for piece in pieces_of(request)}
    first, second = shown["first"], shown["second"]
    if not (_counts(first, rules) and _counts(second, rules)):
        return _answer("none", "", "", rules)
    pairs = product(sentences(first.text), sentences(second.text))
    one, other = max(pairs, key=lambda pair: _alike(*pair), default=("", ""))
    if _alike(one, other) < _SAME_MATTER:
        return _answer("none", "", "", rules)
    return _answer(_differ(one, other, rules), one, other, rules)


def _counts(piece: Piece, rules: Rules) -> bool:
    unheeded = {"superseded": rules.knows_superseded, "draft": rules.knows_drafts}
    return not unheeded.get(piece.status, False)


def _alike(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=lambda text: len(stems(text)))
    return share(stems(shorter), longer)


def _differ(one: str, other: str, rules: Rules) -> str:
    """In what two sentences on one matter differ."""
    times = [{d.hours for d in durations(text)} for text in (one, other)]
    if rules.compares and all(times) and not times[0] & times[1]:
        return "deadline"
    if denies(one) is not denies(other):
        return "duty"
    apart = numbers(one) and numbers(other) and not numbers(one) & numbers(other)
    return "value" if apart and not all(times) else "none"


def _answer(kind: str, one: str, other: str, rules: Rules) -> dict[str, object]:
    found = kind != "none"
    quotes = [quote if rules.copies else paraphrased(quote) for quote in (one, other)]
    return {
        "reasoning": "Both speak of one matter." if found else "They can both be followed.",
        "contradicts": found,
        "kind": kind,
        "first_quote": quotes[0] if found else "",
        "second_quote": quotes[1] if found else "",
    }
