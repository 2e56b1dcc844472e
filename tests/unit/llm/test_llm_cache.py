"""The same question is paid for once, by nobody else, and a broken cache breaks nothing."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from radar_pipeline.llm.call import CacheOutcome, Usage
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.fake import FakeServer, Fault
from radar_pipeline.llm.providers.base import RawAnswer, Stop
from radar_pipeline.storage.tenant_store import TenantStore
from tests.support.modelling import ANSWER, KEYS, NOW, Models, Verdict, call

GOOD = json.dumps(ANSWER)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda _: GOOD) as made:
        yield made


@pytest.fixture
def models(tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Models:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    return Models(tmp_path, server)


def test_the_same_question_costs_nothing_the_second_time(models: Models, server: FakeServer) -> None:
    first = models.client.ask(call())
    again = models.another_client().ask(call())
    assert len(server.books) == 1
    assert (again.value, again.model, again.deployment) == (first.value, first.model, "primary")
    assert (again.cost_usd, again.usage, again.cache) == (0, Usage(), CacheOutcome.HIT)
    assert again.call_id != first.call_id
    hit = next(row for row in models.ledger() if row.call_id == again.call_id)
    assert (hit.state, hit.cache, hit.cost_usd, hit.queries) == ("cached", "hit", 0, 0)
    assert models.operations.spending.spent("acme", "2026-11").queries == 1


class Other(BaseModel):
    verdict: str
    quotes: list[str]


@pytest.mark.parametrize(
    "change",
    [
        {"tenant": "globex"},
        {"prompt_ref": "judge@1.0.0#other"},
        {"corpus_version": "2"},
        {"parameters": {"reasoning_effort": "high"}},
        {"text": "Backups are not tested."},
        {"answer": Other},
    ],
)
def test_what_an_answer_depends_on_is_part_of_its_key(
    models: Models, server: FakeServer, change: dict[str, Any]
) -> None:
    models.client.ask(call())
    assert models.client.ask(call(**change)).cache is CacheOutcome.MISS
    assert len(server.books) == 2


def test_no_answer_crosses_tenants_in_key_or_place(models: Models) -> None:
    mine = models.client.ask(call("acme"))
    assert mine.cache is CacheOutcome.MISS
    assert models.client.cached(call("globex")) is None
    assert models.client.cache_key(call("acme")) != models.client.cache_key(call("globex"))
    assert models.stores["acme"].counts()["responses"] == 1
    assert models.stores["globex"].counts()["responses"] == 0


def test_the_boundary_s_random_word_makes_no_other_question(models: Models) -> None:
    assert models.client.cache_key(call()) == models.client.cache_key(call())


def test_another_model_s_answer_is_no_hit_but_one_of_the_same_route_is(
    models: Models, tmp_path: Path, server: FakeServer
) -> None:
    models.client.put_answer(call(), "secondary", RawAnswer(GOOD, Usage(), Stop.FINISHED, "claude-haiku-5-5"))
    reply = models.client.ask(call())
    assert (reply.deployment, reply.cache) == ("secondary", CacheOutcome.HIT)
    models.client.put_answer(
        call(tier="full", text="b"), "small", RawAnswer(GOOD, Usage(), Stop.FINISHED, "")
    )
    assert models.client.cached(call(text="b")) is None
    assert len(server.books) == 0


def test_an_answer_is_asked_for_anew_when_its_days_are_over(models: Models, server: FakeServer) -> None:
    models.client.ask(call())
    models.time.now = NOW + timedelta(days=29)
    assert models.client.ask(call()).cache is CacheOutcome.HIT
    models.time.now = NOW + timedelta(days=31)
    assert models.client.ask(call()).cache is CacheOutcome.MISS
    assert len(server.books) == 2


@pytest.mark.parametrize(
    "fault", [Fault.REFUSAL, Fault.TRUNCATED_ANSWER, Fault.WRONG_ENUM, Fault.BAD_REQUEST]
)
def test_what_was_refused_cut_off_or_failed_is_never_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    with FakeServer(lambda _: GOOD, [fault]) as server:
        models = Models(tmp_path, server)
        with pytest.raises(ModelCallError):
            models.client.ask(call(repair=""))
        assert models.client.cached(call()) is None
        assert models.client.ask(call()).cache is CacheOutcome.MISS


@pytest.mark.parametrize(
    "raw",
    [
        RawAnswer(GOOD, Usage(), Stop.TRUNCATED, "m"),
        RawAnswer(GOOD, Usage(), Stop.REFUSED, "m"),
        RawAnswer('{"verdict": "perhaps"}', Usage(), Stop.FINISHED, "m"),
    ],
)
def test_a_batch_s_answer_that_is_not_usable_is_not_kept(models: Models, raw: RawAnswer) -> None:
    assert not models.client.put_answer(call(), "primary", raw)
    assert models.client.cached(call()) is None


class Broken:
    def get(self, *_: object) -> dict[str, str]:
        raise OSError("disk")

    def put(self, *_: object) -> None:
        raise OSError("disk")


class Garbled:
    def get(self, keys: Any, _: object) -> dict[str, str]:
        return dict.fromkeys(keys, '{"text": "{')

    def put(self, *_: object) -> None:
        return None


@pytest.mark.parametrize("store", [Broken(), Garbled()])
def test_a_cache_that_cannot_be_read_is_a_miss_and_no_failure(models: Models, store: Any) -> None:
    models.stores["acme"] = type("Store", (), {"responses": store})()  # type: ignore[assignment]
    for _ in range(2):
        reply = models.client.ask(call())
        assert reply.value == Verdict(**ANSWER)
        assert reply.cache is CacheOutcome.MISS


def test_the_cache_is_off_for_what_all_share_and_by_setting(
    models: Models, server: FakeServer, tmp_path: Path
) -> None:
    shared = replace(call(), tenant="")
    assert [models.client.ask(shared).cache for _ in range(2)] == [CacheOutcome.OFF] * 2
    off = Models(tmp_path / "off", server, settings={"cache_days": 0})
    assert [off.client.ask(call()).cache for _ in range(2)] == [CacheOutcome.OFF] * 2


def test_a_stream_comes_from_the_cache_too(models: Models, server: FakeServer) -> None:
    models.client.ask(call())
    stream = models.client.stream(call())
    assert json.loads("".join(stream)) == ANSWER
    assert stream.reply.cache is CacheOutcome.HIT
    assert len(server.books) == 1


def test_upkeep_drops_old_answers_from_the_store(models: Models) -> None:
    models.client.ask(call())
    store = models.stores["acme"]
    store.touch_and_expire(NOW.date() + timedelta(days=89))
    assert store.counts()["responses"] == 1
    store.responses.expire(date(2026, 12, 30))
    assert store.counts()["responses"] == 0
    models.client.ask(call())
    store.touch_and_expire(NOW.date() + timedelta(days=92))
    assert store.counts()["responses"] == 0


def test_a_store_tidied_by_another_handle_is_still_read(models: Models, tmp_path: Path) -> None:
    for number in range(3):
        models.client.ask(call(text=str(number)))
    other = TenantStore(models.stores["acme"].path)
    other.touch_and_expire(NOW.date())
    other.responses.put("another", "body", NOW)
    other.touch_and_expire(NOW.date())
    assert models.client.ask(call(text="1")).cache is CacheOutcome.HIT


def test_eight_threads_lose_and_double_no_answer(tmp_path: Path) -> None:
    store = TenantStore(tmp_path / "work")

    def keep(number: int) -> bool:
        store.responses.put(f"key-{number % 100}", str(number % 100), NOW)
        return store.responses.get([f"key-{number % 100}"], NOW) == {f"key-{number % 100}": str(number % 100)}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(keep, range(120)))
    assert store.counts()["responses"] == 100
