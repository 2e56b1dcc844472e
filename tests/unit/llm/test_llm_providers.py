"""What each provider is sent, how its answer is read, and what its failures mean."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from radar_pipeline.llm.call import BOUNDARY, ErrorClass, Message, Role, Usage
from radar_pipeline.llm.classify import classify
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.llm.fake import FakeServer, Fault
from radar_pipeline.llm.providers.base import AnswerFailedError, RawAnswer, Stop, usage_of
from tests.support.modelling import ANSWER, KEYS, NOW, Models, call

GOOD = json.dumps(ANSWER)
LONG_RULES = "Judge by the requirement alone. " * 400  # 12,800 characters: 3,200 tokens of the fake's


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(lambda _: GOOD) as made:
        yield made


def world(tmp_path: Path, server: FakeServer, alias: str, **deployment: Any) -> Models:
    def edit(body: dict[str, Any]) -> None:
        body["routes"] = {"judge": {"full": [alias]}}
        body["deployments"][alias].update(deployment)

    return Models(tmp_path, server, edit, settings={"cache_days": 0})


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)


def prompt(document: str) -> tuple[Message, ...]:
    return (
        Message(Role.SYSTEM, LONG_RULES),
        Message(Role.SYSTEM, f"Documents stand between the words {BOUNDARY}."),
        Message(Role.USER, f"{BOUNDARY}{document}{BOUNDARY}", data=True),
    )


def test_parameters_reach_each_provider_in_its_own_form(tmp_path: Path, server: FakeServer) -> None:
    more = {"temperature": 0, "reasoning_effort": "low", "verbosity": "low", "seed": 7, "unknown": 1}
    for alias in ("primary", "secondary", "local"):
        world(tmp_path / alias, server, alias).client.ask(call(parameters=more))
    openai, anthropic, local = (entry.request.body for entry in server.books)
    assert openai["reasoning"] == {"effort": "low"}
    assert openai["temperature"] == 0
    assert openai["text"]["verbosity"] == "low"  # type: ignore[index]
    assert anthropic["output_config"]["effort"] == "low"  # type: ignore[index]
    assert "temperature" not in anthropic
    assert (local["temperature"], local["seed"], local["reasoning_effort"]) == (0, 7, "low")
    assert not any("unknown" in body for body in (openai, anthropic, local))


def test_an_output_limit_is_the_lower_of_the_call_s_and_the_deployment_s(
    tmp_path: Path, server: FakeServer
) -> None:
    models = world(tmp_path, server, "primary", max_output_tokens=300)
    models.client.ask(call(max_output_tokens=500))
    models.client.ask(call(max_output_tokens=200, text="b"))
    assert [entry.request.max_output_tokens for entry in server.books] == [300, 200]


def test_anthropic_caches_the_static_part_alone_and_the_bill_shows_it(
    tmp_path: Path, server: FakeServer
) -> None:
    models = world(tmp_path, server, "secondary")
    models.client.ask(call(messages=prompt("One.")))
    models.client.ask(call(messages=prompt("Two.")))
    parts = server.books[0].request.parts
    assert [part.breakpoint for part in parts] == [True, False, False]
    first, second = models.ledger()
    assert (first.cache_write_tokens, first.cached_tokens) == (3200, 0)
    assert (second.cache_write_tokens, second.cached_tokens) == (0, 3200)
    plain = second.input_tokens - 3200
    # Haiku: $0.10 in, $0.125 written, $0.01 read, $0.50 out a million
    by_hand = plain * Decimal("0.1") + 3200 * Decimal("0.01") + second.output_tokens * Decimal("0.5")
    assert second.cost_usd == by_hand / 1_000_000
    by_hand = plain * Decimal("0.1") + 3200 * Decimal("0.125") + first.output_tokens * Decimal("0.5")
    assert first.cost_usd == by_hand / 1_000_000


def test_openai_s_prompt_cache_is_billed_as_such(tmp_path: Path, server: FakeServer) -> None:
    models = world(tmp_path, server, "primary")
    models.client.ask(call(messages=prompt("One.")))
    models.client.ask(call(messages=prompt("Two.")))
    row = models.ledger()[-1]
    assert row.cached_tokens == 3200
    by_hand = (row.input_tokens - 3200) * 1 + 3200 * Decimal("0.05") + row.output_tokens * 5
    assert row.cost_usd == by_hand / 1_000_000


def test_a_redirect_is_not_followed_with_a_tenant_s_text(tmp_path: Path, server: FakeServer) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", f"{server.openai_url}/responses")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    moved = HTTPServer(("127.0.0.1", 0), Elsewhere)
    Thread(target=moved.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def edit(body: dict[str, Any]) -> None:
        body["routes"] = {"judge": {"full": ["primary"]}}
        body["providers"]["openai"]["base_url"] = f"http://127.0.0.1:{moved.server_port}/v1"

    try:
        with pytest.raises(ModelCallError) as raised:
            Models(tmp_path, server, edit).client.ask(call())
    finally:
        moved.shutdown()
        moved.server_close()
    assert raised.value.error_class is ErrorClass.CONFIGURATION
    assert server.books == ()


def test_variables_of_the_sdks_redirect_nothing(
    tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/elsewhere")
    for alias in ("primary", "secondary"):
        world(tmp_path / alias, server, alias).client.ask(call())
    assert len(server.books) == 2


def test_a_batch_s_body_is_the_one_of_a_live_call_and_its_answer_is_read_alike(
    tmp_path: Path, server: FakeServer
) -> None:
    for alias in ("primary", "secondary"):
        models = world(tmp_path / alias, server, alias)
        prepared = models.client.prepare(call(), alias, batch=True)
        models.client.ask(call())
        live = server.books[-1].request.body
        assert prepared.body.keys() == live.keys()
        live_price = models.client.prepare(call(), alias).reserve_usd
        assert 0 < prepared.reserve_usd < live_price < Decimal("0.1")


@pytest.mark.parametrize(
    ("kind", "body", "stop"),
    [
        ("openai", {"status": "completed", "output": []}, Stop.FINISHED),
        ("openai", {"status": "incomplete", "incomplete_details": {"reason": "x"}}, Stop.TRUNCATED),
        (
            "openai",
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            Stop.REFUSED,
        ),
        ("anthropic", {"stop_reason": "end_turn", "content": None}, Stop.FINISHED),
        ("anthropic", {"stop_reason": "max_tokens"}, Stop.TRUNCATED),
        ("anthropic", {"stop_reason": "refusal"}, Stop.REFUSED),
    ],
)
def test_a_body_with_parts_missing_is_read_for_what_it_says(
    tmp_path: Path, server: FakeServer, kind: str, body: dict[str, Any], stop: Stop
) -> None:
    models = world(tmp_path, server, "primary" if kind == "openai" else "secondary")
    deployment = models.catalog.deployments["primary" if kind == "openai" else "secondary"]
    raw = models.client.providers.of(deployment).read(body)
    assert (raw.text, raw.stop, raw.usage) == ("", stop, Usage())


@pytest.mark.parametrize("alias", ["primary", "secondary", "local"])
@pytest.mark.parametrize("body", [{}, {"status": "unheard"}, {"output": "x", "choices": 3, "content": 1}])
def test_a_body_that_is_no_answer_is_a_server_s_failure(
    tmp_path: Path, server: FakeServer, alias: str, body: dict[str, Any]
) -> None:
    models = world(tmp_path, server, alias)
    with pytest.raises(AnswerFailedError) as raised:
        models.client.providers.of(models.catalog.deployments[alias]).read(body)
    assert classify(raised.value).error_class is ErrorClass.SERVER


def test_counts_that_cannot_be_are_made_consistent() -> None:
    assert usage_of(100, 5, 150, 10) == Usage(100, 5, 100, 0)
    assert usage_of(None, "7", -3, True) == Usage()


# ── Failures ──────────────────────────────────────────────────────────────────────────────────


class SaidError(Exception):
    """As an SDK raises it."""

    def __init__(self, status: int, body: object = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__("secret words of the prompt")
        self.status_code = status
        self.body = body
        self.response = SimpleNamespace(headers=headers or {})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Sun, 29 Nov 2026 12:01:00 GMT"}, 60.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert classify(SaidError(429, headers=headers), NOW).retry_after == seconds


@pytest.mark.parametrize(
    ("status", "body", "error_class", "retry"),
    [
        (400, {"code": "context_length_exceeded"}, ErrorClass.CONTEXT_OVERFLOW, False),
        (400, {"error": {"message": "prompt is too long: 9 > 8"}}, ErrorClass.CONTEXT_OVERFLOW, False),
        (400, {"code": "content_filter"}, ErrorClass.REFUSAL, False),
        (400, {"code": "unsupported_parameter"}, ErrorClass.CONFIGURATION, False),
        (400, "no JSON", ErrorClass.BAD_REQUEST, False),
        (401, {"type": "authentication_error"}, ErrorClass.AUTH, False),
        (402, {"type": "billing_error"}, ErrorClass.RATE_LIMIT, False),
        (429, {"code": "insufficient_quota"}, ErrorClass.RATE_LIMIT, False),
        (429, {"code": "rate_limit_exceeded"}, ErrorClass.RATE_LIMIT, True),
        (200, {"error": {"type": "overloaded_error"}}, ErrorClass.OVERLOAD, True),
        (200, None, ErrorClass.SERVER, True),
        (302, None, ErrorClass.CONFIGURATION, False),
        (418, None, ErrorClass.BAD_REQUEST, False),
        (500, {"code": "context_length_exceeded"}, ErrorClass.SERVER, True),
        (599, None, ErrorClass.SERVER, True),
    ],
)
def test_a_status_and_its_code_tell_the_class(
    status: int, body: object, error_class: ErrorClass, retry: bool
) -> None:
    failure = classify(SaidError(status, body), datetime(2026, 11, 29, tzinfo=UTC))
    assert (failure.error_class, failure.retry) == (error_class, retry)
    assert "secret" not in repr(failure)


def test_what_nobody_expected_is_a_server_s_failure_and_no_crash() -> None:
    looped = ValueError("a")
    looped.__cause__ = looped
    for error in (looped, KeyError("b"), json.JSONDecodeError("c", "d", 0), RuntimeError()):
        assert classify(error).error_class is ErrorClass.SERVER
    assert classify(TimeoutError()).error_class is ErrorClass.TIMEOUT
    assert classify(ConnectionResetError()).error_class is ErrorClass.CONNECTION


def test_an_error_of_ours_repeats_no_word_of_a_provider(tmp_path: Path) -> None:
    with FakeServer(lambda _: GOOD, [Fault.BAD_REQUEST]) as server:
        models = world(tmp_path, server, "primary")
        with pytest.raises(ModelCallError) as raised:
            models.client.ask(call())
    assert "A parameter has an invalid value" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_model_s_name_is_repeated_only_if_it_looks_like_one(tmp_path: Path, server: FakeServer) -> None:
    models = world(tmp_path, server, "primary")
    models.client.put_answer(
        call(), "primary", RawAnswer(GOOD, Usage(), Stop.FINISHED, "Acme leaks its keys!")
    )
    assert models.client.ask(call()).model == "openai/gpt-6.1-terra"
