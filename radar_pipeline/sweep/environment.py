"""What a sweep works with: settings, the ledger, the embedder and the judge, as plain objects."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from radar_pipeline import frameworks, tenancy
from radar_pipeline.ingest import ocr
from radar_pipeline.judge import Judge, judge_named
from radar_pipeline.models import Framework, Tenant
from radar_pipeline.retrieval.embedder import Embedder, load_embedder
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
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

    def today(self) -> date:
        """The date now in the configured time zone."""
        return self.clock().astimezone(ZoneInfo(self.settings.timezone)).date()

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
    embedder = load_embedder(settings.embedder)
    operations = Operations(settings.operations)
    listed = tenancy.load_tenants(settings.tenants_file, frameworks.available(folder), settings.home)
    erased = erase.erased(operations)
    return Environment(
        settings=settings,
        operations=operations,
        embedder=embedder,
        judge=judge_named(settings.judge, embedder.identity),
        tenants=tuple(replace(t, recogniser=recogniser) for t in listed if t.slug not in erased),
        framework=lambda framework_id: frameworks.load(folder, framework_id),
    )
