"""Which of a tenant's documents are copies or old versions of others, and what follows from it.

Signatures are computed once for a version and remembered beside the tenant's work; nothing here runs
on a night on which nothing is due.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from radar_pipeline.ingest import similar
from radar_pipeline.ingest.similar import Facts, Relation, Signature
from radar_pipeline.models import Passage, Status
from radar_pipeline.storage.files import read_json, write_json
from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep import keys
from radar_pipeline.sweep.manifest import Entry, Manifest

Relations = Mapping[str, Relation]  # by document id


def relations_of(tenant_home: Path, manifest: Manifest, as_of: date) -> dict[str, Relation]:
    """The relations of a tenant's documents as they are read now. Raises StoreError.

    A document that takes effect later than ``as_of`` stands for no other one yet.
    """
    readable = _readable(manifest, as_of)
    signatures = _signatures(tenant_home, {entry.version_id for entry in readable})
    return similar.relations(
        {entry.document_id: signatures[entry.version_id] for entry in readable}, map(_facts, readable)
    )


def remembered(tenant_home: Path, manifest: Manifest, as_of: date) -> dict[str, Relation]:
    """As ``relations_of``, of what the last sweep remembered: nothing is computed, nothing written."""
    known = _load(_path(tenant_home))
    readable = [entry for entry in _readable(manifest, as_of) if entry.version_id in known]
    return similar.relations(
        {entry.document_id: known[entry.version_id] for entry in readable}, map(_facts, readable)
    )


def standing(passages: Sequence[Passage], relations: Relations) -> list[Passage]:
    """The passages with the status that their documents have beside each other."""
    old = {document for document, relation in relations.items() if relation.superseded_by}
    return [replace(p, status=Status.SUPERSEDED) if p.document_id in old else p for p in passages]


def copies(relations: Relations) -> frozenset[str]:
    """The documents that others are kept for: a passage of both is cited from the other."""
    return frozenset(document for document, relation in relations.items() if relation.duplicate_of)


def in_force(passages: Sequence[Passage]) -> list[Passage]:
    """The passages that can be evidence: a replaced one takes no candidate's place."""
    return [p for p in passages if p.status is not Status.SUPERSEDED]


def _signatures(tenant_home: Path, wanted: set[str]) -> dict[str, Signature]:
    """Signatures by version id, from the file that remembers them; what it lacks is computed."""
    path = _path(tenant_home)
    known = _load(path)
    kept = {version: signed for version, signed in known.items() if version in wanted}
    missing = sorted(wanted - kept.keys())
    texts = Texts(tenant_home / "work" / "texts")
    for version in missing:
        kept[version] = similar.signature(texts.get(version))
    if missing or len(kept) != len(known):
        rows = {version: kept[version].as_json() for version in sorted(kept)}
        write_json(path, {"version": similar.VERSION, "signatures": rows})
    return kept


def _path(tenant_home: Path) -> Path:
    return tenant_home / "work" / "signatures.json"


def _readable(manifest: Manifest, as_of: date) -> list[Entry]:
    """What has a text, as a folder has none, and is in force by now."""
    return [e for e in manifest.values() if e.has_text and not keys.pending(e, as_of)]


def _load(path: Path) -> dict[str, Signature]:
    """What is remembered; nothing if it was made another way, or is damaged."""
    try:
        data = read_json(path) or {}
        if data.get("version") != similar.VERSION:
            return {}
        return {version: Signature.from_json(row) for version, row in data["signatures"].items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def _facts(entry: Entry) -> Facts:
    return Facts(
        document_id=entry.document_id,
        path=entry.path,
        title=entry.meta.title,
        kind=entry.meta.kind,
        status=entry.meta.status,
        version=entry.meta.version,
        effective_date=entry.meta.effective_date,
    )
