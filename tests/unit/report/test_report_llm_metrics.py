"""The daily numbers of model calls: equal to what one works out by hand from the ledger's rows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from radar_pipeline.report import llm_metrics, usage
from radar_pipeline.storage.ledger import StageRecord
from radar_pipeline.storage.operations.records import CallRecord, FeedbackCount, Limits

DAY = date(2026, 11, 22)
MORNING = datetime(2026, 11, 22, 2, 0, 30, tzinfo=UTC)
JUDGE = {"tenant_id": "acme", "feature": "judge", "prompt_ref": "coverage@1.0.0#abc"}
SMALL = {"alias": "openai-small", "provider": "openai", "model": "gpt-6-luna"}


def call(number: int, state: str = "answered", **given: Any) -> CallRecord:
    values: dict[str, Any] = {
        **JUDGE,
        **SMALL,
        "call_id": f"c{number}",
        "request_id": f"r{number}",
        "attempt": 1,
        "route_reason": "primary",
        "cache": "miss",
        "batch_id": "",
        "state": state,
        "error_class": "timeout" if state == "failed" else "",
        "input_tokens": 1000,
        "output_tokens": 100,
        "cached_tokens": 400,
        "cache_write_tokens": 50,
        "cost_usd": Decimal("0.0015"),
        "reserved_usd": Decimal(0),
        "queries": 1,
        "latency_ms": None,
        "claims": None,
        "claims_unsupported": None,
        "started_at": MORNING,
        "finished_at": MORNING,
        "expires_at": None,
    }
    return CallRecord(**values | given)


def details(*calls: CallRecord, feedback: tuple[FeedbackCount, ...] = ()) -> list[dict[str, Any]]:
    return llm_metrics.day_rows(DAY, calls, feedback)["llm_metrics_daily"]


def whole(level: str, *calls: CallRecord, feedback: tuple[FeedbackCount, ...] = ()) -> list[dict[str, Any]]:
    rows = llm_metrics.day_rows(DAY, calls, feedback)["llm_rollups_daily"]
    return [row for row in rows if row["level"] == level]


def later(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


NIGHT = (
    call(1, latency_ms=800),
    call(2, latency_ms=1200, started_at=later(0.2), claims=10, claims_unsupported=1),
    # One question of three attempts: two fail, the third is answered.
    call(3, "failed", latency_ms=5000, started_at=later(5), cost_usd=Decimal(0), output_tokens=0),
    call(4, "failed", request_id="r3", attempt=2, started_at=later(5.1), error_class="rate_limit"),
    call(5, request_id="r3", attempt=3, latency_ms=2000, started_at=later(5.2)),
    call(6, "lost", cache="off", started_at=later(9), cost_usd=Decimal("0.02")),
    call(7, "started", started_at=later(9)),
    call(8, batch_id="b1", cost_usd=Decimal("0.00075"), claims=6, claims_unsupported=3),
    call(9, "cached", cache="hit", latency_ms=0, cost_usd=Decimal(0), input_tokens=0, output_tokens=0),
    call(10, "cached", cache="semantic_hit", latency_ms=0, cost_usd=Decimal(0), input_tokens=0),
)


def test_a_nights_numbers_are_those_worked_out_by_hand() -> None:
    [row] = details(*NIGHT, feedback=(FeedbackCount(DAY, "acme", "assessment", up=3, down=1),))
    assert {name: row[name] for name in ("day", "tenant_id", "feature", "alias", "model")} == {
        "day": DAY,
        "tenant_id": "acme",
        "feature": "judge",
        "alias": "openai-small",
        "model": "gpt-6-luna",
    }
    counts = ("requests", "attempts", "answered", "failed", "lost", "unsettled", "cached")
    assert [row[name] for name in counts] == [8, 8, 4, 2, 1, 1, 2]
    assert (row["live_attempts"], row["batch_attempts"]) == (7, 1)
    assert row["error_rate"] == pytest.approx(2 / 6)
    # Minutes 2:00 (two), 2:05 (three), 2:09 (two; 2:00:30 and 9 minutes).
    assert (row["peak_per_minute"], row["mean_per_minute"]) == (3, pytest.approx(7 / 3))
    assert row["cost_usd"] == pytest.approx(0.0015 * 5 + 0.02 + 0.00075)
    assert (row["input_tokens"], row["output_tokens"]) == (8000, 800)
    assert (row["cached_tokens"], row["cache_write_tokens"]) == (4000, 500)
    # Asked: r1, r2, r3 once, r7, r8, r9, r10; r6 without the cache.
    assert (row["cache_lookups"], row["exact_hits"], row["semantic_hits"]) == (7, 1, 1)
    assert row["exact_hit_rate"] == row["semantic_hit_rate"] == pytest.approx(1 / 7)
    assert (row["claims"], row["claims_unsupported"], row["unsupported_claim_rate"]) == (16, 4, 0.25)
    assert row["satisfaction"] == 0.75


def test_latency_is_of_live_calls_alone_neither_from_the_cache_nor_in_a_batch() -> None:
    slow = call(11, batch_id="b1", latency_ms=3_600_000)
    [row] = details(*NIGHT, slow)
    assert row["latencies"] == 4  # 800, 1200, 2000, 5000
    assert row["latency_p50_ms"] == 1600.0
    assert row["latency_p95_ms"] == pytest.approx(2000 + 0.85 * 3000)
    assert row["latency_p99_ms"] == pytest.approx(2000 + 0.97 * 3000)


def test_percentiles_are_those_that_the_database_gives_of_the_raw_rows() -> None:
    values = [7, 13, 13, 40, 41, 90, 250, 251, 1300]
    listed = ", ".join(f"({value})" for value in values)
    [asked] = duckdb.sql(
        f"SELECT quantile_cont(v, [0.5, 0.95, 0.99]) FROM (VALUES {listed}) AS t(v)"
    ).fetchone() or [None]
    assert llm_metrics.percentiles(values) == pytest.approx(asked)


def test_what_there_is_nothing_of_is_unknown_and_not_zero() -> None:
    [row] = details(call(1, "lost", cache="off"))
    unknown = (
        *("error_rate", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "exact_hit_rate"),
        *("semantic_hit_rate", "unsupported_claim_rate", "satisfaction"),
    )
    assert {name: row[name] for name in unknown} == dict.fromkeys(unknown)
    [batch] = details(call(1, batch_id="b"))
    assert batch["peak_per_minute"] is None and batch["mean_per_minute"] is None
    [clean] = details(call(1, claims=4, claims_unsupported=0, latency_ms=1))
    assert (clean["unsupported_claim_rate"], clean["error_rate"], clean["exact_hit_rate"]) == (0, 0, 0)


def test_errors_are_counted_by_kind() -> None:
    found = llm_metrics.day_rows(DAY, NIGHT, ())["llm_errors_daily"]
    assert [(row["error_class"], row["attempts"]) for row in found] == [("rate_limit", 1), ("timeout", 1)]


def test_percentiles_and_peaks_of_a_whole_come_from_its_calls_and_not_from_its_rows() -> None:
    beta = {"tenant_id": "beta", "alias": "anthropic-small"}
    calls = (*(call(n, latency_ms=100) for n in range(9)), call(20, latency_ms=9000, **beta))
    [day] = whole("day", *calls)
    assert (day["tenant_id"], day["feature"], day["alias"]) == ("*", "*", "*")
    assert (day["attempts"], day["latency_p50_ms"], day["peak_per_minute"]) == (10, 100.0, 10)
    assert [(r["tenant_id"], r["latency_p50_ms"]) for r in whole("tenant", *calls)] == [
        ("acme", 100.0),
        ("beta", 9000.0),
    ]
    assert [(r["alias"], r["attempts"]) for r in whole("deployment", *calls)] == [
        ("anthropic-small", 1),
        ("openai-small", 9),
    ]


def test_a_question_that_two_deployments_were_asked_is_one_question() -> None:
    second = call(2, request_id="r1", alias="anthropic-small", provider="anthropic")
    calls = (call(1, "failed"), second)
    assert [row["requests"] for row in details(*calls)] == [1, 1]
    [day] = whole("day", *calls)
    assert (day["requests"], day["cache_lookups"], day["attempts"]) == (1, 1, 2)


def test_feedback_belongs_to_the_feature_that_made_what_it_is_about() -> None:
    said = (
        FeedbackCount(DAY, "acme", "answer", up=1, down=3),
        FeedbackCount(DAY, "beta", "assessment", up=2, down=0),
    )
    assert details(call(1), feedback=said)[0]["satisfaction"] is None  # acme spoke of answers alone
    found = {
        (r["tenant_id"], r["feature"]): r["satisfaction"] for r in whole("tenant_feature", feedback=said)
    }
    assert found == {("acme", "ask"): 0.25, ("beta", "judge"): 1.0}
    [day] = whole("day", feedback=said)
    assert (day["feedback_up"], day["feedback_down"], day["satisfaction"]) == (3, 3, 0.5)
    assert day["attempts"] == 0 and day["latency_p50_ms"] is None
    [prompt] = whole("prompt", call(1), feedback=said)
    assert prompt["feedback_up"] is None and prompt["satisfaction"] is None


def test_the_order_of_the_calls_changes_nothing() -> None:
    assert llm_metrics.day_rows(DAY, NIGHT, ()) == llm_metrics.day_rows(DAY, NIGHT[::-1], ())


# ── Usage ─────────────────────────────────────────────────────────────────────────────────────


def stage(name: str, sweep: str, tenant: str = "acme", **counts: Any) -> StageRecord:
    return StageRecord(sweep, tenant, name, "done", "", counts, "", MORNING, MORNING)


def used(*calls: CallRecord, stages: tuple[StageRecord, ...] = ()) -> dict[str, dict[str, Any]]:
    limits = Limits(100, Decimal("0.5"), Decimal(5), None, Decimal(50))
    return {row["tenant_id"]: row for row in usage.day_rows(DAY, calls, stages, lambda _: limits)}


def test_usage_counts_answers_for_the_plan_and_every_dollar() -> None:
    row = used(*NIGHT)["acme"]
    assert row["queries"] == 4  # answered; not failed, lost or from the cache
    assert row["cost_usd"] == pytest.approx(0.02825)
    assert (row["queries_per_month"], row["usd_per_day"], row["all_usd_per_day"]) == (100, 0.5, None)
    assert row["documents"] is None and row["sweeps"] == 0


def test_usage_tells_of_sweeps_that_assessed_and_of_the_last_ones_documents() -> None:
    done = (
        stage("documents", "s1", documents=3, bytes=1_000_000),
        stage("assessments", "s1", judged=7, reused=0),
        stage("documents", "s2", documents=4, bytes=2_500_000),
        stage("assessments", "s2", judged=1, reused=6),
        stage("documents", "s3", "beta", documents=9, bytes=1),  # it failed after that, as every night
    )
    found = used(stages=done)
    assert list(found) == ["acme"]
    row = found["acme"]
    assert (row["documents"], row["megabytes"], row["sweeps"]) == (4, 2.5, 2)
    assert (row["judged"], row["reused"], row["queries"]) == (8, 6, 0)
