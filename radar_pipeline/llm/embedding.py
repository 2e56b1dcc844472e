"""Embeddings by API: the same limits, breaker, retries and ledger as answers, and never another model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from pydantic import BaseModel

from radar_pipeline.llm import prices, retrying
from radar_pipeline.llm.attempts import BYTES_PER_TOKEN, Attempts, Prepared, model_name
from radar_pipeline.llm.call import Feature, ModelCall, Usage
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.providers.base import Provider, RawVectors
from radar_pipeline.llm.routing import AttemptFailedError, Journey

MOST_TEXTS = 96  # in one request: Cohere's limit
MOST_BYTES = 200_000  # in one request: under every provider's limit of tokens
TOKENS_PER_TEXT = 16  # that a provider may add to each


@dataclass(frozen=True, slots=True)
class Embedded:
    """One vector per text, as the service gave them, and what they cost. ``model`` is provider/model."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage
    cost_usd: Decimal
    model: str


class NoAnswer(BaseModel):
    """What an embedding model answers in words."""


def call(tenant: str) -> ModelCall[NoAnswer]:
    """The call that an embedding is for the ledger."""
    return ModelCall(tenant, Feature.EMBED, "", "", (), NoAnswer, max_output_tokens=0)


def embed(
    attempts: Attempts,
    provider: Provider,
    deployment: Deployment,
    texts: Sequence[str],
    query: bool,
    journey_of: Callable[[], Journey[NoAnswer]],
    sleep: Callable[[float], None],
) -> Embedded:
    """One vector per text, asked for in portions. Raises ModelCallError."""
    vectors: list[tuple[float, ...]] = []
    usage, cost, model = Usage(), Decimal(0), deployment.model
    for some in _portions(texts):
        once = partial(_once, attempts, provider, some, query)
        journey = journey_of()
        try:
            raw = retrying.run(once, journey, deployment, sleep)
        except AttemptFailedError as failed:
            raise journey.broken(failed) from None
        vectors += raw.vectors
        usage, cost = usage + journey.usage, cost + journey.cost
        model = model_name(raw.model, deployment)
    return Embedded(tuple(vectors), usage, cost, f"{deployment.provider.name}/{model}")


def _once(
    attempts: Attempts,
    provider: Provider,
    texts: Sequence[str],
    query: bool,
    journey: Journey[NoAnswer],
    deployment: Deployment,
) -> RawVectors:
    with attempts.turn(journey, _prepared(deployment, texts)) as begun:
        try:
            raw = provider.embed(deployment, texts, begun.timeout, query)
        except Exception as error:
            raise attempts.fail(journey, begun, error) from None
        attempts.succeed(journey, begun, raw.usage, raw.model)
    return raw


def _prepared(deployment: Deployment, texts: Sequence[str]) -> Prepared:
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    reserve = prices.upper_bound(deployment, size + TOKENS_PER_TEXT * len(texts), 0)
    return Prepared(deployment, {}, size // BYTES_PER_TOKEN, reserve, queries=0)


def _portions(texts: Sequence[str]) -> Iterator[list[str]]:
    some: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode("utf-8", "surrogatepass"))
        if some and (len(some) >= MOST_TEXTS or size + length > MOST_BYTES):
            yield some
            some, size = [], 0
        some.append(text)
        size += length
    if some:
        yield some
