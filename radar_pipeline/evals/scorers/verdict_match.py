"""Whether the verdict is the expected one, or one that is as right."""

from radar_pipeline.evals.scorers import answering, verdicts
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score


def score(case: Case, response: Response) -> Score:
    """1 or 0. A withheld judgement, or an answer that is none, is wrong; a question that never reached a
    model is unscored."""
    if not response.answered and not answering.failed_itself(response):
        return answering.not_answered(response)
    right, said = verdicts.right(case), verdicts.said(case, response)
    value = float(said in right)
    return Score(value, said, _explained(right, said, response), {"expected": list(right)})


def _explained(right: tuple[str, ...], said: str, response: Response) -> str:
    expected = f"Expected {' or '.join(right)}"
    if said != verdicts.WITHHELD:
        return f"{expected}; the answer says {said}."
    why = response.error or response.answer.get("withheld") or "no verdict"
    leaning = response.answer.get("verdict")
    return f"{expected}; withheld ({why})" + (f", leaning to {leaning}." if leaning else ".")


SCORER = Scorer("verdict_match", score, verdicts.USE_CASES, uses=(f"{HERE}.answering", f"{HERE}.verdicts"))
