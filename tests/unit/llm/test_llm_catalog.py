"""models.yaml is read strictly, and says which models are asked for what."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm.call import ErrorClass, Feature
from radar_pipeline.llm.catalog import Catalog, load_catalog
from radar_pipeline.llm.errors import ModelSetupError
from radar_pipeline.settings import PROJECT

PACKAGED = PROJECT / "data" / "models.yaml"


def written(tmp_path: Path, edit: Callable[[dict[str, Any]], None]) -> Catalog:
    body = yaml.safe_load(PACKAGED.read_text("utf-8"))
    edit(body)
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump(body, sort_keys=False))
    return load_catalog(path)


def test_openai_is_asked_first_anthropic_second_and_a_cheap_one_third() -> None:
    route = load_catalog(PACKAGED).route(Feature.JUDGE, "full")
    assert [d.provider.name for d in route][:2] == ["openai", "anthropic"]
    assert route[-1].alias == "anthropic-small"


def test_a_newcomer_is_protected_by_budgets_that_nobody_wrote(tmp_path: Path) -> None:
    catalog = written(tmp_path, lambda body: body.pop("budgets"))
    assert (catalog.budgets.overall.daily, catalog.budgets.overall.monthly) == (10, 100)
    assert (catalog.budget("acme").daily, catalog.budget("acme").monthly) == (5, 50)


def test_money_is_read_exactly(tmp_path: Path) -> None:
    budgets = {"tenants": {"acme": {"daily": 0.1}}}
    catalog = written(tmp_path, lambda body: body.update(budgets=budgets))
    assert catalog.budget("acme").daily == Decimal("0.1")
    assert catalog.budget("globex").daily == 5


WRONG: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (lambda b: b["deployments"]["openai-mid"].update(temperatur=0), "temperatur: Extra inputs"),
    (lambda b: b["deployments"]["openai-mid"].update(provider="opena"), "there is no provider 'opena'"),
    (lambda b: b["routes"]["judge"].update(full=["nobody"]), "there is no deployment 'nobody'"),
    (lambda b: b["routes"]["judge"].update(full=[]), "a route needs at least one alias"),
    (lambda b: b["routes"]["judge"].update(full=["openai-mid", "openai-mid"]), "stands twice"),
    (lambda b: b["routes"]["judge"].update(full=["openai-embedding"]), "answers no questions"),
    (lambda b: b["routes"]["judge"].update(gold=["openai-mid"]), "routes.judge.gold"),
    (lambda b: b["deployments"]["anthropic-mid"].update(parameters={"temperature": 0}), "not 'temperature'"),
    (lambda b: b["deployments"]["openai-mid"].pop("max_output_tokens"), "needs max_output_tokens"),
    (lambda b: b["deployments"]["cohere-embedding"].pop("dimensions"), "name the dimensions"),
    (lambda b: b["deployments"]["anthropic-mid"].update(dimensions=8), "no embedding models"),
    (lambda b: b["providers"]["openai"].update(kind="openai_compatible"), "needs a base_url"),
    (lambda b: b["providers"]["openai"].update(key="sk-a-key-by-mistake"), "providers.openai.key"),
    (
        lambda b: b["providers"]["openai"].update(base_url="http://user:word@host"),
        "providers.openai.base_url",
    ),
    (lambda b: b["budgets"]["overall"].update(daily=-1), "greater than or equal to 0"),
    (lambda b: b["budgets"]["overall"].update(daily=True), "a number is needed"),
    (lambda b: b["budgets"].update(tenants={"Acme Inc": {}}), "is not a tenant slug"),
    (lambda b: b["breaker"].update(threshold=0), "greater than or equal to 1"),
]


@pytest.mark.parametrize(("edit", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, edit: Callable[[dict[str, Any]], None], said: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        written(tmp_path, edit)
    assert said in str(raised.value)
    assert "models.yaml: line " in str(raised.value)
    assert "sk-a-key" not in str(raised.value)


def test_the_identity_is_that_of_the_models_in_order_and_of_nothing_else(tmp_path: Path) -> None:
    before = load_catalog(PACKAGED).identity(Feature.JUDGE, "full")
    assert before.startswith("openai/gpt-6.1-terra > anthropic/claude-sonnet-5-5 > ")

    def reprice(body: dict[str, Any]) -> None:
        prices = {"input": 1, "output": 2}
        body["deployments"]["openai-mid"].update(requests_per_minute=1, prices=prices)
        body["providers"]["openai"].update(base_url="http://proxy.example.com/v1")
        del body["budgets"]

    same = written(tmp_path, reprice)
    assert same.identity(Feature.JUDGE, "full") == before
    for edit in (
        lambda b: b["deployments"]["openai-mid"].update(model="gpt-6.1-sol"),
        lambda b: b["deployments"]["openai-mid"].update(parameters={"reasoning_effort": "high"}),
        lambda b: b["routes"]["judge"]["full"].reverse(),
        lambda b: b["routes"]["judge"]["full"].pop(),
    ):
        assert written(tmp_path, edit).identity(Feature.JUDGE, "full") != before


def test_only_deployments_with_a_key_are_available(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        for variable in (name, f"{name}_FILE", f"RADAR_{name}", f"RADAR_{name}_FILE"):
            monkeypatch.delenv(variable, raising=False)
    catalog = load_catalog(PACKAGED)
    assert catalog.available(Feature.JUDGE, "full") == ()
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    found = catalog.available(Feature.JUDGE, "full")
    assert [d.alias for d in found] == ["anthropic-mid", "anthropic-small"]
    (tmp_path / "key").write_text("sk-0123456789\n")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    assert catalog.available(Feature.JUDGE, "full")[0].alias == "openai-mid"


def test_a_route_that_is_not_there_is_a_setup_error_that_names_it() -> None:
    with pytest.raises(ModelSetupError) as raised:
        load_catalog(PACKAGED).route(Feature.JUDGE, "gold")
    assert raised.value.error_class is ErrorClass.CONFIGURATION
    assert "judge: gold" in raised.value.remedy


def test_an_answering_model_is_no_embedder() -> None:
    catalog = load_catalog(PACKAGED)
    assert catalog.embedder("openai-embedding").dimensions == 1024
    for alias in ("openai-mid", "nobody"):
        with pytest.raises(ModelSetupError):
            catalog.embedder(alias)
