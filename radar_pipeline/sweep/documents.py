"""Stages ``documents`` and ``chunks``: read what is new, cut it, and forget what is gone."""

from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.ingest import chunk, isolate, passages
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.models import Chunk, Document, Passage, UnreadableDocument
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.storage.files import read_json, write_json
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep import keys
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage, StageProgress
from radar_pipeline.sweep.manifest import Entry, load_manifest, save_manifest
from radar_pipeline.sweep.opening import Item, Opening
from radar_pipeline.sweep.plan import Plan, check_quota

SAVE_EVERY = 200  # files between two saves of the manifest: what a kill can make us read again

Progress = Generator[StageProgress, None, dict[str, int | float | str]]


def read_documents(environment: Environment, plan: Plan) -> Progress:
    """Read every file whose version is not settled; plan.manifest then tells the outcome of each.

    Raises QuotaExceededError if the tenant brings too much in archives and messages.
    """
    home = environment.tenant_home(plan.tenant.slug)
    kept = DocumentFiles(home)
    at = environment.clock().isoformat(timespec="seconds")
    done = failed = 0
    with isolate.ParserPool(environment.settings) as pool:
        opening = Opening(pool, plan, load_manifest(home), home, at)
        try:
            for item, outcome in _outcomes(opening, pool, plan):
                if isinstance(outcome, Document):
                    kept.put(outcome)
                else:
                    failed += 1
                plan.manifest[item.path] = plan.manifest[item.path].read_as(outcome, at)
                opening.done(item)
                done += 1
                if done % SAVE_EVERY == 0:
                    kept.flush()
                    save_manifest(home, plan.manifest)
                yield StageProgress(plan.tenant.slug, Stage.DOCUMENTS, done, opening.total)
        finally:
            opening.clear()
    kept.flush()
    for path in sorted(plan.manifest):  # members came to light in the order of the work
        plan.manifest[path] = plan.manifest.pop(path)
    save_manifest(home, plan.manifest)
    check_quota(plan.tenant, plan.files.values(), plan.manifest)
    unreadable = sum(1 for entry in plan.manifest.values() if entry.hides_text)
    return {
        "documents": len(plan.manifest),
        "parsed": done,
        "unpacked": opening.unpacked,
        "unreadable": unreadable,
        "failed_now": failed + opening.failed,
        "bytes": sum(entry.size for entry in plan.manifest.values() if not entry.container),
    }


def _outcomes(
    opening: Opening, pool: isolate.ParserPool, plan: Plan
) -> Iterator[tuple[Item, Document | UnreadableDocument]]:
    """Each document to be read with what reading it gave; only a few are ahead of the one yielded."""
    asked: deque[Item] = deque()

    def files() -> Iterator[tuple[SourceFile, str]]:
        for item in opening:
            asked.append(item)
            yield item.file, item.content_hash

    for outcome in isolate.read_documents(files(), pool, plan.tenant):
        yield asked.popleft(), outcome


def cut_documents(environment: Environment, plan: Plan, store: TenantStore) -> Progress:
    """Cut versions that are not cut yet into chunks and passages; drop those of gone versions."""
    home = environment.tenant_home(plan.tenant.slug)
    max_tokens = environment.embedder.max_tokens
    _drop_foreign_cuts(home, store, keys.cutting_identity(max_tokens))
    wanted = {e.version_id for e in plan.manifest.values() if e.has_text}
    stored = store.stored_versions()
    gone = stored - wanted
    if gone:
        store.drop_versions(gone)
    missing = [e for e in plan.manifest.values() if e.has_text and e.version_id not in stored]
    counts = {"chunks": 0, "passages": 0}
    yield StageProgress(plan.tenant.slug, Stage.CHUNKS, 0, len(missing))
    if missing:
        store.put_documents(_cut(DocumentFiles(home), missing, max_tokens, counts))
    yield StageProgress(plan.tenant.slug, Stage.CHUNKS, len(missing), len(missing))
    return {"documents_cut": len(missing), "documents_dropped": len(gone), **counts}


def _cut(
    kept: DocumentFiles, entries: list[Entry], max_tokens: int, counts: dict[str, int]
) -> Iterator[tuple[Document, tuple[Chunk, ...], tuple[Passage, ...]]]:
    for entry in {e.version_id: e for e in entries}.values():
        document = kept.get(entry.version_id)
        if document is None:
            raise StoreError(
                f"The text of document version {entry.version_id} is gone.",
                remedy="Delete work/manifest.json of the tenant; the next sweep reads its files anew.",
            )
        chunks = chunk.chunk(document)
        pieces = passages.passages(document, chunks, max_tokens)
        counts["chunks"] += len(chunks)
        counts["passages"] += len(pieces)
        yield document, chunks, pieces


def _drop_foreign_cuts(home: Path, store: TenantStore, identity: str) -> None:
    """Pieces cut another way are worthless beside new ones: cut everything again."""
    marker = home / "work" / "cutting.json"
    if (read_json(marker) or {}).get("identity") != identity:
        store.drop_versions(store.stored_versions())
        write_json(marker, {"identity": identity})
