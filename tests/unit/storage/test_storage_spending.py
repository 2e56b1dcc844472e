"""What model calls cost, exactly; and that neither a plan nor a budget is ever overshot or leaks."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from spending_builders import (
    DAY,
    FOREVER,
    MONTH,
    answered,
    assert_counters_are_sums_of_rows,
    attempt,
    failed,
    states,
)

from radar_pipeline.storage.operations.errors import LimitReachedError
from radar_pipeline.storage.operations.records import ALL, Limits, Outcome, Spent

FREE = Limits()
USD = Decimal


def test_an_attempt_is_read_back_as_it_was_made_and_ended(operations, clock):
    began = clock.now
    made = attempt(request_id="request", attempt=2, route_reason="openai-mid: rate_limit", cache="miss")
    call_id = operations.spending.begin(made, FREE, 60)
    clock.pass_seconds(1.5)
    ending = Outcome("answered", USD("0.0012345"), 1200, 80, 1000, 100, 1500, model="gpt-6-luna-2026")
    operations.spending.settle(call_id, ending)
    operations.spending.note_claims(call_id, 7, 2)
    (call,) = operations.spending.calls(*FOREVER)
    assert (call.call_id, call.request_id, call.tenant_id, call.feature) == (
        call_id,
        "request",
        "acme",
        "judge",
    )
    assert (call.alias, call.provider, call.model) == ("openai-small", "openai", "gpt-6-luna-2026")
    assert (call.attempt, call.route_reason, call.cache) == (2, "openai-mid: rate_limit", "miss")
    assert (call.input_tokens, call.output_tokens, call.cached_tokens, call.cache_write_tokens) == (
        1200,
        80,
        1000,
        100,
    )
    assert (call.state, call.latency_ms, call.claims, call.claims_unsupported) == ("answered", 1500, 7, 2)
    assert (call.started_at, call.finished_at) == (began, clock.now)


def test_costs_are_exact_to_a_billionth_of_a_dollar(operations):
    for _ in range(10):
        operations.spending.record(attempt(), answered("0.000000001"))
        operations.spending.record(attempt(), answered("123456.123456789"))
    costs = sorted(call.cost_usd for call in operations.spending.calls(*FOREVER))
    assert costs == [USD("0.000000001")] * 10 + [USD("123456.123456789")] * 10
    assert operations.spending.spent(ALL, MONTH).usd == USD("1234561.2345679")


def test_what_is_reserved_becomes_what_was_used(operations):
    call_id = operations.spending.begin(attempt(), FREE, 60)
    assert operations.spending.spent("acme", MONTH) == Spent(USD(0), 0, USD("0.01"), 1)
    operations.spending.settle(call_id, answered("0.004"))
    for scope in ("acme", ALL):
        for period in (MONTH, DAY):
            assert operations.spending.spent(scope, period) == Spent(USD("0.004"), 1, USD(0), 0)


def test_settling_twice_changes_nothing(operations):
    call_id = operations.spending.begin(attempt(), FREE, 60)
    assert operations.spending.settle(call_id, answered("0.004"))
    for outcome in (answered("0.009"), failed()):
        assert not operations.spending.settle(call_id, outcome)
    assert operations.spending.spent("acme", MONTH) == Spent(USD("0.004"), 1, USD(0), 0)
    assert states(operations) == {"answered": 1}


def test_a_failed_attempt_takes_no_query_but_its_money(operations):
    one = Limits(queries_per_month=1)
    for _ in range(3):
        operations.spending.settle(operations.spending.begin(attempt(), one, 60), failed("0.002"))
    assert operations.spending.spent("acme", MONTH) == Spent(USD("0.006"), 0, USD(0), 0)
    operations.spending.settle(operations.spending.begin(attempt(), one, 60), answered())
    with pytest.raises(LimitReachedError):
        operations.spending.begin(attempt(), one, 60)


def test_a_known_call_id_reserves_nothing_again(operations):
    one = Limits(queries_per_month=1)
    for _ in range(2):
        assert operations.spending.begin(attempt(call_id="batch-1/0"), one, 60) == "batch-1/0"
    assert operations.spending.spent("acme", MONTH).reserved_queries == 1
    operations.spending.settle("batch-1/0", answered())
    operations.spending.begin(attempt(call_id="batch-1/0"), one, 60)
    assert operations.spending.spent("acme", MONTH) == Spent(USD("0.004"), 1, USD(0), 0)


def test_an_answer_from_the_cache_costs_nothing_and_takes_no_query(operations):
    hit = attempt(call_id="hit", cache="hit")
    for _ in range(2):
        operations.spending.record(hit, Outcome("cached"))
    assert states(operations) == {"cached": 1}
    assert operations.spending.spent("acme", MONTH) == Spent(USD(0), 0, USD(0), 0)


# ── Limits ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limits", "scope", "unit", "period"),
    [
        (Limits(queries_per_month=2), "acme", "queries", MONTH),
        (Limits(usd_per_day=USD("0.02")), "acme", "usd", DAY),
        (Limits(usd_per_month=USD("0.02")), "acme", "usd", MONTH),
        (Limits(all_usd_per_day=USD("0.02")), ALL, "usd", DAY),
        (Limits(all_usd_per_month=USD("0.02")), ALL, "usd", MONTH),
    ],
)
def test_the_limit_that_leaves_no_room_is_named(embedded, limits, scope, unit, period):
    for _ in range(2):
        embedded.spending.begin(attempt(), limits, 60)
    with pytest.raises(LimitReachedError, match=period) as raised:
        embedded.spending.begin(attempt(), limits, 60)
    assert (raised.value.scope, raised.value.unit, raised.value.period) == (scope, unit, period)
    assert raised.value.limit == (2 if unit == "queries" else USD("0.02"))
    assert ".yaml" in raised.value.remedy
    assert states(embedded) == {"started": 2}
    assert_counters_are_sums_of_rows(embedded)
    if scope == ALL:
        with pytest.raises(LimitReachedError):
            embedded.spending.begin(attempt(tenant="globex"), limits, 60)
    else:
        embedded.spending.begin(attempt(tenant="globex"), limits, 60)


def test_a_refused_attempt_leaves_nothing_on_the_limits_it_would_have_kept(embedded):
    limits = Limits(queries_per_month=5, usd_per_day=USD("0.005"))
    with pytest.raises(LimitReachedError):
        embedded.spending.begin(attempt(), limits, 60)
    assert embedded.spending.spent("acme", MONTH) == Spent(USD(0), 0, USD(0), 0)


def test_a_new_day_and_a_new_month_have_room_again(embedded, clock):
    clock.now = datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC)
    limits = Limits(queries_per_month=2, usd_per_day=USD("0.01"))
    first = embedded.spending.begin(attempt(), limits, 60)
    with pytest.raises(LimitReachedError, match="2026-11-29"):
        embedded.spending.begin(attempt(), limits, 60)
    clock.pass_seconds(1)
    embedded.spending.begin(attempt(), limits, 10**6)
    embedded.spending.settle(first, answered("0.01"))  # counts for the day it began in
    assert embedded.spending.spent("acme", "2026-11-29").usd == USD("0.01")
    assert embedded.spending.spent("acme", "2026-11-30") == Spent(USD(0), 0, USD("0.01"), 1)
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    embedded.spending.begin(attempt(), limits, 60)


def test_what_costs_nothing_is_not_refused_for_want_of_money(embedded):
    limits = Limits(usd_per_day=USD(0))
    embedded.spending.begin(attempt(reserve_usd=USD(0)), limits, 60)
    with pytest.raises(LimitReachedError):
        embedded.spending.begin(attempt(reserve_usd=USD("0.0000000001")), limits, 60)


def test_of_a_batch_as_many_as_fit_are_reserved(operations):
    limits = Limits(queries_per_month=3)
    operations.spending.begin(attempt(call_id="0"), limits, 60)
    wanted = [attempt(call_id=str(number)) for number in range(5)]
    granted = operations.spending.begin_many(wanted, limits, 60)
    assert [each.call_id for each in granted] == ["0", "1", "2"]
    assert operations.spending.begin_many(wanted, limits, 60) == granted  # killed and run again
    assert operations.spending.spent("acme", MONTH).reserved_queries == 3
    assert operations.spending.begin_many([], limits, 60) == []
    with pytest.raises(ValueError, match="several tenants"):
        operations.spending.begin_many([attempt(), attempt(tenant="globex")], limits, 60)


# ── Kills ─────────────────────────────────────────────────────────────────────────────────────


def test_an_expired_reservation_gives_its_query_back_and_keeps_its_money(operations, clock):
    one = Limits(queries_per_month=1)
    operations.spending.begin(attempt(), one, 60)
    with pytest.raises(LimitReachedError):
        operations.spending.begin(attempt(), one, 60)
    clock.pass_seconds(60)
    operations.spending.begin(attempt(), one, 60)
    assert states(operations) == {"lost": 1, "started": 1}
    assert operations.spending.spent("acme", DAY) == Spent(USD("0.01"), 0, USD("0.01"), 1)
    assert_counters_are_sums_of_rows(operations)


def test_a_late_end_puts_the_truth_in_place_of_what_was_assumed(operations, clock):
    late, never = (operations.spending.begin(attempt(), FREE, 60) for _ in range(2))
    clock.pass_seconds(61)
    assert operations.spending.expire() == 2
    assert operations.spending.expire() == 0
    for _ in range(2):
        operations.spending.settle(late, answered("0.003"))
    assert operations.spending.spent("acme", DAY) == Spent(USD("0.013"), 1, USD(0), 0)
    assert not operations.spending.settle("never begun", answered())
    assert {call.call_id: call.state for call in operations.spending.calls(*FOREVER)} == {
        late: "answered",
        never: "lost",
    }


@pytest.mark.parametrize("seed", range(3))
def test_counters_are_the_sums_of_the_rows_whatever_happens(embedded, clock, seed):
    dice, ids = random.Random(seed), []
    limits = Limits(60, USD("0.3"), USD("0.8"), USD("0.5"), USD("1.2"))
    clock.now = datetime(2026, 11, 29, 22, tzinfo=UTC)
    for _ in range(150):
        made = attempt(tenant=dice.choice(["acme", "globex", ""]), reserve_usd=USD(dice.randrange(9)) / 700)
        cost = f"{dice.random() * 0.01:.12f}"
        what = dice.randrange(8)
        try:
            if what <= 2:
                ids.append(embedded.spending.begin(made, limits, dice.randrange(1, 4000)))
            elif what <= 4 and ids:
                embedded.spending.settle(dice.choice(ids), dice.choice([answered(cost), failed(cost)]))
            elif what == 5:
                granted = embedded.spending.begin_many([made] * dice.randrange(5), limits, 900)
                ids.extend(each.call_id for each in granted)
            elif what == 6:
                embedded.spending.record(made, dice.choice([Outcome("cached"), answered(cost)]))
            else:
                clock.pass_seconds(dice.randrange(2000))
        except LimitReachedError:
            pass
    assert len(states(embedded)) >= 4
    assert_counters_are_sums_of_rows(embedded)


# ── Reading ───────────────────────────────────────────────────────────────────────────────────


def test_calls_come_in_order_page_by_page_and_by_tenant(embedded, clock, monkeypatch):
    monkeypatch.setattr("radar_pipeline.storage.operations.spending.PAGE", 3)
    began = clock.now
    for number in range(14):
        tenant = "acme" if number % 2 else "globex"
        embedded.spending.record(attempt(tenant=tenant, call_id=f"{number:02}"), answered())
        clock.pass_seconds(number % 3)  # several of the same moment
    ids = [call.call_id for call in embedded.spending.calls(*FOREVER)]
    assert ids == sorted(ids)
    assert len(ids) == 14
    assert len(list(embedded.spending.calls(*FOREVER, tenant="acme"))) == 7
    assert [call.call_id for call in embedded.spending.calls(began, began + timedelta(seconds=3))] == ids[:3]


# ── Alerts ────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_is_warned_of_at_four_fifths_once(operations):
    limits = Limits(queries_per_month=10, all_usd_per_day=USD(1))
    for _ in range(7):
        operations.spending.record(attempt(), answered("0.01"))
    assert operations.spending.alerts("acme", limits) == []
    operations.spending.record(attempt(), answered("0.01"))
    (alert,) = operations.spending.alerts("acme", limits)
    assert (alert.scope, alert.period, alert.unit, alert.level) == ("acme", MONTH, "queries", "warning")
    assert (alert.limit, alert.used) == (10, 8)
    assert operations.spending.alerts("acme", limits) == []
    raised = Limits(queries_per_month=9)
    assert [each.limit for each in operations.spending.alerts("acme", raised)] == [9]


def test_a_limit_that_refused_a_call_is_told_once_though_it_is_not_full(operations):
    limits = Limits(all_usd_per_day=USD("0.015"))
    operations.spending.settle(operations.spending.begin(attempt(), limits, 60), answered("0.01"))
    for _ in range(3):
        with pytest.raises(LimitReachedError):
            operations.spending.begin(attempt(), limits, 60)
    (alert,) = operations.spending.alerts("globex", limits)
    assert (alert.scope, alert.period, alert.level) == (ALL, DAY, "reached")
    assert (alert.limit, alert.used) == (USD("0.015"), USD("0.01"))
    assert operations.spending.alerts("acme", limits) == []


def test_a_limit_that_is_full_is_reached(embedded):
    embedded.spending.record(attempt(), answered("5"))
    (alert,) = embedded.spending.alerts("acme", Limits(usd_per_month=USD(5)))
    assert (alert.level, alert.used) == ("reached", 5)


def test_a_look_for_room_reserves_nothing_and_sees_past_what_a_kill_left(operations, clock):
    limits = Limits(queries_per_month=1)
    operations.spending.check(attempt(), limits)
    assert states(operations) == {}
    operations.spending.begin(attempt(), limits, 10)  # by a process that dies
    with pytest.raises(LimitReachedError) as refused:
        operations.spending.check(attempt(), limits)
    assert (refused.value.unit, refused.value.period) == ("queries", MONTH)
    assert [alert.level for alert in operations.spending.noticed([MONTH])] == ["reached"]
    clock.pass_seconds(11)
    operations.spending.check(attempt(), limits)
    assert states(operations) == {"lost": 1}
