"""Files that are whole or absent: written beside, synced, renamed. A full disk is said so."""

import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import StoreError

TEMPORARY = ".tmp-"  # prefix of everything half-written; whoever finds one may remove it

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_ABSENT = {errno.ENOENT, errno.ENOTDIR}
_SPACE_REMEDY = "Free space on that disk and run the command again; nothing half-written is used."
_ACCESS_REMEDY = "Give this user access to it, or point RADAR_HOME at a folder that it may write."
_ABSENT_REMEDY = (
    "Point RADAR_HOME at a folder that can be made and written, and check that its disk is mounted."
)
_OTHER_REMEDY = "Check the disk, then run the command again; it continues where it stopped."
_DAMAGED = {  # folder in the path -> what to do if the disk is well and the same comes again
    "lance": "If its files are damaged, delete that folder and sweep again: it is built anew.",
    "operations": "If it is damaged, restore it from your backup, or move it away: the ledger's history and "
    "its tombstones are then gone.",
    "portfolio": "If it is damaged, delete the portfolio folder and sweep again: it is loaded anew from "
    "the tenants.",
    "releases": "If it is damaged, restore the tenant's releases folder from your backup, or delete its link "
    "`published` and sweep again: the report is made anew, without its history.",
}


def store_error(where: Path, error: BaseException) -> StoreError:
    """The StoreError, with its remedy, that ``error`` means for the store at ``where``.

    Only the error's number and its engine's fixed phrases are looked at; its text, which may quote
    a tenant's document, goes nowhere.
    """
    number = error.errno if isinstance(error, OSError) else None
    said = str(error).lower()
    if number in _FULL or "no space left" in said or "file too large" in said or "disk is full" in said:
        return StoreError(f"No space left to write {where}.", remedy=_SPACE_REMEDY)
    if (
        number in _DENIED
        or "permission denied" in said
        or "read-only file system" in said
        or "readonly database" in said
    ):
        return StoreError(f"No permission to use {where}.", remedy=_ACCESS_REMEDY)
    if number in _ABSENT:
        return StoreError(f"{where} cannot be created or is not there.", remedy=_ABSENT_REMEDY)
    return StoreError(f"{where} could not be read or written ({type(error).__name__}).", remedy=mend(where))


def mend(where: Path) -> str:
    """What to do about a store at ``where`` that cannot be read or written."""
    more = [advice for folder, advice in _DAMAGED.items() if folder in where.parts]
    if "published" in where.parts and "portfolio" not in where.parts:
        more = [_DAMAGED["releases"]]
    return " ".join([_OTHER_REMEDY, *more[:1]])


@contextmanager
def storing(where: Path) -> Iterator[None]:
    """Turn an OSError inside the block into a StoreError about ``where``."""
    try:
        yield
    except OSError as error:
        raise store_error(where, error) from error


def write_bytes(path: Path, data: bytes, *, sync: bool = True, within: Path | None = None) -> None:
    """Write a file whole or not at all, making its folder if needed.

    Without ``sync`` the file survives the death of this process but perhaps not of the machine. ``within``:
    a folder above it that is never made: where that is gone, as an erased tenant's, nothing is written.
    """
    with storing(path):
        _make_folder(path.parent, within)
        temporary = path.parent / f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}"
        try:
            with temporary.open("wb") as file:
                file.write(data)
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if sync:
            sync_folder(path.parent)


def _make_folder(folder: Path, within: Path | None) -> None:
    if within is None:
        folder.mkdir(parents=True, exist_ok=True)
        return
    for part in folder.relative_to(within).parts:
        within = within / part
        within.mkdir(exist_ok=True)


def write_text(path: Path, text: str, *, within: Path | None = None) -> None:
    """Write UTF-8 text whole or not at all; line ends stay as they are. ``within``: as ``write_bytes``."""
    write_bytes(path, text.encode("utf-8"), within=within)


def write_json(path: Path, value: Any, *, within: Path | None = None) -> None:
    """Write JSON with sorted keys, whole or not at all. ``within``: as ``write_bytes``."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_text(path, text, within=within)


def stamp(paths: Iterable[Path]) -> str:
    """Names, sizes and dates of files, 16 digits: whether something may have changed, without reading it."""
    said = []
    for path in sorted(paths):
        with suppress(OSError):  # gone since it was listed
            found = path.stat()
            said.append(f"{path} {found.st_size} {found.st_mtime_ns}")
    return ids.digest(*said, length=16)


def read_json(path: Path) -> Any | None:
    """The JSON value in ``path``; None if the file is absent. Damaged JSON is a StoreError."""
    with storing(path):
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise StoreError(f"{path} is damaged.", remedy=mend(path)) from None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make a written file's bytes durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make a folder, everything in it and all names durable. Links are not followed."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent) / name
            if not path.is_symlink():
                sync_file(path)
        sync_folder(Path(parent))


def remove_tree(folder: Path) -> None:
    """Remove a folder if it exists, and what an earlier removal of it left when it was killed.

    It is renamed first, so that nobody finds it half removed.
    """
    remains = re.compile(re.escape(f"{TEMPORARY}{folder.name}-") + "[0-9a-f]{8}")
    with storing(folder):
        if not folder.parent.is_dir():
            return
        if folder.is_dir():
            folder.rename(folder.parent / f"{TEMPORARY}{folder.name}-{secrets.token_hex(4)}")
        for path in folder.parent.iterdir():
            if remains.fullmatch(path.name) and path.is_dir():
                shutil.rmtree(path)


def remove_temporaries(folder: Path) -> None:
    """Remove what a killed process left half-written in ``folder`` (which may be absent)."""
    if not folder.is_dir():
        return
    with storing(folder):
        for path in folder.iterdir():
            if path.name.startswith(TEMPORARY):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
