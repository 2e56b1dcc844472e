"""Where a tenant's documents lie: a folder or a bucket, listed and fetched through one protocol.

Adding a kind of source is one module here, a branch in ``source_of``, and what reads it from
``tenants.yaml``: see ``docs/extending.md``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from radar_pipeline.models import BucketUrl, Tenant


@dataclass(frozen=True, slots=True)
class Listed:
    """One file as listed. ``path`` is relative to the source, '/'-separated, clean UTF-8."""

    path: str
    size: int
    mtime_ns: int
    location: Path | None = None  # where it lies on this machine; None: it must be fetched
    key: str = ""  # of an object, as the bucket has it
    etag: str = ""  # of an object: equal, its content is equal


class NotFetchedError(Exception):
    """A listed file could not be fetched; the text says why in our words and names no file."""


class Source(Protocol):
    """A place that holds one tenant's documents."""

    def listing(self) -> Iterator[Listed]:
        """Every document file, hidden, system and ignored ones left out.

        Raises SourceUnreadableError if any part of it can't be listed: a listing is whole or an
        error, because one that came back short would look like removed documents.
        """
        ...

    def fetch(self, listed: Listed, target: Path) -> None:
        """Write the content of a file that has no location to ``target``, whole or not at all.

        Raises NotFetchedError if it is gone, refused, or not what was listed.
        """
        ...


def source_of(tenant: Tenant) -> Source:
    """The source that ``documents`` of the tenant names. Raises ConfigurationError if it can't be used."""
    if isinstance(tenant.documents, BucketUrl):
        from radar_pipeline.ingest.sources.bucket import Bucket

        return Bucket(tenant, tenant.documents)
    from radar_pipeline.ingest.sources.folder import Folder

    return Folder(tenant, tenant.documents)
