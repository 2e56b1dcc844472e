"""How much of what must be quoted was quoted."""

from radar_pipeline.evals.scorers import answering, overlap
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.prompts.use_cases import UseCase


def score(case: Case, response: Response) -> Score:
    """Share of the letters and digits of the required quotes that stand in verified quotes; unscored where
    no quote is required."""
    if not response.answered:
        return answering.not_answered(response)
    if not case.required_quotes:
        return Score(None, explanation="No quote is required.")
    given = [quote.quote for quote in response.quotes if quote.verified]
    found = overlap.held(case.required_quotes, given)
    return Score(found.share, f"{found.held} of {found.total} characters")


SCORER = Scorer(
    "evidence_recall",
    score,
    frozenset({UseCase.JUDGE, UseCase.ASK, UseCase.CONTRADICT}),
    uses=(f"{HERE}.answering", f"{HERE}.overlap", "radar_pipeline.judge.literal"),
)
