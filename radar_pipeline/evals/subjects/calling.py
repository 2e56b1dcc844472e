"""What all subjects that ask a model share: an evaluation's call, and its reply or failure as a response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from radar_pipeline import ids
from radar_pipeline.evals.values import Case, Quoted, Response
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.judge.weigh import clean
from radar_pipeline.llm.call import REROUTED, STOPPING, ErrorClass, Feature, ModelCall, ModelReply, Usage
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import Value, render

# Nobody was there to ask, or there was no money: no answer is told from that, good or bad.
UNASKED = REROUTED | STOPPING | {ErrorClass.QUOTA, ErrorClass.BUDGET}
LONGEST_QUOTE = 1000  # characters of one that stands nowhere, as kept
LONGEST_TEXT = 4000

Answer = TypeVar("Answer", bound=BaseModel)


class Asker(Protocol):
    """Puts cases to one subject. ``model`` names all, beside the subject and the case, that decides what is
    answered; ``concurrency``: how many cases at a time."""

    model: str
    concurrency: int

    def prepare(self, cases: Sequence[Case]) -> None:
        """Make ready what asking these needs. Raises ConfigurationError for what cannot be read."""

    def ask(self, case: Case) -> Response:
        """What the subject answers. Raises ModelCallError of a class in UNASKED where it was not asked."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A prompt with the client and the tier by which its models are asked."""

    client: ModelClient
    prompt: Prompt
    tier: str

    @property
    def feature(self) -> Feature:
        """Whose route is taken."""
        return Feature(self.prompt.model)

    @property
    def route(self) -> str:
        """Identity of the models that are asked."""
        return self.client.catalog.identity(self.feature, self.tier)

    def call(self, values: Mapping[str, Value], answer: type[Answer]) -> ModelCall[Answer]:
        """The prompt filled in, booked as an evaluation: no tenant's money, and no tenant's cache."""
        prompt = self.prompt
        return ModelCall(
            tenant="",
            feature=Feature.EVALUATE,
            tier=self.tier,
            prompt_ref=prompt.ref,
            messages=render(prompt, values),
            answer=answer,
            max_output_tokens=prompt.max_output_tokens,
            repair=prompt.repair,
            parameters=prompt.parameters,
            route=self.feature,
        )


@dataclass(slots=True)
class Counted:
    """A client that remembers what it was answered: a case that takes two calls may fail at the second."""

    client: ModelClient
    replies: list[ModelReply[Any]] = field(default_factory=list)

    def ask(self, call: ModelCall[Answer]) -> ModelReply[Answer]:
        """As the client's."""
        reply = self.client.ask(call)
        self.replies.append(reply)
        return reply


def phone(bench: Workbench, prompt: Prompt) -> Phone:
    """Raises ModelSetupError where there is no models.yaml."""
    if bench.client is None:
        raise ModelSetupError(
            "There is no models.yaml, so no prompt can be evaluated.",
            remedy="Restore models.yaml in the folder of data.",
            error_class=ErrorClass.CONFIGURATION,
        )
    return Phone(bench.client, prompt, bench.tier)


def named(route: str, *making: str) -> str:
    """The models asked, and a digest of what else makes an answer of their words."""
    return f"{route} +{ids.digest(*making, length=8)}"


def answered(
    bench: Workbench,
    answer: Mapping[str, Any],
    quotes: Sequence[Quoted],
    replies: Sequence[ModelReply[Any]],
) -> Response:
    """The response that an answer and the replies it was made from are."""
    asked = bool(replies)
    return Response(
        answer=answer,
        quotes=tuple(quotes),
        valid=not any(reply.repaired for reply in replies),
        model=replies[-1].model if replies else "",
        tokens_in=sum(reply.usage.input_tokens for reply in replies),
        tokens_out=sum(reply.usage.output_tokens for reply in replies),
        cost_usd=float(sum(reply.cost_usd for reply in replies)) if asked else None,
        latency_ms=round(sum(reply.latency_ms for reply in replies), 1) if asked else None,
        simulated=bench.simulated or any(reply.simulated for reply in replies),
        asked_at=_now(bench),
    )


def failed(bench: Workbench, error: ModelCallError, before: Sequence[ModelReply[Any]] = ()) -> Response:
    """The response of a model that was asked and gave nothing usable; raises ``error`` if nobody was.

    ``before``: replies to the same case that came before the failure. What the failure cost is told, or a
    version would look cheaper for failing; where nothing was billed, there is no cost to tell.
    """
    if error.error_class in UNASKED:
        raise error
    usage = sum((reply.usage for reply in before), error.usage)
    cost = error.cost_usd + sum(reply.cost_usd for reply in before)
    return Response(
        answer={},
        valid=error.error_class is not ErrorClass.INVALID_ANSWER,
        error=error.error_class.value,
        tokens_in=usage.input_tokens,
        tokens_out=usage.output_tokens,
        cost_usd=float(cost) if usage != Usage() or cost else None,
        simulated=bench.simulated or any(reply.simulated for reply in before),
        asked_at=_now(bench),
    )


def text_of(*parts: str) -> str:
    """All prose in one, each part on a line of its own."""
    return "\n".join(said for part in parts if (said := clean(part, LONGEST_TEXT)))


def _now(bench: Workbench) -> str:
    return bench.clock().isoformat(timespec="seconds")
