"""Whether the first answer was of the form asked for."""

from radar_pipeline.evals.scorers import answering
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.llm.call import ErrorClass

_NOT_OF_THE_FORM = {ErrorClass.INVALID_ANSWER, ErrorClass.TRUNCATED}


def score(case: Case, response: Response) -> Score:
    """1 or 0; an answer that was mended after a second request is a 0. Unscored where there is none."""
    if response.answered:
        return Score(float(response.valid), "valid" if response.valid else "mended")
    if response.error in _NOT_OF_THE_FORM:
        return Score(0.0, response.error)
    return answering.not_answered(response)


SCORER = Scorer("schema_validity", score, uses=(f"{HERE}.answering",))
