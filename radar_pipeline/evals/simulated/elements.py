"""Taking a requirement apart: by the decomposer that imported catalogs are cut with, and its actor."""

import re

from radar_pipeline.evals.simulated.reading import words_of
from radar_pipeline.evals.simulated.rules import Rules, rules_of
from radar_pipeline.frameworks.decompose import decompose
from radar_pipeline.llm.fake import Answer, Request
from radar_pipeline.models import Element

_REQUIREMENT = re.compile(r"^REQUIREMENT [^\n]*\n(?P<text>.*)", re.MULTILINE | re.DOTALL)
_ACTOR = re.compile(
    r"\A(?:The|Each|Every|An?)\s+((?:[a-z]+\s+){1,3}?)(?:must|shall|has to|is to|should|may)\b"
)
_UNITS = frozenset({"hours", "days", "months", "years"})


def take_apart(request: Request) -> Answer:
    """The answer of a prompt that takes a requirement apart."""
    rules = rules_of(request)
    found = _REQUIREMENT.search(words_of(request))
    text = " ".join(found["text"].split()) if found else ""
    actor = _ACTOR.match(text)
    made: list[object] = [_entry("actor", f"the {actor[1].strip()}")] if actor else []
    return {"elements": [*made, *(_element(element, rules) for element in decompose(text))]}


def _element(element: Element, rules: Rules) -> dict[str, object]:
    entry = _entry(element.role.value, element.text)
    if element.limit and rules.compares and element.limit.unit in _UNITS:
        limit = element.limit
        entry |= {"limit_amount": limit.amount, "limit_unit": limit.unit, "minimum": limit.minimum}
    return entry


def _entry(role: str, text: str) -> dict[str, object]:
    return {"role": role, "text": text, "limit_amount": None, "limit_unit": "", "minimum": False}
