"""What lies in a tenant's source folder. Listing is not reading: nothing is opened but for its hash."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import SourceUnreadableError
from radar_pipeline.models import Tenant

SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})
SYSTEM_FOLDERS = frozenset({"__macosx", "__pycache__", "node_modules", "$recycle.bin"})
HASH_LENGTH = 32


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One source file as listed. ``path`` is relative to the tenant's source, '/'-separated."""

    document_id: str
    path: str
    location: Path
    size: int
    mtime_ns: int


def discover(tenant: Tenant) -> tuple[SourceFile, ...]:
    """All document files under the tenant's source, sorted by path.

    Hidden and system files and the tenant's ``ignore`` globs are left out; files of a format that
    nobody parses are not (they are reported as unsupported). A link that leads out of the source
    is left out: what it points at is not the tenant's to show.

    Raises SourceUnreadableError if the folder, or any folder in it, is missing or can't be listed:
    a listing that came back short must never look like removed documents.
    """
    root = tenant.documents
    try:
        if not root.is_dir():
            raise _unreadable(tenant, "does not exist or is not a folder")
        real_root = root.resolve(strict=True)
        files = [_source_file(tenant, root, entry) for entry in _walk(root, real_root, tenant.ignore)]
    except OSError as error:
        raise _unreadable(
            tenant, f"could not be listed ({error.strerror or 'input/output error'})"
        ) from error
    return tuple(sorted(files, key=lambda file: file.path))


def content_hash(file: SourceFile) -> str:
    """SHA-256 of the file's bytes, shortened. Raises SourceUnreadableError if it can't be read."""
    try:
        with file.location.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:HASH_LENGTH]
    except OSError as error:
        raise source_file_unreadable(file, error.strerror or "input/output error") from error


def bytes_hash(data: bytes) -> str:
    """The content hash of bytes already read; equals ``content_hash`` of a file that holds them."""
    return hashlib.sha256(data).hexdigest()[:HASH_LENGTH]


def source_file_unreadable(file: SourceFile, why: str) -> SourceUnreadableError:
    """The error for a listed file that could not be opened. It names the id: paths are private."""
    return SourceUnreadableError(
        f"Source file {file.document_id} could not be read ({why}).",
        remedy="Check that the file is still there and that its permissions let the radar read it, "
        "then sweep again.",
    )


def matches(path: str, pattern: str) -> bool:
    """Whether a path glob matches: a pattern without '/' is also tried on the file's name alone."""
    if fnmatchcase(path, pattern):
        return True
    return "/" not in pattern and fnmatchcase(path.rsplit("/", 1)[-1], pattern)


def _walk(root: Path, real_root: Path, ignore: tuple[str, ...]) -> Iterator[os.DirEntry[str]]:
    """The files below ``root``. Without recursion: folders may lie deeper than Python's stack."""
    folders = [str(root)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if _is_system(entry.name):
                    continue
                relative = Path(entry.path).relative_to(root).as_posix()
                if any(matches(relative, pattern) for pattern in ignore):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif _is_inner_file(entry, real_root):
                    yield entry


def _is_inner_file(entry: os.DirEntry[str], real_root: Path) -> bool:
    """A regular file, or a link to one inside the source. Linked folders are not walked: loops."""
    if not entry.is_symlink():
        return entry.is_file(follow_symlinks=False)
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):  # dangling, or a loop of links
        return False
    return target.is_file() and target.is_relative_to(real_root)


def _is_system(name: str) -> bool:
    lowered = name.lower()
    return (
        name.startswith((".", "~$"))
        or name.endswith("~")
        or lowered in SYSTEM_FILES
        or lowered in SYSTEM_FOLDERS
    )


def _source_file(tenant: Tenant, root: Path, entry: os.DirEntry[str]) -> SourceFile:
    # A name that is no UTF-8 reaches us with surrogates; stores and pipes take only clean text.
    relative = Path(entry.path).relative_to(root).as_posix()
    clean = relative.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    stat = entry.stat()
    return SourceFile(
        document_id=ids.document_id(tenant.slug, clean),
        path=clean,
        location=Path(entry.path),
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
    )


def _unreadable(tenant: Tenant, what: str) -> SourceUnreadableError:
    return SourceUnreadableError(
        f"The document folder {tenant.documents} of tenant {tenant.slug} {what}.",
        remedy="Mount or create it, or correct 'documents' in tenants.yaml. "
        "Nothing was removed from the report.",
    )
