"""Costs equal what one computes by hand, and nothing is free by accident."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_pipeline.llm.call import ErrorClass, Usage
from radar_pipeline.llm.catalog import Catalog, Deployment, PricesEntry, Provider, load_catalog
from radar_pipeline.llm.errors import ModelSetupError
from radar_pipeline.llm.prices import check_priced, cost, upper_bound
from radar_pipeline.settings import PROJECT

CATALOG = load_catalog(PROJECT / "data" / "models.yaml")
LOCAL = Deployment(
    "local", Provider("ollama", "openai_compatible", "", "http://localhost"), "qwen3", 1, 1, 1, 1
)


@pytest.mark.parametrize(
    ("alias", "usage", "batch", "by_hand"),
    [
        # plain: 10,000 in at $1, 1,000 out at $5 a million
        ("openai-mid", Usage(10_000, 1000), False, "0.015000000"),
        # cached: 4,000 at $1, 5,000 at $0.05, 1,000 written at $1.25, 1,000 out at $5
        ("openai-mid", Usage(10_000, 1000, 5000, 1000), False, "0.010500000"),
        # batched: half of everything
        ("openai-mid", Usage(10_000, 1000, 5000, 1000), True, "0.005250000"),
        ("openai-small", Usage(10_000, 1000), True, "0.000750000"),
        # tiered: above 272,000 prompt tokens $2 in, $7.50 out
        ("openai-mid", Usage(272_000, 1000), False, "0.277000000"),
        ("openai-mid", Usage(272_001, 1000), False, "0.551502000"),
        # tiered: above 100,000 prompt tokens $0.50 in, $2.50 out
        ("anthropic-small", Usage(100_000, 1000), False, "0.010500000"),
        ("anthropic-small", Usage(100_001, 1000), False, "0.052500500"),
        ("anthropic-small", Usage(100_001, 1000), True, "0.026250250"),
        # Sonnet: $2 in, $10 out, cached $0.10, written $2.50
        ("anthropic-mid", Usage(10_000, 1000, 8000, 1500), False, "0.015550000"),
        ("openai-embedding", Usage(1_000_000, 0), False, "0.130000000"),
        ("cohere-embedding", Usage(1_000_000, 0), False, "0.120000000"),
        ("openai-mid", Usage(), False, "0"),
        ("openai-small", Usage(1, 0, 1), True, "0.000000005"),
    ],
)
def test_a_cost_equals_what_one_computes_by_hand(alias: str, usage: Usage, batch: bool, by_hand: str) -> None:
    assert cost(CATALOG.deployments[alias], usage, batch) == Decimal(by_hand)


def test_a_price_in_models_yaml_takes_the_place_of_the_list_s() -> None:
    prices = PricesEntry(input=Decimal("3"), output=Decimal("6"), cached=Decimal("0.3"), batch=Decimal("0.5"))
    own = replace(CATALOG.deployments["openai-mid"], prices=prices)
    usage = Usage(1000, 100, cached_tokens=400, cache_write_tokens=100)
    by_hand = Decimal(500 * 3 + 400 * Decimal("0.3") + 100 * 3 + 100 * 6) / 1_000_000
    assert cost(own, usage) == by_hand
    assert cost(own, usage, batch=True) == by_hand / 2


@pytest.mark.parametrize(
    "deployment",
    [
        LOCAL,
        replace(CATALOG.deployments["openai-mid"], model="gpt-nobody-knows"),
        replace(CATALOG.deployments["openai-mid"], model="text-embedding-3-large"),  # answers have no price
    ],
)
def test_what_has_no_price_is_refused_with_the_setting_that_mends_it(deployment: Deployment) -> None:
    for asked in (lambda: check_priced(deployment), lambda: cost(deployment, Usage(1, 1))):
        with pytest.raises(ModelSetupError) as raised:
            asked()
        assert raised.value.error_class is ErrorClass.CONFIGURATION
        assert f"deployments: {deployment.alias}: prices" in raised.value.remedy


def test_a_batch_price_that_nobody_knows_is_refused_and_not_guessed() -> None:
    for deployment in (
        CATALOG.deployments["openai-embedding"],
        replace(LOCAL, prices=PricesEntry(input=Decimal(1))),
    ):
        check_priced(deployment)
        with pytest.raises(ModelSetupError):
            cost(deployment, Usage(1, 0), batch=True)


def test_a_model_of_one_s_own_may_cost_nothing_if_the_file_says_so() -> None:
    assert cost(replace(LOCAL, prices=PricesEntry(input=Decimal(0))), Usage(10_000, 1000)) == 0


@given(
    alias=st.sampled_from(["openai-mid", "openai-small", "anthropic-mid", "anthropic-small"]),
    most_in=st.integers(0, 400_000),
    most_out=st.integers(0, 20_000),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
    batch=st.booleans(),
)
def test_no_bill_exceeds_the_upper_bound(
    alias: str, most_in: int, most_out: int, shares: tuple[float, ...], batch: bool
) -> None:
    deployment = CATALOG.deployments[alias]
    whole = int(most_in * shares[0])
    cached = int(whole * shares[1])
    usage = Usage(whole, int(most_out * shares[2]), cached, int((whole - cached) * shares[3]))
    assert cost(deployment, usage, batch) <= upper_bound(deployment, most_in, most_out, batch)


def test_the_upper_bound_allows_for_a_prompt_that_is_written_to_the_cache() -> None:
    deployment = CATALOG.deployments["openai-mid"]
    written = cost(deployment, Usage(10_000, 500, cache_write_tokens=10_000))
    assert cost(deployment, Usage(10_000, 500)) < written <= upper_bound(deployment, 10_000, 500)


def test_every_deployment_of_the_packaged_file_has_a_price(tmp_path: Path) -> None:
    catalog: Catalog = CATALOG
    for deployment in catalog.deployments.values():
        check_priced(deployment)
    for route in catalog.routes.values():
        for alias in route:
            check_priced(catalog.deployments[alias], batch=True)
