"""Sentences made from a small grammar, for the fit of ``injection_fit``: what attacks and policies say again
and again, in many combinations. Nothing is measured on them."""

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

Grammar = Mapping[str, Sequence[str]]  # alternatives per slot; S is a sentence
_SLOT = re.compile(r"\{([A-Z0-9]+)\}")


def made(attacks: int, plain: int, seed: int = 7) -> tuple[list[str], list[str]]:
    """So many different attacks and ordinary sentences, the same for the same seed."""
    grammars = yaml.safe_load(Path(__file__).with_name("injection_grammar.yaml").read_text("utf-8"))
    drawn = random.Random(seed)
    return _several(grammars["attack"], attacks, drawn), _several(grammars["plain"], plain, drawn)


def _several(grammar: Grammar, count: int, drawn: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        sentence = _expanded("{S}", grammar, drawn)
        found[sentence[:1].upper() + sentence[1:] if drawn.random() < 0.9 else sentence] = None
    return list(found)


def _expanded(text: str, grammar: Grammar, drawn: random.Random) -> str:
    while slot := _SLOT.search(text):
        text = text[: slot.start()] + drawn.choice(grammar[slot[1]]) + text[slot.end() :]
    return text
