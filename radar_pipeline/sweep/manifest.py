"""What is known of a tenant's source files without opening a table: the key to a cheap night.

One small JSON file per tenant remembers each file's size, time, content hash and what reading it
gave. A file whose size and time are as remembered is not opened.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from radar_pipeline.ingest import containers, discover, isolate, parsers
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.models import Document, DocumentMeta, Tenant, UnreadableDocument, UnreadableReason
from radar_pipeline.storage.files import store_error, write_json

FORMAT = 2
RACY_NS = 2_000_000_000  # a file written so recently may change again within its timestamp's tick
RETRYABLE = frozenset({UnreadableReason.TIMEOUT, UnreadableReason.OOM, UnreadableReason.CRASH})
ATTEMPTS = 2
NOTHING_KNOWN = DocumentMeta()


@dataclass(frozen=True, slots=True)
class Entry:
    """One source file and what reading its present version gave (``characters`` < 0: not read yet)."""

    path: str
    document_id: str
    size: int
    mtime_ns: int
    content_hash: str
    version_id: str
    parser: str
    reason: UnreadableReason | None = None
    attempts: int = 0
    characters: int = -1
    pages: int = 0
    media_type: str = ""
    scanned_pages: tuple[int, ...] = ()
    ocr_pages: tuple[int, ...] = ()
    meta: DocumentMeta = NOTHING_KNOWN
    etag: str = ""  # of a bucket's object: equal, its content is not fetched again
    container: str = ""  # path of the archive or message that it came in
    missing_since: str = ""  # ISO time of the first listing without it; its removal awaits confirmation
    failed_since: str = ""  # ISO time of the first failure to read this version
    unpacked: str = ""  # by which rules this container was taken apart, or refused; empty: not yet

    @property
    def settled(self) -> bool:
        """True if there is no point in reading this version (again), or no file to read it from."""
        if self.missing_since:
            return True
        if self.reason is None:
            return self.characters >= 0 and (bool(self.unpacked) or not self.is_container)
        return self.reason not in RETRYABLE or self.attempts >= ATTEMPTS

    @property
    def is_container(self) -> bool:
        """True for an archive or a message: what is in it are documents of their own."""
        return containers.container_for(self.path) is not None

    @property
    def quarantined(self) -> bool:
        """True for a version that is not read again before somebody mends or retries it.

        One failure for which another night may be enough (time, memory, a crash) is tried once more;
        two quarantine it. All other reasons would come again, and quarantine at once.
        """
        return self.reason is not None and self.settled and self.reason is not UnreadableReason.NOT_TEXT

    @property
    def readable(self) -> bool:
        """True once it has been read well."""
        return self.reason is None and self.characters >= 0

    @property
    def has_text(self) -> bool:
        """True if there is something in it to cut and to search; an archive has only members."""
        return self.readable and self.characters > 0

    @property
    def hides_text(self) -> bool:
        """True if a sentence may stand in it that the search could not see."""
        if self.readable:
            return 2 * len(self.scanned_pages) > self.pages
        return self.reason is not UnreadableReason.NOT_TEXT

    def read_as(self, outcome: Document | UnreadableDocument, at: str = "") -> "Entry":
        """The entry after reading the file, ``at`` an ISO time."""
        if isinstance(outcome, UnreadableDocument):
            since = self.failed_since or at
            return replace(self, reason=outcome.reason, attempts=self.attempts + 1, failed_since=since)
        return replace(
            self,
            reason=None,
            attempts=0,
            failed_since="",
            characters=len(outcome.text),
            pages=outcome.pages,
            media_type=outcome.media_type,
            scanned_pages=outcome.scanned_pages,
            ocr_pages=outcome.ocr_pages,
            meta=outcome.meta,
        )

    def forgotten(self) -> "Entry":
        """The entry as if nobody had tried to read this version yet."""
        return replace(self, reason=None, attempts=0, failed_since="", characters=-1, unpacked="")


Manifest = Mapping[str, Entry]


def manifest_path(tenant_home: Path) -> Path:
    """Where a tenant's manifest lies."""
    return tenant_home / "work" / "manifest.json"


def load_manifest(tenant_home: Path) -> dict[str, Entry]:
    """Entries by path. A missing, damaged or foreign file is an empty manifest: all is read again.

    Raises StoreError if it is there and can't be opened.
    """
    try:
        data = json.loads(manifest_path(tenant_home).read_text("utf-8"))
        if data["format"] != FORMAT:
            return {}
        return {row["path"]: _entry(row) for row in data["files"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}
    except OSError as error:
        raise store_error(manifest_path(tenant_home), error) from error


def save_manifest(tenant_home: Path, manifest: Manifest) -> None:
    """Write atomically. Raises StoreError."""
    rows = [{**asdict(entry), "meta": entry.meta.as_json()} for _, entry in sorted(manifest.items())]
    write_json(manifest_path(tenant_home), {"format": FORMAT, "files": rows})


def refresh(
    tenant: Tenant, files: tuple[SourceFile, ...], known: Manifest, *, fetch: bool = True
) -> dict[str, Entry]:
    """Today's manifest: entries of unchanged versions kept, others blank until they are read.

    An object of a bucket is fetched if it is not as remembered; without ``fetch`` its entry has no
    content and no version. What came in a container stays as long as the container is unchanged.
    """
    now = time.time_ns()
    result: dict[str, Entry] = {}
    for file in files:
        old = known.get(file.path)
        parser = parsers.parser_identity(file.path, tenant.recogniser)
        trusted_time = file.mtime_ns if file.etag or now - file.mtime_ns > RACY_NS else 0
        content = _content(file, old, fetch)
        version = isolate.version_of(file, content, tenant) if content else ""
        if old is not None and version and old.version_id == version:
            result[file.path] = replace(
                old, size=file.size, mtime_ns=trusted_time, etag=file.etag, missing_since=""
            )
        else:
            result[file.path] = Entry(
                file.path,
                file.document_id,
                file.size,
                trusted_time,
                content,
                version,
                parser,
                etag=file.etag,
            )
    return _with_members(result, known)


def _content(file: SourceFile, old: Entry | None, fetch: bool) -> str:
    """The hash of the file's content: as remembered if nothing hints at another, else computed."""
    if old is not None and old.content_hash and _looks_as_remembered(file, old):
        outgrown = file.worth_fetching and old.content_hash == file.unfetched_hash  # of a limit since raised
        if not outgrown:
            return old.content_hash
    return discover.content_hash(file) if fetch or not file.worth_fetching else ""


def _looks_as_remembered(file: SourceFile, old: Entry) -> bool:
    if (old.etag, old.size) != (file.etag, file.size):
        return False
    return bool(file.etag) or old.mtime_ns == file.mtime_ns


def _with_members(result: dict[str, Entry], known: Manifest) -> dict[str, Entry]:
    """With what came in unchanged containers, the outer before the inner."""
    for member in sorted(known.values(), key=lambda entry: len(entry.path)):
        outer = result.get(member.container) if member.container else None
        before = known.get(member.container)
        if outer and before and outer.version_id == before.version_id and member.path not in result:
            result[member.path] = replace(member, missing_since="")
    return result


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        **{
            **row,
            "reason": UnreadableReason(row["reason"]) if row["reason"] else None,
            "scanned_pages": tuple(row["scanned_pages"]),
            "ocr_pages": tuple(row["ocr_pages"]),
            "meta": DocumentMeta.from_json(row["meta"]),
        }
    )
