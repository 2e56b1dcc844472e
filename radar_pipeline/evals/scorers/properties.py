"""Whether an answer to a question has the properties that a right one has."""

from radar_pipeline.evals.scorers import answering, evidence_recall, forbidden_claim, pattern
from radar_pipeline.evals.scorers.scorer import HERE, Scorer
from radar_pipeline.evals.values import Case, Response, Score
from radar_pipeline.prompts.use_cases import UseCase

ENOUGH = 0.8  # of the required quotes' characters


def score(case: Case, response: Response) -> Score:
    """Share of these that hold, as far as the case has them: answered or not as expected; every pattern; the
    required quotes; no forbidden claim. An answer that is none has no property."""
    if not response.answered:
        own = answering.failed_itself(response)
        return Score(0.0, response.error) if own else answering.not_answered(response)
    found = {
        "answered": answered(response) is case.expected["answered"],
        "patterns": _holds(pattern.score(case, response), 1.0),
        "quotes": _holds(evidence_recall.score(case, response), ENOUGH),
        "no forbidden claim": _holds(forbidden_claim.score(case, response), 1.0),
    }
    asked = {name: holds for name, holds in found.items() if holds is not None}
    missing = [name for name, holds in asked.items() if not holds]
    share = 1 - len(missing) / len(asked)
    return Score(
        share, f"failed: {', '.join(missing)}" if missing else "all hold", metadata={"failed": missing}
    )


def answered(response: Response) -> bool:
    """Whether it answers the whole question: a supported sentence, and no word on what is left open."""
    sentences = response.answer.get("sentences") or ()
    supported = any(one.get("supported") for one in sentences)
    return supported and not str(response.answer.get("not_answered") or "").strip()


def _holds(score: Score, least: float) -> bool | None:
    return None if score.value is None else score.value >= least


SCORER = Scorer(
    "properties",
    score,
    frozenset({UseCase.ASK}),
    uses=(
        f"{HERE}.answering",
        *(f"{HERE}.{part.SCORER.name}" for part in (evidence_recall, forbidden_claim, pattern)),
        *sorted({used for part in (evidence_recall, forbidden_claim, pattern) for used in part.SCORER.uses}),
    ),
)
