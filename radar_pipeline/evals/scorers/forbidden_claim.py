"""Whether the answer claims what it must not."""

import re

from radar_pipeline.evals import expressions
from radar_pipeline.evals.scorers import answering
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.judge.sentences import sentences
from radar_pipeline.prompts.clean import clean

_STOP = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def score(case: Case, response: Response) -> Score:
    """1 if no sentence of the answer matches a forbidden claim, else 0; unscored where none is forbidden.

    ``answer`` says which of the case's claims were made, by number from 1.
    """
    if not response.answered:
        return answering.not_answered(response)
    if not case.forbidden_claims:
        return Score(None, explanation="No claim is forbidden.")
    said = _sentences(answering.prose(response))
    made = [n for n, claim in enumerate(case.forbidden_claims, 1) if any(expressions.matches(claim, said))]
    if not made:
        return Score(1.0, "none made")
    numbers = ", ".join(map(str, made))
    return Score(0.0, f"made: {numbers}", f"The answer makes forbidden claim {numbers}.", {"made": made})


def _sentences(text: str) -> list[str]:
    """Each on one line, without characters that hide or reorder; all of it where no sentence is told.

    Very short sentences stand both alone and together with the next.
    """
    seen = clean(text)
    found = [" ".join(seen[start:end].split()) for start, end in sentences(seen)]
    return [piece for one in found or [seen] for piece in dict.fromkeys((one, *_STOP.split(one)))]


SCORER = Scorer(
    "forbidden_claim",
    score,
    uses=(
        f"{HERE}.answering",
        "radar_pipeline.evals.expressions",
        "radar_pipeline.judge.sentences",
        "radar_pipeline.prompts.clean",
    ),
)
