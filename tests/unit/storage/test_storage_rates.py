"""Requests and tokens a minute per deployment, whoever asks, in whichever process."""

import multiprocessing
from datetime import UTC, datetime

import pytest
from pyrate_limiter import Limiter, Rate, RateItem
from pyrate_limiter.abstracts import SlidingWindowLog

from radar_pipeline.storage.migrations.operations.database import Database
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.errors import RateUnavailableError
from radar_pipeline.storage.operations.rate_bucket import WeighedBucket

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_requests_over_the_limit_wait_until_the_minute_has_room(operations, clock):
    began = clock.now
    waited = [operations.rates.acquire("openai-mid", 3, None, 100, 120) for _ in range(3)]
    clock.pass_seconds(20)
    waited += [operations.rates.acquire("openai-mid", 3, None, 100, 120) for _ in range(4)]
    assert waited == [0, 0, 0, pytest.approx(40.001), 0, 0, pytest.approx(60.001)]
    assert (clock.now - began).total_seconds() == pytest.approx(120.002)


def test_tokens_over_the_limit_wait_for_as_many_to_pass(operations, clock):
    for tokens in (300, 500, 200):
        assert operations.rates.acquire("openai-mid", 100, 1000, tokens, 0) == 0
        clock.pass_seconds(10)
    assert operations.rates.acquire("openai-mid", 100, 1000, 100, 60) == pytest.approx(30.001)
    assert operations.rates.acquire("openai-mid", 100, 1000, 200, 60) == 0
    assert operations.rates.acquire("openai-mid", 100, 1000, 500, 60) == pytest.approx(10.0, abs=0.0011)


def test_deployments_and_those_without_limits_do_not_wait(embedded):
    assert embedded.rates.acquire("a", 1, None, 10, 0) == 0
    assert embedded.rates.acquire("b", 1, None, 10, 0) == 0
    assert [embedded.rates.acquire("c", None, None, 10**9, 0) for _ in range(3)] == [0, 0, 0]


def test_what_cannot_be_had_in_time_is_refused_at_once(operations, clock):
    operations.rates.acquire("openai-mid", 1, None, 10, 0)
    began = clock.now
    with pytest.raises(RateUnavailableError, match="openai-mid") as raised:
        operations.rates.acquire("openai-mid", 1, None, 10, 59)
    assert clock.now == began
    assert (raised.value.unit, raised.value.wait_seconds) == ("requests", pytest.approx(60.001))


def test_a_call_larger_than_a_minute_is_never_let_through(embedded):
    with pytest.raises(RateUnavailableError, match="tokens_per_minute") as raised:
        embedded.rates.acquire("openai-mid", 10, 1000, 1001, 10**6)
    assert raised.value.wait_seconds is None


def test_a_call_refused_for_its_tokens_takes_no_request(operations):
    operations.rates.acquire("openai-mid", 2, 1000, 1000, 0)
    for _ in range(3):
        with pytest.raises(RateUnavailableError):
            operations.rates.acquire("openai-mid", 2, 1000, 1, 0)
    assert operations.rates.acquire("openai-mid", 2, None, 1, 0) == 0


def take_all(url: str, start, results) -> None:
    operations, taken = Operations(url, lambda: NOW), 0
    start.wait()
    try:
        while True:
            operations.rates.acquire("openai-mid", 30, None, 1, 0)
            taken += 1
    except RateUnavailableError:
        results.put(taken)
    operations.close()


def test_two_processes_together_get_no_more_than_one(url):
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    racers = [context.Process(target=take_all, args=(url, start, results)) for _ in range(2)]
    for racer in racers:
        racer.start()
    start.set()
    assert sum(results.get(timeout=60) for _ in racers) == 30
    for racer in racers:
        racer.join()


def test_what_is_older_than_a_minute_is_deleted(operations, clock):
    for _ in range(5):
        operations.rates.acquire("openai-mid", 10, 1000, 10, 0)
    clock.pass_seconds(61)
    operations.rates.acquire("openai-mid", 10, 1000, 10, 0)
    database = operations.rates._db
    now_ms = int(clock.now.timestamp() * 1000)
    with database.write() as con:
        for unit, weight in (("requests", 1), ("tokens", 10)):
            bucket = WeighedBucket(con, f"openai-mid/{unit}", [Rate(10, 60_000)])
            assert bucket.count() == weight
            assert (bucket.peek(0).timestamp, bucket.peek(weight)) == (now_ms, None)


def test_the_bucket_does_what_the_librarys_limiter_expects_of_one(tmp_path):
    # The same items into our bucket, one row each, and into the library's policy, one entry per unit.
    units: list[int] = []
    rates = [Rate(10, 1000), Rate(25, 5000)]
    policy = SlidingWindowLog()
    with Database(f"sqlite:///{tmp_path / 'operations.sqlite'}").write() as con:
        bucket = WeighedBucket(con, "openai-mid/tokens", rates)
        for number in range(200):
            now, weight = 10_000 + number * 130, 1 + number * 7 % 9
            counts = [sum(at >= policy.window_start(rate, now) for at in units) for rate in rates]
            newest = units[::-1]
            expected = policy.decide(
                rates, counts, weight, now, lambda n, newest=newest: newest[n] if n < len(newest) else None
            )
            assert bucket.put_decision(RateItem("x", now, weight=weight)) == expected
            units += [now] * weight if expected.allowed else []
        assert bucket.count() == len(units)
        bucket.flush()
        assert bucket.count() == 0
        assert Limiter(bucket).try_acquire("x", weight=10, blocking=False)
        assert not Limiter(bucket).try_acquire("x", weight=1, blocking=False)
