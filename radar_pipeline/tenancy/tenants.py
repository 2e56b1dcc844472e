"""``tenants.yaml``: read, checked against the frameworks there are, and selected from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.models import FrameworkScope, Kind, Quota, Tenant
from radar_pipeline.tenancy.places import DocumentsEntry, Place, as_entry, overlap, place_of, steps
from radar_pipeline.tenancy.plans import load_plans
from radar_pipeline.tenancy.questions import MOST_QUESTIONS, QuestionEntry, entry_of, repeated
from radar_pipeline.yaml_files import lines_of, read_yaml

Where = list[str | int]  # keys and positions from the list of tenants down
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
    documents: Annotated[DocumentsEntry, BeforeValidator(as_entry)]
    frameworks: tuple[FrameworkEntry, ...] = Field(min_length=1)
    industry: str = ""
    jurisdictions: tuple[str, ...] = ()
    plan: str = "free"
    kinds: dict[str, Kind] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    shared: bool = False  # its folder may be, hold or lie in that of another tenant so marked
    questions: tuple[Annotated[QuestionEntry, BeforeValidator(entry_of)], ...] = Field(
        default=(), max_length=MOST_QUESTIONS
    )
    persona: str = Field(default="", pattern=r"^[a-z][a-z0-9_]{0,40}$")  # the form of a prompt's variant


class TenantsFile(_Strict):
    """The whole file."""

    tenants: tuple[TenantEntry, ...]


def load_tenants(
    path: Path, known_frameworks: Collection[str], store: Path | None = None
) -> tuple[Tenant, ...]:
    """All tenants of ``path``, in its order, each with the quota of its plan.

    ``documents`` is a folder, relative to the file's own, where ``plans.yaml`` lies too, or a bucket's
    ``s3://bucket/prefix``. No tenant's documents
    may hold ``store``, the folder that sweeps write, or lie in it: other tenants' texts are there.
    Raises ConfigurationError naming every problem with its line.
    """
    entries = read_yaml(path, TenantsFile).tenants
    plans = load_plans(path.parent / "plans.yaml")
    problems = list(_problems(entries, known_frameworks, plans))
    places: dict[int, Place] = {}
    for at, entry in enumerate(entries):
        try:
            places[at] = place_of(entry.documents, path.parent)
        except ConfigurationError as error:
            problems.append(([at, "documents"], f"{error.message} {error.remedy}".rstrip(".")))
    problems += _in_store(entries, places, store) if store else []
    problems += _in_anothers(entries, places)
    if problems:
        line = lines_of(path)
        told = [f"line {line(['tenants', *place])}: {what}" for place, what in problems[:_TOLD]]
        more = f" (and {len(problems) - _TOLD} more)" if len(problems) > _TOLD else ""
        raise ConfigurationError(
            f"{path.name}: {'; '.join(told)}{more}.", remedy="Mend the named lines and run again."
        )
    quotas = plans or {}
    return tuple(_tenant(entry, places[at], quotas.get(entry.plan)) for at, entry in enumerate(entries))


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
) -> Iterator[tuple[Where, str]]:
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
            place: Where = [at, "frameworks", n]
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
        for n, what in repeated(entry.questions):
            yield [at, "questions", n], f"tenant {entry.slug!r} asks {what} twice"


def _in_store(
    entries: Sequence[TenantEntry], places: Mapping[int, Place], store: Path
) -> Iterator[tuple[Where, str]]:
    for at, place in places.items():
        if overlap(place, store):
            yield (
                [at, "documents"],
                f"the documents of {entries[at].slug!r} overlap {store}, where every tenant's texts are "
                "stored",
            )


def _in_anothers(entries: Sequence[TenantEntry], places: Mapping[int, Place]) -> Iterator[tuple[Where, str]]:
    """One tenant's sentences would stand in another's report: only on purpose, marked on both."""
    owners: dict[tuple[str, ...], list[int]] = {}
    for at, place in places.items():
        owners.setdefault(steps(place), []).append(at)
    for at, place in places.items():
        way = steps(place)
        outer = [n for length in range(len(way), 0, -1) for n in owners.get(way[:length], ())]
        around = [n for n in outer if n != at and overlap(place, places[n])]
        for other in around:
            if not (entries[at].shared and entries[other].shared):
                yield (
                    [at, "documents"],
                    f"the documents of {entries[at].slug!r} lie in those of {entries[other].slug!r}, so the "
                    "one's texts would be read as the other's; `shared: true` on both allows it",
                )
                break


def _tenant(entry: TenantEntry, place: Place, quota: Quota | None) -> Tenant:
    return Tenant(
        slug=entry.slug,
        name=entry.name,
        documents=place,
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
        questions=tuple(question.asked for question in entry.questions),
        persona=entry.persona,
    )
