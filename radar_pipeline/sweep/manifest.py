"""What is known of a tenant's source files without opening a table: the key to a cheap night.

One small JSON file per tenant remembers each file's size, time, content hash and what reading it
gave. A file whose size and time are as remembered is not opened.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from radar_pipeline.ingest import discover, isolate, parsers
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.models import Document, Kind, Status, Tenant, UnreadableDocument, UnreadableReason
from radar_pipeline.storage.files import store_error, write_json

FORMAT = 1
RACY_NS = 2_000_000_000  # a file written so recently may change again within its timestamp's tick
RETRYABLE = frozenset({UnreadableReason.TIMEOUT, UnreadableReason.OOM, UnreadableReason.CRASH})
ATTEMPTS = 2


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
    title: str = ""
    owner: str = ""
    kind: Kind = Kind.UNKNOWN
    status: Status = Status.UNKNOWN
    effective_date: date | None = None
    review_by: date | None = None

    @property
    def settled(self) -> bool:
        """True if there is no point in reading this version (again)."""
        if self.reason is None:
            return self.characters >= 0
        return self.reason not in RETRYABLE or self.attempts >= ATTEMPTS

    @property
    def readable(self) -> bool:
        """True once it has been read well."""
        return self.reason is None and self.characters >= 0

    @property
    def hides_text(self) -> bool:
        """True if a sentence may stand in it that the search could not see."""
        return not self.readable and self.reason is not UnreadableReason.NOT_TEXT

    def read_as(self, outcome: Document | UnreadableDocument) -> "Entry":
        """The entry after reading the file."""
        if isinstance(outcome, UnreadableDocument):
            return replace(self, reason=outcome.reason, attempts=self.attempts + 1)
        return replace(
            self,
            reason=None,
            attempts=0,
            characters=len(outcome.text),
            pages=outcome.pages,
            media_type=outcome.media_type,
            title=outcome.meta.title,
            owner=outcome.meta.owner,
            kind=outcome.meta.kind,
            status=outcome.meta.status,
            effective_date=outcome.meta.effective_date,
            review_by=outcome.meta.review_by,
        )


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
    rows = [asdict(manifest[path]) for path in sorted(manifest)]
    for row in rows:
        row |= {name: str(row[name]) for name in ("effective_date", "review_by") if row[name]}
    write_json(manifest_path(tenant_home), {"format": FORMAT, "files": rows})


def refresh(tenant: Tenant, files: tuple[SourceFile, ...], known: Manifest) -> dict[str, Entry]:
    """Today's manifest: entries of unchanged versions kept, others blank until they are read."""
    now = time.time_ns()
    result: dict[str, Entry] = {}
    for file in files:
        old = known.get(file.path)
        same_stat = old is not None and (old.size, old.mtime_ns) == (file.size, file.mtime_ns)
        content = old.content_hash if old and same_stat else discover.content_hash(file)
        parser = parsers.parser_identity(file.path)
        version = isolate.version_of(file, content, tenant)
        trusted_time = file.mtime_ns if now - file.mtime_ns > RACY_NS else 0
        if old is not None and old.version_id == version:
            result[file.path] = replace(old, size=file.size, mtime_ns=trusted_time)
        else:
            result[file.path] = Entry(
                file.path, file.document_id, file.size, trusted_time, content, version, parser
            )
    return result


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        **{
            **row,
            "reason": UnreadableReason(row["reason"]) if row["reason"] else None,
            "kind": Kind(row["kind"]),
            "status": Status(row["status"]),
            "effective_date": _date(row["effective_date"]),
            "review_by": _date(row["review_by"]),
        }
    )


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
