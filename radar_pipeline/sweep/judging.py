"""Asking the judge: one question after another, or several at a time where answers come over a network.

Whatever a judge dies of is that requirement's failure alone, with its reason, and never a verdict. Only
what a person must mend before anything can work (a wrong key, a model that does not exist) ends the
tenant's sweep: ninety requirements that all say so would hide it.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

from radar_pipeline.judge import Judge
from radar_pipeline.llm import stopping
from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError
from radar_pipeline.models import Judgement, Question, Reason

REASONS: dict[ErrorClass, Reason] = {
    ErrorClass.RATE_LIMIT: Reason.PROVIDERS_FAILED,
    ErrorClass.OVERLOAD: Reason.PROVIDERS_FAILED,
    ErrorClass.SERVER: Reason.PROVIDERS_FAILED,
    ErrorClass.TIMEOUT: Reason.PROVIDERS_FAILED,
    ErrorClass.CONNECTION: Reason.PROVIDERS_FAILED,
    ErrorClass.CIRCUIT_OPEN: Reason.PROVIDERS_FAILED,
    ErrorClass.REFUSAL: Reason.REFUSED,
    ErrorClass.TRUNCATED: Reason.INVALID_ANSWER,
    ErrorClass.INVALID_ANSWER: Reason.INVALID_ANSWER,
    ErrorClass.CONTEXT_OVERFLOW: Reason.TOO_LONG,
    ErrorClass.QUOTA: Reason.QUOTA,
    ErrorClass.BUDGET: Reason.BUDGET,
}
# A report with one of these is published, and due again: another try may end otherwise. What a model
# declines or cannot say in form is asked again only when something changed, or it would be paid nightly.
RETRY = frozenset({Reason.JUDGE_FAILED, Reason.PROVIDERS_FAILED, Reason.QUOTA, Reason.BUDGET})
TOLD: dict[Reason, str] = {
    Reason.JUDGE_FAILED: "The judge could not answer; the next sweep asks again.",
    Reason.PROVIDERS_FAILED: "No model could be reached; the next sweep asks again.",
    Reason.REFUSED: "The model declined to answer; it is asked again when a document or the rule changes.",
    Reason.INVALID_ANSWER: "The model's answer was not of the form asked for, so nothing of it is used.",
    Reason.TOO_LONG: "The requirement and its passages are more than the model reads at once.",
    Reason.QUOTA: "The plan's queries of this month are used up; next month's first sweep asks again.",
    Reason.BUDGET: "The money set aside for models is used up; a sweep after the limit's period asks again.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that got no answer: the reason, and the name of what was raised."""

    reason: Reason
    error: str


def ask(judge: Judge, questions: Sequence[Question]) -> Iterator[tuple[int, Judgement | Failure]]:
    """Each question's position with its answer, as they come.

    Raises ModelSetupError, with what was asked already left to finish and the rest not asked.
    """
    at_once = min(judge.concurrency, len(questions))
    if at_once <= 1:
        for position, question in enumerate(questions):
            yield position, _answer(judge, question)
        return
    with stopping.pool(at_once, "judge") as pool:
        yield from _as_they_come(pool, judge, questions, at_once)


def _as_they_come(
    pool: ThreadPoolExecutor, judge: Judge, questions: Sequence[Question], at_once: int
) -> Iterator[tuple[int, Judgement | Failure]]:
    """No more in hand than are asked at once, so that whoever stops listening stops the spending."""
    waiting = iter(enumerate(questions))
    asked: dict[Future[Judgement | Failure], int] = {}
    while True:
        for position, question in islice(waiting, at_once - len(asked)):
            asked[pool.submit(_answer, judge, question)] = position
        if not asked:
            return
        done, _ = wait(asked, return_when=FIRST_COMPLETED)
        for future in done:
            position = asked.pop(future)
            yield position, future.result()


def _answer(judge: Judge, question: Question) -> Judgement | Failure:
    try:
        return judge.judge(question)
    except ModelSetupError:
        raise
    except ModelCallError as error:
        return Failure(REASONS.get(error.error_class, Reason.JUDGE_FAILED), error.error_class.value)
    except Exception as error:  # whatever a judge dies of, it is that requirement's failure alone
        return Failure(Reason.JUDGE_FAILED, type(error).__name__)
