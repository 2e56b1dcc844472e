"""Killed before or after any step that is written down, a batch is neither lost nor sent twice."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from radar_pipeline.llm.batches.door import BatchDoor
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.llm.fake import Endpoint, Fault, at
from radar_pipeline.storage.operations.batches import Batches
from radar_pipeline.storage.operations.spending import Spending
from radar_pipeline.sweep.batching import fetching
from radar_pipeline.sweep.batching.files import BatchFile
from tests.support.batching import Nights, charged
from tests.support.world import DUTIES
from tests.sweep.conftest import Serve

ALL = len(DUTIES)
SENDING = [
    (BatchFile, "write", 1),
    (Batches, "prepare", 1),
    (Spending, "begin_many", 1),
    (BatchDoor, "create", 1),
    (Batches, "submitted", 1),
]
FETCHING = [
    (Batches, "ended", 1),
    (ModelClient, "keep", 4),
    (Spending, "settle", 4),
    (Batches, "settle_items", 2),
    (Batches, "fetched", 1),
    (BatchFile, "remove", 1),
    (BatchDoor, "forget", 1),
]
STEPS = [(*step, when) for step in [*SENDING, *FETCHING] for when in ("before", "after")]


def named(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


class Killer:
    """Ends the process at the n-th call of a method, before or after it took effect."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: type, name: str, count: int, when: str) -> None:
        self.died = False
        inner: Callable[..., Any] = getattr(owner, name)
        calls = 0

        def killed(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += not self.died
            now = calls == count and not self.died
            self.died = self.died or now
            if now and when == "before":
                raise KeyboardInterrupt
            result = inner(*args, **kwargs)
            if now:
                raise KeyboardInterrupt
            return result

        patch.setattr(owner, name, killed)


def until_killed(night: Nights) -> None:
    night.submit()
    night.server.finish_batches()
    night.tick()


def nothing_is_lost_or_paid_twice(night: Nights) -> None:
    assert night.questions() == 0
    assert Counter(night.asked_in_batches) == Counter(set(night.asked_in_batches))
    assert len(night.asked_in_batches) == ALL and night.asked_live == 0
    assert {call.state for call in night.calls()} <= {"answered", "failed"}
    assert night.cost() == charged(night.server) > 0
    assert list((night.world.home / "tenants" / "acme" / "work" / "batches").iterdir()) == []


@pytest.mark.parametrize(("owner", "name", "count", "when"), STEPS, ids=named)
def test_killed_at_any_step_the_next_tick_goes_on(
    nights: Serve, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, count: int, when: str
) -> None:
    night = nights()
    killer = Killer(monkeypatch, owner, name, count, when)
    with pytest.raises(KeyboardInterrupt):
        until_killed(night)
    assert killer.died
    night.settle()
    nothing_is_lost_or_paid_twice(night)


@pytest.mark.parametrize(
    ("owner", "name", "when"),
    [(Spending, "begin_many", "after"), (BatchDoor, "create", "after"), (Batches, "submitted", "before")],
    ids=named,
)
def test_a_batch_that_bears_no_key_is_known_by_its_results_and_not_sent_again_meanwhile(
    nights: Serve, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, when: str
) -> None:
    night = nights("secondary")
    Killer(monkeypatch, owner, name, 1, when)
    with pytest.raises(KeyboardInterrupt):
        until_killed(night)
    night.settle()
    nothing_is_lost_or_paid_twice(night)


def test_another_programs_batch_of_the_same_size_is_not_ours(nights: Serve) -> None:
    night = nights("secondary", faults=at({1: Fault.SERVER_ERROR}))  # nothing was made, and we can't know
    night.submit()
    assert [record.state for record in night.open()] == ["preparing"]
    foreign = foreign_batch(night)
    night.hours = 0.05
    night.tick()
    assert [record.provider_batch_id for record in night.open()] == [""]  # it may be ours
    night.server.finish_batches()
    night.hours = 0.1
    night.tick()
    [record] = night.open()
    assert record.provider_batch_id not in ("", foreign)
    night.settle()
    assert night.questions() == 0 and len(night.asked_in_batches) == ALL


def foreign_batch(night: Nights) -> str:
    from anthropic import Anthropic

    body = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello."}]}
    requests: Any = [{"custom_id": f"other-{number}", "params": body} for number in range(ALL)]
    client = Anthropic(base_url=night.server.anthropic_url, api_key="any", max_retries=0)
    with client:
        return client.messages.batches.create(requests=requests).id


@pytest.mark.parametrize(
    "fault", [Fault.RATE_LIMIT, Fault.HANG_UP, Fault.HANG_UP_MID_BODY, Fault.SERVER_ERROR]
)
def test_whatever_becomes_of_the_sending_it_is_made_once(nights: Serve, fault: Fault) -> None:
    faults: list[Fault | None] = [None, fault]  # the file goes up, the batch itself meets the fault
    night = nights(faults=faults)
    night.submit()
    assert [record.state for record in night.open()] == ["preparing"]
    night.settle()
    nothing_is_lost_or_paid_twice(night)
    made = [e for e in night.server.books if e.request.endpoint is Endpoint.BATCH_CREATE]
    assert len(made) == (1 if fault is Fault.HANG_UP_MID_BODY else 2)


@pytest.mark.parametrize(
    ("owner", "name", "when"), [(Batches, "prepare", "after"), (Batches, "fetched", "before")]
)
def test_killed_while_the_missing_are_prepared_again_they_are_sent_once(
    nights: Serve, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, when: str
) -> None:
    monkeypatch.setattr(fetching, "MANY", 2)
    night = nights(faults=[None, Fault.BATCH_PARTLY_EXPIRED])
    night.submit()
    night.server.finish_batches()
    Killer(monkeypatch, owner, name, 1, when)
    with pytest.raises(KeyboardInterrupt):
        night.tick()
    night.settle()
    nothing_is_lost_or_paid_twice(night)
