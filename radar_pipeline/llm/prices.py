"""What tokens cost, in US dollars to a billionth. A deployment without a price is refused, never free."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from radar_pipeline.llm.call import ErrorClass, Usage
from radar_pipeline.llm.catalog import Deployment, PricesEntry
from radar_pipeline.llm.errors import ModelSetupError

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

NANO = Decimal("1e-9")
MILLION = Decimal(1_000_000)
PRICED_KINDS = frozenset({"openai", "anthropic", "cohere"})  # what genai-prices knows by these names


def check_priced(deployment: Deployment, batch: bool = False) -> None:
    """Raises ModelSetupError, naming the setting, if the deployment's price is not known."""
    if deployment.prices is None:
        _listed(deployment, batch)
    elif batch and deployment.prices.batch is None:
        raise _no_batch_price(deployment)


def cost(deployment: Deployment, usage: Usage, batch: bool = False) -> Decimal:
    """What these tokens are billed. Raises ModelSetupError if there is no price."""
    if deployment.prices is not None:
        total = _by_override(deployment, deployment.prices, usage, batch)
    else:
        total = _by_list(_listed(deployment, batch), usage)
    return total.quantize(NANO, ROUND_HALF_EVEN)


def upper_bound(
    deployment: Deployment, input_tokens: int, output_tokens: int, batch: bool = False
) -> Decimal:
    """The most that a request of at most so many tokens can be billed, cache writing included."""
    plain = Usage(input_tokens, output_tokens)
    written = replace(plain, cache_write_tokens=input_tokens)
    read = replace(plain, cached_tokens=input_tokens)
    return max(cost(deployment, usage, batch) for usage in (plain, written, read)) + NANO


def _by_override(deployment: Deployment, prices: PricesEntry, usage: Usage, batch: bool) -> Decimal:
    if batch and prices.batch is None:
        raise _no_batch_price(deployment)
    plain = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    total = (
        prices.input * plain
        + _else(prices.cached, prices.input) * usage.cached_tokens
        + _else(prices.cache_write, prices.input) * usage.cache_write_tokens
        + prices.output * usage.output_tokens
    ) / MILLION
    return total * prices.batch if batch and prices.batch is not None else total


def _else(price: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if price is None else price


def _by_list(prices: "ModelPrice", usage: Usage) -> Decimal:
    from genai_prices import Usage as Billed

    counts = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    # A part that is zero is left out: a model without a price for it could not be billed otherwise.
    counts |= {"cache_read_tokens": usage.cached_tokens} if usage.cached_tokens else {}
    counts |= {"cache_write_tokens": usage.cache_write_tokens} if usage.cache_write_tokens else {}
    return prices.calc_price(Billed(**counts))["total_price"]


def _listed(deployment: Deployment, batch: bool) -> "ModelPrice":
    """The list price in force. The package bills full price for a context it does not know, so that a
    batch price exists is checked here."""
    from genai_prices.data_snapshot import get_snapshot

    if deployment.provider.kind not in PRICED_KINDS:
        raise _unpriced(deployment)
    try:
        _, model = get_snapshot().find_provider_model(deployment.model, None, deployment.provider.kind, None)
    except LookupError:
        raise _unpriced(deployment) from None
    now = datetime.now(UTC)
    prices = model.get_prices(now, {"processing": "batch"} if batch else None)
    if batch and prices == model.get_prices(now):
        raise _no_batch_price(deployment)
    if prices.input_mtok is None or (prices.output_mtok is None and deployment.dimensions is None):
        raise _unpriced(deployment)
    return prices


def _unpriced(deployment: Deployment) -> ModelSetupError:
    return ModelSetupError(
        f"The price of {deployment.name} (deployment {deployment.alias}) is not known, so it is not asked.",
        remedy=f"Set deployments: {deployment.alias}: prices: {{input: …, output: …}} in models.yaml, in US "
        "dollars per million tokens (0 for a model of your own).",
        error_class=ErrorClass.CONFIGURATION,
    )


def _no_batch_price(deployment: Deployment) -> ModelSetupError:
    return ModelSetupError(
        f"The batch price of {deployment.name} (deployment {deployment.alias}) is not known.",
        remedy=f"Set deployments: {deployment.alias}: prices: batch: (its factor) in models.yaml, or "
        "RADAR_BATCH=false.",
        error_class=ErrorClass.CONFIGURATION,
    )
