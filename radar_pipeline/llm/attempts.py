"""One attempt at a deployment: breaker, turn under the rate limit, reservation, request, settling."""

import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from radar_pipeline.llm import prices, stopping
from radar_pipeline.llm.answers import UnusableAnswerError, checked
from radar_pipeline.llm.call import BOUNDARY, RETRIED, STOPPING, Answer, ErrorClass, Feature, Message, Usage
from radar_pipeline.llm.catalog import Catalog, Deployment
from radar_pipeline.llm.classify import Failure, classify
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.providers.base import Body, Provider, RawAnswer, Request
from radar_pipeline.llm.routing import AttemptFailedError, Journey
from radar_pipeline.llm.semconv import CHAT, EMBEDDINGS
from radar_pipeline.llm.telemetry import Attempt as Traced
from radar_pipeline.llm.telemetry import Span, traced
from radar_pipeline.storage.operations.errors import LimitReachedError, RateUnavailableError
from radar_pipeline.storage.operations.records import Attempt, Limits, Outcome
from radar_pipeline.storage.operations.store import Operations

OVERHEAD_TOKENS = 2000  # what a provider may add of its own: roles, and words about the schema
SETTLE_SECONDS = 60.0  # that a reservation outlives its request
PATIENCE = 60.0  # seconds to wait for one's turn while another deployment is left: a rate's window
LAST_PATIENCE = 1800.0  # where none is left, and nobody sits and waits
LOOK_SECONDS = 1.0  # between two looks whether anybody still listens
BYTES_PER_TOKEN = 4  # of an estimate, for rates; for money each byte counts as a token: it is never more
Keep = Callable[[Deployment, RawAnswer], None]  # a finished answer, in the cache
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request ready to be sent. ``reserve_usd`` is the most it can cost."""

    deployment: Deployment
    body: Body
    tokens: int  # an estimate, output included
    reserve_usd: Decimal
    queries: int = 1  # of the tenant's plan, if it is answered


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that is in the ledger and not settled."""

    prepared: Prepared
    call_id: str
    began: float
    timeout: float
    span: Span


class Attempts:
    """Makes attempts, one at a time per thread."""

    def __init__(
        self,
        catalog: Catalog,
        operations: Operations,
        provider_of: Callable[[Deployment], Provider],
        limits_of: Callable[[str, Feature], Limits],
        seconds: float,
        sleep: Callable[[float], None],
    ) -> None:
        self._catalog = catalog
        self._operations = operations
        self._provider_of = provider_of
        self._limits_of = limits_of
        self._seconds = seconds
        self._sleep = sleep
        self._slots = {
            alias: threading.BoundedSemaphore(deployment.concurrency)
            for alias, deployment in catalog.deployments.items()
            if deployment.concurrency
        }

    def prepare(self, journey: Journey[Answer], deployment: Deployment, batch: bool = False) -> Prepared:
        """The request of a call to a deployment, each time with another boundary around documents."""
        call = journey.call
        word = secrets.token_hex(8)
        rendered = tuple(replace(m, text=m.text.replace(BOUNDARY, word)) for m in journey.messages)
        most = min(call.max_output_tokens, deployment.max_output_tokens)
        request = Request(
            deployment,
            rendered,
            call.answer,
            most,
            deployment.merged(call.parameters),
            static_part(journey.messages),
        )
        body = self._provider_of(deployment).body(request)
        size = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        reserve = prices.upper_bound(deployment, size + OVERHEAD_TOKENS, most, batch)
        return Prepared(deployment, body, size // BYTES_PER_TOKEN + most, reserve)

    @contextmanager
    def turn(self, journey: Journey[Answer], prepared: Prepared) -> Iterator[Begun]:
        """A begun attempt, once the deployment may be asked. Raises AttemptFailedError where it may not,
        ModelCallError where the tenant may not."""
        deployment = prepared.deployment
        if stopping.stopped():
            raise AttemptFailedError(deployment, Failure(ErrorClass.TIMEOUT))
        self._check_room(journey, prepared)
        if not self._operations.breakers.allow(deployment.alias):
            raise AttemptFailedError(deployment, Failure(ErrorClass.CIRCUIT_OPEN))
        with self._slot(journey, deployment):
            self._wait_for_turn(journey, prepared)
            timeout = min(self._seconds, max(journey.left, 0.001))
            call_id = self._reserve(journey, prepared, timeout)
            journey.requests[deployment.provider.name] += 1
            with traced(_traced(journey, deployment)) as span:
                yield Begun(prepared, call_id, journey.elapsed(), timeout, span)

    def complete(self, begun: Begun) -> RawAnswer:
        """The provider's answer; raises what its SDK raises."""
        deployment = begun.prepared.deployment
        return self._provider_of(deployment).complete(deployment, begun.prepared.body, begun.timeout)

    def stream(self, begun: Begun) -> Iterator[str | RawAnswer]:
        """The provider's answer as it comes; raises what its SDK raises."""
        deployment = begun.prepared.deployment
        return self._provider_of(deployment).stream(deployment, begun.prepared.body, begun.timeout)

    def accept(self, journey: Journey[Answer], begun: Begun, raw: RawAnswer, keep: Keep) -> Answer:
        """The checked value, kept and settled as answered; AttemptFailedError, settled as failed, if it is
        none. Kept first: a kill in between leaves a reservation to lapse, and no answer to pay for again."""
        deployment = begun.prepared.deployment
        begun.span.content(journey.messages, raw.text)
        try:
            value = checked(raw, journey.call.answer)
        except UnusableAnswerError as error:
            failure = Failure(error.error_class, usage=raw.usage)
            self._settle(journey, begun, failure, model_name(raw.model, deployment), told=True)
            raise AttemptFailedError(deployment, failure, error.problems) from None
        answered = journey.elapsed()
        keep(deployment, raw)
        keeping = journey.elapsed() - answered  # is not the provider's time
        self.succeed(journey, replace(begun, began=begun.began + keeping), raw.usage, raw.model)
        return value

    def succeed(self, journey: Journey[Answer], begun: Begun, usage: Usage, model: str) -> None:
        """Settle as answered."""
        self._settle(journey, begun, None, model_name(model, begun.prepared.deployment), usage, told=True)

    def fail(self, journey: Journey[Answer], begun: Begun, error: Exception) -> Exception:
        """What to raise for an exception of the provider, settled as failed."""
        if isinstance(error, ModelCallError):  # of ours: a key, a package that is missing
            self._settle(journey, begun, Failure(error.error_class))
            return error
        failure = classify(error)
        self._settle(journey, begun, failure)
        return AttemptFailedError(begun.prepared.deployment, failure)

    def _settle(
        self,
        journey: Journey[Answer],
        begun: Begun,
        failure: Failure | None,
        model: str = "",
        usage: Usage | None = None,
        *,
        told: bool = False,  # there was an answer, whatever it was worth
    ) -> None:
        deployment = begun.prepared.deployment
        used = failure.usage if failure else usage or Usage()
        # Whoever answers and does not say what it used is taken to have used all that was reserved, or no
        # budget would ever bind it.
        silent = told and used == Usage()
        cost = begun.prepared.reserve_usd if silent else prices.cost(deployment, used)
        if failure:
            begun.span.failed(failure.error_class, used)
        else:
            begun.span.done(model, used)
        journey.usage += used
        journey.cost += cost
        outcome = Outcome(
            state="failed" if failure else "answered",
            cost_usd=cost,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cached_tokens=used.cached_tokens,
            cache_write_tokens=used.cache_write_tokens,
            latency_ms=round(1000 * (journey.elapsed() - begun.began)),
            error_class=failure.error_class.value if failure else "",
            model=model,
        )
        self._operations.spending.settle(begun.call_id, outcome)
        self._report(deployment.alias, failure)

    def _report(self, alias: str, failure: Failure | None) -> None:
        """Tell the breaker: what is our fault or the model's opinion is no failure of the service."""
        if failure is not None and failure.error_class in STOPPING:
            return
        if failure is not None and failure.error_class in RETRIED:
            breaker = self._catalog.breaker
            self._operations.breakers.failure(alias, breaker.threshold, breaker.cooldown)
        else:
            self._operations.breakers.success(alias)

    def _check_room(self, journey: Journey[Answer], prepared: Prepared) -> None:
        """Whoever may not ask takes nobody's turn and waits for none."""
        try:
            self._operations.spending.check(_attempt(journey, prepared), self._limits(journey))
        except LimitReachedError as error:
            raise limit_error(error) from None

    def _limits(self, journey: Journey[Answer]) -> Limits:
        return self._limits_of(journey.call.tenant, journey.call.feature)

    def _reserve(self, journey: Journey[Answer], prepared: Prepared, timeout: float) -> str:
        journey.attempts += 1
        try:
            return self._operations.spending.begin(
                _attempt(journey, prepared), self._limits(journey), timeout + SETTLE_SECONDS
            )
        except LimitReachedError as error:
            raise limit_error(error) from None

    def _wait_for_turn(self, journey: Journey[Answer], prepared: Prepared) -> None:
        """Our own rate is no failure of anybody: the last deployment is waited for."""
        deployment = prepared.deployment
        most = deployment.tokens_per_minute
        tokens = min(prepared.tokens, most)  # what is more than a minute's worth has a whole minute
        patience, waited = self._patience(journey, deployment), 0.0
        while wait := self._turn_in(deployment, tokens):
            if waited + wait > patience or stopping.stopped():
                raise AttemptFailedError(deployment, Failure(ErrorClass.RATE_LIMIT))
            self._sleep(wait)
            waited += wait
        journey.waited(waited)

    def _turn_in(self, deployment: Deployment, tokens: int) -> float:
        """Seconds until there may be room under the rate; 0: there was, and it is taken."""
        rates = deployment.requests_per_minute, deployment.tokens_per_minute
        try:
            self._operations.rates.acquire(deployment.alias, *rates, tokens, 0.0)
        except RateUnavailableError as full:
            return float("inf") if full.wait_seconds is None else max(full.wait_seconds, 0.001)
        return 0.0

    @contextmanager
    def _slot(self, journey: Journey[Answer], deployment: Deployment) -> Iterator[None]:
        """One of the deployment's places; that all are taken by ourselves is no failure of it, either."""
        slots = self._slots.get(deployment.alias)
        if slots is None:
            yield
            return
        patience, waited = self._patience(journey, deployment), 0.0
        while not slots.acquire(timeout=min(LOOK_SECONDS, patience)):
            waited += LOOK_SECONDS
            if waited >= patience or stopping.stopped():
                raise AttemptFailedError(deployment, Failure(ErrorClass.RATE_LIMIT))
        try:
            journey.waited(waited)
            yield
        finally:
            slots.release()

    def _patience(self, journey: Journey[Answer], deployment: Deployment) -> float:
        if journey.call.feature is not Feature.ASK and journey.is_last(deployment):
            return LAST_PATIENCE
        return min(PATIENCE, journey.remaining)


def _attempt(journey: Journey[Answer], prepared: Prepared) -> Attempt:
    call, deployment = journey.call, prepared.deployment
    return Attempt(
        tenant=call.tenant,
        feature=call.feature.value,
        prompt_ref=call.prompt_ref,
        alias=deployment.alias,
        provider=deployment.provider.name,
        model=deployment.model,
        reserve_usd=prepared.reserve_usd,
        queries=prepared.queries,
        request_id=journey.request_id,
        attempt=journey.attempts,
        route_reason=journey.attempt_reason,
        cache=journey.cache.value,
    )


def _traced(journey: Journey[Answer], deployment: Deployment) -> Traced:
    """The attempt as traces know it: well-known services by the name that the conventions give them."""
    provider, call = deployment.provider, journey.call
    name = provider.name if provider.kind == "openai_compatible" else provider.kind
    operation = EMBEDDINGS if call.feature is Feature.EMBED else CHAT
    return Traced(name, deployment.model, call.tenant, call.feature, call.prompt_ref, operation)


def limit_error(error: LimitReachedError) -> ModelCallError:
    """A plan's or a budget's limit as the end of a call."""
    error_class = ErrorClass.QUOTA if error.unit == "queries" else ErrorClass.BUDGET
    return ModelCallError(error.message, remedy=error.remedy, error_class=error_class)


def model_name(name: str, deployment: Deployment) -> str:
    """The model as it calls itself, if that can be the name of one."""
    return name if _MODEL_NAME.fullmatch(name) else deployment.model


def static_part(messages: Sequence[Message]) -> int:
    """How many of the first messages are instructions that hold no boundary: equal in every call."""
    changing = (n for n, m in enumerate(messages) if m.data or BOUNDARY in m.text)
    return next(changing, len(messages))
