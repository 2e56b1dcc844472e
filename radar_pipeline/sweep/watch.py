"""What changed since a tenant was last read: listings and small files alone, no table, no model.

A look never raises for what a tenant's owner can break: it says what could not be read. "Could not
look" is not "nothing there", and neither is "unchanged".
"""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import RadarError
from radar_pipeline.ingest import discover
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.models import Tenant
from radar_pipeline.sweep import removals
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.manifest import Entry, load_manifest
from radar_pipeline.sweep.plan import plan, waiting

EMPTY = "its source is empty: nothing is removed from the report; put documents there, or mount it"
SETTLED_SECONDS = 2.0  # a file written more recently may still be growing


@dataclass(frozen=True, slots=True)
class Look:
    """How a tenant's inputs stand at one moment."""

    tenant: str
    input_key: str  # equal key: a try that failed would fail again
    due: tuple[str, ...] = ()  # frameworks
    source_differs: bool = False  # from what the last sweep read
    settling: bool = False  # something was written in the last moments
    problem: str = ""  # why it could not be looked at, with the remedy

    @property
    def idle(self) -> bool:
        """True if a sweep would find nothing to do."""
        return not (self.due or self.problem or self.settling)


def look(environment: Environment, tenant: Tenant, as_of: date) -> Look:
    """Compare the tenant's source and frameworks with what is published of it."""
    files = _listed(tenant)
    key = _key(environment, tenant, files)
    try:
        today = plan(environment, tenant, (), as_of, fetch=False)
        known = load_manifest(environment.tenant_home(tenant.slug))
    except RadarError as error:
        return Look(tenant.slug, key, problem=str(error))
    if not (today.manifest or today.emptied):  # a sweep of it fails
        return Look(tenant.slug, key, problem=EMPTY)
    return Look(
        tenant=tenant.slug,
        input_key=key,
        due=today.due,
        source_differs=_versions(today.manifest.values()) != _versions(known.values()),
        settling=_is_written(tenant, today.files.values()),
    )


def input_key(environment: Environment, tenant: Tenant) -> str:
    """Digest of the tenant's source as listed, what tenants.yaml says of it, and its catalogs.

    What can't be listed or read is part of the key as such: when it can be again, the key differs.
    """
    return _key(environment, tenant, _listed(tenant))


def _listed(tenant: Tenant) -> tuple[SourceFile, ...] | None:
    try:
        return discover.discover(tenant)
    except RadarError:
        return None


def _key(environment: Environment, tenant: Tenant, files: tuple[SourceFile, ...] | None) -> str:
    listing = None if files is None else [[f.path, f.size, f.etag or f.mtime_ns] for f in files]
    gone = [] if files is None else _removals(environment, tenant, files)
    catalogs = [catalog_key(environment, scope.framework_id) for scope in tenant.frameworks]
    return ids.digest(json.dumps([listing, gone, catalogs]), definition_key(tenant), length=24)


def definition_key(tenant: Tenant) -> str:
    """Digest of what tenants.yaml says of a tenant, as far as a sweep's result depends on it."""
    body = [
        str(tenant.documents) if isinstance(tenant.documents, Path) else repr(tenant.documents),
        [[scope.framework_id, sorted(scope.not_applicable.items())] for scope in tenant.frameworks],
        sorted((glob, kind.value) for glob, kind in tenant.kinds.items()),
        sorted(tenant.ignore),
        [[question.question_id, question.text] for question in tenant.questions],
    ]
    return ids.digest(tenant.slug, json.dumps(body, ensure_ascii=False), length=24)


def catalog_key(environment: Environment, framework_id: str) -> str:
    """The content hash of a catalog; empty if it can't be read."""
    with suppress(RadarError):
        return environment.framework(framework_id).content_hash
    return ""


def is_settling(paths: Iterable[Path]) -> bool:
    """True if one of the files or folders was written in the last moments.

    One whose time lies in the future says nothing about when it was written.
    """
    now = time.time()
    for path in paths:
        with suppress(OSError):
            if abs(now - path.stat().st_mtime) < SETTLED_SECONDS:
                return True
    return False


def _is_written(tenant: Tenant, files: Iterable[SourceFile]) -> bool:
    """Whether somebody is changing the source just now."""
    if isinstance(tenant.documents, Path):
        return is_settling([tenant.documents, *_places(files)])
    now = time.time()  # a bucket tells no time of what was removed
    return any(abs(now - file.mtime_ns / 1e9) < SETTLED_SECONDS for file in files)


def _places(files: Iterable[SourceFile]) -> set[Path]:
    """The files and their folders: a removed file shows only in the time of its folder."""
    return {path for file in files for path in (file.location, file.location.parent)}


def _versions(entries: Iterable[Entry]) -> dict[str, tuple[str, bool]]:
    return {entry.path: (entry.version_id, bool(entry.missing_since)) for entry in entries}


def _removals(environment: Environment, tenant: Tenant, files: Iterable[SourceFile]) -> list[list[str]]:
    """What is missing, and how that stands: a wait that is over is another input than the same files
    missed for the first time."""
    try:
        known = load_manifest(environment.tenant_home(tenant.slug))
    except RadarError:
        return []
    paths = (file.path for file in files)
    return [list(pair) for pair in removals.missing(known, paths, *waiting(environment))]
