"""``models.yaml``: which providers there are, which model each alias means, and who is asked for what."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm.call import ErrorClass, Feature
from radar_pipeline.llm.errors import ModelSetupError
from radar_pipeline.yaml_files import lines_of, read_yaml

Kind = Literal["openai", "anthropic", "openai_compatible", "cohere"]
Tier = Literal["economy", "full"]
Parameters = Mapping[str, str | int | float]

# What may stand under `parameters` of a deployment: what its provider's interface takes.
TAKES: Mapping[str, frozenset[str]] = {
    "openai": frozenset({"reasoning_effort", "temperature", "verbosity"}),
    "anthropic": frozenset({"reasoning_effort"}),  # its interface takes no temperature
    "openai_compatible": frozenset({"reasoning_effort", "temperature", "seed", "top_p"}),
    "cohere": frozenset(),
}


def _exact(value: object) -> object:
    """0.1 in YAML is the decimal 0.1, not the binary number next to it; true is no number."""
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    return str(value) if isinstance(value, float) else value


Usd = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProviderEntry(_Strict):
    """A service that answers. ``key`` is the *name* of the variable or file that holds the secret."""

    kind: Kind
    key: str = Field(default="", max_length=64, pattern=r"^([A-Z][A-Z0-9]*(_[A-Z0-9]+)+)?$")
    base_url: str = Field(default="", pattern=r"^(https?://[^\s@]+)?$")


class PricesEntry(_Strict):
    """US dollars per million tokens. ``batch`` is the factor of the batch interface."""

    input: Usd
    output: Usd = Decimal(0)
    cached: Usd | None = None  # like input
    cache_write: Usd | None = None  # like input
    batch: Usd | None = None  # no batch


class DeploymentEntry(_Strict):
    """A model as we use it; its alias is the key it stands under."""

    provider: str
    model: str = Field(min_length=1)
    requests_per_minute: int = Field(ge=1)
    tokens_per_minute: int = Field(ge=1)
    context_tokens: int = Field(ge=1)
    max_output_tokens: int = Field(default=0, ge=0)
    concurrency: int | None = Field(default=None, ge=1)
    dimensions: int | None = Field(default=None, ge=1)  # of an embedding model, and of no other
    parameters: dict[str, str | int | float] = Field(default_factory=dict)
    prices: PricesEntry | None = None


class BudgetEntry(_Strict):
    """How many US dollars may be spent in a day and in a month (UTC); left out: no limit."""

    daily: Usd | None = None
    monthly: Usd | None = None


class BudgetsEntry(_Strict):
    """Limits over all tenants, for each tenant, for tenants by name, and for evaluations of prompts, which
    are no tenant's and count towards the first."""

    overall: BudgetEntry = BudgetEntry(daily=Decimal(10), monthly=Decimal(100))
    tenant: BudgetEntry = BudgetEntry(daily=Decimal(5), monthly=Decimal(50))
    tenants: dict[str, BudgetEntry] = Field(default_factory=dict)
    evaluations: BudgetEntry = BudgetEntry(daily=Decimal(2), monthly=Decimal(20))


class BreakerEntry(_Strict):
    """After ``threshold`` failures in a row a deployment is left alone for ``cooldown`` seconds."""

    threshold: int = Field(default=5, ge=1)
    cooldown: float = Field(default=60.0, gt=0)


class ModelsFile(_Strict):
    """The whole file."""

    providers: dict[str, ProviderEntry]
    deployments: dict[str, DeploymentEntry]
    routes: dict[Literal["judge", "ask", "evaluate"], dict[Tier, list[str]]]
    budgets: BudgetsEntry = BudgetsEntry()
    breaker: BreakerEntry = BreakerEntry()


@dataclass(frozen=True, slots=True)
class Provider:
    """A service that answers; ``key`` names its secret, empty if it needs none."""

    name: str
    kind: Kind
    key: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A model as we use it."""

    alias: str
    provider: Provider
    model: str
    requests_per_minute: int
    tokens_per_minute: int
    context_tokens: int
    max_output_tokens: int
    concurrency: int | None = None
    dimensions: int | None = None
    parameters: Parameters = field(default_factory=dict)
    prices: PricesEntry | None = None

    @property
    def name(self) -> str:
        """``provider/model``."""
        return f"{self.provider.name}/{self.model}"

    def merged(self, parameters: Parameters) -> dict[str, str | int | float]:
        """Its parameters under those of a call; what its interface does not take is left out."""
        takes = TAKES[self.provider.kind]
        return {k: v for k, v in sorted({**self.parameters, **parameters}.items()) if k in takes}


@dataclass(frozen=True, slots=True)
class Catalog:
    """The models in use: routes, limits, budgets."""

    deployments: Mapping[str, Deployment]
    routes: Mapping[tuple[str, str], tuple[str, ...]]
    budgets: BudgetsEntry = field(default_factory=BudgetsEntry)
    breaker: BreakerEntry = field(default_factory=BreakerEntry)

    def route(self, feature: Feature, tier: str) -> tuple[Deployment, ...]:
        """Whom to ask, in order. Raises ModelSetupError if models.yaml has no such route."""
        aliases = self.routes.get((feature.value, tier))
        if not aliases:
            raise ModelSetupError(
                f"models.yaml has no route for {feature.value} of the tier {tier[:40]!r}.",
                remedy=f"Add routes: {feature.value}: {tier[:40]}: [an alias of deployments].",
                error_class=ErrorClass.CONFIGURATION,
            )
        return tuple(self.deployments[alias] for alias in aliases)

    def available(self, feature: Feature, tier: str) -> tuple[Deployment, ...]:
        """Those of the route whose key is set or that need none; empty without a route, too."""
        from radar_pipeline.llm import keys

        aliases = self.routes.get((feature.value, tier), ())
        found = (self.deployments[alias] for alias in aliases)
        return tuple(d for d in found if not d.provider.key or keys.resolve(d.provider.key))

    def identity(self, feature: Feature, tier: str) -> str:
        """Names the models of a route in order, with a digest of all that shapes their answers.

        Keys, limits, prices and addresses do not change it.
        """
        route = self.route(feature, tier)
        parts = [[d.provider.name, d.provider.kind, d.model, sorted(d.parameters.items())] for d in route]
        return f"{' > '.join(d.name for d in route)} #{ids.digest(json.dumps(parts), length=12)}"

    def embedder(self, alias: str) -> Deployment:
        """The embedding model of that alias. Raises ModelSetupError if there is none."""
        found = self.deployments.get(alias)
        if found is None or found.dimensions is None:
            raise ModelSetupError(
                f"models.yaml has no embedding model under the alias {alias[:80]!r}.",
                remedy="Add it to deployments, with its dimensions.",
                error_class=ErrorClass.CONFIGURATION,
            )
        return found

    def budget(self, tenant: str) -> BudgetEntry:
        """The limits of one tenant."""
        return self.budgets.tenants.get(tenant, self.budgets.tenant)


def load_catalog(path: Path) -> Catalog:
    """The file, checked. Raises ConfigurationError naming the lines that are wrong."""
    entries = read_yaml(path, ModelsFile)
    problems = list(_problems(entries))
    if problems:
        line_of = lines_of(path)
        told = "; ".join(f"line {line_of(place)}: {what}" for place, what in problems[:5])
        raise ConfigurationError(f"{path.name}: {told}.", remedy="Mend the named lines and run again.")
    providers = {name: Provider(name, p.kind, p.key, p.base_url) for name, p in entries.providers.items()}
    return Catalog(
        deployments={alias: _deployment(alias, d, providers) for alias, d in entries.deployments.items()},
        routes={
            (feature, tier): tuple(aliases)
            for feature, tiers in entries.routes.items()
            for tier, aliases in tiers.items()
        },
        budgets=entries.budgets,
        breaker=entries.breaker,
    )


def _deployment(alias: str, entry: DeploymentEntry, providers: Mapping[str, Provider]) -> Deployment:
    values = {name: getattr(entry, name) for name in DeploymentEntry.model_fields if name != "provider"}
    return Deployment(alias=alias, provider=providers[entry.provider], **values)


Problem = tuple[list[str | int], str]


def _problems(entries: ModelsFile) -> Iterator[Problem]:
    for name, provider in entries.providers.items():
        if provider.kind == "openai_compatible" and not provider.base_url:
            yield ["providers", name], f"{name} is openai_compatible and needs a base_url"
    for alias, deployment in entries.deployments.items():
        yield from _deployment_problems(alias, deployment, entries.providers)
    for feature, tiers in entries.routes.items():
        for tier, aliases in tiers.items():
            place: list[str | int] = ["routes", feature, tier]
            if not aliases:
                yield place, "a route needs at least one alias"
            for number, alias in enumerate(aliases):
                yield from _step_problems([*place, number], alias, aliases[:number], entries)
    for tenant in entries.budgets.tenants:
        if not ids.SLUG_PATTERN.fullmatch(tenant):
            yield ["budgets", "tenants", tenant], f"{tenant[:80]!r} is not a tenant slug"


def _deployment_problems(
    alias: str, entry: DeploymentEntry, providers: Mapping[str, ProviderEntry]
) -> Iterator[Problem]:
    place: list[str | int] = ["deployments", alias]
    provider = providers.get(entry.provider)
    if provider is None:
        yield [*place, "provider"], f"there is no provider {entry.provider[:80]!r}"
        return
    for name in sorted(set(entry.parameters) - TAKES[provider.kind]):
        known = ", ".join(sorted(TAKES[provider.kind])) or "no parameters"
        yield [*place, "parameters", name], f"{provider.kind} takes {known}, not {name[:40]!r}"
    if entry.dimensions is None and provider.kind == "cohere":
        yield place, f"{alias}: cohere is asked for embeddings only: name the dimensions"
    if entry.dimensions is None and not entry.max_output_tokens:
        yield place, f"{alias} needs max_output_tokens (or dimensions, for an embedding model)"
    if entry.dimensions is not None and provider.kind == "anthropic":
        yield [*place, "dimensions"], "anthropic has no embedding models"


def _step_problems(
    place: list[str | int], alias: str, earlier: list[str], entries: ModelsFile
) -> Iterator[Problem]:
    found = entries.deployments.get(alias)
    if found is None:
        yield place, f"there is no deployment {alias[:80]!r}"
    elif found.dimensions is not None:
        yield place, f"{alias} is an embedding model and answers no questions"
    if alias in earlier:
        yield place, f"{alias[:80]} stands twice in the route"
