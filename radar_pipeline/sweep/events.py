"""What a sweep tells while it runs. Dagster makes materialisations of it, the CLI progress bars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

Counts = Mapping[str, int | float | str]


class Stage(StrEnum):
    """The stages of a tenant, in order."""

    DOCUMENTS = "documents"
    CHUNKS = "chunks"
    EMBEDDINGS = "embeddings"
    ASSESSMENTS = "assessments"
    STANDING_ANSWERS = "standing_answers"
    BLINDSPOT_REPORT = "blindspot_report"


@dataclass(frozen=True, slots=True)
class SweepStarted:
    """First event of every sweep."""

    sweep_id: str
    tenants: tuple[str, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class TenantStarted:
    """The tenant is due and its lease is ours."""

    tenant: str
    frameworks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage begins."""

    tenant: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class StageProgress:
    """``done`` of ``total`` units (files, texts, requirements) of a stage.

    ``note`` is what a person should know before it goes on, without a tenant's text; mostly empty.
    """

    tenant: str
    stage: Stage
    done: int
    total: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class StageDone:
    """A stage ended well; ``counts`` holds ids, numbers and hashes, never a tenant's text."""

    tenant: str
    stage: Stage
    counts: Counts


@dataclass(frozen=True, slots=True)
class TenantUnchanged:
    """Every input equals that of the last publication: nothing was opened, loaded or spent."""

    tenant: str
    frameworks: tuple[str, ...]
    published_sweep: str
    counts: Counts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TenantPublished:
    """The tenant's new report is visible."""

    tenant: str
    frameworks: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class TenantFailed:
    """The tenant keeps its last published report. ``message`` holds no tenant's text."""

    tenant: str
    stage: str
    reason: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class TenantSkipped:
    """Another sweep holds the tenant's lease; it stays due."""

    tenant: str
    holder: str


@dataclass(frozen=True, slots=True)
class PortfolioPublished:
    """The report tables of all tenants are up to date."""

    counts: Counts


@dataclass(frozen=True, slots=True)
class SweepFinished:
    """Last event: how it ended and what it did in all."""

    sweep_id: str
    state: str  # succeeded | failed
    totals: Counts


Event = (
    SweepStarted
    | TenantStarted
    | StageStarted
    | StageProgress
    | StageDone
    | TenantUnchanged
    | TenantPublished
    | TenantFailed
    | TenantSkipped
    | PortfolioPublished
    | SweepFinished
)
