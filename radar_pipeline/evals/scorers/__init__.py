"""Scorers, one file each: what is good or bad about one answer to one case.

A new one is a file with a ``SCORER`` and its line in ``_FILES``.
"""

from collections.abc import Mapping

from radar_pipeline.evals.scorers import (
    citation_validity,
    cost_usd,
    element_match,
    evidence_precision,
    evidence_recall,
    forbidden_claim,
    latency_ms,
    model_grade,
    pattern,
    properties,
    schema_validity,
    verdict_cost,
    verdict_match,
)
from radar_pipeline.evals.scorers.scorer import Scorer
from radar_pipeline.evals.values import Result
from radar_pipeline.prompts.use_cases import UseCase

__all__ = ["ALL", "PRIMARY", "Scorer", "for_use_case", "passed"]

_FILES = (
    verdict_match,
    verdict_cost,
    properties,
    element_match,
    evidence_recall,
    evidence_precision,
    citation_validity,
    schema_validity,
    forbidden_claim,
    pattern,
    latency_ms,
    cost_usd,
    model_grade,
)
ALL: Mapping[str, Scorer] = {file.SCORER.name: file.SCORER for file in _FILES}

PRIMARY: Mapping[UseCase, str] = {
    UseCase.JUDGE: "verdict_match",
    UseCase.ASK: "properties",
    UseCase.DECOMPOSE: "element_match",
    UseCase.CONTRADICT: "verdict_match",
    UseCase.EVALUATE: "verdict_match",
}
_ENOUGH: Mapping[UseCase, float] = {UseCase.DECOMPOSE: 0.8}  # elsewhere the primary score is full or not


def for_use_case(use_case: UseCase) -> tuple[Scorer, ...]:
    """The scorers of a use case, the primary one first."""
    primary = PRIMARY[use_case]
    fitting = [scorer for scorer in ALL.values() if use_case in scorer.use_cases]
    return tuple(sorted(fitting, key=lambda scorer: scorer.name != primary))


def passed(result: Result) -> bool | None:
    """Whether the case passes: a full primary score (0.8 of the elements), no forbidden claim, no quote that
    is in no document, and no failing grade of a model whose grades count.

    None where the primary score is missing, because nothing was answered for a reason outside of what is
    evaluated. Told from the scores alone, so that a stored run gives the same.
    """
    use_case = result.case.use_case
    primary = _value(result, PRIMARY[use_case])
    if primary is None:
        return None
    faults = [_value(result, "forbidden_claim"), _value(result, "citation_validity"), _counted(result)]
    return primary >= _ENOUGH.get(use_case, 1.0) and all(value in (None, 1.0) for value in faults)


def _counted(result: Result) -> float | None:
    """A model's grade; None for one that is only reported."""
    grade = result.scores.get(model_grade.SCORER.name)
    return grade.value if grade is not None and grade.metadata.get(model_grade.COUNTS) is True else None


def _value(result: Result, scorer: str) -> float | None:
    score = result.scores.get(scorer)
    return score.value if score is not None else None
