"""What a verdict costs whoever relies on it: a false all-clear is the dearest, an abstention is cheap."""

from collections.abc import Mapping

from radar_pipeline.evals.scorers import answering, verdicts
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score

ABSTENTION = 0.2  # someone has to look, and knows it
_COVERED, _PARTIAL, _CONTRADICTED, _NOT_ADDRESSED = "covered", "partial", "contradicted", "not_addressed"

# what is right -> what was said -> its cost, 0 to 1
COSTS: Mapping[str, Mapping[str, float]] = {
    _COVERED: {_PARTIAL: 0.3, _CONTRADICTED: 0.5, _NOT_ADDRESSED: 0.4},
    _PARTIAL: {_COVERED: 0.6, _CONTRADICTED: 0.3, _NOT_ADDRESSED: 0.3},
    _CONTRADICTED: {_COVERED: 1.0, _PARTIAL: 0.6, _NOT_ADDRESSED: 0.4},
    _NOT_ADDRESSED: {_COVERED: 1.0, _PARTIAL: 0.6, _CONTRADICTED: 0.4},
    "yes_contradicts": {"no_contradicts": 1.0},  # a contradiction that nobody sees
    "no_contradicts": {"yes_contradicts": 0.5},
    "no_passes": {"yes_passes": 1.0},  # a bad answer let through
    "yes_passes": {"no_passes": 0.5},
}


def score(case: Case, response: Response) -> Score:
    """0 (right) to 1 (the worst mistake): the least over the verdicts that are right."""
    if not response.answered and not answering.failed_itself(response):
        return answering.not_answered(response)
    right, said = verdicts.right(case), verdicts.said(case, response)
    return Score(min(_cost(one, said) for one in right), said, metadata={"expected": list(right)})


def _cost(right: str, said: str) -> float:
    if said == right:
        return 0.0
    return ABSTENTION if said == verdicts.WITHHELD else COSTS[right].get(said, 1.0)


SCORER = Scorer(
    "verdict_cost",
    score,
    verdicts.USE_CASES,
    unit="cost",
    higher_is_better=False,
    uses=(f"{HERE}.answering", f"{HERE}.verdicts"),
)
