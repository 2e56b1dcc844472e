"""The one door to language models: cache, quota, budget, rate limits, breakers, fallback, repair, ledger.

A room above builds a ``ModelCall`` and gets a ``ModelReply`` or a ``ModelCallError``, whatever happened
underneath. One client serves many threads.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from radar_pipeline.llm import embedding, prices, retrying, stopping, streaming
from radar_pipeline.llm.answers import UnusableAnswerError, checked
from radar_pipeline.llm.attempts import Attempts, Begun, Prepared, model_name
from radar_pipeline.llm.batches.door import BatchDoor
from radar_pipeline.llm.cache import Kept, ResponseCache, ResponseStore, cache_key
from radar_pipeline.llm.call import Answer, CacheOutcome, ErrorClass, Feature, ModelCall, ModelReply, Usage
from radar_pipeline.llm.catalog import BudgetEntry, Catalog, Deployment
from radar_pipeline.llm.embedding import Embedded
from radar_pipeline.llm.providers.base import RawAnswer
from radar_pipeline.llm.providers.opening import Providers
from radar_pipeline.llm.routing import AttemptFailedError, Journey, no_key, too_long
from radar_pipeline.llm.streaming import AnswerStream, Opened
from radar_pipeline.models import Quota
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import Attempt, Limits, Outcome

CALL_FACTOR = 3  # a whole call, all attempts and waits, takes at most so many times llm_seconds
BYTES_PER_TOKEN = 3  # few, so that a prompt is rather taken for too long than sent in vain
CACHED = "cached"
UNLIMITED = Quota("")


class ModelClient:
    """Asks models by use case and tier, along the routes of ``models.yaml``.

    ``quota_of`` gives what a tenant's plan allows of queries and dollars;
    ``store_of`` where a tenant's answers lie (None: they are not kept). ``sleep`` takes seconds;
    ``elapsed`` are seconds on a clock that only goes forward.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        operations: Operations,
        *,
        quota_of: Callable[[str], Quota] = lambda _: UNLIMITED,
        store_of: Callable[[str], ResponseStore | None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = stopping.sleep,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.catalog = catalog
        self.providers = Providers()
        self.batches = BatchDoor(self.providers)
        self._operations = operations
        self._quota_of = quota_of
        self._sleep = sleep
        self._elapsed = elapsed
        self._seconds = settings.llm_seconds
        self._cache = ResponseCache(store_of, settings.cache_days, clock)
        self._attempts = Attempts(
            catalog, operations, self.providers.of, self.limits, settings.llm_seconds, sleep
        )

    # ── Asking ────────────────────────────────────────────────────────────────────────────────

    def ask(self, call: ModelCall[Answer]) -> ModelReply[Answer]:
        """The checked answer of the first deployment of the route that gives one.

        Raises ModelSetupError (a key, a price, a name is wrong), ModelsUnavailableError (every deployment
        failed for a reason that passes) or ModelCallError, each with its ErrorClass.
        """
        journey = self._journey(call)
        kept = self._cache.get(call, journey.route)
        if kept is not None:
            return self._hit(call, kept)
        for deployment in journey.asked():
            try:
                return self._ask(journey, deployment)
            except AttemptFailedError as failed:
                if error := journey.give_up(failed):
                    raise error from None
        raise journey.exhausted()

    def stream(self, call: ModelCall[Answer]) -> AnswerStream[Answer]:
        """The same, as it comes. Another deployment is asked only before the first piece; no repair.

        An answer from the cache comes in one piece. A stream that is left before its end counts as if all
        that was reserved for it had been billed.
        """
        return AnswerStream(self._pieces(call))

    def embed(self, tenant: str, alias: str, texts: Sequence[str], *, query: bool = False) -> Embedded:
        """One vector per text of the deployment ``alias`` and no other: vectors of two models never mix.

        ``query`` if the texts are searched with rather than found. Raises as ``ask`` does.
        """
        deployment = self.catalog.embedder(alias)
        prices.check_priced(deployment)
        provider = self.providers.of(deployment)

        def journey() -> Journey[embedding.NoAnswer]:
            return Journey(embedding.call(tenant), (deployment,), self._elapsed, self._deadline())

        return embedding.embed(self._attempts, provider, deployment, texts, query, journey, self._sleep)

    # ── The cache ─────────────────────────────────────────────────────────────────────────────

    def cached(self, call: ModelCall[Answer]) -> ModelReply[Answer] | None:
        """The kept answer of any deployment of the call's route, with its ledger row (cost zero)."""
        kept = self._cache.get(call, self.catalog.route(call.asks, call.tier))
        return self._hit(call, kept) if kept is not None else None

    def put_answer(self, call: ModelCall[Answer], alias: str, raw: RawAnswer) -> bool:
        """Keep a finished answer that ``alias`` gave elsewhere, such as in a batch.

        False, and nothing is kept, if it is refused, cut off or not of the call's schema.
        """
        deployment = self.catalog.deployments[alias]
        try:
            checked(raw, call.answer)
        except UnusableAnswerError:
            return False
        self._cache.put(call, deployment, raw.text, model_name(raw.model, deployment))
        return True

    def cache_key(self, call: ModelCall[Answer], alias: str = "") -> str:
        """The key of the call's answer by ``alias``; by the route's first deployment if empty."""
        route = self.catalog.route(call.asks, call.tier)
        return cache_key(call, self.catalog.deployments[alias] if alias else route[0])

    def is_answered(self, call: ModelCall[Answer]) -> bool:
        """Whether the cache would answer the call; leaves no row in the ledger."""
        return self._cache.get(call, self.catalog.route(call.asks, call.tier)) is not None

    def usable(self, call: ModelCall[Answer]) -> tuple[Deployment, ...]:
        """The deployments of the route that may be asked now, in order: with key and price, and wide enough.

        Raises ModelSetupError or ModelCallError where there is none.
        """
        journey = self._journey(call)
        return tuple(d for d in journey.route if not journey.obstacle(d))

    def prepare(self, call: ModelCall[Answer], alias: str, *, batch: bool = False) -> Prepared:
        """The body of a request to ``alias``, and the most it can cost."""
        deployment = self.catalog.deployments[alias]
        prices.check_priced(deployment, batch)
        journey = Journey(call, (deployment,), self._elapsed, self._deadline())
        return self._attempts.prepare(journey, deployment, batch)

    def keep(
        self, tenant: str, key: str, alias: str, raw: RawAnswer, answer: type[Answer]
    ) -> ErrorClass | None:
        """Keep an answer of a batch under the cache key that its call had when it was sent.

        Returns what is wrong with one that is refused, cut off or not of the form; it is not kept. Raises
        StoreError: an answer that is paid for must not get lost as one of a live call may.
        """
        try:
            checked(raw, answer)
        except UnusableAnswerError as error:
            return error.error_class
        self._cache.keep(tenant, key, raw.text, model_name(raw.model, self.catalog.deployments[alias]))
        return None

    def limits(self, tenant: str, feature: Feature | None = None) -> Limits:
        """What a tenant may use at most: the smaller of what its plan and the budgets allow. Evaluations have
        a limit of their own besides."""
        budgets = self.catalog.budgets
        plan = self._quota_of(tenant) if tenant else UNLIMITED
        own = self.catalog.budget(tenant) if tenant else BudgetEntry()
        evaluations = budgets.evaluations if feature is Feature.EVALUATE else BudgetEntry()
        return Limits(
            queries_per_month=plan.queries,
            usd_per_day=_smaller(plan.usd_per_day, own.daily),
            usd_per_month=_smaller(plan.usd_per_month, own.monthly),
            all_usd_per_day=budgets.overall.daily,
            all_usd_per_month=budgets.overall.monthly,
            evaluations_usd_per_day=evaluations.daily,
            evaluations_usd_per_month=evaluations.monthly,
        )

    # ── Details ───────────────────────────────────────────────────────────────────────────────

    def _deadline(self) -> float:
        return self._elapsed() + CALL_FACTOR * self._seconds

    def _journey(self, call: ModelCall[Answer]) -> Journey[Answer]:
        """The call before its first attempt; what it can't be asked of is known by then."""
        route = self.catalog.route(call.asks, call.tier)
        able = self.catalog.available(call.asks, call.tier)
        if not able:
            raise no_key(route)
        for deployment in able:
            prices.check_priced(deployment)
        size = sum(len(m.text.encode("utf-8", "surrogatepass")) for m in call.messages) // BYTES_PER_TOKEN
        if all(size > d.context_tokens for d in able):
            raise too_long(able, size)
        unable = {d.alias: "too long" for d in able if size > d.context_tokens}
        unable |= {d.alias: "no key" for d in route if d not in able}
        cache = CacheOutcome.MISS if self._cache.is_on(call.tenant) else CacheOutcome.OFF
        return Journey(call, route, self._elapsed, self._deadline(), unable, cache=cache)

    def _ask(self, journey: Journey[Answer], deployment: Deployment) -> ModelReply[Answer]:
        try:
            return retrying.run(self._complete, journey, deployment, self._sleep)
        except AttemptFailedError as failed:
            if not journey.may_repair(failed):
                raise
            journey.repairing(failed)
            return retrying.run(self._complete, journey, deployment, self._sleep)

    def _complete(self, journey: Journey[Answer], deployment: Deployment) -> ModelReply[Answer]:
        prepared = self._attempts.prepare(journey, deployment)
        with self._attempts.turn(journey, prepared) as begun:
            try:
                raw = self._attempts.complete(begun)
            except Exception as error:
                raise self._attempts.fail(journey, begun, error) from None
            value = self._attempts.accept(journey, begun, raw, partial(self._keep, journey.call))
        return self._reply(journey, begun, raw, value)

    def _keep(self, call: ModelCall[Answer], deployment: Deployment, raw: RawAnswer) -> None:
        self._cache.put(call, deployment, raw.text, model_name(raw.model, deployment))

    def _reply(
        self, journey: Journey[Answer], begun: Begun, raw: RawAnswer, value: Answer
    ) -> ModelReply[Answer]:
        deployment = begun.prepared.deployment
        model = model_name(raw.model, deployment)
        return ModelReply(
            value,
            deployment.alias,
            f"{deployment.provider.name}/{model}",
            begun.call_id,
            journey.usage,
            journey.cost,
            journey.cache,
            journey.route_reason,
            repaired=bool(journey.repair),
            latency_ms=1000 * (CALL_FACTOR * self._seconds - (journey.deadline - self._elapsed())),
            simulated=raw.simulated,
        )

    def _hit(self, call: ModelCall[Answer], kept: Kept[Answer]) -> ModelReply[Answer]:
        deployment = kept.deployment
        attempt = Attempt(
            tenant=call.tenant,
            feature=call.feature.value,
            prompt_ref=call.prompt_ref,
            alias=deployment.alias,
            provider=deployment.provider.name,
            model=kept.model,
            queries=0,
            route_reason=CACHED,
            cache=CacheOutcome.HIT.value,
        )
        call_id = self._operations.spending.record(attempt, Outcome("cached", latency_ms=0))
        model = f"{deployment.provider.name}/{kept.model}"
        return ModelReply(
            kept.value, deployment.alias, model, call_id, Usage(), Decimal(0), CacheOutcome.HIT, CACHED
        )

    def _pieces(self, call: ModelCall[Answer]) -> Iterator[str | ModelReply[Answer]]:
        journey = self._journey(call)
        kept = self._cache.get(call, journey.route)
        if kept is not None:
            yield kept.text
            yield self._hit(call, kept)
            return
        for deployment in journey.asked():
            try:
                opened = retrying.run(self._open, journey, deployment, self._sleep)
            except AttemptFailedError as failed:
                if error := journey.give_up(failed):
                    raise error from None
                continue
            raw, value = yield from streaming.rest(
                self._attempts, journey, opened, partial(self._keep, journey.call)
            )
            yield self._reply(journey, opened.begun, raw, value)
            return
        raise journey.exhausted()

    def _open(self, journey: Journey[Answer], deployment: Deployment) -> Opened:
        return streaming.opened(self._attempts, journey, deployment)


def _smaller(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Of two limits the one that binds; None is no limit."""
    return min((limit for limit in (one, other) if limit is not None), default=None)
