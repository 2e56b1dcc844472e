"""What comes back of a batch, whatever pieces it comes in and whatever it says."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from radar_pipeline.llm.batches import base
from radar_pipeline.llm.batches.base import BatchRequest, BatchState, json_lines
from radar_pipeline.llm.batches.door import BatchDoor, BatchGoneError, BatchUnsentError
from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.catalog import Deployment, Provider
from radar_pipeline.llm.errors import ModelSetupError, ModelsUnavailableError
from radar_pipeline.llm.fake import FakeServer, Fault
from radar_pipeline.llm.providers.opening import Providers
from tests.support.modelling import KEYS

SEPARATORS = "one\u2028two\x85three\x0bfour"


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_only_a_line_feed_ends_a_line_in_whatever_pieces_it_comes(size: int) -> None:
    lines = [{"text": SEPARATORS}, {"n": 1}, {"text": "ü" * 9}]
    data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode() + b"\n\n"
    assert list(json_lines(data[i : i + size] for i in range(0, len(data), size))) == lines


def test_a_torn_line_is_one_none_and_ends_nothing() -> None:
    assert list(json_lines([b'{"a": 1}\n{"b": \n{"c": 3}\n', b"\xff\xfe\n", b"[1]"])) == [
        {"a": 1},
        None,
        {"c": 3},
        None,
        [1],
    ]


def test_a_line_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "LONGEST_LINE", 100)
    assert list(json_lines([b'"', *[b"x" * 60] * 50, b'"\n{"a": 1}\n'])) == [None, {"a": 1}]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeServer]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with FakeServer() as running:
        yield running


def deployment(server: FakeServer, kind: str) -> Deployment:
    url = server.openai_url if kind == "openai" else server.anthropic_url
    provider = Provider(kind, kind, f"{kind.upper()}_API_KEY", url)  # type: ignore[arg-type]
    return Deployment("alias", provider, "model", 1, 1, 1, 1)


def requests(kind: str, count: int = 2) -> list[BatchRequest]:
    body: dict[str, object] = {"model": "model"}
    if kind == "openai":
        body |= {"input": "Hello."}
    else:
        body |= {"messages": [{"role": "user", "content": "Hello."}], "max_tokens": 5}
    return [BatchRequest(f"id-{number}", body) for number in range(count)]


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_a_batch_is_found_by_what_is_known_of_it(server: FakeServer, kind: str) -> None:
    door, at, now = BatchDoor(Providers()), deployment(server, kind), datetime.now(UTC)
    other = door.create(at, "another", requests(kind, 3))
    mine = door.create(at, "mine", requests(kind))
    found = door.find(at, "mine", 2, now)
    assert [candidate.batch_id for candidate in found] == [mine] != [other]
    assert found[0].certain == (kind == "openai")
    assert door.find(at, "mine", 2, now + timedelta(days=1)) == ()
    assert door.look(at, mine) is BatchState.RUNNING
    door.cancel(at, mine)
    assert door.look(at, mine) in (BatchState.ENDED, BatchState.CUT_SHORT)
    assert all(result is None or result.unrun for result in door.results(at, mine))


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_what_goes_wrong_says_whether_anything_was_made_and_who_mends_it(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    faults = [Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.WRONG_KEY]
    with FakeServer(faults=faults) as server:
        door, at = BatchDoor(Providers()), deployment(server, kind)
        with pytest.raises(BatchUnsentError):
            door.create(at, "key", requests(kind))
        with pytest.raises(ModelsUnavailableError) as unsure:
            door.create(at, "key", requests(kind))
        assert not isinstance(unsure.value, BatchUnsentError)
        with pytest.raises(ModelSetupError) as wrong:
            door.create(at, "key", requests(kind))
        assert wrong.value.error_class is ErrorClass.AUTH
        with pytest.raises(BatchGoneError):
            door.look(at, "batch_unknown")
