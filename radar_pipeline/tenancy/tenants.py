"""``tenants.yaml``: read, checked against the frameworks there are, and selected from."""

from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.models import FrameworkScope, Kind, Tenant
from radar_pipeline.yaml_files import read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NotApplicableEntry(_Strict):
    """A requirement that does not bind the tenant, and why."""

    ref: str
    why: str = Field(min_length=3)


class FrameworkEntry(_Strict):
    """A framework that binds the tenant."""

    id: str
    not_applicable: tuple[NotApplicableEntry, ...] = ()


class TenantEntry(_Strict):
    """One tenant as written in the file."""

    slug: str = Field(pattern=f"^{ids.SLUG_PATTERN.pattern}$")
    name: str = Field(min_length=1)
    documents: str = Field(min_length=1)
    frameworks: tuple[FrameworkEntry, ...] = Field(min_length=1)
    industry: str = ""
    jurisdictions: tuple[str, ...] = ()
    plan: str = "free"
    kinds: dict[str, Kind] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()


class TenantsFile(_Strict):
    """The whole file."""

    tenants: tuple[TenantEntry, ...]


def load_tenants(path: Path, known_frameworks: Collection[str]) -> tuple[Tenant, ...]:
    """All tenants of ``path``, in its order.

    ``documents`` is relative to the file's folder. Raises ConfigurationError naming every problem.
    """
    entries = read_yaml(path, TenantsFile).tenants
    problems = _problems(entries, known_frameworks)
    if problems:
        raise ConfigurationError(
            f"{path.name}: {'; '.join(problems)}.", remedy="Mend these entries and run again."
        )
    return tuple(_tenant(entry, path.parent) for entry in entries)


def select(tenants: Sequence[Tenant], slugs: Sequence[str]) -> tuple[Tenant, ...]:
    """The named tenants in the file's order; all of them when none is named."""
    wanted = [ids.tenant_slug(slug) for slug in slugs]
    known = {tenant.slug for tenant in tenants}
    for slug in wanted:
        if slug not in known:
            raise UnknownNameError(
                f"There is no tenant {slug!r}.",
                remedy=f"Known are: {', '.join(sorted(known)) or 'none'}; add it to tenants.yaml, or, "
                f"if it was erased, run `radar tenants readmit {slug}`.",
            )
    return tuple(tenant for tenant in tenants if not wanted or tenant.slug in wanted)


def _problems(entries: Sequence[TenantEntry], known_frameworks: Collection[str]) -> list[str]:
    slugs = [entry.slug for entry in entries]
    repeated = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    problems = [f"the slug {slug!r} occurs twice" for slug in repeated]
    known = ", ".join(sorted(known_frameworks)) or "none"
    for entry in entries:
        bound = [framework.id for framework in entry.frameworks]
        problems += [
            f"tenant {entry.slug!r} names the unknown framework {name!r} (known: {known})"
            for name in bound
            if name not in known_frameworks
        ]
        if len(set(bound)) != len(bound):
            problems.append(f"tenant {entry.slug!r} names a framework twice")
    return problems


def _tenant(entry: TenantEntry, folder: Path) -> Tenant:
    return Tenant(
        slug=entry.slug,
        name=entry.name,
        documents=(folder / entry.documents).absolute(),
        frameworks=tuple(
            FrameworkScope(f.id, {item.ref: item.why for item in f.not_applicable}) for f in entry.frameworks
        ),
        industry=entry.industry,
        jurisdictions=entry.jurisdictions,
        plan=entry.plan,
        kinds=dict(entry.kinds),
        ignore=entry.ignore,
    )
