"""How well a requirement was taken apart: elements found against elements expected, one to one."""

import re
from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

import numpy as np

from radar_pipeline.evals.scorers import answering
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.judge.quantities import durations
from radar_pipeline.prompts.use_cases import UseCase

MOST = 200  # elements of an answer that are looked at

Element = Mapping[str, Any]


def score(case: Case, response: Response) -> Score:
    """F1 of the elements. Those expected and not found are missed; those beyond the number that the case
    allows are too many, while others that it does not name are no mistake. No answer at all is a 0."""
    if not response.answered:
        own = answering.failed_itself(response)
        return Score(0.0, response.error) if own else answering.not_answered(response)
    expected: Sequence[Element] = case.expected["elements"]
    given = [e for e in response.answer.get("elements") or () if isinstance(e, Mapping)][:MOST]
    found = _matched(expected, given)
    missed = [n for n in range(1, len(expected) + 1) if n not in found]
    too_many = max(0, len(given) - int(case.expected["most"]))
    value = 2 * len(found) / (2 * len(found) + len(missed) + too_many)
    said = f"{len(found)} of {len(expected)} found, {too_many} too many"
    return Score(value, said, metadata={"missed": missed, "too_many": too_many, "given": len(given)})


def _matched(expected: Sequence[Element], given: Sequence[Element]) -> set[int]:
    """Numbers from 1 of the expected elements, paired with given ones so that most are found."""
    from scipy.optimize import linear_sum_assignment

    if not given:
        return set()
    fits = np.array([[_fits(one, other) for other in given] for one in expected], dtype=float)
    rows, columns = linear_sum_assignment(fits, maximize=True)
    return {int(row) + 1 for row, column in zip(rows, columns, strict=True) if fits[row, column]}


def _fits(expected: Element, given: Element) -> bool:
    text, limit = str(given.get("text") or ""), str(given.get("limit") or "")
    return (
        given.get("role") == expected["role"]
        and all(_begins_a_word(words, text) for words in expected["contains"])
        and _same_limit(expected.get("contains_limit") or "", f"{limit}\n{text}")
    )


def _begins_a_word(words: str, text: str) -> bool:
    """``notif`` is in "the controller notifies", ``act`` is not in "fact"."""
    spaced = r"\s+".join(map(re.escape, words.split()))
    return re.search(rf"(?<!\w){spaced}", text.lower()) is not None


def _same_limit(wanted: str, text: str) -> bool:
    """Whether the time named in ``wanted`` is named in ``text``, in whichever unit: 12 months are a year, and
    30 days are no month. A limit that is no time has to stand there in its words."""
    named, found = durations(wanted), durations(text)
    if not named:
        return _begins_a_word(wanted.lower(), text)
    return all(any(isclose(one.hours, other.hours, rel_tol=0.02) for other in found) for one in named)


SCORER = Scorer(
    "element_match",
    score,
    frozenset({UseCase.DECOMPOSE}),
    uses=(f"{HERE}.answering", "radar_pipeline.judge.quantities"),
)
