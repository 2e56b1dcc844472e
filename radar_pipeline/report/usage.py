"""What each tenant used in a day: the rows of usage_daily. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from radar_pipeline.storage.ledger import StageRecord
from radar_pipeline.storage.operations.records import CallRecord, Limits

MEGABYTE = 1e6
DOCUMENTS, ASSESSMENTS = "documents", "assessments"  # the stages whose counts are told


def day_rows(
    day: date,
    calls: Iterable[CallRecord],
    stages: Iterable[StageRecord],
    limits_of: Callable[[str], Limits],
) -> list[dict[str, Any]]:
    """One row for each tenant that used something. ``stages`` are those done that day, in their order.

    A sweep counts from when it has assessed: one that fails in its documents again every night used
    nothing new.
    """
    used: dict[str, _Used] = defaultdict(_Used)
    for call in calls:
        used[call.tenant_id].add_call(call)
    done = list(stages)
    assessed = {(s.tenant_id, s.sweep_id) for s in done if s.stage == ASSESSMENTS}
    for stage in done:
        if (stage.tenant_id, stage.sweep_id) in assessed:
            used[stage.tenant_id].add_stage(stage)
    return [
        {"day": day, "tenant_id": tenant, **_limits(limits_of(tenant)), **used[tenant].measures()}
        for tenant in sorted(used)
    ]


@dataclass(slots=True)
class _Used:
    queries: int = 0
    cost: Decimal = Decimal(0)
    documents: int | None = None
    megabytes: float | None = None
    sweeps: set[str] = field(default_factory=set)
    judged: int = 0
    reused: int = 0

    def add_call(self, call: CallRecord) -> None:
        """As the counters of the operations store do: a query counts if it was answered."""
        self.queries += call.queries if call.state == "answered" else 0
        self.cost += call.cost_usd

    def add_stage(self, stage: StageRecord) -> None:
        """Count what a stage says of itself; of documents the last one counts."""
        if stage.stage == DOCUMENTS:
            self.documents = stage.counts.get("documents")
            self.megabytes = stage.counts.get("bytes", 0) / MEGABYTE
        if stage.stage == ASSESSMENTS:
            self.sweeps.add(stage.sweep_id)
            self.judged += stage.counts.get("judged", 0)
            self.reused += stage.counts.get("reused", 0)

    def measures(self) -> dict[str, Any]:
        """The columns that are not limits."""
        return {
            "queries": self.queries,
            "cost_usd": float(self.cost),
            "documents": self.documents,
            "megabytes": self.megabytes,
            "sweeps": len(self.sweeps),
            "judged": self.judged,
            "reused": self.reused,
        }


def _limits(limits: Limits) -> dict[str, Any]:
    money = {
        "usd_per_day": limits.usd_per_day,
        "usd_per_month": limits.usd_per_month,
        "all_usd_per_day": limits.all_usd_per_day,
        "all_usd_per_month": limits.all_usd_per_month,
    }
    dollars = {name: None if most is None else float(most) for name, most in money.items()}
    return {"queries_per_month": limits.queries_per_month, **dollars}
