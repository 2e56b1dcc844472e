"""`radar usage` and `radar models`: the ledger's numbers, warnings with remedies, and never a key."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from tests.support.spending import Ledger, with_models
from tests.support.world import World

KEY = "sk-test-0123456789abcdef"


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


def answer(*arguments: str) -> Any:
    result = radar(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def ledger(world: World) -> Iterator[Ledger]:
    made = Ledger(with_models(world), datetime.now(UTC))
    yield made
    made.operations.close()


def test_usage_tells_what_is_used_and_what_is_left_of_plan_and_budgets(ledger: Ledger) -> None:
    ledger.call("acme", "0.05", of=4)
    found = answer("usage")
    scopes = {row["scope"]: row for row in found["scopes"]}
    assert list(scopes) == ["acme", "beta", "*evaluate", "*"]
    assert scopes["acme"]["queries_month"] == {"used": 4, "limit": 10.0, "left": 6.0, "level": "holds"}
    assert scopes["acme"]["usd_day"] == {"used": 0.2, "limit": 1.0, "left": 0.8, "level": "holds"}
    assert scopes["*"]["usd_month"] == {"used": 0.2, "limit": 100.0, "left": 99.8, "level": "holds"}
    assert found["warnings"] == []
    shown = radar("usage").output
    assert "acme" in shown and "$0.20" in shown and "$99.80" in shown and "no limit" in shown


def test_usage_and_status_warn_with_the_remedy(ledger: Ledger) -> None:
    ledger.call("acme", "0.01", of=9)
    [warning] = answer("usage", "--tenant", "acme")["warnings"]
    assert (warning["scope"], warning["level"]) == ("acme", "warning")
    assert "acme has used 9 of 10 queries" in warning["message"] and "plans.yaml" in warning["remedy"]
    for command in ("usage", "status"):
        assert "acme has used 9 of 10 queries" in " ".join(radar(command).output.split())
    scopes = answer("usage", "--tenant", "beta")["scopes"]
    assert [row["scope"] for row in scopes] == ["beta", "*evaluate", "*"]


def test_usage_tells_what_evaluations_of_prompts_cost_and_where_their_limit_stands(ledger: Ledger) -> None:
    ledger.call("", "0.45", of=4, feature="evaluate")
    found = answer("usage", "--tenant", "acme")
    scopes = {row["scope"]: row for row in found["scopes"]}
    assert scopes["*evaluate"]["usd_day"] == {"used": 1.8, "limit": 2.0, "left": 0.2, "level": "warning"}
    assert scopes["acme"]["usd_day"]["used"] == 0
    [warning] = found["warnings"]
    assert warning["message"].startswith("Evaluations of prompts have used $1.80 of $2.00 in ")
    assert "budgets: evaluations in models.yaml" in warning["remedy"]
    for command in ("usage", "status"):
        assert "Evaluations of prompts have used $1.80" in " ".join(radar(command).output.split())
    assert "evaluations of" in radar("usage").output


def test_usage_of_an_unknown_tenant_names_the_known_ones(ledger: Ledger) -> None:
    result = radar("usage", "--tenant", "nobody")
    assert result.exit_code == 2 and "acme" in result.output


def test_without_models_usage_says_that_nothing_is_spent(world: World) -> None:
    world.tenant("acme")
    assert "nothing is spent" in " ".join(radar("usage").output.split())
    assert radar("models").exit_code == 2


def test_models_tells_whether_a_key_is_there_and_never_the_key(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {d["key_is"] for d in answer("models")["deployments"]} == {"missing"}
    monkeypatch.setenv("MINE_API_KEY", KEY)
    found = answer("models")
    assert {(d["key"], d["key_is"]) for d in found["deployments"]} == {("MINE_API_KEY", "set")}
    assert found["routes"][0] == {"feature": "judge", "tier": "economy", "aliases": ["small"]}
    for output in (radar("models").output, radar("models", "--json").output, radar("doctor").output):
        assert KEY not in output


def test_models_tells_prices_circuits_and_what_is_not_asked_for_want_of_a_price(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.operations.breakers.failure("small", 5, 3600)
    small, unpriced = answer("models")["deployments"]
    assert (small["alias"], small["usd_input"], small["usd_output"]) == ("small", "0.50", "2.00")
    assert (small["circuit"], small["failures"], small["problem"]) == ("open", 5, "")
    assert unpriced["usd_input"] is None and "price" in unpriced["problem"]
    assert unpriced["circuit"] == "closed"


def test_the_doctor_names_a_model_that_could_be_asked_but_has_no_price(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def problem() -> str:
        found = json.loads(radar("doctor", "--json").output)
        return str(next(c["problem"] for c in found if c["name"] == "language models"))

    assert problem() == ""  # without its key nothing is asked
    monkeypatch.setenv("MINE_API_KEY", KEY)
    assert "unpriced" in problem()
