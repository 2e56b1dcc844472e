"""A world with models.yaml, and a ledger of model calls at chosen moments."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import Attempt, Limits, Outcome
from radar_pipeline.sweep.environment import Environment
from tests.support.world import World

FREELY = Limits()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MODELS = """
providers:
  mine: {kind: openai_compatible, base_url: "http://127.0.0.1:9", key: MINE_API_KEY}
deployments:
  small:
    {provider: mine, model: tiny-1, requests_per_minute: 60, tokens_per_minute: 1000, context_tokens: 8000,
     max_output_tokens: 500, prices: {input: 0.5, output: 2}}
  unpriced:
    {provider: mine, model: tiny-2, requests_per_minute: 60, tokens_per_minute: 1000, context_tokens: 8000,
     max_output_tokens: 500}
routes:
  judge: {economy: [small], full: [small]}
budgets:
  overall: {daily: 10, monthly: 100}
  tenant: {daily: 1, monthly: 50}
"""
PLANS = "plans:\n  free: {queries: 10, models: economy}\n"


def with_models(world: World) -> World:
    """Tenants acme on the plan free and beta on none, and one deployment without a key."""
    (world.data / "models.yaml").write_text(MODELS)
    (world.data / "plans.yaml").write_text(PLANS)
    world.tenant("acme", plan="free")
    world.tenant("beta")
    return world


class Ledger:
    """Writes calls into a world's operations store at the moment ``now``."""

    def __init__(self, world: World, now: datetime = NOON) -> None:
        self.now = now
        self.operations = Operations(world.settings().operations, lambda: self.now)

    def call(
        self, tenant: str, cost: str = "0.01", *, of: int = 1, limits: Limits = FREELY, **given: Any
    ) -> list[str]:
        """``of`` calls that are answered; returns their ids."""
        made = []
        for _ in range(of):
            attempt = Attempt(tenant, "judge", "coverage@1#a", "small", "mine", "tiny-1", Decimal(cost))
            call_id = self.operations.spending.begin(replace(attempt, **given), limits, 60)
            self.operations.spending.settle(
                call_id, Outcome("answered", Decimal(cost), 100, 10, latency_ms=900)
            )
            made.append(call_id)
        return made

    def at(self) -> Callable[[Environment], Environment]:
        """An environment whose clock is the ledger's."""
        return lambda environment: replace(environment, clock=lambda: self.now, operations=self.operations)
