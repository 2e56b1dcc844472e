"""A tenant's publications: folders under ``releases/`` and the one link that readers follow."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from radar_pipeline.errors import NewerStoreError, StoreError
from radar_pipeline.storage.ddl import VERSION
from radar_pipeline.storage.files import (
    TEMPORARY,
    mend,
    read_json,
    remove_temporaries,
    remove_tree,
    storing,
    sync_folder,
    sync_tree,
    write_json,
)

DATABASE = "radar.duckdb"
PARQUET = "parquet"
RELEASE = "release.json"
LINK = "published"
KEPT = 2  # releases: the published one, and the one before it for readers that still have it open


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What a release holds, readable without opening its database.

    ``keys`` maps each framework to the tenant key it was published under; ``path`` is the folder.
    """

    sweep_id: str
    keys: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None
    published_at: datetime | None = None
    schema_version: int = VERSION
    path: Path = Path()


def publish(tenant_home: Path, release: str, staged: Path) -> None:
    """Make the staged folder what readers of the tenant see, all of it at one instant.

    Its bytes are made durable, it moves to ``releases/<release>``, and the link ``published`` is
    switched by one rename; older releases but one are removed. May be repeated after a crash at
    any point, also when ``staged`` has already moved. Raises StoreError with a remedy.
    """
    releases = tenant_home / "releases"
    with storing(tenant_home):
        releases.mkdir(parents=True, exist_ok=True)
        remove_temporaries(releases)
        _remove_stale_links(tenant_home)
        target = _target(releases, release, _link_target(tenant_home), staged)
        if staged.exists():
            sync_tree(staged)
            remove_tree(target)
            staged.rename(target)
            sync_folder(releases)
        elif not target.is_dir():
            raise StoreError(f"{staged} does not exist.", remedy="Run the sweep again.")
        previous = _link_target(tenant_home)
        link = tenant_home / f"{TEMPORARY}{LINK}-{secrets.token_hex(4)}"
        link.symlink_to(Path("releases") / target.name)
        link.replace(tenant_home / LINK)
        sync_folder(tenant_home)
    _prune(releases, keep=target.name, previous=previous)


def published_release(tenant_home: Path) -> ReleaseInfo | None:
    """What is published of a tenant, None if nothing is; cheap. StoreError if it is damaged."""
    return release_info(tenant_home / LINK)


def release_info(folder: Path) -> ReleaseInfo | None:
    """The description beside a release's database; None if there is none."""
    value = read_json(folder / RELEASE)
    if value is None:
        return None
    try:
        if value["schema_version"] > VERSION:
            raise newer(folder, value["schema_version"], VERSION)
        info = ReleaseInfo(
            sweep_id=str(value["sweep_id"]),
            keys=dict(value["keys"]),
            as_of=date.fromisoformat(value["as_of"]) if value["as_of"] else None,
            published_at=datetime.fromisoformat(value["published_at"]) if value["published_at"] else None,
            schema_version=value["schema_version"],
            path=folder.resolve(),
        )
        size = int(value.get("bytes", 0))
    except (TypeError, KeyError, ValueError, AttributeError):
        raise StoreError(f"{folder / RELEASE} is damaged.", remedy=mend(folder / RELEASE)) from None
    _check_size(folder / DATABASE, size)
    return info


def _check_size(database: Path, size: int) -> None:
    """A truncated database must not pass for an unchanged one; 0: the size was not written down."""
    found = database.stat().st_size if database.exists() else -1
    if size and found != size:
        raise StoreError(
            f"{database} is damaged: {max(found, 0)} bytes of {size} are left.", remedy=mend(database)
        )


def newer(path: Path, found: int | str, known: int | str) -> NewerStoreError:
    """The refusal of a store that a newer program wrote."""
    return NewerStoreError(
        f"{path} has schema version {found}; this program knows up to {known}.",
        remedy="Install the newer version of radar-pipeline that wrote it, or use another RADAR_HOME.",
    )


def write_release_info(
    folder: Path, previous: Path | None, sweep_id: str, sweeps: list[Mapping[str, Any]], frameworks: set[str]
) -> None:
    """Describe a staged release: keys of this sweep's frameworks, and the others' as they were.

    A framework of this sweep without a row in ``sweeps`` has no key: it is due again.
    """
    before = release_info(previous.parent) if previous else None
    keys = {f: key for f, key in (before.keys if before else {}).items() if f not in frameworks}
    as_of = before.as_of if before else None
    published_at = before.published_at if before else None
    for row in sweeps:
        if row["sweep_id"] == sweep_id:
            keys[row["framework_id"]] = row["input_key"]
            as_of, published_at = row["as_of"], row["published_at"]
    write_json(
        folder / RELEASE,
        {
            "sweep_id": sweep_id,
            "keys": keys,
            "as_of": as_of.isoformat() if as_of else None,
            "published_at": published_at.isoformat() if published_at else None,
            "schema_version": VERSION,
            "bytes": (folder / DATABASE).stat().st_size,
        },
    )


def release_folder(tenant_home: Path, release: str) -> Path | None:
    """The folder of a release by its id, the published one first; None if it is gone."""
    for folder in (tenant_home / LINK, tenant_home / "releases" / release):
        info = release_info(folder)
        if info is not None and info.sweep_id == release:
            return info.path
    return None


def _link_target(tenant_home: Path) -> str | None:
    link = tenant_home / LINK
    return link.readlink().name if link.is_symlink() else None


def _target(releases: Path, release: str, published: str | None, staged: Path) -> Path:
    """Where the release goes: never over the folder that readers are being sent to."""
    name, count = release, 1
    while name == published and staged.exists():
        count += 1
        name = f"{release}~{count}"
    return releases / name


def _remove_stale_links(tenant_home: Path) -> None:
    for path in tenant_home.glob(f"{TEMPORARY}{LINK}-*"):
        path.unlink(missing_ok=True)


def _prune(releases: Path, keep: str, previous: str | None) -> None:
    """Remove old releases. Not being able to is no reason to fail what is already published."""
    kept = {keep, previous}
    for folder in releases.iterdir():
        if folder.name not in kept and not folder.name.startswith(TEMPORARY):
            try:
                remove_tree(folder)
            except StoreError:
                continue
