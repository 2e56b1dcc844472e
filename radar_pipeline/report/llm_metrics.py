"""How language models did, by day: the rows of llm_metrics_daily, llm_rollups_daily and llm_errors_daily.

Pure: from the ledger's calls and what people said, whatever their order, always the same rows. Rates are
None where there is nothing to divide by. Percentiles are those of the raw durations, with linear
interpolation (R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996, type 7).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from radar_pipeline.llm.call import CacheOutcome, Feature
from radar_pipeline.storage.metrics_schema import LLM_ERRORS, LLM_METRICS, LLM_ROLLUPS, WHOLE
from radar_pipeline.storage.operations.records import CallRecord, FeedbackCount

Rows = list[dict[str, Any]]

PERCENTILES = (50, 95, 99)
_HITS = (CacheOutcome.HIT, CacheOutcome.SEMANTIC_HIT)
# What people judge is told of the feature that made it.
_FEATURE_OF = {"answer": Feature.ASK.value, "assessment": Feature.JUDGE.value}
# The wholes that are told of, and which of the four dimensions each keeps apart.
_DIMENSIONS = ("tenant_id", "feature", "prompt_ref", "alias")
_LEVELS: dict[str, tuple[str, ...]] = {
    "day": (),
    "tenant": ("tenant_id",),
    "feature": ("feature",),
    "tenant_feature": ("tenant_id", "feature"),
    "prompt": ("feature", "prompt_ref"),
    "deployment": ("alias",),
}
_SPOKEN_OF = ("day", "tenant", "feature", "tenant_feature")  # feedback names no prompt and no deployment

Key = tuple[str, ...]


def day_rows(day: date, calls: Iterable[CallRecord], feedback: Iterable[FeedbackCount]) -> dict[str, Rows]:
    """One day's rows by table, in the order of their keys. ``calls`` and ``feedback`` are the day's."""
    details: dict[Key, _Sums] = defaultdict(_Sums)
    wholes: dict[Key, _Sums] = defaultdict(_Sums)
    errors: Counter[Key] = Counter()
    for call in calls:
        key = _detail(call)
        details[key].add(call)
        for level in _LEVELS:
            wholes[_whole(level, call.tenant_id, call.feature, call.prompt_ref, call.alias)].add(call)
        if call.state == "failed":
            errors[*key, call.error_class] += 1
    said = _said(feedback)
    for key in said:
        wholes[key]  # people may speak of an answer on a day without calls
    return {
        LLM_METRICS.name: [_detail_row(day, key, sums, said) for key, sums in sorted(details.items())],
        LLM_ROLLUPS.name: [_whole_row(day, key, sums, said) for key, sums in sorted(wholes.items())],
        LLM_ERRORS.name: [
            dict(zip(LLM_ERRORS.key, (day, *key), strict=True)) | {"attempts": count}
            for key, count in sorted(errors.items())
        ],
    }


def day_of(moment: datetime) -> date:
    """The day (UTC) to which a moment belongs."""
    return moment.astimezone(UTC).date()


def rate(part: float, whole: float) -> float | None:
    """A share, None of nothing."""
    return part / whole if whole else None


def percentiles(values: list[int]) -> list[float | None]:
    """The percentiles of raw values, None of none."""
    if not values:
        return [None for _ in PERCENTILES]
    import numpy as np

    return [float(found) for found in np.percentile(values, PERCENTILES, method="linear")]


# ── What calls add up to ──────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Sums:
    states: Counter[str] = field(default_factory=Counter)
    requests: set[str] = field(default_factory=set)
    looked_up: set[str] = field(default_factory=set)  # requests
    hits: Counter[str] = field(default_factory=Counter)
    minutes: Counter[int] = field(default_factory=Counter)
    latencies: list[int] = field(default_factory=list)
    batch: int = 0
    cost: Decimal = Decimal(0)
    tokens: Counter[str] = field(default_factory=Counter)
    claims: int = 0
    unsupported: int = 0

    def add(self, call: CallRecord) -> None:
        """Count one row of the ledger."""
        self.states[call.state] += 1
        self.requests.add(call.request_id)
        self.cost += call.cost_usd
        for name in ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens"):
            self.tokens[name] += getattr(call, name)
        self.claims += call.claims or 0
        self.unsupported += call.claims_unsupported or 0
        if call.cache != CacheOutcome.OFF:
            self.looked_up.add(call.request_id)
        if call.state == "cached":
            self.hits[call.cache] += 1
        elif call.batch_id:
            self.batch += 1
        else:
            self._add_live(call)

    def _add_live(self, call: CallRecord) -> None:
        self.minutes[int(call.started_at.timestamp()) // 60] += 1
        if call.latency_ms is not None and call.state in ("answered", "failed"):
            self.latencies.append(call.latency_ms)

    def measures(self) -> dict[str, Any]:
        """The columns that both tables have."""
        live, states = self.minutes.total(), self.states
        exact, semantic = (self.hits[outcome.value] for outcome in _HITS)
        p50, p95, p99 = percentiles(self.latencies)
        return {
            "requests": len(self.requests),
            "attempts": live + self.batch,
            **{name: states[name] for name in ("answered", "failed", "lost", "cached")},
            "unsettled": states["started"],
            "error_rate": rate(states["failed"], states["answered"] + states["failed"]),
            "live_attempts": live,
            "batch_attempts": self.batch,
            "peak_per_minute": max(self.minutes.values(), default=None),
            "mean_per_minute": rate(live, len(self.minutes)),
            "latencies": len(self.latencies),
            "latency_p50_ms": p50,
            "latency_p95_ms": p95,
            "latency_p99_ms": p99,
            "cost_usd": float(self.cost),
            **{name: self.tokens[name] for name in ("input_tokens", "output_tokens")},
            **{name: self.tokens[name] for name in ("cached_tokens", "cache_write_tokens")},
            "cache_lookups": len(self.looked_up),
            "exact_hits": exact,
            "semantic_hits": semantic,
            "exact_hit_rate": rate(exact, len(self.looked_up)),
            "semantic_hit_rate": rate(semantic, len(self.looked_up)),
            "claims": self.claims,
            "claims_unsupported": self.unsupported,
            "unsupported_claim_rate": rate(self.unsupported, self.claims),
        }


def _detail(call: CallRecord) -> Key:
    return (call.tenant_id, call.feature, call.prompt_ref, call.alias, call.provider, call.model)


def _whole(level: str, *values: str) -> Key:
    """The key of the whole that a call, or what people said, belongs to at a level."""
    kept = _LEVELS[level]
    return level, *(v if name in kept else WHOLE for name, v in zip(_DIMENSIONS, values, strict=True))


# ── What people said ──────────────────────────────────────────────────────────────────────────

Said = Mapping[Key, tuple[int, int]]  # yes and no, by whole


def _said(feedback: Iterable[FeedbackCount]) -> Said:
    up: Counter[Key] = Counter()
    down: Counter[Key] = Counter()
    for count in feedback:
        for level in _SPOKEN_OF:
            key = _whole(level, count.tenant_id, _FEATURE_OF[count.kind], "", "")
            up[key] += count.up
            down[key] += count.down
    return {key: (up[key], down[key]) for key in up}


def _detail_row(day: date, key: Key, sums: _Sums, said: Said) -> dict[str, Any]:
    up, down = said.get(_whole("tenant_feature", key[0], key[1], "", ""), (0, 0))
    named = dict(zip(LLM_METRICS.key, (day, *key), strict=True))
    return named | sums.measures() | {"satisfaction": rate(up, up + down)}


def _whole_row(day: date, key: Key, sums: _Sums, said: Said) -> dict[str, Any]:
    up, down = said.get(key, (0, 0))
    told = key[0] in _SPOKEN_OF
    counts = {"feedback_up": up if told else None, "feedback_down": down if told else None}
    named = dict(zip(LLM_ROLLUPS.key, (day, *key), strict=True))
    return named | sums.measures() | counts | {"satisfaction": rate(up, up + down)}
