"""What a caller of the model client can rely on, against the real SDKs and a local server."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.llm.call import CacheOutcome, ErrorClass, Usage
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError, ModelsUnavailableError
from radar_pipeline.llm.fake import FakeServer, Fault, at_random, scripted, when
from radar_pipeline.llm.fake.faults import BATCH_FAULTS, STREAM_FAULTS, VECTOR_FAULTS
from tests.support.modelling import ANSWER, KEYS, Models, Verdict, call

GOOD = json.dumps(ANSWER)
BAD = json.dumps({"verdict": "perhaps", "quotes": []})
ONLY_PRIMARY = {"judge": {"full": ["primary"]}}
Open = Callable[..., Models]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Makes a world of models over a fake server with these answers and faults."""
    servers = []
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)

    def make(answers: Any = (), faults: Any = None, edit: Any = lambda _: None, **more: Any) -> Models:
        said = scripted([*answers, *([GOOD] * 50)]) if not callable(answers) else answers
        server = FakeServer(said, faults, slow_seconds=0.05)
        servers.append(server)
        return Models(tmp_path / f"models-{len(servers)}", server, edit, **more)

    yield make
    for server in servers:
        server.close()


def one_deployment(alias: str) -> Callable[[dict[str, Any]], None]:
    return lambda body: body.update(routes={"judge": {"full": [alias]}})


def asked(models: Models, provider: str = "") -> int:
    return sum(1 for entry in models.server.books if provider in ("", entry.request.provider))


def test_the_answer_is_checked_and_everything_about_it_is_in_the_ledger(opened: Open) -> None:
    models = opened()
    reply = models.client.ask(call())
    assert reply.value == Verdict(**ANSWER)
    assert (reply.deployment, reply.route_reason, reply.cache) == ("primary", "primary", CacheOutcome.MISS)
    [row] = models.ledger()
    assert (row.tenant_id, row.feature, row.prompt_ref) == ("acme", "judge", "judge@1.0.0#abc123")
    assert (row.alias, row.provider, row.state, row.cache) == ("primary", "openai", "answered", "miss")
    assert (row.call_id, row.cost_usd) == (reply.call_id, reply.cost_usd)
    billed = models.server.billed()
    assert reply.usage == billed
    assert reply.cost_usd == (billed.input_tokens * 1 + billed.output_tokens * 5) / Decimal(1_000_000)


@pytest.mark.parametrize("alias", ["primary", "secondary", "local"])
def test_every_kind_of_provider_is_asked_for_the_schema_and_its_answer_read(opened: Open, alias: str) -> None:
    models = opened(edit=one_deployment(alias))
    reply = models.client.ask(call())
    assert reply.value == Verdict(**ANSWER)
    [entry] = models.server.books
    assert entry.request.schema is not None
    assert set(entry.request.schema["properties"]) == {"verdict", "quotes"}  # type: ignore[call-overload]
    assert reply.usage == entry.usage
    assert (reply.cost_usd == 0) == (alias == "local")


def test_nothing_is_kept_at_the_provider_and_no_dearer_service_is_used(opened: Open) -> None:
    models = opened(edit=one_deployment("primary"))
    models.client.ask(call())
    body = models.server.books[0].request.body
    assert body["store"] is False
    assert body["service_tier"] == "default"


def test_every_request_puts_another_boundary_around_documents(opened: Open) -> None:
    models = opened([BAD])
    models.client.ask(call())
    texts = [part.text for entry in models.server.books for part in entry.request.parts if "<" in part.text]
    assert len(texts) == 2
    assert texts[0] != texts[1]
    assert not any("\ue000" in text for text in texts)


# ── Failing over ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fault", "error_class"),
    [
        (Fault.RATE_LIMIT_MS, ErrorClass.RATE_LIMIT),
        (Fault.OVERLOADED, ErrorClass.OVERLOAD),
        (Fault.UNAVAILABLE, ErrorClass.OVERLOAD),
        (Fault.SERVER_ERROR, ErrorClass.SERVER),
        (Fault.GATEWAY_TIMEOUT, ErrorClass.TIMEOUT),
        (Fault.HANG_UP, ErrorClass.CONNECTION),
        (Fault.RESET, ErrorClass.CONNECTION),
        (Fault.TRUNCATED_BODY, ErrorClass.SERVER),
        (Fault.HTML_OK, ErrorClass.SERVER),
        (Fault.EMPTY_BODY, ErrorClass.SERVER),
        (Fault.FAILED_RESPONSE, ErrorClass.SERVER),
        (Fault.INSUFFICIENT_QUOTA, ErrorClass.RATE_LIMIT),
    ],
)
def test_what_passes_is_retried_and_then_the_next_deployment_answers(
    opened: Open, fault: Fault, error_class: ErrorClass
) -> None:
    models = opened(faults=when(lambda r: r.provider == "openai", fault))
    reply = models.client.ask(call())
    assert (reply.deployment, reply.route_reason) == ("secondary", f"primary: {error_class.value}")
    assert asked(models, "openai") == (1 if fault is Fault.INSUFFICIENT_QUOTA else 3)
    rows = models.ledger()
    assert [row.error_class for row in rows] == [error_class.value] * (len(rows) - 1) + [""]
    assert rows[-1].route_reason == f"primary: {error_class.value}"


@pytest.mark.parametrize(
    ("fault", "error_class"),
    [
        (Fault.BAD_REQUEST, ErrorClass.BAD_REQUEST),
        (Fault.UNPROCESSABLE, ErrorClass.BAD_REQUEST),
        (Fault.CONTEXT_OVERFLOW, ErrorClass.CONTEXT_OVERFLOW),
        (Fault.TOO_LARGE, ErrorClass.CONTEXT_OVERFLOW),
        (Fault.REFUSAL, ErrorClass.REFUSAL),
        (Fault.CONTENT_FILTER, ErrorClass.REFUSAL),
        (Fault.TRUNCATED_ANSWER, ErrorClass.TRUNCATED),
    ],
)
@pytest.mark.parametrize("alias", ["primary", "secondary"])
def test_a_refusal_or_bad_request_goes_to_nobody_else(
    opened: Open, fault: Fault, error_class: ErrorClass, alias: str
) -> None:
    routes = {"judge": {"full": [alias, "small"]}}
    models = opened(faults=[fault], edit=lambda body: body.update(routes=routes))
    with pytest.raises(ModelCallError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is error_class
    assert asked(models) == 1
    assert [row.error_class for row in models.ledger()] == [error_class.value]


@pytest.mark.parametrize("alias", ["primary", "secondary"])
@pytest.mark.parametrize("fault", [Fault.WRONG_KEY, Fault.NO_PERMISSION])
def test_a_wrong_key_stops_at_once_and_names_the_setting(opened: Open, alias: str, fault: Fault) -> None:
    models = opened(faults=[fault], edit=one_deployment(alias))
    with pytest.raises(ModelSetupError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.AUTH
    assert "_API_KEY" in raised.value.remedy
    assert asked(models) == 1


def test_an_unknown_model_stops_at_once_and_names_the_deployment(opened: Open) -> None:
    models = opened(faults=[Fault.UNKNOWN_MODEL])
    with pytest.raises(ModelSetupError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.CONFIGURATION
    assert "primary" in raised.value.remedy
    assert asked(models) == 1


def test_no_provider_is_asked_more_than_four_times_repair_included(opened: Open) -> None:
    routes = {"judge": {"full": ["primary", "small"]}}
    faults = [Fault.SERVER_ERROR, Fault.WRONG_ENUM, *[Fault.SERVER_ERROR] * 20]
    models = opened(faults=faults, edit=lambda body: body.update(routes=routes))
    with pytest.raises(ModelsUnavailableError):
        models.client.ask(call())
    assert asked(models, "openai") == 4
    assert len(models.ledger()) == 4


def test_a_retry_after_of_an_hour_does_not_hang(opened: Open) -> None:
    models = opened(faults=when(lambda r: r.provider == "openai", Fault.RATE_LIMIT_LONG))
    assert models.client.ask(call()).deployment == "secondary"
    assert models.time.slept == []
    alone = opened(faults=[Fault.RATE_LIMIT_LONG], edit=one_deployment("primary"), settings={"cache_days": 0})
    assert alone.client.ask(call()).deployment == "primary"
    assert alone.time.slept == [20.0]


def test_a_wait_that_the_provider_asks_for_is_kept(opened: Open) -> None:
    models = opened(faults=[Fault.RATE_LIMIT, Fault.RATE_LIMIT_MS])
    models.client.ask(call())
    assert models.time.slept == [1.0, 0.02]
    assert [row.route_reason for row in models.ledger()] == [
        "primary",
        "primary; retry: rate_limit",
        "primary; retry: rate_limit",
    ]


def test_a_whole_call_ends_within_its_deadline(opened: Open) -> None:
    models = opened(
        faults=[Fault.RATE_LIMIT_LONG] * 9, edit=one_deployment("primary"), settings={"llm_seconds": 10.0}
    )
    with pytest.raises(ModelsUnavailableError):
        models.client.ask(call())
    assert models.time.elapsed() <= 30


def test_a_server_that_drips_is_left_when_the_request_s_time_is_over(opened: Open) -> None:
    models = opened(
        faults=[Fault.SLOW_BODY] * 9, edit=one_deployment("primary"), settings={"llm_seconds": 0.02}
    )
    with pytest.raises(ModelsUnavailableError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.TIMEOUT


def test_a_breaker_opens_for_every_process_and_closes_after_its_cooldown(opened: Open) -> None:
    down = [True]
    models = opened(
        faults=when(lambda r: r.provider == "openai" and down[0], Fault.SERVER_ERROR),
        edit=lambda body: body.update(breaker={"threshold": 3, "cooldown": 600}),
        settings={"cache_days": 0},
    )
    models.client.ask(call())
    before = asked(models, "openai")
    reply = models.another_client().ask(call())
    assert asked(models, "openai") == before == 3
    assert reply.route_reason == "primary: circuit_open"
    down[0] = False
    models.time.sleep(601)
    assert models.client.ask(call()).deployment == "primary"


def test_a_refusal_does_not_open_the_breaker(opened: Open) -> None:
    models = opened(faults=[Fault.REFUSAL] * 6, settings={"cache_days": 0})
    for _ in range(6):
        with pytest.raises(ModelCallError):
            models.client.ask(call())
    assert models.client.ask(call()).deployment == "primary"


def test_a_prompt_goes_to_the_first_deployment_that_reads_so_much(opened: Open) -> None:
    models = opened(edit=lambda body: body["deployments"]["primary"].update(context_tokens=50))
    reply = models.client.ask(call(text="word " * 100))
    assert (reply.deployment, reply.route_reason) == ("secondary", "primary: too long")
    with pytest.raises(ModelCallError) as raised:
        models.client.ask(call(text="word " * 2_000_000))
    assert raised.value.error_class is ErrorClass.CONTEXT_OVERFLOW


# ── Repair ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault", [Fault.WRONG_ENUM, Fault.MISSING_FIELD, Fault.EXTRA_FIELD, Fault.WRONG_TYPE, Fault.INVALID_JSON]
)
def test_a_failed_parse_is_repaired_once_and_both_are_billed(opened: Open, fault: Fault) -> None:
    models = opened(faults=[fault])
    reply = models.client.ask(call())
    first, second = models.ledger()
    assert (first.state, first.error_class, second.state) == ("failed", "invalid_answer", "answered")
    assert second.route_reason == "primary; repair: invalid_answer"
    assert first.cost_usd > 0
    assert reply.cost_usd == first.cost_usd + second.cost_usd == models.spent()
    assert reply.usage == models.server.billed()
    said = models.server.books[1].request.parts[-1].text
    assert said.startswith("The answer was not of the form asked for:")


def test_the_repair_tells_places_and_never_values(opened: Open) -> None:
    models = opened([json.dumps({"verdict": "Acme is bankrupt", "quotes": [], "Acme leaks keys": 1})])
    models.client.ask(call())
    said = models.server.books[1].request.parts[-1].text
    assert "verdict: literal_error" in said
    assert "Acme" not in said


def test_what_cannot_be_repaired_is_an_invalid_answer(opened: Open) -> None:
    models = opened([BAD, BAD])
    with pytest.raises(ModelCallError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.INVALID_ANSWER
    assert "perhaps" not in str(raised.value)
    assert asked(models) == 2
    assert models.spent() > 0


def test_without_words_for_it_there_is_no_repair(opened: Open) -> None:
    models = opened([BAD])
    with pytest.raises(ModelCallError):
        models.client.ask(call(repair=""))
    assert asked(models) == 1


@pytest.mark.parametrize("fault", [Fault.MISSING_USAGE, Fault.NULL_USAGE])
def test_an_answer_that_does_not_say_what_it_used_counts_as_all_that_was_reserved(
    opened: Open, fault: Fault
) -> None:
    models = opened(faults=[fault])
    silent = models.client.ask(call())
    told = models.client.ask(call(corpus_version="another"))
    assert silent.usage == Usage() and silent.cost_usd > told.cost_usd > 0
    assert models.ledger()[0].cost_usd == models.ledger()[0].reserved_usd


def test_an_answer_of_ten_megabytes_is_billed_and_refused(opened: Open) -> None:
    models = opened(faults=[Fault.HUGE_ANSWER])
    with pytest.raises(ModelCallError) as raised:
        models.client.ask(call(repair=""))
    assert raised.value.error_class is ErrorClass.INVALID_ANSWER
    assert models.ledger()[0].output_tokens == models.server.billed().output_tokens > 0


# ── Money and plans ───────────────────────────────────────────────────────────────────────────


def test_an_unpriced_deployment_is_refused_before_anybody_is_asked(opened: Open) -> None:
    models = opened(edit=lambda body: body["deployments"]["secondary"].update(model="claude-unheard-of"))
    with pytest.raises(ModelSetupError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.CONFIGURATION
    assert "deployments: secondary: prices" in raised.value.remedy
    assert asked(models) == 0


def test_without_any_key_nobody_is_asked_and_the_setting_is_named(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = opened()
    for name in KEYS:
        monkeypatch.delenv(name)
    with pytest.raises(ModelSetupError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.AUTH
    assert "OPENAI_API_KEY or ANTHROPIC_API_KEY" in raised.value.remedy


def test_a_provider_without_its_key_is_passed_over(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    models = opened()
    monkeypatch.delenv("OPENAI_API_KEY")
    reply = models.client.ask(call())
    assert (reply.deployment, reply.route_reason) == ("secondary", "primary: no key")


def test_a_rotated_key_is_in_force_at_the_next_request(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    models = opened(edit=one_deployment("primary"), settings={"cache_days": 0})
    models.server.set_key("openai", KEYS["OPENAI_API_KEY"])
    models.client.ask(call())
    models.server.set_key("openai", "sk-rotated-9876543210")
    with pytest.raises(ModelSetupError):
        models.client.ask(call())
    monkeypatch.setenv("OPENAI_API_KEY", "sk-rotated-9876543210")
    assert models.client.ask(call()).deployment == "primary"


def test_a_tenant_over_its_plan_is_a_quota_error_and_nobody_is_asked(opened: Open) -> None:
    models = opened(queries={"acme": 2}, settings={"cache_days": 0})
    models.client.ask(call())
    models.client.ask(call())
    with pytest.raises(ModelCallError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.QUOTA
    assert asked(models) == 2
    assert models.client.ask(call("globex")).value == Verdict(**ANSWER)


def test_a_failed_attempt_takes_no_query_of_the_plan(opened: Open) -> None:
    models = opened([BAD], faults=[Fault.SERVER_ERROR], queries={"acme": 1})
    models.client.ask(call())
    assert models.operations.spending.spent("acme", "2026-11").queries == 1


@pytest.mark.parametrize("budgets", [{"tenant": {"daily": 0.001}}, {"overall": {"monthly": 0.001}}])
def test_what_would_overshoot_a_budget_is_not_asked(opened: Open, budgets: dict[str, Any]) -> None:
    models = opened(edit=lambda body: body.update(budgets=budgets))
    with pytest.raises(ModelCallError) as raised:
        models.client.ask(call())
    assert raised.value.error_class is ErrorClass.BUDGET
    assert asked(models) == 0


def test_eight_threads_overshoot_no_budget_and_no_plan(opened: Open) -> None:
    models = opened(
        answers=lambda _: GOOD,
        edit=lambda body: body.update(budgets={"overall": {"daily": 0.05}}),
        queries={"acme": 9},
    )

    def ask(number: int) -> str:
        try:
            return models.client.ask(call(text=f"Document {number}.")).deployment
        except ModelCallError as error:
            return error.error_class.value

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(16)))
    assert set(found) <= {"primary", "quota", "budget"}
    assert 1 <= found.count("primary") == asked(models) <= 9
    assert models.spent() <= Decimal("0.05")
    spent = models.operations.spending.spent("acme", "2026-11")
    assert (spent.reserved_usd, spent.reserved_queries) == (0, 0)
    assert spent.usd == models.spent()


def test_the_ledger_s_sum_is_what_the_server_counted_under_faults(opened: Open) -> None:
    models = opened(
        answers=lambda _: GOOD,
        faults=at_random(0.4, seed=5),
        edit=lambda body: body.update(breaker={"threshold": 1000}),
        settings={"llm_seconds": 0.5},
    )
    for number in range(40):
        try:
            models.client.ask(call(text=f"Document {number}."))
        except ModelCallError:
            continue
    rows, billed = models.ledger(), models.server.billed()
    told = sum((Usage(r.input_tokens, r.output_tokens, r.cached_tokens) for r in rows), Usage())
    assert (told.input_tokens, told.output_tokens) == (billed.input_tokens, billed.output_tokens)
    assert {row.state for row in rows} == {"answered", "failed"}


def test_no_key_is_in_an_error_a_repr_or_the_ledger(opened: Open) -> None:
    models = opened(faults=when(lambda r: True, Fault.WRONG_KEY))
    models.server.set_key("openai", "another")
    with pytest.raises(ModelCallError) as raised:
        models.client.ask(call())
    seen = [str(raised.value), repr(raised.value), repr(models.client), repr(models.catalog)]
    seen += [repr(row) for row in models.ledger()]
    seen.append(repr(vars(models.client)))
    assert not any(key in text for key in KEYS.values() for text in seen)


# ── Streaming ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("alias", ["primary", "secondary", "local"])
def test_a_stream_gives_the_text_as_it_comes_and_the_checked_answer_at_the_end(
    opened: Open, alias: str
) -> None:
    models = opened(edit=one_deployment(alias))
    stream = models.client.stream(call())
    pieces = list(stream)
    assert len(pieces) > 1
    assert json.loads("".join(pieces)) == ANSWER
    assert stream.reply.value == Verdict(**ANSWER)
    assert stream.reply.usage == models.server.billed()
    assert models.ledger()[0].state == "answered"


def test_a_stream_falls_back_before_its_first_piece_only(opened: Open) -> None:
    models = opened(faults=when(lambda r: r.provider == "openai", Fault.OVERLOADED))
    stream = models.client.stream(call())
    assert json.loads("".join(stream)) == ANSWER
    assert stream.reply.deployment == "secondary"
    broken = opened(faults=[Fault.STREAM_BREAKS_OFF], settings={"cache_days": 0})
    with pytest.raises(ModelCallError) as raised:
        list(broken.client.stream(call()))
    assert raised.value.error_class in (ErrorClass.CONNECTION, ErrorClass.SERVER)
    assert asked(broken) == 1
    assert broken.ledger()[-1].state == "failed"


@pytest.mark.parametrize("alias", ["primary", "secondary", "local"])
@pytest.mark.parametrize(
    "fault", [Fault.STREAM_ENDS_EARLY, Fault.STREAM_ERROR, Fault.DUPLICATE_EVENTS, Fault.REFUSAL]
)
def test_a_stream_that_goes_wrong_is_an_error_and_never_an_answer(
    opened: Open, alias: str, fault: Fault
) -> None:
    models = opened(faults=when(lambda r: True, fault), edit=one_deployment(alias))
    stream = models.client.stream(call())
    if fault is Fault.DUPLICATE_EVENTS and alias == "primary":
        list(stream)  # its last event holds the whole text again, and that is what counts
        assert stream.reply.value == Verdict(**ANSWER)
        return
    with pytest.raises(ModelCallError):
        list(stream)
    with pytest.raises(ValueError, match="not exhausted"):
        stream.reply  # noqa: B018


def test_a_stream_that_is_left_counts_as_spent(opened: Open) -> None:
    models = opened()
    pieces = iter(models.client.stream(call()))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    models.time.sleep(1000)
    models.operations.spending.expire()
    [row] = models.ledger()
    assert row.state == "lost"
    assert row.cost_usd > 0


# ── Embeddings ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("alias", "price"), [("embedding", "0.13"), ("languages", "0.12")])
def test_embeddings_are_one_vector_per_text_and_in_the_ledger(opened: Open, alias: str, price: str) -> None:
    models = opened()
    texts = [f"text {n}" for n in range(200)]
    found = models.client.embed("acme", alias, texts)
    assert len(found.vectors) == 200
    assert {len(vector) for vector in found.vectors} == {8}
    assert found.vectors[7] == models.client.embed("acme", alias, ["text 7"]).vectors[0]
    assert found.usage.input_tokens * Decimal(price) / 1_000_000 == found.cost_usd > 0
    assert {row.feature for row in models.ledger()} == {"embed"}
    assert models.operations.spending.spent("acme", "2026-11").queries == 0


@pytest.mark.parametrize("alias", ["embedding", "languages"])
@pytest.mark.parametrize("fault", [Fault.MISSING_VECTOR, Fault.WRONG_DIMENSIONS])
def test_vectors_that_do_not_fit_are_an_error(opened: Open, fault: Fault, alias: str) -> None:
    models = opened(faults=[fault])
    with pytest.raises(ModelCallError) as raised:
        models.client.embed("acme", alias, ["one", "two"])
    assert raised.value.error_class is ErrorClass.INVALID_ANSWER


def test_vectors_are_put_in_the_order_of_their_texts(opened: Open) -> None:
    models = opened(faults=[Fault.SHUFFLED_VECTORS])
    shuffled = models.client.embed("acme", "embedding", ["one", "two"]).vectors
    assert shuffled == models.client.embed("acme", "embedding", ["one", "two"]).vectors


@pytest.mark.parametrize("alias", ["embedding", "languages"])
def test_an_embedder_is_asked_again_and_no_other_takes_its_place(opened: Open, alias: str) -> None:
    models = opened(faults=[Fault.RATE_LIMIT_MS])
    assert len(models.client.embed("acme", alias, ["one"]).vectors) == 1
    down = opened(faults=when(lambda r: True, Fault.UNAVAILABLE))
    with pytest.raises(ModelsUnavailableError) as raised:
        down.client.embed("acme", alias, ["one"])
    assert raised.value.error_class is ErrorClass.OVERLOAD
    assert asked(down) == 3


LIVE = sorted(
    set(Fault) - STREAM_FAULTS - VECTOR_FAULTS - BATCH_FAULTS - {Fault.HANG}  # HANG: test_llm_waiting
)


@pytest.mark.parametrize("provider", ["primary", "secondary"])
@pytest.mark.parametrize("fault", LIVE)
def test_every_fault_ends_in_an_answer_or_a_typed_failure(opened: Open, fault: Fault, provider: str) -> None:
    once = opened(faults=[fault], edit=one_deployment(provider))
    always = opened(faults=when(lambda _: True, fault), edit=one_deployment(provider))
    for models in (once, always):
        try:
            assert models.client.ask(call()).value == Verdict(**ANSWER)
        except ModelCallError as error:
            assert error.error_class in set(ErrorClass)
            assert not any(key in str(error) for key in KEYS.values())
        assert 1 <= asked(models) <= 4
        assert all(row.state in ("answered", "failed") for row in models.ledger())
