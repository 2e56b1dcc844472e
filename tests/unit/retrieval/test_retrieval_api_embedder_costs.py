"""What an embedder by API costs, and how it fails: in the ledger to a billionth, and with a remedy."""

import sys
from dataclasses import replace
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm import prices
from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError, ModelsUnavailableError
from radar_pipeline.llm.fake import Fault, when
from radar_pipeline.retrieval import api_embedder
from tests.support.embedding import SERVICES, TEXTS, Open, embedder, requests
from tests.support.modelling import KEYS


@pytest.mark.parametrize("name", SERVICES)
def test_the_ledger_and_its_own_count_equal_the_servers_books(opened: Open, name: str) -> None:
    models = opened(faults=[Fault.RATE_LIMIT_MS])
    made = embedder(models, name)
    made.embed(TEXTS)
    made.embed([f"{text} {n}" for text in TEXTS for n in range(50)])
    assert len(models.server.books) == 4  # refused, asked again, and 150 texts in two portions
    billed = prices.cost(models.catalog.embedder(name), models.server.billed())
    assert models.spent() == made.spent_usd == billed > 0
    assert {(r.tenant_id, r.feature, r.queries) for r in models.ledger()} == {("acme", "embed", 0)}


def test_the_estimate_is_near_what_is_billed(opened: Open) -> None:
    models = opened()
    made = embedder(models)
    texts = [f"{text} {n}" for text in TEXTS for n in range(50)]
    estimate = made.estimate_usd(texts)
    assert not models.server.books
    made.embed(texts)
    assert made.spent_usd / 2 < estimate < made.spent_usd * 2


def test_each_tenant_is_spoken_for_alone(opened: Open) -> None:
    models = opened()
    for tenant in ("acme", "beta"):
        embedder(models, tenant=tenant).embed([f"{tenant} {text}" for text in TEXTS])
    assert [r.tenant_id for r in models.ledger()] == ["acme", "beta"]
    for request, tenant in zip(requests(models), ("acme", "beta"), strict=True):
        assert all(text.startswith(tenant) for text in request.inputs)


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        (Fault.RATE_LIMIT_BARE, ModelsUnavailableError, "what is embedded is kept"),
        (Fault.INSUFFICIENT_QUOTA, ModelsUnavailableError, "what is embedded is kept"),
        (Fault.UNAVAILABLE, ModelsUnavailableError, "what is embedded is kept"),
        (Fault.HANG_UP, ModelsUnavailableError, "what is embedded is kept"),
        (Fault.TRUNCATED_BODY, ModelsUnavailableError, "what is embedded is kept"),
        (Fault.WRONG_KEY, ModelSetupError, "_API_KEY"),
        (Fault.UNKNOWN_MODEL, ModelSetupError, "in models.yaml"),
        (Fault.CONTEXT_OVERFLOW, ModelCallError, "context_tokens"),
        (Fault.BAD_REQUEST, ModelCallError, "RADAR_EMBEDDER"),
    ],
)
def test_a_service_that_fails_is_an_error_with_its_remedy_and_no_text_in_it(
    opened: Open, fault: Fault, error: type[ModelCallError], told: str, name: str
) -> None:
    made = embedder(opened(faults=when(lambda _: True, fault)), name)
    with pytest.raises(error) as raised:
        made.embed(TEXTS)
    assert type(raised.value) is error and told in raised.value.remedy
    shown = raised.value.message + raised.value.remedy
    assert not any(text in shown for text in TEXTS) and not any(key in shown for key in KEYS.values())


def test_a_budget_that_is_used_up_is_told_by_its_name(opened: Open) -> None:
    def edit(body: dict[str, Any]) -> None:
        body["budgets"] = {"tenant": {"daily": 0}}

    models = opened(edit=edit)
    with pytest.raises(ModelCallError) as raised:
        embedder(models).embed(TEXTS)
    assert raised.value.error_class is ErrorClass.BUDGET and "budget" in raised.value.remedy
    assert not models.server.books
    assert embedder(models, tenant="").embed(TEXTS).any()  # what all share is no tenant's money


@pytest.mark.parametrize("name", SERVICES)
def test_a_check_before_the_night_spends_nothing(
    opened: Open, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = opened()
    deployment = models.catalog.embedder(name)
    api_embedder.check(deployment)
    with pytest.raises(ModelSetupError) as raised:
        api_embedder.check(replace(deployment, model="nobody-knows-1"))
    assert "prices" in raised.value.remedy
    monkeypatch.delenv(deployment.provider.key)
    with pytest.raises(ModelSetupError) as raised:
        api_embedder.check(deployment)
    assert deployment.provider.key in raised.value.remedy and not models.server.books


def test_without_the_extra_cohere_says_what_to_install(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    models = opened()
    monkeypatch.setitem(sys.modules, "cohere", None)
    for attempt in (
        lambda: api_embedder.check(models.catalog.embedder("languages")),
        lambda: embedder(models, "languages").embed(TEXTS),
    ):
        with pytest.raises(ConfigurationError) as raised:
            attempt()
        assert "pip install 'radar-pipeline[cohere]'" in raised.value.remedy
    assert models.spent() == 0
