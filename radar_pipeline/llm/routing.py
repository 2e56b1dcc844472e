"""One call on its way along a route: who was asked how often, why the next one is, how it ends."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic

from radar_pipeline.llm import stopping
from radar_pipeline.llm.answers import repair_message
from radar_pipeline.llm.call import (
    REROUTED,
    STOPPING,
    Answer,
    CacheOutcome,
    ErrorClass,
    Message,
    ModelCall,
    Role,
    Usage,
)
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.classify import Failure
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError, ModelsUnavailableError

MOST_REQUESTS = 4  # to one provider in one call, repair included
MOST_TRIES = 3  # of one deployment: the fourth request is left for the repair or the provider's next model
PRIMARY = "primary"


class AttemptFailedError(ModelCallError):
    """One attempt failed; what comes next is decided by its failure. Never leaves the model layer."""

    def __init__(self, deployment: Deployment, failure: Failure, problems: tuple[str, ...] = ()) -> None:
        message = f"{deployment.alias}: {failure.error_class.value}"
        super().__init__(message, remedy="", error_class=failure.error_class)
        self.deployment = deployment
        self.failure = failure
        self.problems = problems


@dataclass(slots=True)
class Journey(Generic[Answer]):
    """What has happened to one call so far. Belongs to one thread."""

    call: ModelCall[Answer]
    route: Sequence[Deployment]
    elapsed: Callable[[], float]  # seconds on a clock that only goes forward
    deadline: float  # on that clock
    unable: Mapping[str, str] = field(default_factory=dict)  # aliases that can't be asked, and why
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    requests: Counter[str] = field(default_factory=Counter)  # by provider
    attempts: int = 0
    passed: list[str] = field(default_factory=list)  # "openai-mid: rate_limit", for those given up
    again: str = ""  # why the present deployment is asked again
    last: AttemptFailedError | None = None
    repair: str = ""
    cache: CacheOutcome = CacheOutcome.OFF
    usage: Usage = field(default_factory=Usage)
    cost: Decimal = Decimal(0)

    @property
    def left(self) -> float:
        """Seconds until the call must have ended, for a request that is sent whoever still listens."""
        return max(0.0, self.deadline - self.elapsed())

    @property
    def remaining(self) -> float:
        """The same for what may still be begun; none if nobody listens any more."""
        return 0.0 if stopping.stopped() else self.left

    @property
    def route_reason(self) -> str:
        """Why the present deployment is asked: the primary, or what became of those before it."""
        return "; ".join(self.passed) or PRIMARY

    @property
    def attempt_reason(self) -> str:
        """The same, with why it is asked again."""
        return f"{self.route_reason}; {self.again}" if self.again else self.route_reason

    @property
    def messages(self) -> tuple[Message, ...]:
        """The prompt, with what was wrong with the answer before."""
        said = (Message(Role.USER, self.repair),) if self.repair else ()
        return (*self.call.messages, *said)

    def waited(self, seconds: float) -> None:
        """Time in our own queues does not count towards the call's."""
        self.deadline += seconds

    def may_ask(self, deployment: Deployment) -> bool:
        """Whether another request to its provider is allowed, and there is time for it."""
        return self.requests[deployment.provider.name] < MOST_REQUESTS and self.remaining > 0

    def obstacle(self, deployment: Deployment) -> str:
        """Why the deployment is not asked at all; empty if it may be."""
        return self.unable.get(deployment.alias) or ("" if self.may_ask(deployment) else "no request left")

    def is_last(self, deployment: Deployment) -> bool:
        """Whether nobody is left to ask behind it."""
        behind = self.route[self.route.index(deployment) + 1 :]
        return all(self.obstacle(other) for other in behind)

    def may_repair(self, failed: AttemptFailedError) -> bool:
        """Whether the model is told what was wrong with its answer: once in a call."""
        invalid = failed.failure.error_class is ErrorClass.INVALID_ANSWER
        return invalid and bool(self.call.repair) and not self.repair and self.may_ask(failed.deployment)

    def repairing(self, failed: AttemptFailedError) -> None:
        """The next request tells what was wrong."""
        self.repair = repair_message(self.call.repair, failed.problems)
        self.again = f"repair: {failed.failure.error_class.value}"

    def give_up(self, failed: AttemptFailedError) -> ModelCallError | None:
        """The deployment is done with. Returns the call's error, None if another one may be asked."""
        error_class = failed.failure.error_class
        self.passed.append(f"{failed.deployment.alias}: {error_class.value}")
        self.again = ""
        if self.last is None or error_class is not ErrorClass.CIRCUIT_OPEN:
            self.last = failed
        return None if error_class in REROUTED else self._billed(ending(failed))

    def asked(self) -> Iterator[Deployment]:
        """Those to ask, in order, as long as none has answered; the others are noted."""
        for deployment in self.route:
            if obstacle := self.obstacle(deployment):
                self.passed.append(f"{deployment.alias}: {obstacle}")
            else:
                yield deployment

    def broken(self, failed: AttemptFailedError) -> ModelCallError:
        """The error of a call that ends with this failure, whatever its class."""
        return self.give_up(failed) or self.exhausted()

    def exhausted(self) -> ModelCallError:
        """The error of a call that nobody answered."""
        told = "; ".join(self.passed)
        last = self.last.failure.error_class if self.last else ErrorClass.TIMEOUT
        error = ModelsUnavailableError(
            f"No model of the route {self.call.asks.value}/{self.call.tier} answered ({told}).",
            remedy="Ask again later; `radar models` shows the deployments, models.yaml their order.",
            error_class=last,
        )
        return self._billed(error)

    def _billed(self, error: ModelCallError) -> ModelCallError:
        error.usage, error.cost_usd = self.usage, self.cost
        return error


def ending(failed: AttemptFailedError) -> ModelCallError:
    """The error of a failure that is not rerouted."""
    deployment, failure = failed.deployment, failed.failure
    error_class = failure.error_class
    status = f" (status {failure.status})" if failure.status else ""
    where = f"{deployment.name} (deployment {deployment.alias})"
    if error_class in STOPPING:
        return _setup(deployment, error_class, where, status)
    what, remedy = _ENDINGS.get(error_class, ("failed", "Run it again; report it if it happens again."))
    return ModelCallError(f"{where} {what}{status}.", remedy=remedy, error_class=error_class)


def _setup(deployment: Deployment, error_class: ErrorClass, where: str, status: str) -> ModelSetupError:
    if error_class is ErrorClass.AUTH:
        key = deployment.provider.key
        remedy = f"Set {key} to a valid key." if key else "Name its key in models.yaml."
        message = f"The provider {deployment.provider.name} does not accept the key{status}."
    else:
        remedy = f"Correct the model, address and parameters of {deployment.alias} in models.yaml."
        message = f"{where} is not there as it is set up{status}."
    return ModelSetupError(message, remedy=remedy, error_class=error_class)


_ENDINGS = {
    ErrorClass.BAD_REQUEST: (
        "called the request wrong",
        "Report it: another model would be sent the same.",
    ),
    ErrorClass.CONTEXT_OVERFLOW: (
        "was sent more than it reads",
        "Lower RADAR_CANDIDATES, or put a model that reads more into the route in models.yaml.",
    ),
    ErrorClass.REFUSAL: (
        "declined to answer",
        "Read the documents concerned, or put another model first in models.yaml.",
    ),
    ErrorClass.TRUNCATED: (
        "was cut off at the limit of its output",
        "Raise max_output_tokens of the deployment in models.yaml and of the prompt.",
    ),
    ErrorClass.INVALID_ANSWER: (
        "gave an answer that is not of the form asked for",
        "Run it again, or put another model first in models.yaml.",
    ),
}


def no_key(route: Sequence[Deployment]) -> ModelSetupError:
    """None of the route's providers has its key."""
    names = " or ".join(dict.fromkeys(d.provider.key for d in route))
    return ModelSetupError(
        "There is no key for any model of the route.",
        remedy=f"Set {names}, or RADAR_JUDGE=local to do without models.",
        error_class=ErrorClass.AUTH,
    )


def too_long(route: Sequence[Deployment], tokens: int) -> ModelCallError:
    """None of the route's models reads so much."""
    most = max(d.context_tokens for d in route)
    _, remedy = _ENDINGS[ErrorClass.CONTEXT_OVERFLOW]
    return ModelCallError(
        f"The prompt has about {tokens:,} tokens, more than any model of the route reads ({most:,}).",
        remedy=remedy,
        error_class=ErrorClass.CONTEXT_OVERFLOW,
    )
