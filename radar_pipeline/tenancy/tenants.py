"""``tenants.yaml``: read, checked against the frameworks there are, and selected from."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.models import FrameworkScope, Kind, Quota, Tenant
from radar_pipeline.tenancy.plans import load_plans
from radar_pipeline.yaml_files import lines_of, read_yaml

Place = list[str | int]  # keys and positions from the list of tenants down
_TOLD = 5  # problems told at once


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NotApplicableEntry(_Strict):
    """A requirement, or a glob of several (``P*``), that does not bind the tenant, and why."""

    ref: str = Field(min_length=1)
    why: str = Field(min_length=3)


class FrameworkEntry(_Strict):
    """A framework that binds the tenant, and in ``note`` why it does."""

    id: str
    note: str = ""
    not_applicable: tuple[NotApplicableEntry, ...] = ()


class TenantEntry(_Strict):
    """One tenant as written in the file."""

    slug: str = Field(pattern=f"^{ids.SLUG_PATTERN.pattern}$")
    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    documents: str = Field(min_length=1)
    frameworks: tuple[FrameworkEntry, ...] = Field(min_length=1)
    industry: str = ""
    jurisdictions: tuple[str, ...] = ()
    plan: str = "free"
    kinds: dict[str, Kind] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    shared: bool = False  # its folder may be, hold or lie in that of another tenant so marked


class TenantsFile(_Strict):
    """The whole file."""

    tenants: tuple[TenantEntry, ...]


def load_tenants(
    path: Path, known_frameworks: Collection[str], store: Path | None = None
) -> tuple[Tenant, ...]:
    """All tenants of ``path``, in its order, each with the quota of its plan.

    ``documents`` is relative to the file's folder, where ``plans.yaml`` lies too. No tenant's documents
    may hold ``store``, the folder that sweeps write, or lie in it: other tenants' texts are there.
    Raises ConfigurationError naming every problem with its line.
    """
    entries = read_yaml(path, TenantsFile).tenants
    plans = load_plans(path.parent / "plans.yaml")
    problems = list(_problems(entries, known_frameworks, plans))
    problems += _in_store(entries, path.parent, store) if store else []
    problems += _in_anothers(entries, path.parent)
    if problems:
        line = lines_of(path)
        told = [f"line {line(['tenants', *place])}: {what}" for place, what in problems[:_TOLD]]
        more = f" (and {len(problems) - _TOLD} more)" if len(problems) > _TOLD else ""
        raise ConfigurationError(
            f"{path.name}: {'; '.join(told)}{more}.", remedy="Mend the named lines and run again."
        )
    return tuple(_tenant(entry, path.parent, (plans or {}).get(entry.plan)) for entry in entries)


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


def _problems(
    entries: Sequence[TenantEntry],
    known_frameworks: Collection[str],
    plans: Mapping[str, Quota] | None,
) -> Iterator[tuple[Place, str]]:
    """What only shows once the whole file is understood: where in the list of tenants, and what."""
    slugs = [entry.slug for entry in entries]
    known = ", ".join(sorted(known_frameworks)) or "none"
    for at, entry in enumerate(entries):
        if entry.slug in slugs[:at]:
            yield [at, "slug"], f"the slug {entry.slug!r} occurs twice"
        if plans is not None and entry.plan not in plans:
            yield [at, "plan"], f"there is no plan {entry.plan!r} (plans.yaml has: {', '.join(plans)})"
        bound = [framework.id for framework in entry.frameworks]
        for n, framework in enumerate(entry.frameworks):
            place: Place = [at, "frameworks", n]
            if framework.id not in known_frameworks:
                yield (
                    place,
                    f"tenant {entry.slug!r} names the unknown framework {framework.id!r} (known: {known})",
                )
            if framework.id in bound[:n]:
                yield place, f"tenant {entry.slug!r} names the framework {framework.id!r} twice"
            refs = [item.ref for item in framework.not_applicable]
            for ref in sorted({ref for ref in refs if refs.count(ref) > 1}):
                yield place, f"tenant {entry.slug!r} marks {ref} not applicable twice"


def overlap(documents: Path, store: Path) -> bool:
    """Whether one of the two folders holds the other, links followed."""
    source, home = (Path(os.path.realpath(folder)) for folder in (documents, store))
    return source.is_relative_to(home) or home.is_relative_to(source)


def _in_store(entries: Sequence[TenantEntry], folder: Path, store: Path) -> Iterator[tuple[Place, str]]:
    for at, entry in enumerate(entries):
        if overlap(folder / _home_expanded(entry.documents), store):
            yield (
                [at, "documents"],
                f"the documents of {entry.slug!r} overlap {store}, where every tenant's texts are stored",
            )


def _in_anothers(entries: Sequence[TenantEntry], folder: Path) -> Iterator[tuple[Place, str]]:
    """One tenant's sentences would stand in another's report: only on purpose, marked on both."""
    places = [Path(os.path.realpath(folder / _home_expanded(entry.documents))) for entry in entries]
    owners: dict[Path, list[int]] = {}
    for at, place in enumerate(places):
        owners.setdefault(place, []).append(at)
    for at, (entry, place) in enumerate(zip(entries, places, strict=True)):
        around = [n for outer in (place, *place.parents) for n in owners.get(outer, ()) if n != at]
        for other in around:
            if not (entry.shared and entries[other].shared):
                yield (
                    [at, "documents"],
                    f"the documents of {entry.slug!r} lie in those of {entries[other].slug!r}, so the one's "
                    "texts would be read as the other's; `shared: true` on both allows it",
                )
                break


def _tenant(entry: TenantEntry, folder: Path, quota: Quota | None) -> Tenant:
    return Tenant(
        slug=entry.slug,
        name=entry.name,
        documents=(folder / _home_expanded(entry.documents)).absolute(),
        frameworks=tuple(
            FrameworkScope(f.id, {item.ref: item.why for item in f.not_applicable}, f.note)
            for f in entry.frameworks
        ),
        industry=entry.industry,
        jurisdictions=entry.jurisdictions,
        plan=entry.plan,
        quota=quota,
        kinds=dict(entry.kinds),
        ignore=entry.ignore,
    )


def _home_expanded(path: str) -> Path:
    """``~`` is the person's home; a ``~name`` that nobody has is a folder of that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
