"""What the operations store refuses to a model call."""

from decimal import Decimal

from radar_pipeline.errors import RadarError
from radar_pipeline.storage.operations.records import ALL, EVALUATIONS


class LimitReachedError(RadarError):
    """A plan or a budget leaves no room for the call; ``limit`` is dollars or queries, as ``unit`` says."""

    def __init__(self, *, scope: str, unit: str, period: str, limit: Decimal) -> None:
        whole = {ALL: "all tenants", EVALUATIONS: "all evaluations of prompts"}
        whose = whole.get(scope) or f"tenant {scope or '(shared)'}"
        amount = f"{limit:f} queries" if unit == "queries" else f"${limit:f}"
        where = "its plan's `queries` in plans.yaml" if unit == "queries" else "the budget in models.yaml"
        if scope == EVALUATIONS:
            where = "budgets: evaluations in models.yaml"
        super().__init__(
            f"The limit of {amount} of {whose} for {period} leaves no room for another call.",
            remedy=f"Raise {where}, or wait until the next {'day' if period.count('-') == 2 else 'month'}.",
        )
        self.scope = scope
        self.unit = unit
        self.period = period
        self.limit = limit


class RateUnavailableError(RadarError):
    """A deployment's rate limit does not let the call through in time.

    ``wait_seconds`` is when it would; None: never, the call alone is over a minute's limit.
    """

    def __init__(self, *, alias: str, unit: str, wait_seconds: float | None) -> None:
        if wait_seconds is None:
            message = f"One call needs more {unit} than deployment {alias} may use in a minute."
            remedy = f"Raise its {unit}_per_minute in models.yaml, or send less."
        else:
            message = f"Deployment {alias} has no {unit} left for another {wait_seconds:.1f} seconds."
            remedy = f"Ask later, or raise its {unit}_per_minute in models.yaml."
        super().__init__(message, remedy=remedy)
        self.alias = alias
        self.unit = unit
        self.wait_seconds = wait_seconds
