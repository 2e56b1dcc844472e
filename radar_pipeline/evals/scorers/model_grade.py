"""What a language model says of an answer to a question. Reported only, unless its grades were calibrated.

The other use cases' answers are right or wrong by rule: asking a model about them would only add its errors.
"""

from collections.abc import Callable
from dataclasses import dataclass

from radar_pipeline.evals.calibration import Calibration
from radar_pipeline.evals.scorers import answering
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.prompts.use_cases import UseCase

USE_CASES = frozenset({UseCase.ASK})
COUNTS = "counts"  # in a score's metadata: whether the grade may decide
UNCALIBRATED = "Report only, because the grader was not compared with experts' labels."


@dataclass(frozen=True, slots=True)
class Grade:
    """A grader's word on an answer. ``share``: of the criteria that it meets, 0 to 1."""

    passes: bool
    share: float
    reason: str = ""
    simulated: bool = False


Grader = Callable[[Case, Response], Grade | None]  # None: it could not judge


def graded_by(grader: Grader | None, identity: str = "", calibration: Calibration | None = None) -> Scorer:
    """The scorer that asks ``grader``; without one it scores nothing.

    ``identity``: the grader's prompt and model, which the scorer's sha depends on. A grade counts only with
    a calibration against experts' labels that lets it, and never if it is simulated; the score's metadata
    tell which.
    """
    lets = calibration is not None and calibration.counts
    says = calibration.says if calibration is not None else UNCALIBRATED

    def score(case: Case, response: Response) -> Score:
        """1 if the answer passes, else 0; unscored without a grader, an answer or a usable grade."""
        if not response.answered:
            return answering.not_answered(response)
        grade = grader(case, response) if grader is not None else None
        if grade is None or not 0 <= grade.share <= 1:
            return Score(None, explanation="No model graded the answer.")
        told = {
            COUNTS: lets and not grade.simulated,
            "calibration": says,
            "grader": identity,
            "share_of_criteria": grade.share,
            "simulated": grade.simulated,
        }
        return Score(float(grade.passes), "passes" if grade.passes else "fails", grade.reason, told)

    uses = (f"{HERE}.answering",)
    named = f"{identity} counts" if lets else identity
    return Scorer("model_grade", score, USE_CASES, uses=uses, identity=named, counts=lets)


SCORER = graded_by(None)
