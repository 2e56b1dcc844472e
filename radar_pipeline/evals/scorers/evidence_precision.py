"""How much of what was quoted had to be quoted."""

from radar_pipeline.evals.scorers import answering, overlap
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.models import Verdict
from radar_pipeline.prompts.use_cases import UseCase


def score(case: Case, response: Response) -> Score:
    """Share of the letters and digits of the verified quotes that stand in required ones.

    0 where a quote is given for what no document deals with; unscored where none is given, and where it is
    not known which quotes are right.
    """
    if not response.answered:
        return answering.not_answered(response)
    given = [quote.quote for quote in response.quotes if quote.verified]
    if not given:
        return Score(None, explanation="No verified quote was given.")
    if not case.required_quotes and not _nothing_to_quote(case):
        return Score(None, explanation="It is not known which quotes are right.")
    found = overlap.held(given, case.required_quotes)
    return Score(found.share, f"{found.held} of {found.total} characters")


def _nothing_to_quote(case: Case) -> bool:
    expected = {case.expected.get("verdict"), *case.expected.get("also", ())}
    return case.use_case is UseCase.JUDGE and expected == {Verdict.NOT_ADDRESSED.value}


SCORER = Scorer(
    "evidence_precision",
    score,
    frozenset({UseCase.JUDGE, UseCase.ASK, UseCase.CONTRADICT}),
    uses=(f"{HERE}.answering", f"{HERE}.overlap", "radar_pipeline.judge.literal"),
)
