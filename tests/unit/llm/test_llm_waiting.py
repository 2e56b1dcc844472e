"""Waiting for one's turn under our own limits, and ending early: when nobody listens, or by a kill."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.llm import stopping
from radar_pipeline.llm.call import CacheOutcome, ErrorClass, Feature
from radar_pipeline.llm.errors import ModelCallError, ModelsUnavailableError
from radar_pipeline.llm.fake import FakeServer, Fault, by_schema, when
from radar_pipeline.storage.operations.errors import RateUnavailableError
from tests.support.modelling import KEYS, Models, Time, call

Open = Callable[..., Models]


@dataclass
class Crowded(Time):
    """While one waits for a turn, others take it, so many times."""

    others: int = 0
    turn: Callable[[], Any] = field(default=lambda: None)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.others > 0:
            self.others -= 1
            self.turn()


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """A world of models whose only deployment may be asked once a minute."""
    servers = []
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)

    def make(faults: Any = None, **more: Any) -> Models:
        a_minute = more.pop("a_minute", 1)

        def edit(body: dict[str, Any]) -> None:
            body["deployments"]["primary"]["requests_per_minute"] = a_minute
            body["routes"] = {name: {"full": ["primary"]} for name in ("judge", "ask")}

        servers.append(FakeServer(by_schema, faults))
        return Models(tmp_path / "models", servers[-1], edit, **more)

    yield make
    for server in servers:
        server.close()


def crowded(opened: Open, others: int) -> Models:
    time = Crowded(others=others)
    models = opened(time=time)

    time.turn = lambda: models.operations.rates.acquire("primary", 1, None, 0, 0.0)
    time.turn()
    return models


def test_our_own_rate_is_waited_for_where_no_other_model_is_left(opened: Open) -> None:
    models = crowded(opened, others=5)
    assert models.client.ask(call()).deployment == "primary"
    assert sum(models.time.slept) > 300  # more than a whole call may take otherwise


def test_whoever_sits_and_waits_is_told_within_a_minute(opened: Open) -> None:
    models = crowded(opened, others=5)
    with pytest.raises(ModelsUnavailableError) as refused:
        models.client.ask(call(feature=Feature.ASK))
    assert refused.value.error_class is ErrorClass.RATE_LIMIT and sum(models.time.slept) <= 61


def test_a_tenant_that_may_ask_no_more_takes_nobodys_turn(opened: Open) -> None:
    models = opened(queries={"acme": 0})
    for _ in range(3):
        with pytest.raises(ModelCallError) as refused:
            models.client.ask(call())
        assert refused.value.error_class is ErrorClass.QUOTA
    models.client.ask(call("borealis"))
    assert models.time.slept == []
    with pytest.raises(RateUnavailableError):  # the one turn was still there, and borealis had it
        models.operations.rates.acquire("primary", 1, None, 0, 0.0)


def test_a_tenant_that_may_ask_no_more_does_not_try_a_deployment_that_was_down(opened: Open) -> None:
    models = opened(queries={"acme": 0})
    models.operations.breakers.failure("primary", 1, 10.0)
    models.time.sleep(11)
    with pytest.raises(ModelCallError):
        models.client.ask(call())
    assert models.client.ask(call("borealis")).deployment == "primary"  # the one probe is still to be had


def test_when_nobody_listens_what_is_under_way_ends_and_nothing_new_begins(opened: Open) -> None:
    waiting = threading.Event()

    class Listening(Time):
        def sleep(self, seconds: float) -> None:
            waiting.set()
            stopping.sleep(30)

    models = opened(when(lambda _: True, Fault.SERVER_ERROR), time=Listening(), a_minute=1000)
    with pytest.raises(KeyboardInterrupt), stopping.pool(1, "judge") as pool:
        asked = [pool.submit(models.client.ask, call(text=text)) for text in ("One.", "Two.")]
        assert waiting.wait(30)
        raise KeyboardInterrupt
    assert isinstance(asked[0].exception(), ModelsUnavailableError) and asked[1].cancelled()
    assert len(models.server.books) == 1


def test_a_request_that_begins_as_somebody_stops_is_given_its_time(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = opened(a_minute=1000)
    begun = threading.Event()

    def turn(*_: Any) -> None:
        begun.set()
        stopping.sleep(30)  # until it stops

    monkeypatch.setattr(models.operations.rates, "acquire", turn)
    with pytest.raises(KeyboardInterrupt), stopping.pool(1, "judge") as pool:
        asked = pool.submit(models.client.ask, call())
        assert begun.wait(30)
        raise KeyboardInterrupt
    assert asked.exception() is None
    assert len(models.server.books) == 1


def test_killed_between_the_answer_and_the_books_it_is_not_paid_again(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = opened(a_minute=1000)

    def dies(*_: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(models.operations.spending, "settle", dies)
        with pytest.raises(KeyboardInterrupt):
            models.client.ask(call())
    assert models.another_client().ask(call()).cache is CacheOutcome.HIT
    assert len(models.server.books) == 1
    assert sorted(row.state for row in models.ledger()) == ["cached", "started"]
