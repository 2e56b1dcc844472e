"""What a sweep works with: settings, the ledger, the embedder and the judge, as plain objects."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from radar_pipeline import frameworks, tenancy
from radar_pipeline.ingest import ocr
from radar_pipeline.judge import Judge
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.models import Framework, Tenant
from radar_pipeline.retrieval.embedder import Embedder, bound, load_embedder
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import judges, trials
from radar_pipeline.sweep.judges import Models
from radar_pipeline.tenancy import erase


@dataclass(frozen=True, slots=True)
class Environment:
    """The seam for tests and embedding programs: every part can be handed in."""

    settings: Settings
    operations: Operations
    embedder: Embedder
    judge: Judge
    tenants: tuple[Tenant, ...]  # those of tenants.yaml that were not erased
    framework: Callable[[str], Framework]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    judge_of: Callable[[Tenant], Judge | None] = lambda _: None  # a tenant's own: its plan, cache and money
    models: Models | None = None  # the door to language models, where models.yaml opens one

    def today(self) -> date:
        """The date now in the configured time zone."""
        return self.clock().astimezone(ZoneInfo(self.settings.timezone)).date()

    def judge_for(self, tenant: Tenant) -> Judge:
        """The judge that assesses this tenant. Loads no model and asks nobody."""
        return self.judge_of(tenant) or self.judge

    def embedder_for(self, tenant: Tenant, *, query: bool = False) -> Embedder:
        """The embedder for this tenant's texts: each call gives one that has spent nothing yet.

        ``query``: for texts to search with. Loads no model and asks nobody.
        """
        return bound(self.embedder, tenant.slug, query=query)

    def tenant_home(self, slug: str) -> Path:
        """The one folder that holds a tenant's text."""
        return self.settings.tenant_home(slug)


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """What to sweep: empty ``tenants`` or ``frameworks`` mean all; ``as_of`` None means today."""

    tenants: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    as_of: date | None = None
    trigger: str = "cli"


def open_environment(settings: Settings) -> Environment:
    """The environment that settings and ``tenants.yaml`` describe. Loads no model.

    Raises ConfigurationError for a wrong file or setting.
    """
    folder = settings.data / "frameworks"
    recogniser = ocr.identity(settings)
    operations = Operations(settings.operations)
    listed = tenancy.load_tenants(settings.tenants_file, frameworks.available(folder), settings.home)
    erased = erase.erased(operations)
    tenants = tuple(replace(t, recogniser=recogniser) for t in listed if t.slug not in erased)
    models = judges.open_models(settings, operations, {t.slug: t for t in tenants})
    embedder = load_embedder(settings.embedder, models.client if models else None)
    local = LocalJudge(embedder.identity)
    return Environment(
        settings=settings,
        operations=operations,
        embedder=embedder,
        judge=local,
        judge_of=judges.judge_of(settings, models, operations, local, partial(trials.current, settings)),
        models=models,
        tenants=tenants,
        framework=lambda framework_id: frameworks.load(folder, framework_id),
    )
