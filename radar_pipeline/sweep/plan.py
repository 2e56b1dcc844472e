"""What is due: a tenant's inputs against those of its last publication, by small files alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from radar_pipeline.errors import ConfigurationError, UnknownNameError
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
    home = environment.tenant_home(tenant.slug)
    manifest = refresh(tenant, listed, load_manifest(home))
    scoped = {
        scope.framework_id: environment.framework(scope.framework_id)
        for scope in tenant.frameworks
        if not framework_ids or scope.framework_id in framework_ids
    }
    for framework_id, framework in scoped.items():
        check_scope(tenant, framework, scope_of(tenant, framework_id))
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


def check_scope(tenant: Tenant, framework: Framework, scope: FrameworkScope) -> None:
    """Every ``not_applicable`` ref must exist, or a typing error would hide a duty."""
    unknown = sorted(set(scope.not_applicable) - {r.ref for r in framework.requirements})
    if unknown:
        raise ConfigurationError(
            f"Tenant {tenant.slug!r} marks {', '.join(unknown)} not applicable, "
            f"but {framework.framework_id} has no such requirement.",
            remedy="Correct the ref in tenants.yaml.",
        )
