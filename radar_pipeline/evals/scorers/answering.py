"""Whether there is an answer to score, and its prose: what several scorers ask first."""

from radar_pipeline.evals.values import Response, Score
from radar_pipeline.llm.call import REROUTED, STOPPING, ErrorClass

OUTSIDE = REROUTED | STOPPING | {ErrorClass.QUOTA, ErrorClass.BUDGET}  # no fault of what was asked


def failed_itself(response: Response) -> bool:
    """Whether the subject was asked and gave no usable answer: refused, cut off, not of the form."""
    return not response.answered and response.error not in OUTSIDE


def not_answered(response: Response) -> Score:
    """The score of a scorer that needs an answer where there is none."""
    return Score(None, response.error, "There is no answer to judge.")


def prose(response: Response) -> str:
    """All that the answer says in words: its text, its note on what is not answered, its elements."""
    answer = response.answer
    parts = [str(answer.get("text") or "")]
    lists = [answer.get("sentences"), answer.get("elements")]
    told = [one.get("text") for listed in lists for one in listed or () if isinstance(one, dict)]
    for part in map(str, filter(None, [answer.get("not_answered"), *told])):
        if part not in parts[0]:
            parts.append(part)
    return "\n".join(filter(None, parts))
