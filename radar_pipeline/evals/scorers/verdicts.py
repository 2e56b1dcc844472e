"""The verdict of an answer and those that are right, in one form for all use cases that have one."""

from collections.abc import Mapping
from typing import Any

from radar_pipeline.evals.values import Case, Response
from radar_pipeline.prompts.use_cases import UseCase

WITHHELD = "withheld"  # nothing is told: an abstention, or no usable answer
_YES_NO = {UseCase.CONTRADICT: "contradicts", UseCase.EVALUATE: "passes"}
USE_CASES = frozenset({UseCase.JUDGE, *_YES_NO})


def right(case: Case) -> tuple[str, ...]:
    """The verdicts that are right, the author's own first."""
    if case.use_case is UseCase.JUDGE:
        return (str(case.expected["verdict"]), *map(str, case.expected.get("also", ())))
    return (_answer_to(case.use_case, case.expected),)


def said(case: Case, response: Response) -> str:
    """The verdict that the answer tells; ``WITHHELD`` where it tells none."""
    if not response.answered:
        return WITHHELD
    if case.use_case is UseCase.JUDGE:
        verdict = response.answer.get("verdict")
        return WITHHELD if response.answer.get("withheld") or not verdict else str(verdict)
    return _answer_to(case.use_case, response.answer)


def _answer_to(use_case: UseCase, values: Mapping[str, Any]) -> str:
    """``yes_…`` or ``no_…``, so that verdicts of different use cases are never taken for each other."""
    value = values.get(_YES_NO[use_case])
    if not isinstance(value, bool):
        return WITHHELD
    return f"{'yes' if value else 'no'}_{_YES_NO[use_case]}"
