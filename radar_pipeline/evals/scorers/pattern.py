"""Whether the answer says what it must, in whichever words the case's expressions allow."""

from radar_pipeline.evals import expressions
from radar_pipeline.evals.scorers import answering
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.prompts.clean import clean


def score(case: Case, response: Response) -> Score:
    """Share of the patterns that are found in the answer's prose, white space collapsed; unscored where
    there are none. ``answer`` says which are missing, by number from 1."""
    if not response.answered:
        return answering.not_answered(response)
    if not case.patterns:
        return Score(None, explanation="No pattern is required.")
    text = " ".join(clean(answering.prose(response)).split())
    missing = [n for n, one in enumerate(case.patterns, 1) if expressions.matches(one, [text]) == [False]]
    share = 1 - len(missing) / len(case.patterns)
    said = f"missing: {', '.join(map(str, missing))}" if missing else "all found"
    return Score(share, said, metadata={"missing": missing})


SCORER = Scorer(
    "pattern",
    score,
    uses=(f"{HERE}.answering", "radar_pipeline.evals.expressions", "radar_pipeline.prompts.clean"),
)
