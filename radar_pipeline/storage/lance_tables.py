"""The tables of a tenant's working store: their Arrow schemas, and rows to and from our types.

Knows pyarrow only; ``tenant_store`` brings LanceDB.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import date
from typing import Any

import pyarrow as pa

from radar_pipeline import ids
from radar_pipeline.models import (
    Assessment,
    Chunk,
    Citation,
    Document,
    ElementJudgement,
    ElementStatus,
    JudgeIdentity,
    Judgement,
    Kind,
    Passage,
    Reason,
    Stance,
    Status,
    Verdict,
)

VERSION = 3  # of these tables; each step up has its migration in migrations/tenant_store.py

PRIMARY_KEY = {b"lance-schema:unenforced-primary-key": b"true"}
VECTORS = "vectors_"  # one table per model, because models differ in dimensions

Piece = tuple[Document, Sequence[Chunk], Sequence[Passage]]


def _key(name: str) -> pa.Field:
    # Without this mark, two writers merging the same new key would both insert it, silently.
    return pa.field(name, pa.string(), nullable=False, metadata=PRIMARY_KEY)


def _fields(**types: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, type_) for name, type_ in types.items()]


_TEXT, _INT, _DAY, _TEXTS = pa.string(), pa.int64(), pa.date32(), pa.list_(pa.string())

META = pa.schema([_key("name"), *_fields(value=_INT)])
DOCUMENTS = pa.schema(
    [
        _key("version_id"),
        *_fields(document_id=_TEXT, path=_TEXT, content_hash=_TEXT, media_type=_TEXT, parser=_TEXT),
        *_fields(
            kind=_TEXT, status=_TEXT, title=_TEXT, pages=_INT, characters=_INT, chunks=_INT, passages=_INT
        ),
    ]
)
CHUNKS = pa.schema(
    [
        _key("row_id"),
        *_fields(version_id=_TEXT, chunk_id=_TEXT, ordinal=_INT, start=_INT, end=_INT, text=_TEXT),
        *_fields(heading_path=_TEXTS, tokens=_INT),
    ]
)
PASSAGES = pa.schema(
    [
        _key("row_id"),
        *_fields(version_id=_TEXT, document_id=_TEXT, passage_hash=_TEXT, start=_INT, end=_INT, text=_TEXT),
        *_fields(heading_path=_TEXTS, page=_INT, kind=_TEXT, status=_TEXT, chunk_ids=_TEXTS),
    ]
)
JUDGEMENTS = pa.schema([_key("judgement_key"), *_fields(record=_TEXT, last_used=_DAY)])
CANDIDATES = pa.schema(
    [_key("corpus_key"), *_fields(requirement_key=_TEXT, passage_hashes=_TEXTS, last_used=_DAY)]
)
LAST_CANDIDATES = pa.schema([_key("requirement_key"), *_fields(passage_hashes=_TEXTS, last_used=_DAY)])
ASSESSMENTS = pa.schema(
    [
        _key("requirement_id"),
        *_fields(framework_id=_TEXT, verdict=_TEXT, reason=_TEXT, confidence=pa.float64()),
        *_fields(judgement_key=_TEXT, requirement_hash=_TEXT, record=_TEXT),
    ]
)
RESPONSES = pa.schema([_key("cache_key"), *_fields(body=_TEXT, created=pa.timestamp("us", tz="UTC"))])

SCHEMAS: dict[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "chunks": CHUNKS,
    "passages": PASSAGES,
    "judgements": JUDGEMENTS,
    "candidate_sets": CANDIDATES,
    "last_candidates": LAST_CANDIDATES,
    "assessments": ASSESSMENTS,
    "responses": RESPONSES,
}


def vector_table(model_hash: str) -> str:
    """The name of a model's vector table."""
    return VECTORS + ids.digest(model_hash, length=12)


def vector_schema(dimensions: int) -> pa.Schema:
    """One vector per text, and the day it was last of use."""
    vector = pa.list_(pa.float32(), dimensions)
    return pa.schema([_key("text_hash"), *_fields(vector=vector, last_used=_DAY)])


# ── Documents and their pieces ────────────────────────────────────────────────────────────────


def document_table(pieces: Sequence[Piece]) -> pa.Table:
    """One row per document version."""
    rows = [
        {
            "version_id": d.version_id,
            "document_id": d.document_id,
            "path": d.path,
            "content_hash": d.content_hash,
            "media_type": d.media_type,
            "parser": d.parser,
            "kind": d.meta.kind.value,
            "status": d.meta.status.value,
            "title": d.meta.title,
            "pages": d.pages,
            "characters": len(d.text),
            "chunks": len(chunks),
            "passages": len(passages),
        }
        for d, chunks, passages in pieces
    ]
    return pa.Table.from_pylist(rows, schema=DOCUMENTS)


def chunk_table(pieces: Sequence[Piece]) -> pa.Table:
    """One row per chunk."""
    chunks = [c for _, found, _ in pieces for c in found]
    names = ("version_id", "chunk_id", "ordinal", "start", "end", "text", "tokens")
    columns: dict[str, list[Any]] = {name: [getattr(c, name) for c in chunks] for name in names}
    columns["row_id"] = [f"{c.version_id}:{c.ordinal}" for c in chunks]
    columns["heading_path"] = [c.heading_path for c in chunks]
    return pa.table(columns, schema=CHUNKS)


def passage_table(pieces: Sequence[Piece]) -> pa.Table:
    """One row per passage."""
    passages = [p for _, _, found in pieces for p in found]
    names = ("version_id", "document_id", "passage_hash", "start", "end", "text", "page")
    columns: dict[str, list[Any]] = {name: [getattr(p, name) for p in passages] for name in names}
    columns["row_id"] = [f"{p.version_id}:{p.start}:{p.end}" for p in passages]
    columns["heading_path"] = [p.heading_path for p in passages]
    columns["chunk_ids"] = [p.chunk_ids for p in passages]
    columns["kind"] = [p.kind.value for p in passages]
    columns["status"] = [p.status.value for p in passages]
    return pa.table(columns, schema=PASSAGES)


def read_chunks(table: pa.Table) -> list[Chunk]:
    """Chunks by version and ordinal."""
    names = ("chunk_id", "version_id", "ordinal", "start", "end", "text", "heading_path", "tokens")
    rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    chunks = [Chunk(i, v, o, s, e, t, tuple(h), n) for i, v, o, s, e, t, h, n in rows]
    return sorted(chunks, key=lambda c: (c.version_id, c.ordinal))


def read_passages(table: pa.Table) -> list[Passage]:
    """Passages by document and place."""
    place = ("passage_hash", "document_id", "version_id", "start", "end", "text", "heading_path")
    names = (*place, "page", "kind", "status", "chunk_ids")
    rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    kinds, statuses = {k.value: k for k in Kind}, {s.value: s for s in Status}
    passages = [
        Passage(ph, d, v, s, e, t, tuple(h), page, kinds[k], statuses[st], tuple(c))
        for ph, d, v, s, e, t, h, page, k, st, c in rows
    ]
    return sorted(passages, key=lambda p: (p.document_id, p.start, p.end, p.version_id))


# ── Memoised work ─────────────────────────────────────────────────────────────────────────────


def judgement_table(items: Mapping[str, Judgement], today: date) -> pa.Table:
    """One row per judgement, last used today."""
    return pa.table(
        {
            "judgement_key": list(items),
            "record": [_write_judgement(item) for item in items.values()],
            "last_used": [today] * len(items),
        },
        schema=JUDGEMENTS,
    )


def read_judgements(table: pa.Table) -> dict[str, Judgement]:
    """Judgements by key."""
    keys, records = table.column("judgement_key").to_pylist(), table.column("record").to_pylist()
    return {key: _read_judgement(record) for key, record in zip(keys, records, strict=True)}


def candidate_table(rows: Mapping[tuple[str, str], tuple[str, ...]], today: date) -> pa.Table:
    """One row per remembered retrieval."""
    return pa.table(
        {
            "corpus_key": [corpus for corpus, _ in rows],
            "requirement_key": [requirement for _, requirement in rows],
            "passage_hashes": [list(found) for found in rows.values()],
            "last_used": [today] * len(rows),
        },
        schema=CANDIDATES,
    )


def last_candidate_table(rows: Mapping[tuple[str, str], tuple[str, ...]], today: date) -> pa.Table:
    """The newest set of each requirement."""
    newest = {requirement: list(found) for (_, requirement), found in rows.items()}
    return pa.table(
        {
            "requirement_key": list(newest),
            "passage_hashes": list(newest.values()),
            "last_used": [today] * len(newest),
        },
        schema=LAST_CANDIDATES,
    )


def read_candidates(table: pa.Table, key: str) -> dict[str, tuple[str, ...]]:
    """Candidate sets by the given key column."""
    keys, found = table.column(key).to_pylist(), table.column("passage_hashes").to_pylist()
    return {k: tuple(hashes) for k, hashes in zip(keys, found, strict=True)}


def assessment_table(assessments: Iterable[Assessment], records: Sequence[str]) -> pa.Table:
    """One row per assessment, with its whole record as JSON."""
    rows = [
        {
            "requirement_id": a.requirement_id,
            "framework_id": a.framework_id,
            "verdict": a.verdict.value,
            "reason": a.reason.value if a.reason else None,
            "confidence": a.confidence,
            "judgement_key": a.judgement_key,
            "requirement_hash": a.requirement_hash,
            "record": record,
        }
        for a, record in zip(assessments, records, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=ASSESSMENTS)


def _write_judgement(item: Judgement) -> str:
    return json.dumps(
        {
            "verdict": item.verdict.value,
            "confidence": item.confidence,
            "scores": {verdict.value: score for verdict, score in item.scores.items()},
            "elements": [[e.element_id, e.status.value, e.score, e.note] for e in item.elements],
            "citations": [
                [
                    c.passage_hash,
                    c.start,
                    c.end,
                    c.quote,
                    c.stance.value,
                    list(c.element_ids),
                    c.score,
                    c.noisy,
                ]
                for c in item.citations
            ],
            "explanation": item.explanation,
            "suggested_verdict": item.suggested_verdict.value if item.suggested_verdict else None,
            "reason": item.reason.value if item.reason else None,
            "ranking": list(item.ranking),
            "tokens_in": item.tokens_in,
            "tokens_out": item.tokens_out,
            "cost_usd": item.cost_usd,
            "spoke": list(astuple(item.spoke)) if item.spoke else None,
        }
    )


def _read_judgement(record: str) -> Judgement:
    value = json.loads(record)
    suggested, reason = value["suggested_verdict"], value["reason"]
    return Judgement(
        verdict=Verdict(value["verdict"]),
        confidence=value["confidence"],
        scores={Verdict(name): score for name, score in value["scores"].items()},
        elements=tuple(
            ElementJudgement(element, ElementStatus(status), score, note)
            for element, status, score, note in value["elements"]
        ),
        citations=tuple(
            Citation(passage, start, end, quote, Stance(stance), tuple(elements), score, *noisy)
            for passage, start, end, quote, stance, elements, score, *noisy in value["citations"]
        ),
        explanation=value["explanation"],
        suggested_verdict=Verdict(suggested) if suggested else None,
        reason=Reason(reason) if reason else None,
        ranking=tuple(value["ranking"]),
        tokens_in=value["tokens_in"],
        tokens_out=value["tokens_out"],
        cost_usd=value["cost_usd"],
        spoke=JudgeIdentity(*value["spoke"]) if value.get("spoke") else None,
    )


# ── Filters ───────────────────────────────────────────────────────────────────────────────────


def is_in(column: str, values: Iterable[str]) -> str:
    """A filter for rows whose column is among the values; an empty list matches nothing."""
    listed = ", ".join(quoted(value) for value in values)
    return f"{column} IN ({listed})" if listed else "false"


def quoted(value: str) -> str:
    """A string literal. Keys are digests and ids of ours; quoting them all the same costs nothing."""
    return "'" + value.replace("'", "''") + "'"


def parts(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """The values in portions small enough for one filter."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
