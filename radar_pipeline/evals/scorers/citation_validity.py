"""Whether what was given as a quote is literally in the documents."""

from radar_pipeline.evals.scorers import answering
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.prompts.use_cases import UseCase


def score(case: Case, response: Response) -> Score:
    """Share of the quotes given that were found; unscored where none was given. ``metadata`` holds both
    counts, so that a run's share can be taken over all its quotes."""
    if not response.answered:
        return answering.not_answered(response)
    given, verified = len(response.quotes), sum(quote.verified for quote in response.quotes)
    if not given:
        return Score(None, explanation="No quote was given.")
    return Score(verified / given, f"{verified} of {given}", metadata={"given": given, "verified": verified})


SCORER = Scorer(
    "citation_validity",
    score,
    frozenset({UseCase.JUDGE, UseCase.ASK, UseCase.CONTRADICT}),
    uses=(f"{HERE}.answering",),
)
