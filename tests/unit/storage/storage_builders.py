"""Rows, documents and helpers that the storage tests share."""

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from radar_pipeline import ids
from radar_pipeline.models import (
    Chunk,
    Citation,
    Document,
    DocumentMeta,
    ElementJudgement,
    ElementStatus,
    Judgement,
    Kind,
    Passage,
    Reason,
    Stance,
    Status,
    Verdict,
)
from radar_pipeline.storage.schema import BY_NAME, TABLES, Column

CANARY = "Canary sentence that nobody else may read."

Rows = dict[str, list[dict[str, Any]]]


def value(column: Column, tag: str) -> Any:
    """A value of the column's type; private text holds the canary."""
    text = f"{CANARY} {tag}" if column.private else f"{column.name}-{tag}"
    return {
        "VARCHAR": text,
        "VARCHAR[]": [text, f"{text} again"],
        "INTEGER": 3,
        "INTEGER[]": [3, 5],
        "BIGINT": 4,
        "DOUBLE": 0.25,
        "BOOLEAN": True,
        "DATE": date(2026, 11, 1),
        "TIMESTAMPTZ": datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC),
    }[column.type]


def row(table: str, tag: str, **given: Any) -> dict[str, Any]:
    """A whole row of a table; ``tag`` makes its key."""
    made = {column.name: value(column, tag) for column in BY_NAME[table].columns}
    made["tenant_id"] = "acme"
    if "framework_id" in made:
        made["framework_id"] = "gdpr"
    unknown = given.keys() - made.keys()
    assert not unknown, unknown
    return made | given


def report(
    sweep_id: str, tags: Iterable[str] = ("a", "b"), tenant: str = "acme", framework: str = "gdpr"
) -> Rows:
    """Rows of every table, as one publication of one framework."""
    made: Rows = {}
    for table in TABLES:
        names = [framework] if table.key[0] == "framework_id" else list(tags)
        if table.scoped and table.key[0] != "framework_id":
            names = [f"{framework}:{tag}" for tag in names]
        made[table.name] = [row(table.name, name, tenant_id=tenant) for name in names]
        for each in made[table.name]:
            if "framework_id" in each:
                each["framework_id"] = framework
            if "sweep_id" in each:
                each["sweep_id"] = sweep_id
    return made


def document(
    name: str, text: str = "One sentence. Another sentence.", pieces: int = 2
) -> tuple[Document, tuple[Chunk, ...], tuple[Passage, ...]]:
    """A document version with chunks and passages."""
    version = f"ver-{ids.digest(name, text, length=24)}"
    size = max(1, len(text) // pieces)
    ranges = [(i * size, min(len(text), (i + 1) * size)) for i in range(pieces)]
    meta = DocumentMeta(title=name, kind=Kind.POLICY, status=Status.APPROVED)
    whole = Document(f"doc-{name}", version, f"{name}.md", "c0ffee", "text/markdown", "md@1", meta, text, ())
    chunks = tuple(
        Chunk(f"{version}-{i}", version, i, start, end, text[start:end], ("Top", name), 7)
        for i, (start, end) in enumerate(ranges)
    )
    passages = tuple(
        Passage(
            ids.digest(text[start:end], str(start)),
            whole.document_id,
            version,
            start,
            end,
            text[start:end],
            ("Top", name),
            1,
            Kind.POLICY,
            Status.APPROVED,
            (chunks[i].chunk_id,),
        )
        for i, (start, end) in enumerate(ranges)
    )
    return whole, chunks, passages


def judgement(quote: str = "One sentence.") -> Judgement:
    """A judgement that uses every field."""
    return Judgement(
        verdict=Verdict.NOT_ASSESSED,
        confidence=0.4375,
        scores={
            Verdict.COVERED: 0.5,
            Verdict.PARTIAL: 0.25,
            Verdict.CONTRADICTED: 0.125,
            Verdict.NOT_ADDRESSED: 0.125,
        },
        elements=(ElementJudgement("action-1", ElementStatus.MET, 0.75, "72 against 72"),),
        citations=(Citation("hash", 0, len(quote), quote, Stance.SUPPORTS, ("action-1",), 0.5),),
        explanation="Because.",
        suggested_verdict=Verdict.COVERED,
        reason=Reason.UNCERTAIN,
        ranking=("hash", "other"),
        tokens_in=3,
        tokens_out=2,
        cost_usd=0.001,
    )


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, as a crash or a limit needs."""
    builders = str(Path(__file__).parent)
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {builders!r})\n{code}", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def bytes_under(folder: Path) -> bytes:
    """All bytes of all files of a folder, and all names."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"\n".join([str(path).encode() + b"\n" + path.read_bytes() for path in files])
