"""Which judge assesses a tenant: a language model with the tenant's plan, money and cache, or the local one.

Nothing is asked and no SDK is loaded here: an unchanged night only needs to know who would be asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.judge import Judge
from radar_pipeline.judge.llm import LlmJudge, Setting
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.judge.trust import FILE as CALIBRATION
from radar_pipeline.judge.trust import load as load_trust
from radar_pipeline.llm.cache import ResponseStore
from radar_pipeline.llm.call import Feature
from radar_pipeline.llm.catalog import Catalog, load_catalog
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.models import Quota, Tenant
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep.drawn import DrawnJudge, ModelJudge, Trial
from radar_pipeline.sweep.personas import JUDGING, prompt_for

MODELS = "models.yaml"
PROMPT = JUDGING[1]
_UNLIMITED = Quota("unlimited")


@dataclass(frozen=True, slots=True)
class Models:
    """The model layer of one environment: the routes there are, and the door to them."""

    catalog: Catalog
    client: ModelClient

    def has_key(self, feature: Feature, tier: str) -> bool:
        """Whether a model of the route could be asked at all."""
        return bool(self.catalog.available(feature, tier))


def open_models(settings: Settings, operations: Operations, tenants: Mapping[str, Tenant]) -> Models | None:
    """The model layer that models.yaml describes; None where there is no such file.

    Raises ConfigurationError for a file that is wrong.
    """
    path = settings.data / MODELS
    if not path.exists():
        return None
    catalog = load_catalog(path)

    def quota_of(slug: str) -> Quota:
        tenant = tenants.get(slug)
        return (tenant.quota if tenant else None) or _UNLIMITED

    stores: dict[str, TenantStore] = {}  # one for each tenant: its answers have one writer

    def store_of(slug: str) -> ResponseStore | None:
        if not slug:
            return None
        path = settings.tenant_home(slug) / "work" / "lance"
        return stores.setdefault(slug, TenantStore(path)).responses

    client = ModelClient(
        settings,
        catalog,
        operations,
        quota_of=quota_of,
        store_of=store_of,
    )
    return Models(catalog, client)


def tier_of(tenant: Tenant) -> str:
    """The tier of models that the tenant's plan pays for."""
    return tenant.quota.models if tenant.quota else _UNLIMITED.models


def judge_of(
    settings: Settings,
    models: Models | None,
    operations: Operations,
    local: LocalJudge,
    trial: Callable[[], Trial | None] = lambda: None,
) -> Callable[[Tenant], Judge | None]:
    """The judge of each tenant, None where the local one assesses it; as RADAR_JUDGE says: ``auto`` asks
    a model where there is a key for one.

    ``trial``: the experiment that runs, asked for once: a sweep that ends on another day than it began
    keeps it. It draws only for tenants that a variant of its arms judges anyway. Raises ConfigurationError
    if a model is asked for and models.yaml is not there.
    """
    if settings.judge == "llm" and models is None:
        raise ConfigurationError(
            f"RADAR_JUDGE is llm, but there is no {settings.data / MODELS}.",
            remedy="Restore models.yaml, or set RADAR_JUDGE to local.",
        )
    if settings.judge == "local" or models is None:
        return lambda _: None
    made: dict[tuple[str, str, str], Judge] = {}
    tried = cache(trial)

    def asks(tenant: Tenant, prompt: Prompt) -> LlmJudge:
        return _llm_judge(settings, models, operations, local, tenant, prompt)

    def judge(tenant: Tenant) -> Judge | None:
        tier = tier_of(tenant)
        if settings.judge == "auto" and not models.has_key(Feature.JUDGE, tier):
            return None
        key = (tenant.slug, tier, tenant.persona)
        if key not in made:
            own = prompt_for(settings.prompts, *JUDGING, tenant)
            made[key] = _drawn(tried(), tenant, own, asks) or asks(tenant, own)
        return made[key]

    return judge


def _drawn(
    trial: Trial | None, tenant: Tenant, own: Prompt, asks: Callable[[Tenant, Prompt], LlmJudge]
) -> ModelJudge | None:
    if trial is None or not trial.draws_for(own.variant):
        return None
    return DrawnJudge(trial, tenant.slug, {arm: asks(tenant, p) for arm, p in trial.prompts.items()})


def _llm_judge(
    settings: Settings,
    models: Models,
    operations: Operations,
    local: LocalJudge,
    tenant: Tenant,
    prompt: Prompt,
) -> LlmJudge:
    tier = tier_of(tenant)
    route = models.catalog.identity(Feature.JUDGE, tier)
    setting = Setting(
        tenant=tenant.slug,
        tier=tier,
        prompt=prompt,
        route=route,
        trust=load_trust(settings.data / CALIBRATION, f"{prompt.ref} {route}"),
        concurrency=settings.llm_concurrency,
        stand_in=settings.judge_fallback == "local",
        note_claims=operations.spending.note_claims,
    )
    return LlmJudge(models.client, setting, local)
