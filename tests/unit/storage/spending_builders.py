"""Attempts, outcomes and reckonings that the tests of the model layer's bookkeeping share."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import ALL, Attempt, Outcome, Spent

MONTH, DAY = "2026-11", "2026-11-22"
FOREVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
ATTEMPT = Attempt("acme", "judge", "judge@1.0.0#abc", "openai-small", "openai", "gpt-6-luna", Decimal("0.01"))


def attempt(**given: Any) -> Attempt:
    return replace(ATTEMPT, **given)


def answered(cost: str = "0.004", **given: Any) -> Outcome:
    return Outcome("answered", Decimal(cost), 1200, 80, latency_ms=900, **given)


def failed(cost: str = "0", error_class: str = "timeout") -> Outcome:
    return Outcome("failed", Decimal(cost), error_class=error_class)


def states(operations: Operations) -> dict[str, int]:
    return dict(Counter(call.state for call in operations.spending.calls(*FOREVER)))


def assert_counters_are_sums_of_rows(operations: Operations) -> None:
    calls = list(operations.spending.calls(*FOREVER))
    scopes = {call.tenant_id for call in calls}
    periods = {f"{call.started_at:%Y-%m}" for call in calls} | {
        f"{call.started_at:%Y-%m-%d}" for call in calls
    }
    for scope in (ALL, *scopes):
        for period in periods:
            mine = [
                call
                for call in calls
                if scope in (ALL, call.tenant_id) and call.started_at.isoformat().startswith(period)
            ]
            open_calls = [call for call in mine if call.state == "started"]
            summed = Spent(
                usd=sum((call.cost_usd for call in mine), Decimal(0)),
                queries=sum(call.queries for call in mine if call.state == "answered"),
                reserved_usd=sum((call.reserved_usd for call in open_calls), Decimal(0)),
                reserved_queries=sum(call.queries for call in open_calls),
            )
            assert operations.spending.spent(scope, period) == summed, (scope, period)
