"""A world whose nights go through batches: what a tick does, and what the server's and our books say."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from radar_pipeline.judge.llm import LlmJudge
from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.models import Tenant
from radar_pipeline.storage.operations.records import CallRecord
from radar_pipeline.sweep.assess import Desk, unjudged
from radar_pipeline.sweep.batching import polling, submitting
from radar_pipeline.sweep.batching.office import office_of
from radar_pipeline.sweep.batching.polling import Closed, Trouble
from radar_pipeline.sweep.batching.submitting import Submission, submit
from radar_pipeline.sweep.embeddings import RequirementVectors
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.plan import plan
from radar_pipeline.sweep.tenant import desk_of
from tests.support.models import PRICES
from tests.support.world import Swept, World


def routes(*aliases: str) -> dict[str, Any]:
    """Routes that lead to these deployments alone."""
    tiers = {"full": list(aliases), "economy": list(aliases)}
    return {"judge": tiers, "ask": tiers, "evaluate": tiers}


@dataclass
class Nights:
    """Every step in an environment of its own, as by another process; ``hours`` ahead of the true clock."""

    world: World
    server: FakeServer
    hours: float = 0.0
    settings: Any = None

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self.hours)

    @contextmanager
    def opened(self) -> Iterator[Environment]:
        environment = self.change(self.world.environment(**(self.settings or {})))
        try:
            yield environment
        finally:
            environment.operations.close()

    def change(self, environment: Environment) -> Environment:
        environment.operations.batches._clock = self.now
        environment.operations.spending._clock = self.now
        if environment.models is not None:
            environment.models.client._sleep = lambda _: None
        return replace(environment, clock=self.now)

    def submit(self, *slugs: str) -> list[Submission]:
        with self.opened() as environment:
            vectors = RequirementVectors(environment.settings.portfolio, environment.embedder)
            chosen = [t for t in environment.tenants if t.slug in slugs or not slugs]
            return [submit(environment, tenant, vectors) for tenant in chosen]

    def tick(self) -> list[Closed | Trouble]:
        with self.opened() as environment:
            return list(polling.advance(office_of(environment)))

    def sweep(self, *slugs: str) -> Swept:
        return self.world.sweep(*slugs, change=self.change)

    def calls(self, tenant: str | None = None) -> list[CallRecord]:
        with self.opened() as environment:
            day = timedelta(days=3)
            return list(environment.operations.spending.calls(self.now() - day, self.now() + day, tenant))

    def open(self) -> list[Any]:
        with self.opened() as environment:
            return environment.operations.batches.open_batches()

    def cost(self, only: Callable[[CallRecord], bool] = lambda _: True) -> Decimal:
        return sum((call.cost_usd for call in self.calls() if only(call)), Decimal(0))

    def questions(self, slug: str = "acme") -> int:
        """How many requirements a sweep would ask a model about now."""
        with self.opened() as environment:
            [tenant] = [t for t in environment.tenants if t.slug == slug]
            desk = desk_of_now(environment, tenant)
            judge = environment.judge_for(tenant)
            assert isinstance(judge, LlmJudge) and environment.models is not None
            return len(submitting._questions(desk, judge, environment.models.client, ()))

    def settle(self, *slugs: str) -> None:
        """What a night and its ticks do from here on, whoever was killed before."""
        self.submit(*slugs)
        for _ in range(5):
            self.hours += 0.05
            self.tick()
            self.server.finish_batches()
            if not self.open():
                return
        raise AssertionError("a batch stays open")

    @property
    def asked_in_batches(self) -> list[str]:
        """The prompts of all lines that a batch ran, in order."""
        lines = [e.request for e in self.server.books if e.request.batch and e.usage.input_tokens]
        return [re.sub("[0-9a-f]{16}", "", line.text) for line in lines]  # without the boundary

    @property
    def asked_live(self) -> int:
        return sum(1 for e in self.server.books if not e.request.batch and e.usage.input_tokens)


def desk_of_now(environment: Environment, tenant: Tenant) -> Desk:
    """The tenant's documents read and searched, as for a sweep."""
    vectors = RequirementVectors(environment.settings.portfolio, environment.embedder)
    today = plan(environment, tenant, (), environment.today())
    desk = submitting._drained(desk_of(environment, today, vectors, submitting._unrecorded))
    for framework_id in today.due:
        unjudged(desk, framework_id)
    return desk


def price(usage: Usage, *, batch: bool) -> Decimal:
    """What the tokens come to by the prices of the test's models."""
    per_token = {name: Decimal(str(value)) / 1_000_000 for name, value in PRICES.items()}
    plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    total = (
        plain * per_token["input"]
        + usage.cached_tokens * per_token["cached"]
        + usage.cache_write_tokens * per_token["cache_write"]
        + usage.output_tokens * per_token["output"]
    )
    return total / 2 if batch else total


def charged(server: FakeServer) -> Decimal:
    """The server's own count of what reached a client, batches at half price."""
    return price(server.billed(batch=True), batch=True) + price(server.billed(batch=False), batch=False)
