"""``plans.yaml``: what a tenant may bring, and use of language models, under each plan."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from radar_pipeline.models import Quota
from radar_pipeline.yaml_files import read_yaml

MOST_USD = Decimal(10**9)  # the ledger counts billionths of a dollar in 64 bits


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanEntry(_Strict):
    """One plan; a limit left out is no limit."""

    documents: int | None = Field(default=None, ge=1)
    megabytes: int | None = Field(default=None, ge=1)
    queries: int | None = Field(default=None, ge=0)
    models: str = Field(default="full", pattern=r"^[a-z0-9][a-z0-9_-]*$")
    usd_per_day: Decimal | None = Field(default=None, ge=0, le=MOST_USD)
    usd_per_month: Decimal | None = Field(default=None, ge=0, le=MOST_USD)
    description: str = ""


class PlansFile(_Strict):
    """The whole file."""

    plans: dict[str, PlanEntry]


def load_plans(path: Path) -> Mapping[str, Quota] | None:
    """Quotas by plan; None where there is no such file: then any plan's name will do, and none limits.

    Raises ConfigurationError naming the line that is wrong.
    """
    if not path.exists():
        return None
    entries = read_yaml(path, PlansFile).plans
    return {name: Quota(name, **entry.model_dump(exclude={"description"})) for name, entry in entries.items()}
