"""What a tenant's page says when a plan or a budget kept requirements from being assessed."""

from collections import Counter
from dataclasses import dataclass

from radar_pipeline.models import Reason
from radar_pipeline.report.site.tables import Arranged

_WHY = {
    Reason.QUOTA.value: (
        "The queries to language models that its plan allows in a month are used up.",
        "The first sweep of the next month (UTC) assesses them. Sooner: raise `queries` of the plan in "
        "plans.yaml, or give the tenant another plan in tenants.yaml, and sweep again.",
    ),
    Reason.BUDGET.value: (
        "The money set aside for language models is used up.",
        "A sweep in the next period of the limit assesses them. Sooner: raise `budgets` in models.yaml, and "
        "sweep again; `radar usage` shows which limit it is.",
    ),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Requirements that wait for one limit."""

    count: int
    why: str
    remedy: str


def held_by_limits(data: Arranged) -> list[Held]:
    """Of the current assessments of all frameworks; empty where every limit left room."""
    waiting = Counter(
        row["reason"]
        for row in data.of("assessments")
        if row["reason"] in _WHY and row["applicability"] != "not_applicable"
    )
    return [Held(waiting[reason], *words) for reason, words in _WHY.items() if waiting[reason]]
