"""What lies in a tenant's source. Listing is not reading: nothing is opened, or fetched, but for its hash."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import SourceUnreadableError
from radar_pipeline.ingest.sources import Listed, NotFetchedError, Source, source_of
from radar_pipeline.ingest.sources.naming import matches
from radar_pipeline.models import Tenant
from radar_pipeline.storage.files import TEMPORARY, remove_tree, storing

__all__ = [
    "SourceFile",
    "Spool",
    "bytes_hash",
    "clear_spool",
    "content_hash",
    "discover",
    "fetch",
    "matches",
    "release",
    "source_file_unreadable",
]

HASH_LENGTH = 32
KEPT_BYTES = 2 * 1024**3  # fetched content kept from its hash to its parse; what exceeds it is fetched again


@dataclass(slots=True)
class Spool:
    """Where the content of a bucket's objects lies while somebody must read it."""

    folder: Path
    max_bytes: int  # a larger object is never fetched
    reads: Callable[[str], bool]  # whether anybody parses a file of this path; else it is not fetched
    room: int = KEPT_BYTES  # what may still be kept after its hash is known


@dataclass(frozen=True, slots=True)
class Remote:
    """An object of a bucket: how to fetch it, and where to."""

    source: Source
    listed: Listed
    spool: Spool | None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One source file as listed. ``path`` is relative to the tenant's source, '/'-separated."""

    document_id: str
    path: str
    location: Path  # of a bucket's object: where its content lies once it was fetched
    size: int
    mtime_ns: int
    etag: str = ""  # of a bucket's object: equal, its content is equal
    remote: Remote | None = field(default=None, compare=False, repr=False)
    within: Path | None = field(default=None, compare=False, repr=False)  # the real folder it may not leave

    @property
    def worth_fetching(self) -> bool:
        """False if it lies here, or if nothing in it would be read: too large, empty, no format of ours."""
        spool = self.remote.spool if self.remote else None
        return spool is not None and 0 < self.size <= spool.max_bytes and spool.reads(self.path)

    @property
    def unfetched_hash(self) -> str:
        """Stands for the content of an object that is not worth fetching."""
        return ids.digest("object", self.etag or str(self.mtime_ns), str(self.size), length=HASH_LENGTH)


def discover(tenant: Tenant, spool: Spool | None = None) -> tuple[SourceFile, ...]:
    """All document files of the tenant's source, sorted by path.

    Hidden and system files and the tenant's ``ignore`` globs are left out; files of a format that
    nobody parses are not (they are reported as unsupported). Without ``spool`` the objects of a
    bucket can be listed and not fetched.

    Raises SourceUnreadableError if any part of the source is missing or can't be listed: a listing
    that came back short must never look like removed documents.
    """
    source = source_of(tenant)
    files = [_source_file(tenant, source, listed, spool) for listed in source.listing()]
    if isinstance(tenant.documents, Path):
        within = tenant.documents.resolve()
        files = [replace(file, within=within) for file in files]
    return tuple(sorted(files, key=lambda file: file.path))


def content_hash(file: SourceFile) -> str:
    """SHA-256 of the file's bytes, shortened; an object is fetched for it, if anything in it would be
    read. Raises SourceUnreadableError if it can't be read."""
    if file.remote is not None and not file.worth_fetching:
        return file.unfetched_hash if file.size else bytes_hash(b"")
    fetch(file)
    try:
        with file.location.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()[:HASH_LENGTH]
    except OSError as error:
        raise source_file_unreadable(file, error.strerror or "input/output error") from error
    _keep_or_release(file)
    return found


def bytes_hash(data: bytes) -> str:
    """The content hash of bytes already read; equals ``content_hash`` of a file that holds them."""
    return hashlib.sha256(data).hexdigest()[:HASH_LENGTH]


def fetch(file: SourceFile) -> None:
    """See that the file's content lies at its location. Raises SourceUnreadableError, StoreError.

    What is there is whole: it was written beside and renamed, under a name made of key and etag.
    """
    remote = file.remote
    if remote is None or remote.spool is None or file.location.exists():
        return
    folder = remote.spool.folder
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{TEMPORARY}{file.location.name}-{secrets.token_hex(4)}"
    try:
        with storing(folder):
            target.touch()  # a full or forbidden disk is the store's fault, not the bucket's
        remote.source.fetch(remote.listed, target)
        with storing(folder):
            target.replace(file.location)
    except NotFetchedError as error:
        raise source_file_unreadable(file, str(error)) from error
    finally:
        target.unlink(missing_ok=True)


def release(file: SourceFile) -> None:
    """Forget the fetched content of an object."""
    if file.remote is not None:
        file.location.unlink(missing_ok=True)


def clear_spool(folder: Path) -> None:
    """Remove everything fetched, and what a killed sweep left there. For the holder of the lease."""
    remove_tree(folder)


def source_file_unreadable(file: SourceFile, why: str) -> SourceUnreadableError:
    """The error for a listed file that could not be opened. It names the id: paths are private."""
    return SourceUnreadableError(
        f"Source file {file.document_id} could not be read ({why}).",
        remedy="Check that the file is still there and that its permissions let the radar read it, "
        "then sweep again.",
    )


def _source_file(tenant: Tenant, source: Source, listed: Listed, spool: Spool | None) -> SourceFile:
    return SourceFile(
        document_id=ids.document_id(tenant.slug, listed.path),
        path=listed.path,
        location=listed.location or _spooled(listed, spool),
        size=listed.size,
        mtime_ns=listed.mtime_ns,
        etag=listed.etag,
        remote=None if listed.location else Remote(source, listed, spool),
    )


def _spooled(listed: Listed, spool: Spool | None) -> Path:
    """A name that no key can choose."""
    version = listed.etag or f"{listed.size}-{listed.mtime_ns}"
    return (spool.folder if spool else Path()) / ids.digest(listed.key, version)


def _keep_or_release(file: SourceFile) -> None:
    """Keep what was fetched for whoever parses it, as long as there is room."""
    spool = file.remote.spool if file.remote else None
    if spool is None:
        return
    if file.size > spool.room:
        release(file)
    else:
        spool.room -= file.size
