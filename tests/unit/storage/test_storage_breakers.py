"""A deployment that keeps failing is left alone by all processes, and tried again by one."""

import threading

import pytest

from radar_pipeline.storage.operations import Operations


def open_circuit(operations: Operations, alias: str = "openai-mid") -> None:
    for _ in range(3):
        operations.breakers.failure(alias, threshold=3, cooldown_seconds=60)


def test_a_circuit_opens_after_so_many_failures_in_a_row(operations):
    assert operations.breakers.allow("openai-mid")
    for _ in range(2):
        operations.breakers.failure("openai-mid", 3, 60)
    operations.breakers.success("openai-mid")
    for _ in range(2):
        operations.breakers.failure("openai-mid", 3, 60)
    assert operations.breakers.allow("openai-mid")
    operations.breakers.failure("openai-mid", 3, 60)
    assert not operations.breakers.allow("openai-mid")
    assert operations.breakers.allow("anthropic-mid")
    (state,) = operations.breakers.states()
    assert (state.alias, state.state, state.failures) == ("openai-mid", "open", 3)


def test_after_the_cool_down_one_of_all_tries_it(url, clock, operations):
    open_circuit(operations)
    clock.pass_seconds(59.9)
    assert not operations.breakers.allow("openai-mid")
    clock.pass_seconds(0.1)
    stores = [Operations(url, clock) for _ in range(4)]  # as four processes have them
    barrier, allowed = threading.Barrier(8), []

    def probe(number: int) -> None:
        barrier.wait()
        allowed.append(stores[number % 4].breakers.allow("openai-mid"))

    threads = [threading.Thread(target=probe, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert sorted(allowed) == [False] * 7 + [True]
    assert operations.breakers.states()[0].state == "half_open"


def test_a_probe_that_answers_closes_it_and_one_that_fails_opens_it_again(operations, clock):
    open_circuit(operations)
    clock.pass_seconds(60)
    assert operations.breakers.allow("openai-mid")
    operations.breakers.failure("openai-mid", 3, 60)
    assert not operations.breakers.allow("openai-mid")
    clock.pass_seconds(60)
    assert operations.breakers.allow("openai-mid")
    operations.breakers.success("openai-mid")
    assert operations.breakers.allow("openai-mid")
    assert operations.breakers.allow("openai-mid")
    assert operations.breakers.states()[0].state == "closed"


def test_a_probe_that_was_killed_is_given_to_somebody_else(embedded, clock):
    open_circuit(embedded)
    clock.pass_seconds(60)
    assert embedded.breakers.allow("openai-mid", probe_seconds=30)
    clock.pass_seconds(29)
    assert not embedded.breakers.allow("openai-mid")
    clock.pass_seconds(1)
    assert embedded.breakers.allow("openai-mid")


def test_failures_of_calls_begun_before_it_opened_do_not_keep_it_open(embedded, clock):
    open_circuit(embedded)
    clock.pass_seconds(50)
    embedded.breakers.failure("openai-mid", 3, 60)
    clock.pass_seconds(10)
    assert embedded.breakers.allow("openai-mid")


@pytest.mark.parametrize("times", [20])
def test_failures_that_come_at_once_are_all_counted(operations, times):
    barrier = threading.Barrier(times)

    def fail() -> None:
        barrier.wait()
        operations.breakers.failure("openai-mid", 100, 60)

    threads = [threading.Thread(target=fail) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert operations.breakers.states()[0].failures == times
