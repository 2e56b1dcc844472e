"""Two hundred at once, in threads and processes, and kills: plans and budgets hold, nothing leaks."""

import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from spending_builders import FOREVER, answered, assert_counters_are_sums_of_rows, attempt, states
from storage_builders import run_python

from radar_pipeline.storage.migrations.operations import database
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.errors import LimitReachedError
from radar_pipeline.storage.operations.records import ALL, Limits

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def ask(operations: Operations, limits: Limits, tenant: str) -> bool:
    """One request from its reservation to its end; whether it was let through."""
    try:
        call_id = operations.spending.begin(attempt(tenant=tenant), limits, 600)
    except LimitReachedError:
        return False
    operations.spending.settle(call_id, answered("0.01"))
    return True


def ask_at_once(operations: Operations, limits: Limits, times: int) -> int:
    """How many of so many threads' requests were let through."""
    barrier, granted = threading.Barrier(times), []

    def one(number: int) -> None:
        barrier.wait()
        granted.append(ask(operations, limits, ("acme", "globex")[number % 2]))

    in_parallel(times, one)
    assert len(granted) == times
    return sum(granted)


def in_parallel(times: int, one: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ask_in_a_process(url: str, limits: Limits, times: int, start, results) -> None:
    operations = Operations(url, lambda: NOW)
    start.wait()
    try:
        results.put(ask_at_once(operations, limits, times))
    except BaseException as error:
        results.put(repr(error))
        raise
    finally:
        operations.close()


def ask_in_processes(url: str, limits: Limits, processes: int, times: int) -> int:
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    arguments = (url, limits, times // processes, start, results)
    racers = [context.Process(target=ask_in_a_process, args=arguments) for _ in range(processes)]
    for racer in racers:
        racer.start()
    start.set()
    granted = [results.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join()
    assert all(isinstance(each, int) for each in granted), granted
    return sum(granted)


@pytest.mark.parametrize("processes", [1, 4])
def test_two_hundred_requests_at_once_get_what_the_plans_allow_and_no_more(url, processes):
    limits = Limits(queries_per_month=50)  # of each of two tenants
    assert ask_in_processes(url, limits, processes, 200) == 100
    operations = Operations(url, lambda: NOW)
    assert states(operations) == {"answered": 100}
    assert [operations.spending.spent(who, "2026-11").queries for who in ("acme", "globex", ALL)] == [
        50,
        50,
        100,
    ]
    assert_counters_are_sums_of_rows(operations)
    operations.close()


def test_requests_of_several_tenants_at_once_do_not_overshoot_what_all_may_spend(url):
    limits = Limits(usd_per_month=Decimal("0.3"), all_usd_per_day=Decimal("0.401"))
    assert ask_in_processes(url, limits, 4, 80) == 40
    operations = Operations(url, lambda: NOW)
    assert operations.spending.spent(ALL, "2026-11-29").usd == Decimal("0.4")
    assert_counters_are_sums_of_rows(operations)
    operations.close()


def test_threads_that_open_the_store_at_once_share_its_connections(tmp_path, monkeypatch):
    opened, make = [], database._engine
    monkeypatch.setattr(database, "_engine", lambda url: opened.append(url) or make(url))
    operations = Operations(f"sqlite:///{tmp_path / 'operations.sqlite'}", lambda: NOW)
    assert ask_at_once(operations, Limits(), 8) == 8
    assert len(opened) == 1
    operations.close()


def test_threads_that_settle_the_same_call_count_it_once(operations):
    call_id = operations.spending.begin(attempt(), Limits(), 60)
    done: list[bool] = []
    in_parallel(8, lambda _: done.append(operations.spending.settle(call_id, answered("0.004"))))
    assert sum(done) == 1
    assert operations.spending.spent(ALL, "2026-11").usd == Decimal("0.004")


def test_a_kill_between_begin_and_settle_neither_leaks_nor_overshoots(url):
    killed = """
import os, signal, sys
from datetime import UTC, datetime
from decimal import Decimal
from spending_builders import attempt
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import Limits
operations = Operations(sys.argv[1], lambda: datetime(2026, 11, 29, 12, tzinfo=UTC))
for _ in range(3):
    operations.spending.begin(attempt(), Limits(queries_per_month=5), 60)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run_python(killed, url).returncode == -9
    limits = Limits(queries_per_month=5, usd_per_day=Decimal("0.075"))
    operations = Operations(url, lambda: NOW + timedelta(seconds=59))
    assert sum(ask(operations, limits, "acme") for _ in range(5)) == 2  # the others may yet be answered
    operations.close()
    operations = Operations(url, lambda: NOW + timedelta(seconds=60))
    assert (
        sum(ask(operations, limits, "acme") for _ in range(5)) == 2
    )  # three queries came back, not their money
    assert states(operations) == {"answered": 4, "lost": 3}
    assert operations.spending.spent("acme", "2026-11-29").usd == Decimal("0.07")
    assert sum(call.cost_usd for call in operations.spending.calls(*FOREVER)) == Decimal("0.07")
    assert_counters_are_sums_of_rows(operations)
    operations.close()
