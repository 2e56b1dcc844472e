"""The score of (tenant, framework): how much of the weighted requirements the documents cover."""

from collections import Counter
from collections.abc import Iterable, Mapping

from radar_pipeline.models import Applicability, Assessment, Requirement, Score, Verdict

FORMULA = "weighted-coverage@1"
MAX_NOT_ASSESSED = 0.20  # above this share of the importance, a score would claim too much
WEIGHTS: Mapping[Verdict, float] = {
    Verdict.COVERED: 1.0,
    Verdict.PARTIAL: 0.5,
    Verdict.CONTRADICTED: 0.0,
    Verdict.NOT_ADDRESSED: 0.0,
}


def score(framework_id: str, requirements: Iterable[Requirement], assessments: Iterable[Assessment]) -> Score:
    """100 · Σ importance·weight / Σ importance over what applies and was assessed.

    ``requirements`` may hold other frameworks' too. A requirement of this framework without an
    assessment counts as not assessed, so that a lost row cannot raise a score. The score is None
    when not_assessed holds more than 20% of the importance of the applicable requirements, or when
    nothing was assessed.
    """
    by_requirement = {a.requirement_id: a for a in assessments if a.framework_id == framework_id}
    counts: Counter[Verdict] = Counter()
    importance = not_assessed = not_applicable = 0
    weighted = 0.0
    for requirement in requirements:
        if requirement.framework_id != framework_id:
            continue
        assessment = by_requirement.get(requirement.requirement_id)
        if assessment is not None and assessment.applicability is Applicability.NOT_APPLICABLE:
            not_applicable += 1
            continue
        verdict = assessment.verdict if assessment is not None else Verdict.NOT_ASSESSED
        counts[verdict] += 1
        importance += requirement.importance
        if verdict is Verdict.NOT_ASSESSED:
            not_assessed += requirement.importance
        else:
            weighted += requirement.importance * WEIGHTS[verdict]
    return Score(
        framework_id=framework_id,
        score=_value(weighted, importance, not_assessed),
        formula=FORMULA,
        importance=importance,
        importance_not_assessed=not_assessed,
        counts={verdict: counts[verdict] for verdict in Verdict},
        not_applicable=not_applicable,
    )


def _value(weighted: float, importance: int, not_assessed: int) -> float | None:
    assessed = importance - not_assessed
    if assessed == 0 or not_assessed > MAX_NOT_ASSESSED * importance:
        return None
    return 100.0 * weighted / assessed
