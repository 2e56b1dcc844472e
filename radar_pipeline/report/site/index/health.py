"""How the last sweep went, for a line at the head of the index."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

from radar_pipeline.report.site.index.portfolio import Portfolio

OUTCOMES = {
    "published": "published",
    "unchanged": "unchanged",
    "failed": "failed",
    "skipped": "skipped",
    "never": "never swept",
}


@dataclass(frozen=True, slots=True)
class Health:
    """The last sweep, and how each tenant's last sweep ended."""

    started: datetime | None
    as_of: date | None  # of the newest publication
    outcomes: list[tuple[str, int]]  # (outcome, tenants), in a fixed order, none that is zero
    cost_usd: float  # of what the last sweep judged anew


def health(data: Portfolio) -> Health:
    """Active tenants only. An unchanged night writes no row, so outcomes may be older than today."""
    counts = Counter(o.outcome for o in data.active.values())
    sweeps = [row for row in data.of("sweeps") if row["tenant_id"] in data.active]
    swept = [row["last_sweep_id"] or "" for row in data.of("tenants") if row["tenant_id"] in data.active]
    last = max([*swept, *(row["sweep_id"] for row in sweeps)], default="")
    return Health(
        started=_started(last),
        as_of=max((row["as_of"] for row in sweeps if row["as_of"]), default=None),
        outcomes=[(outcome, counts[outcome]) for outcome in OUTCOMES if counts[outcome]],
        cost_usd=sum(row["cost_usd"] or 0.0 for row in sweeps if row["sweep_id"] == last),
    )


def _started(sweep_id: str) -> datetime | None:
    """When a sweep began, which its id says."""
    with suppress(ValueError):
        return datetime.strptime(sweep_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return None
