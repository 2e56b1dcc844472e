"""Documents that came in an archive or a message: what is known of them without opening it.

A member's path begins with its container's, its version is made as a file's, and an unchanged outer
file is not opened again: its members' entries are carried over. It is unpacked when it is new, when
one of its members must be read (again), or when the rules of unpacking changed.
"""

from dataclasses import replace
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.ingest import containers, isolate, parsers
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.ingest.sources.naming import is_ignored
from radar_pipeline.models import Tenant
from radar_pipeline.sweep.manifest import Entry, Manifest


def current(tenant: Tenant, manifest: Manifest) -> dict[str, Entry]:
    """The manifest with what is carried over of members brought up to today.

    A member that another parser, kind or rule now applies to is blank again; one that the tenant
    leaves out is gone; an outer file that would be unpacked otherwise today has to be.
    """
    folders = folders_of(manifest)
    result: dict[str, Entry] = {}
    for path, entry in manifest.items():
        if entry.missing_since:
            result[path] = entry
        elif not entry.container:
            result[path] = to_unpack(entry, identity(tenant, path, folders))
        elif not is_ignored(path, tenant.ignore):
            fresh = new_entry(tenant, path, entry.size, entry.content_hash, entry.container)
            kept = entry if entry.version_id == fresh.version_id else fresh
            result[path] = to_unpack(kept, identity(tenant, path, folders))
    return dict(sorted(result.items()))


def new_entry(tenant: Tenant, path: str, size: int, content_hash: str, container: str) -> Entry:
    """A member that was not read yet."""
    document_id = ids.document_id(tenant.slug, path)
    file = SourceFile(document_id, path, Path(), size, 0)
    version = isolate.version_of(file, content_hash, tenant)
    parser = parsers.parser_identity(path, tenant.recogniser)
    return Entry(path, document_id, size, 0, content_hash, version, parser, container=container)


def to_unpack(entry: Entry, rules: str) -> Entry:
    """The entry, to be unpacked (again) if that would be done otherwise today.

    What was refused is tried anew, whatever refused it: by other rules it may well be taken apart.
    """
    if entry.unpacked == rules:
        return entry
    return replace(entry, unpacked="") if entry.reason is None else entry.forgotten()


def identity(tenant: Tenant, path: str, folders: set[str]) -> str:
    """By which rules a container is taken apart: everything but its bytes that decides its members.

    Empty for other files.
    """
    container = containers.container_for(path)
    if container is None:
        return ""
    kind = f"{container.name}@{container.version}"
    return ids.digest(containers.UNPACKING, kind, below(path, folders), *sorted(tenant.ignore), length=16)


def below(path: str, folders: set[str]) -> str:
    """What members' paths begin with: the container's, but never that of a folder beside it. In a
    bucket ``a.zip`` may be both an object and the beginning of others' keys."""
    while path in folders:
        path += "!"
    return path


def folders_of(manifest: Manifest) -> set[str]:
    """Every folder of the source, by what lies in them."""
    if not any(entry.is_container for entry in manifest.values()):
        return set()
    found: set[str] = set()
    for entry in manifest.values():
        folder = "" if entry.container else entry.path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found
