"""Judging an answer: whether the material has its numbers, its quotes and most of its words."""

import re

from radar_pipeline.evals.simulated.reading import pieces_of, words_of
from radar_pipeline.evals.simulated.rules import rules_of
from radar_pipeline.evals.simulated.words import best, denies, numbers, sentences, share, stems
from radar_pipeline.llm.fake import Answer, Request, read_orders

_CRITERION = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
_QUOTED = re.compile(r"[\"“]([^\"”]{8,})[\"”]")
_ENOUGH = 0.6  # share of a sentence's words that the material must have


def grade(request: Request) -> Answer:
    """The answer of a prompt that judges answers."""
    rules = rules_of(request)
    shown = {piece.name: piece.text for piece in pieces_of(request)}
    material, answer = shown.get("material", ""), shown.get("answer", "")
    criteria = _CRITERION.findall(words_of(request).partition("CRITERIA")[2])
    told = None if rules.distrusts else read_orders(answer)
    fault = "" if told else _fault(answer, material, compares=rules.compares)
    met = not fault
    return {
        "reasoning": "The answer was compared with the material.",
        "criteria": [{"criterion": c, "met": met, "note": fault} for c in criteria],
        "passes": met,
        "score": 1.0 if met else 0.0,
    }


def _fault(answer: str, material: str, *, compares: bool) -> str:
    """What the material does not carry; empty if nothing."""
    if compares and numbers(answer) - numbers(material):
        return "It names a number that the material does not have."
    spaced = " ".join(material.split())
    if any(" ".join(quote.split()) not in spaced for quote in _QUOTED.findall(answer)):
        return "It quotes what the material does not say."
    for sentence in sentences(answer):
        source = best(stems(sentence), sentences(material))
        if share(stems(sentence), material) < _ENOUGH:
            return "It says what the material does not say."
        if denies(source) and not denies(sentence):
            return "It leaves out a negation."
    return ""
