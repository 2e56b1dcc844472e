"""The portfolio's inbox: one immutable folder of Parquet per (sweep, tenant). Files only."""

import re
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.ids import SLUG_PATTERN
from radar_pipeline.storage.ddl import VERSION
from radar_pipeline.storage.files import (
    TEMPORARY,
    read_json,
    remove_tree,
    storing,
    sync_folder,
    sync_tree,
    write_json,
)

MANIFEST = "manifest.json"  # written last: a folder without it is not whole
ABANDONED_SECONDS = 86_400.0
_ATTEMPTS = 5
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._~-]{0,127}")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one publication sends to the portfolio."""

    sweep_id: str
    tenant: str
    folder: Path


def parcel(portfolio: Path, sweep_id: str, tenant: str) -> Parcel:
    """Where a publication's parcel lies; ValueError for a name that could leave the inbox."""
    if _NAME.fullmatch(sweep_id) is None or SLUG_PATTERN.fullmatch(tenant) is None:
        raise ValueError("Not a sweep id and tenant slug.")
    return Parcel(sweep_id, tenant, portfolio / "inbox" / sweep_id / tenant)


def staging(found: Parcel) -> Path:
    """A new folder to fill; apart from the parcels, so that no loader tidies it away."""
    inbox = found.folder.parent.parent
    folder = inbox / f"{TEMPORARY}{secrets.token_hex(6)}.{found.tenant}"
    with storing(inbox):
        folder.mkdir(parents=True)
    return folder


def post(filled: Path, found: Parcel) -> None:
    """Make a filled folder the parcel, replacing an earlier one of the same publication."""
    content = {"sweep_id": found.sweep_id, "tenant_id": found.tenant, "schema_version": VERSION}
    write_json(filled / MANIFEST, content)
    with storing(found.folder):
        sync_tree(filled)
        remove_tree(found.folder)
        for attempt in range(_ATTEMPTS):
            found.folder.parent.mkdir(parents=True, exist_ok=True)
            try:
                filled.rename(found.folder)
                break
            except FileNotFoundError:  # a loader removed the sweep's folder, which was empty
                if attempt == _ATTEMPTS - 1:
                    raise
        sync_folder(found.folder.parent)


def is_whole(found: Parcel) -> bool:
    """Whether the parcel is complete and of this program's schema."""
    try:
        value = read_json(found.folder / MANIFEST)
    except StoreError:
        return False
    return value == {"sweep_id": found.sweep_id, "tenant_id": found.tenant, "schema_version": VERSION}


def parcels(portfolio: Path) -> list[Parcel]:
    """Everything in the inbox that has a parcel's name."""
    inbox = portfolio / "inbox"
    with storing(inbox):
        return [
            parcel(portfolio, sweep.name, tenant.name)
            for sweep in sorted(inbox.glob("*/"))
            for tenant in sorted(sweep.glob("*/"))
            if _NAME.fullmatch(sweep.name) and SLUG_PATTERN.fullmatch(tenant.name)
        ]


def is_orphan(found: Parcel, published: Mapping[str, str], tenants_home: Path) -> bool:
    """Whether nobody will ever load the parcel: overtaken by a later release, or its tenant is gone."""
    release = published.get(found.tenant)
    if release is None:
        return not (tenants_home / found.tenant).exists()
    return found.sweep_id < release


def discard(portfolio: Path, unwanted: Iterable[Parcel]) -> None:
    """Remove parcels, then sweeps' folders that hold none any more."""
    inbox = portfolio / "inbox"
    for each in unwanted:
        remove_tree(each.folder)
    with storing(inbox):
        for sweep in inbox.glob("*/"):
            if _NAME.fullmatch(sweep.name):
                with suppress(OSError):  # not empty
                    sweep.rmdir()


def remove_abandoned(portfolio: Path, tenant: str = "", older_than: float = ABANDONED_SECONDS) -> None:
    """Remove what killed producers left half-filled (of one tenant, if named)."""
    inbox = portfolio / "inbox"
    with storing(inbox):
        for folder in inbox.glob(f"{TEMPORARY}*"):
            if folder.name.endswith(f".{tenant}" if tenant else "") and _age(folder) >= older_than:
                shutil.rmtree(folder, ignore_errors=True)


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
