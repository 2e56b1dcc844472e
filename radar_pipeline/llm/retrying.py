"""Asking the same deployment again: with jitter, as long as the provider asked for, and not for long."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from radar_pipeline.llm.call import Answer
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.routing import MOST_TRIES, AttemptFailedError, Journey

if TYPE_CHECKING:
    from tenacity import RetryCallState

LONGEST_WAIT = 20.0  # seconds, whatever Retry-After says
Result = TypeVar("Result")


def run(
    once: Callable[[Journey[Answer], Deployment], Result],
    journey: Journey[Answer],
    deployment: Deployment,
    sleep: Callable[[float], None],
) -> Result:
    """What ``once`` returns, tried up to MOST_TRIES times; else its last AttemptFailedError."""
    from tenacity import Retrying, retry_if_exception, wait_random_exponential

    jitter = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT / 2)

    def wait(state: "RetryCallState") -> float:
        asked = _failed(state).failure.retry_after
        return jitter(state) if asked is None else min(asked, LONGEST_WAIT)

    def stop(state: "RetryCallState") -> bool:
        return (
            state.attempt_number >= MOST_TRIES
            or not journey.may_ask(deployment)
            or state.upcoming_sleep >= journey.remaining
            or _too_long(_failed(state), journey)
        )

    def before_sleep(state: "RetryCallState") -> None:
        journey.again = f"retry: {_failed(state).failure.error_class.value}"

    tries = Retrying(
        sleep=sleep,
        stop=stop,
        wait=wait,
        retry=retry_if_exception(lambda e: isinstance(e, AttemptFailedError) and e.failure.retry),
        before_sleep=before_sleep,
        reraise=True,
    )
    return tries(once, journey, deployment)


def _too_long(failed: AttemptFailedError, journey: Journey[Answer]) -> bool:
    """A wait beyond our limit is not worth it while another deployment is left."""
    asked = failed.failure.retry_after or 0.0
    return asked > LONGEST_WAIT and not journey.is_last(failed.deployment)


def _failed(state: "RetryCallState") -> AttemptFailedError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, AttemptFailedError)
    return error
