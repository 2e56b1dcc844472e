"""What the model layer hands to the operations store and reads back: plain values, no texts.

Money is in US dollars as Decimal, exact to a billionth of a dollar. Moments are in UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

ALL = "*"  # the scope of what all tenants use together
EVALUATE = "evaluate"  # the feature that has limits of its own, and
EVALUATIONS = "*evaluate"  # the scope of what all its calls use together
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that is about to be made of a provider.

    ``reserve_usd`` must be the most it can cost: no more is ever spent than was reserved. ``queries``
    is what it takes from the plan if it is answered. ``request_id`` is shared by all attempts of one
    call. An empty ``call_id`` gets a new one.
    """

    tenant: str  # empty for what all share
    feature: str
    prompt_ref: str
    alias: str  # of the deployment
    provider: str
    model: str
    reserve_usd: Decimal = NOTHING
    queries: int = 1
    request_id: str = ""
    call_id: str = ""
    attempt: int = 1
    route_reason: str = ""
    cache: str = "off"  # hit, semantic_hit, miss or off
    batch_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: ``answered``, ``failed`` or ``cached``. A failed one may cost, too."""

    state: str
    cost_usd: Decimal = NOTHING
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    latency_ms: int | None = None  # None: not measured, as for a batch
    error_class: str = ""
    model: str = ""  # as the provider names it in its answer; empty: as it was asked


@dataclass(frozen=True, slots=True)
class CallRecord:
    """An attempt in the ledger.

    ``state`` is started, answered, failed, cached, or lost: never settled, and counted as if all
    that was reserved had been billed. Claims are None until they were counted.
    """

    call_id: str
    request_id: str
    tenant_id: str
    feature: str
    prompt_ref: str
    alias: str
    provider: str
    model: str
    attempt: int
    route_reason: str
    cache: str
    batch_id: str
    state: str
    error_class: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal
    reserved_usd: Decimal
    queries: int
    latency_ms: int | None
    claims: int | None
    claims_unsupported: int | None
    started_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be used; None is without limit. Days and months are UTC's."""

    queries_per_month: int | None = None  # of the tenant
    usd_per_day: Decimal | None = None  # of the tenant
    usd_per_month: Decimal | None = None  # of the tenant
    all_usd_per_day: Decimal | None = None  # of all tenants together
    all_usd_per_month: Decimal | None = None  # of all tenants together
    evaluations_usd_per_day: Decimal | None = None  # of all evaluations together
    evaluations_usd_per_month: Decimal | None = None  # of all evaluations together


@dataclass(frozen=True, slots=True)
class Spent:
    """What a scope used in a period, and what calls under way may still use."""

    usd: Decimal
    queries: int
    reserved_usd: Decimal
    reserved_queries: int


@dataclass(frozen=True, slots=True)
class Alert:
    """A limit that is nearly used up (``warning``) or has stopped calls (``reached``).

    ``limit`` and ``used`` are dollars or queries, as ``unit`` says.
    """

    scope: str  # a tenant, or ALL
    period: str  # 2026-11 or 2026-11-29
    unit: str  # usd or queries
    level: str
    limit: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True)
class BreakerState:
    """A deployment's circuit: closed, open until a moment, or half_open: one call tries it."""

    alias: str
    state: str
    failures: int  # in a row
    open_until: datetime | None


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One request of a batch; ``state`` is waiting, answered, failed or missing."""

    custom_id: str
    cache_key: str
    call_id: str
    state: str = "waiting"


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch; ``state`` is preparing, submitted, ended, fetched or abandoned."""

    batch_key: str
    tenant_id: str
    alias: str
    provider: str
    model: str
    provider_batch_id: str  # empty until it was submitted
    state: str
    requests: int
    answered: int
    failed: int
    prepared_at: datetime
    submitted_at: datetime | None
    deadline: datetime
    ended_at: datetime | None
    sweep_cause: str


@dataclass(frozen=True, slots=True)
class FeedbackCount:
    """How often people said yes and no on a day."""

    day: date
    tenant_id: str
    kind: str
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person said of a published assessment, and what it was about.

    ``opinion`` is agree, disagree or unsure. The person's name and words lie in the tenant's folder, under
    ``opinion_id``; ``who`` is a digest of the name.
    """

    opinion_id: str
    tenant: str
    framework_id: str
    requirement_id: str
    opinion: str
    suggested_verdict: str  # what it should be; empty: none was named
    verdict: str  # what was published when this was said, as the four below
    confidence: float  # 0 to 1
    judge: str
    prompt_ref: str
    judgement_key: str
    who: str
    at: datetime
