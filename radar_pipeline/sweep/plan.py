"""What is due: a tenant's inputs against those of its last publication, by small files alone."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType

from radar_pipeline.errors import ConfigurationError, QuotaExceededError, UnknownNameError
from radar_pipeline.ingest import discover, parsers
from radar_pipeline.ingest.discover import SourceFile, Spool
from radar_pipeline.models import Framework, FrameworkScope, Tenant
from radar_pipeline.storage.warehouse import ReleaseInfo, published_release
from radar_pipeline.sweep import keys, members, removals
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.manifest import Entry, load_manifest, refresh, save_manifest
from radar_pipeline.sweep.speaking import asking_identity


@dataclass(frozen=True, slots=True)
class Plan:
    """A tenant's files as listed now, what is known of them, and which frameworks are due."""

    tenant: Tenant
    as_of: date
    files: Mapping[str, SourceFile]
    manifest: dict[str, Entry]
    frameworks: Mapping[str, Framework]  # in the sweep's scope
    due: tuple[str, ...]
    published: ReleaseInfo | None
    emptied: bool = False  # its last documents left, and not by a listing that is to be doubted

    @property
    def held(self) -> int:
        """Files that are missing and stay until that is confirmed."""
        return len(removals.awaiting(self.manifest))


def plan(
    environment: Environment,
    tenant: Tenant,
    framework_ids: tuple[str, ...],
    as_of: date,
    *,
    fetch: bool = True,
) -> Plan:
    """List the tenant's source and compare keys. Opens no table and loads no model.

    ``fetch``: get from a bucket what must be known of changed objects; only for the holder of the
    tenant's lease. Without it a changed object is not settled, which makes the tenant due.
    Raises SourceUnreadableError if the source can't be listed: that is not an empty source.
    """
    home = environment.tenant_home(tenant.slug)
    listed = discover.discover(tenant, spool_of(environment, tenant))
    check_quota(tenant, listed)
    known, published = load_manifest(home), published_release(home)
    manifest = refresh(tenant, listed, known, fetch=fetch)
    if published is not None:  # nothing that was never published can be lost
        manifest |= removals.held(manifest, known, tenant.ignore, *waiting(environment))
    manifest = members.current(tenant, manifest)
    check_quota(tenant, listed, manifest)  # what is known of archives; the rest when they were opened
    scoped = {
        scope.framework_id: environment.framework(scope.framework_id)
        for scope in tenant.frameworks
        if not framework_ids or scope.framework_id in framework_ids
    }
    tenant = replace(
        tenant,
        frameworks=tuple(
            resolved(tenant, scoped[s.framework_id], s) if s.framework_id in scoped else s
            for s in tenant.frameworks
        ),
    )
    current = published.keys if published else {}
    settled = all(entry.settled for entry in manifest.values())
    due = tuple(
        framework_id
        for framework_id, framework in scoped.items()
        if not settled or current.get(framework_id) != key_of(environment, tenant, framework, manifest, as_of)
    )
    emptied = published is not None and not manifest and (bool(known) or removals.is_emptied(home))
    return Plan(tenant, as_of, {f.path: f for f in listed}, manifest, scoped, due, published, emptied)


def spool_of(environment: Environment, tenant: Tenant) -> Spool:
    """Where the content of a bucket's objects lies while the tenant is swept."""
    return Spool(
        folder=environment.tenant_home(tenant.slug) / "work" / "fetched",
        max_bytes=environment.settings.max_document_mb * 1024 * 1024,
        reads=lambda path: parsers.parser_for(path) is not None,
    )


@contextmanager
def fetching(environment: Environment, tenant: Tenant) -> Iterator[None]:
    """A block that may fetch: nothing fetched outlives it, nor what a killed sweep left.

    For the holder of the tenant's lease.
    """
    forget_fetched(environment, tenant)
    try:
        yield
    finally:
        forget_fetched(environment, tenant)


def forget_fetched(environment: Environment, tenant: Tenant) -> None:
    """Remove what was fetched of a bucket."""
    discover.clear_spool(spool_of(environment, tenant).folder)


def has_news(environment: Environment, plan: Plan) -> bool:
    """Whether something was noticed that is not kept yet, be it only that a touched file is as it was:
    what is not kept is looked at again every time, which is to open every touched file."""
    return plan.manifest != load_manifest(environment.tenant_home(plan.tenant.slug))


def remember(environment: Environment, plan: Plan) -> None:
    """Keep what a look at changed files told where they held nothing new: it is not looked at again."""
    if has_news(environment, plan):
        save_manifest(environment.tenant_home(plan.tenant.slug), plan.manifest)


def waiting(environment: Environment) -> tuple[datetime, timedelta]:
    """The moment now, and how long a large removal waits."""
    return environment.clock(), timedelta(hours=environment.settings.removal_hours)


def key_of(
    environment: Environment,
    tenant: Tenant,
    framework: Framework,
    manifest: Mapping[str, Entry],
    as_of: date,
) -> str:
    """The tenant key of one (tenant, framework)."""
    embedder = environment.embedder
    judging = (
        keys.retrieval_identity(environment.settings.candidates, embedder.max_tokens),
        embedder.identity,
        environment.judge_for(tenant).identity.hash,
        *asking_identity(environment, tenant),
    )
    scope = scope_of(tenant, framework.framework_id)
    return keys.tenant_key(manifest.values(), framework, scope, judging, as_of)


def scope_of(tenant: Tenant, framework_id: str) -> FrameworkScope:
    """The tenant's scope of a framework that binds it."""
    scope = tenant.scope(framework_id)
    if scope is None:
        raise UnknownNameError(
            f"The framework {framework_id!r} does not bind tenant {tenant.slug!r}.",
            remedy="Add it to the tenant's frameworks in tenants.yaml.",
        )
    return scope


def resolved(tenant: Tenant, framework: Framework, scope: FrameworkScope) -> FrameworkScope:
    """The scope with each ``not_applicable`` glob replaced by the refs it matches.

    An exact ref goes before a glob, and an earlier glob before a later one. Every entry must match
    something, or a typing error would hide a duty. Raises ConfigurationError.
    """
    refs = [r.ref for r in framework.requirements]
    exact = {ref: why for ref, why in scope.not_applicable.items() if ref in set(refs)}
    found = dict(exact)
    unknown = []
    for pattern, why in scope.not_applicable.items():
        if pattern in exact:
            continue
        matched = [ref for ref in refs if fnmatchcase(ref, pattern)]
        if not matched:
            unknown.append(pattern)
        for ref in matched:
            found.setdefault(ref, why)
    if unknown:
        raise ConfigurationError(
            f"Tenant {tenant.slug!r} marks {', '.join(sorted(unknown))} not applicable, "
            f"but {framework.framework_id} has no such requirement.",
            remedy=f"Correct the ref in tenants.yaml; `radar frameworks show {framework.framework_id}` "
            "lists them.",
        )
    return replace(scope, not_applicable=found)


def check_quota(
    tenant: Tenant, files: Collection[SourceFile], manifest: Mapping[str, Entry] = MappingProxyType({})
) -> None:
    """What the tenant brings must fit its plan: files, and the documents that came in them, as far as
    the manifest knows them. Raises QuotaExceededError; the last report stays.
    """
    quota = tenant.quota
    if quota is None:
        return
    inside = sum(1 for entry in manifest.values() if entry.container and not entry.missing_since)
    megabytes = sum(file.size for file in files) / 1e6
    over = [
        f"{brought:,.0f} {what} (allowed: {allowed:,})"
        for brought, allowed, what in (
            (len(files) + inside, quota.documents, "documents"),
            (megabytes, quota.megabytes, "MB"),
        )
        if allowed is not None and brought > allowed
    ]
    if over:
        raise QuotaExceededError(
            f"Tenant {tenant.slug!r} brings {' and '.join(over)} under its plan {quota.plan!r}.",
            remedy="Leave documents out with `ignore`, or give the tenant another plan, in tenants.yaml; "
            "plans are in plans.yaml. The last published report stays.",
        )
