"""What is due: a tenant's inputs against those of its last publication, by small files alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from radar_pipeline.errors import ConfigurationError, QuotaExceededError, UnknownNameError
from radar_pipeline.ingest import discover
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.models import Framework, FrameworkScope, Tenant
from radar_pipeline.storage.warehouse import ReleaseInfo, published_release
from radar_pipeline.sweep import keys
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.manifest import Entry, load_manifest, refresh


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


def plan(environment: Environment, tenant: Tenant, framework_ids: tuple[str, ...], as_of: date) -> Plan:
    """List the tenant's source and compare keys. Opens no table and loads no model.

    Raises SourceUnreadableError if the source can't be listed: that is not an empty source.
    """
    listed = discover.discover(tenant)
    check_quota(tenant, listed)
    home = environment.tenant_home(tenant.slug)
    manifest = refresh(tenant, listed, load_manifest(home))
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
    published = published_release(home)
    current = published.keys if published else {}
    settled = all(entry.settled for entry in manifest.values())
    due = tuple(
        framework_id
        for framework_id, framework in scoped.items()
        if not settled or current.get(framework_id) != key_of(environment, tenant, framework, manifest, as_of)
    )
    return Plan(tenant, as_of, {f.path: f for f in listed}, manifest, scoped, due, published)


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
        environment.judge.identity.hash,
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


def check_quota(tenant: Tenant, files: Sequence[SourceFile]) -> None:
    """What the tenant brings must fit its plan. Raises QuotaExceededError; the last report stays."""
    quota = tenant.quota
    if quota is None:
        return
    megabytes = sum(file.size for file in files) / 1e6
    over = [
        f"{brought:,.0f} {what} (allowed: {allowed:,})"
        for brought, allowed, what in (
            (len(files), quota.documents, "documents"),
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
