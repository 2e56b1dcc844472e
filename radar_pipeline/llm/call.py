"""What is asked of a model and what comes back: plain values, the same for every provider.

Document text stands only in messages of the role ``user`` that are marked as ``data``; the marker
``BOUNDARY`` in them is replaced by a random word at each request, so no document can forge it, and
the response cache still sees equal input as equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel

BOUNDARY = "\ue000boundary\ue000"  # a private-use code point, which rendering removes from every variable

Answer = TypeVar("Answer", bound=BaseModel)


class Feature(StrEnum):
    """What a call is for: the ledger's and the metrics' grouping, and the use case of a route."""

    JUDGE = "judge"
    ASK = "ask"
    EVALUATE = "evaluate"
    DECOMPOSE = "decompose"  # no route of its own: the prompt names one
    EMBED = "embed"


class Role(StrEnum):
    """Whose words a message holds."""

    SYSTEM = "system"
    USER = "user"


class ErrorClass(StrEnum):
    """How an attempt failed: a closed set that decides what happens next."""

    RATE_LIMIT = "rate_limit"  # 429; retried, then the next deployment
    OVERLOAD = "overload"  # 529, 503; retried, then the next deployment
    SERVER = "server_error"  # other 5xx; retried, then the next deployment
    TIMEOUT = "timeout"  # retried, then the next deployment
    CONNECTION = "connection"  # refused, reset, hung up; retried, then the next deployment
    CIRCUIT_OPEN = "circuit_open"  # not even asked: too many failures lately; the next deployment
    AUTH = "auth"  # key missing, wrong or without rights: everything stops, with the remedy
    CONFIGURATION = "configuration"  # no such model or address, no price: everything stops, with the remedy
    BAD_REQUEST = "bad_request"  # our fault: never rerouted
    CONTEXT_OVERFLOW = "context_overflow"  # more than the model reads: never rerouted
    REFUSAL = "refusal"  # the model or a filter declined: never rerouted
    TRUNCATED = "truncated"  # cut off at the output limit: never rerouted
    INVALID_ANSWER = "invalid_answer"  # no JSON, or not of the schema, after one repair
    QUOTA = "quota"  # the tenant's plan is used up: not asked
    BUDGET = "budget"  # the money is used up: not asked


RETRIED = frozenset(
    {
        ErrorClass.RATE_LIMIT,
        ErrorClass.OVERLOAD,
        ErrorClass.SERVER,
        ErrorClass.TIMEOUT,
        ErrorClass.CONNECTION,
    }
)
REROUTED = RETRIED | {ErrorClass.CIRCUIT_OPEN}
STOPPING = frozenset({ErrorClass.AUTH, ErrorClass.CONFIGURATION})


class CacheOutcome(StrEnum):
    """What the response cache did for a call."""

    HIT = "hit"
    SEMANTIC_HIT = "semantic_hit"
    MISS = "miss"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Message:
    """One part of the prompt. ``data`` marks document text, never instructions."""

    role: Role
    text: str
    data: bool = False


@dataclass(frozen=True, slots=True)
class ModelCall(Generic[Answer]):
    """A question to whichever model the route of (feature, tier) leads to. An evaluation is booked under its
    own feature and takes the ``route`` of what it evaluates.

    ``messages`` are in order, what is equal between calls first, so that providers' prompt caches
    work. ``answer`` is the pydantic model of the structured answer. ``corpus_version`` is part of the
    cache key: what else the answer depends on. ``tenant`` is a slug; empty for what all share.
    """

    tenant: str
    feature: Feature
    tier: str  # of the tenant's plan: a key of the routes in models.yaml
    prompt_ref: str  # name@version#sha
    messages: tuple[Message, ...]
    answer: type[Answer]
    max_output_tokens: int = 2000
    corpus_version: str = ""
    repair: str = ""  # said once, with what was wrong, after an answer not of the schema; empty: never
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)  # e.g. reasoning effort
    route: Feature | None = None  # whose models are asked; None: the feature's own

    @property
    def asks(self) -> Feature:
        """Whose route is taken."""
        return self.route or self.feature


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more attempts. ``input_tokens`` is all input, cached and cache-writing ones
    included (the OpenTelemetry meaning; Anthropic's own figure leaves them out)."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0  # read from the provider's prompt cache, part of input_tokens
    cache_write_tokens: int = 0  # written to it, part of input_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
        )


@dataclass(frozen=True, slots=True)
class ModelReply(Generic[Answer]):
    """A checked answer. ``usage`` and ``cost_usd`` are of all attempts of this call, failed ones
    included; both are zero for a cache hit. ``call_id`` names the ledger row that answered.

    ``simulated``: the fake provider said that it answered; an answer from the cache tells nothing of that.
    """

    value: Answer
    deployment: str  # alias in models.yaml
    model: str  # provider/model, as it answered
    call_id: str
    usage: Usage
    cost_usd: Decimal
    cache: CacheOutcome
    route_reason: str  # primary, or why another deployment answered: "openai-mid: rate_limit"
    repaired: bool = False  # the first answer was not of the schema
    latency_ms: float = 0.0  # from the first attempt to the checked answer, without waits in our own queues
    simulated: bool = False
