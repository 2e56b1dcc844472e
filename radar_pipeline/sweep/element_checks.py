"""What code can check of the elements that a language model proposes for a requirement.

A part that the model made up would be reported as a gap, and a wrong limit as a breach: so a proposal is
taken whole or not at all, and what is wrong with it is told. Whether it is well cut is for a person to say.
"""

import re
from collections import Counter

from radar_pipeline.evals.forms import ElementForm, ElementsForm
from radar_pipeline.judge.quantities import durations
from radar_pipeline.judge.weigh import clean
from radar_pipeline.models import Element, Limit, Requirement, Role

MOST = 12  # elements of one requirement
LONGEST = 400  # characters of one
LEAST_OWN = 2 / 3  # of an element's words that have to be the requirement's
_WORD = re.compile(r"[^\W\d_]{4,}")  # shorter ones join words and say little
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BEGINNING = 5  # letters by which forms of a word are told to be one: reports, reporting
_DUTIES = {Role.ACTION, Role.OBJECT}


def elements_of(form: ElementsForm) -> tuple[Element, ...]:
    """The elements that the model means, with role and ordinal as ids. A limit that is none is left out."""
    made, counted = [], Counter[str]()
    for entry in form.elements:
        counted[entry.role] += 1
        text = clean(entry.text, LONGEST)
        made.append(Element(f"{entry.role}-{counted[entry.role]}", Role(entry.role), text, _limit(entry)))
    return tuple(made)


def problems(requirement: Requirement, form: ElementsForm) -> list[str]:
    """Why the proposal is not to be taken; empty if nothing is found. No more than names and numbers of it
    are told."""
    elements = elements_of(form)
    said = f"{requirement.title}\n{requirement.text}"
    found = []
    if len(elements) > MOST:
        found.append(f"{len(elements)} elements, more than {MOST}")
    if not any(element.role in _DUTIES for element in elements):
        found.append("no element says what must be done or exist")
    texts = [(element.role, element.text.casefold()) for element in elements]
    if len(set(texts)) < len(texts):
        found.append("the same element twice")
    kept = {_length(element.limit) for element in elements if element.limit}
    limits = [e.limit for e in requirement.elements if e.limit and _length(e.limit) not in kept]
    found += [f"the limit {limit}, which it has now, is lost" for limit in limits]
    for element, entry in zip(elements, form.elements, strict=True):
        found += [f"{element.element_id}: {what}" for what in _of_one(element, entry, said)]
    return found


def _of_one(element: Element, entry: ElementForm, said: str) -> list[str]:
    found = []
    if len(" ".join(entry.text.split())) > LONGEST:
        found.append(f"longer than {LONGEST} characters")
    if len(element.text) < 2 or not _are_own(element.text, said):
        found.append("most of its words are not the requirement's")
    if _numbers(element.text) - _numbers(said) or _hours(element.text) - _hours(said):
        found.append("it names a number or a time that the requirement does not")
    limited = entry.limit_amount is not None or bool(entry.limit_unit)
    if limited and (element.limit is None or element.role is not Role.DEADLINE):
        found.append("its limit is not one of a deadline: an amount above 0 with a unit")
    elif element.limit and not _is_named(element.limit, element.text, said):
        found.append(f"the limit {element.limit} is not in the text")
    return found


def _limit(entry: ElementForm) -> Limit | None:
    amount = entry.limit_amount
    if amount is None or not entry.limit_unit or not 0 < amount < 1e6:
        return None
    return Limit(amount, entry.limit_unit, entry.minimum)


def _is_named(limit: Limit, text: str, said: str) -> bool:
    """Whether the element names that time, or, where it names none, the requirement does."""
    return _length(limit) in (_hours(text) or _hours(said))


def _length(limit: Limit) -> float:
    """In hours, as ``durations`` counts them, whether it is a least or a most."""
    return Limit(limit.amount, limit.unit).hours


def _are_own(text: str, said: str) -> bool:
    words = [word[:_BEGINNING] for word in _WORD.findall(_untimed(text).casefold())]
    known = {word[:_BEGINNING] for word in _WORD.findall(said.casefold())}
    return not words or sum(word in known for word in words) >= LEAST_OWN * len(words)


def _hours(text: str) -> set[float]:
    return {duration.hours for duration in durations(text)}


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(_untimed(text)))


def _untimed(text: str) -> str:
    """Without the times it names: the same time may be written in other words."""
    for duration in reversed(durations(text)):
        text = f"{text[: duration.start]} {text[duration.end :]}"
    return text
