"""A sweep judged by language models: real SDKs, a local server, faults; every requirement accounted for."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from radar_pipeline.llm.fake import FakeServer, Fault, at_random, when
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import TenantUnchanged
from tests.support.models import PRICES, auditor, with_models
from tests.support.world import DUTIES, POLICY, PROCEDURE, UNRELATED, World

GONE = "not_assessed"
Serve = Callable[..., FakeServer]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, world: World) -> Iterator[Serve]:
    """Starts the server that the world's models are at."""
    running: list[FakeServer] = []

    def start(faults: Any = None, models: dict[str, Any] | None = None, responder: Any = None) -> FakeServer:
        server = FakeServer(responder or auditor(), faults, slow_seconds=0.05)
        running.append(server)
        with_models(world, server, monkeypatch, **(models or {}))
        return server

    yield start
    for server in running:
        server.close()


def patient(environment: Environment) -> Environment:
    """Waits between tries are not waited."""
    if environment.models is not None:
        environment.models.client._sleep = lambda _: None
    return environment


def rows(world: World, slug: str) -> dict[str, dict[str, Any]]:
    return {r["requirement_id"].split(":")[1]: r for r in world.report(slug)["assessments"]}


def cost(operations: Operations) -> Decimal:
    calls = operations.spending.calls(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return sum((call.cost_usd for call in calls), Decimal(0))


def charged(server: FakeServer) -> Decimal:
    """What the server's own count comes to, by the prices of the test's models."""
    per_token = {name: Decimal(str(price)) / 1_000_000 for name, price in PRICES.items()}
    used = server.billed()
    plain = used.input_tokens - used.cached_tokens - used.cache_write_tokens
    return (
        plain * per_token["input"]
        + used.cached_tokens * per_token["cached"]
        + used.cache_write_tokens * per_token["cache_write"]
        + used.output_tokens * per_token["output"]
    )


def test_with_a_key_the_judge_is_a_model_and_the_record_says_which(world: World, serve: Serve) -> None:
    server = serve()
    world.tenant("acme")
    assert world.sweep(change=patient).state == "succeeded"
    found = rows(world, "acme")
    assert set(found) == {ref for ref, *_ in DUTIES}
    assert found["R1"]["verdict"] == "covered" and found["R6"]["verdict"] == "not_addressed"
    for row in found.values():
        assert row["judge"] == "llm" and "gpt-test-mid" in row["judge_model"]
        assert row["prompt_ref"].startswith("coverage@") and row["cost_usd"] > 0
    assert len(server.books) == len(DUTIES)


def test_without_a_key_the_local_judge_works_as_ever(
    world: World, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    world.tenant("acme")
    world.sweep()
    assert {r["judge"] for r in rows(world, "acme").values()} == {"local"} and not server.books


def test_an_unchanged_night_asks_nobody_and_a_changed_document_only_what_it_touches(
    world: World, serve: Serve
) -> None:
    server = serve()
    world.tenant("acme")
    world.sweep(change=patient)
    asked = len(server.books)
    swept = world.sweep(change=patient)
    assert any(isinstance(e, TenantUnchanged) for e in swept.events) and len(server.books) == asked
    world.write("acme", "menu.md", UNRELATED)
    world.sweep(change=patient)
    (world.data / "corpus" / "acme" / "menu.md").unlink()
    before = len(server.books)
    world.sweep(change=patient)
    assert len(server.books) == before  # what was judged once is not paid again


def test_what_was_answered_is_not_paid_again_after_a_kill(world: World, serve: Serve) -> None:
    server = serve()
    world.tenant("acme")
    stopped = world.environment()

    def dies(environment: Environment) -> Environment:
        judge = patient(environment).judge_for(environment.tenants[0])
        return replace(environment, judge_of=lambda _: _DiesAfter(judge, 3))

    with pytest.raises(KeyboardInterrupt):
        world.sweep(change=dies)
    stopped.operations.close()
    world.sweep(change=patient)
    assert set(rows(world, "acme")) == {ref for ref, *_ in DUTIES}
    assert len(server.books) == len(DUTIES)


class _DiesAfter:
    """A judge whose process is killed at its so-manieth question."""

    concurrency = 1

    def __init__(self, inner: Any, questions: int) -> None:
        self._inner, self._left, self.identity = inner, questions, inner.identity
        self.identity_for = inner.identity_for

    def judge(self, question: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        return self._inner.judge(question)


def test_a_rejected_key_stops_the_tenant_with_the_remedy_and_keeps_its_report(
    world: World, serve: Serve
) -> None:
    world.tenant("acme")
    world.sweep()
    before = world.verdicts("acme")
    serve(faults=when(lambda _: True, Fault.WRONG_KEY))
    (failure,) = world.sweep(change=patient).failures
    assert failure.reason == "ModelSetupError" and "OPENAI_API_KEY" in failure.remedy
    assert world.verdicts("acme") == before


def test_a_refusal_is_its_requirements_alone_and_is_not_paid_every_night(world: World, serve: Serve) -> None:
    server = serve(faults=when(lambda r: "Drone flights" in r.text, Fault.REFUSAL))
    world.tenant("acme")
    world.sweep(change=patient)
    found = rows(world, "acme")
    assert (found["R6"]["verdict"], found["R6"]["reason"]) == (GONE, "refused")
    assert found["R1"]["verdict"] == "covered"
    asked = len(server.books)
    assert world.sweep(change=patient).totals.get("unchanged") == 1 and len(server.books) == asked


def test_when_all_providers_fail_nothing_is_a_verdict_and_the_next_sweep_asks_again(
    world: World, serve: Serve
) -> None:
    serve(faults=when(lambda _: True, Fault.OVERLOADED))
    world.tenant("acme")
    assert world.sweep(change=patient).state == "succeeded"
    assert {r["reason"] for r in rows(world, "acme").values()} == {"providers_failed"}
    serve()
    world.sweep(change=patient)
    assert rows(world, "acme")["R1"]["verdict"] == "covered"


def test_the_local_judge_stands_in_only_if_allowed_says_so_and_is_replaced(
    world: World, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_JUDGE_FALLBACK", "local")
    serve(faults=when(lambda _: True, Fault.OVERLOADED))
    world.tenant("acme")
    world.sweep(change=patient)
    assert {r["judge"] for r in rows(world, "acme").values()} == {"local"}
    serve()
    world.sweep(change=patient)
    assert {r["judge"] for r in rows(world, "acme").values()} == {"llm"}


def test_a_tenant_over_its_quota_gets_a_reason_and_a_notice(world: World, serve: Serve) -> None:
    serve()
    (world.data / "plans.yaml").write_text("plans:\n  tiny: {queries: 3, models: full}\n")
    world.tenant("acme", plan="tiny")
    assert world.sweep(change=patient).state == "succeeded"
    reasons = Counter(r["reason"] for r in rows(world, "acme").values())
    assert reasons["quota"] == len(DUTIES) - 3
    page = (world.home / "tenants" / "acme" / "published" / "index.html").read_text()
    assert "queries of this month are used up" in page


def test_the_economy_tier_is_asked_for_those_who_pay_nothing(world: World, serve: Serve) -> None:
    server = serve()
    (world.data / "plans.yaml").write_text("plans:\n  free: {models: economy}\n")
    world.tenant("acme")
    world.sweep(change=patient)
    assert {entry.request.model for entry in server.books} == {"claude-test-small"}


# Those that mean a person must mend something end a tenant's sweep, as tested above; these pass.
PASSING = set(Fault) - {
    *(Fault.WRONG_KEY, Fault.NO_PERMISSION, Fault.UNKNOWN_MODEL, Fault.INSUFFICIENT_QUOTA),
    *(Fault.HANG, Fault.RATE_LIMIT_LONG, Fault.HUGE_ANSWER),
    *(
        Fault.MISSING_USAGE,
        Fault.NULL_USAGE,
    ),  # counted as all that was reserved: the server's count is unknown
}


def test_three_tenants_under_random_faults_are_all_accounted_for_and_the_books_agree(
    world: World, serve: Serve
) -> None:
    server = serve(faults=at_random(0.3, seed=5, among=PASSING))
    for slug in ("acme", "beta", "corvid"):
        world.tenant(slug, {"policy.md": POLICY.replace("AES-256", f"AES-256 by {slug}"), "b.md": PROCEDURE})
    assert world.sweep(change=patient).state == "succeeded"
    for slug in ("acme", "beta", "corvid"):
        found = rows(world, slug)
        assert set(found) == {ref for ref, *_ in DUTIES}
        assert all(row["verdict"] != GONE or row["reason"] for row in found.values())
        assert {row["judge"] for row in found.values()} == {"llm"}
    assert sum(entry.fault is not None for entry in server.books) >= 5
    assert cost(world.environment().operations) == charged(server) > 0


def test_no_tenants_text_and_no_key_is_in_the_ledger(world: World, serve: Serve) -> None:
    serve(faults=at_random(0.3, seed=2))
    world.tenant("acme", {"policy.md": f"{POLICY}\n\nThe zebrafish ledger sleeps under lanterns.\n"})
    world.sweep(change=patient)
    told = [path.read_bytes() for path in (world.home / "operations").iterdir()]
    for secret in (b"zebrafish", b"privacy training", b"sk-test-openai", b"sk-ant-test"):
        assert not any(secret in content for content in told)
