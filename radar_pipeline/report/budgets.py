"""How limits on language models stand: how much is used, what is left, and what to do. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from radar_pipeline.storage.operations.records import ALL, EVALUATIONS, Alert, Limits, Spent

WARN_AT = Decimal("0.8")


class Level(StrEnum):
    """How a limit stands."""

    HOLDS = "holds"
    WARNING = "warning"  # 80% is used
    REACHED = "reached"  # used up, or a call was refused because it might have exceeded it


@dataclass(frozen=True, slots=True)
class Standing:
    """One limit in the period it is about. ``limit`` and the others are dollars or queries, as ``unit`` says.

    ``refused``: a call was refused for it. That may be before all is used: a call must fit in as if it
    were answered at its longest.
    """

    scope: str  # a tenant, EVALUATIONS or ALL
    period: str  # 2026-11 or 2026-11-29
    unit: str  # usd or queries
    used: Decimal
    reserved: Decimal
    limit: Decimal
    refused: bool = False

    @property
    def left(self) -> Decimal:
        """What may still be used, calls under way taken off."""
        return max(self.limit - self.used - self.reserved, Decimal(0))

    @property
    def level(self) -> Level:
        """A limit of nothing of which nothing was wanted holds."""
        if self.refused or (self.used and self.used >= self.limit):
            return Level.REACHED
        return Level.WARNING if self.used and self.used >= WARN_AT * self.limit else Level.HOLDS

    @property
    def says(self) -> str:
        """In words, such as: acme has used 81 of 100 queries in 2026-11."""
        whole = {ALL: "All tenants together have", EVALUATIONS: "Evaluations of prompts have"}
        who = whole.get(self.scope) or f"{self.scope or 'What all share'} has"
        used, limit = (amount(self.unit, value) for value in (self.used, self.limit))
        what = " queries" if self.unit == "queries" else ""
        more = "; calls are refused" if self.refused else ""
        return f"{who} used {used} of {limit}{what} in {self.period}{more}."

    @property
    def remedy(self) -> str:
        """What mends it."""
        where = "queries of the plan in plans.yaml" if self.unit == "queries" else "budgets in models.yaml"
        if self.scope == EVALUATIONS:
            where = "budgets: evaluations in models.yaml"
        until = "day" if self.period.count("-") == 2 else "month"
        return f"Raise {where}, or wait for the next {until} (UTC)."


def amount(unit: str, value: Decimal) -> str:
    """Dollars to the cent, or to where there is anything; queries as they are."""
    if unit == "queries":
        return f"{value:f}"
    if value and value < Decimal("0.01"):
        return f"${value:.6f}"
    return f"${value:.2f}"


def standings(
    scope: str, limits: Limits, month: tuple[str, Spent], day: tuple[str, Spent], noticed: Collection[Alert]
) -> list[Standing]:
    """How the limits of a scope stand, its month's first; ``month`` and ``day`` with what was used in them.

    ``limits`` are those on a tenant's calls; of the scope ALL, those on all tenants count, of EVALUATIONS
    those on all evaluations. ``noticed``: alerts of any scope and period.
    """
    refused = {(a.scope, a.period, a.unit, a.limit) for a in noticed if a.level == Level.REACHED.value}
    queries, per_month, per_day = _most(scope, limits)
    made = []
    for unit, (period, spent), most in (
        ("queries", month, queries),
        ("usd", month, per_month),
        ("usd", day, per_day),
    ):
        if most is not None:
            money = unit == "usd"
            used = spent.usd if money else Decimal(spent.queries)
            reserved = spent.reserved_usd if money else Decimal(spent.reserved_queries)
            hit = (scope, period, unit, most) in refused
            made.append(Standing(scope, period, unit, used, reserved, most, hit))
    return made


def _most(scope: str, limits: Limits) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Queries in a month, dollars in a month and in a day; None is no limit."""
    if scope == ALL:
        return None, limits.all_usd_per_month, limits.all_usd_per_day
    if scope == EVALUATIONS:
        return None, limits.evaluations_usd_per_month, limits.evaluations_usd_per_day
    queries = None if limits.queries_per_month is None else Decimal(limits.queries_per_month)
    return queries, limits.usd_per_month, limits.usd_per_day
