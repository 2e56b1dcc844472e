"""``plans.yaml``: what a tenant may bring under each plan."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from radar_pipeline.models import Quota
from radar_pipeline.yaml_files import read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanEntry(_Strict):
    """One plan; a limit left out is no limit."""

    documents: int | None = Field(default=None, ge=1)
    megabytes: int | None = Field(default=None, ge=1)
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
    return {name: Quota(name, entry.documents, entry.megabytes) for name, entry in entries.items()}
