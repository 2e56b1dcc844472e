"""Chunks: larger pieces of a document, cut by a strategy per kind. Passages point at them.

Promises, held by property tests: ``text[start:end] == chunk.text``; every character of the body
is in a chunk; no chunk is longer than its strategy's limit in the pinned tokenizer's tokens; a
regulation's or contract's chunk never holds text of two top sections.

A strategy is a function in a file of its own, from the blocks of a part to ranges in text order.
"""

from radar_pipeline import ids
from radar_pipeline.ingest.chunk.by_entry import entries
from radar_pipeline.ingest.chunk.by_finding import findings
from radar_pipeline.ingest.chunk.by_heading import headings
from radar_pipeline.ingest.chunk.by_section import sections
from radar_pipeline.ingest.chunk.by_window import windows
from radar_pipeline.ingest.chunk.ranges import Strategy, split
from radar_pipeline.ingest.sections import blocks
from radar_pipeline.ingest.tokens import token_index
from radar_pipeline.models import Chunk, Document, Kind

CHUNKING = "chunks@3"  # raise when the same text would be cut otherwise

STRATEGIES: dict[Kind, Strategy] = {
    Kind.REGULATION: sections,
    Kind.CONTRACT: sections,
    Kind.POLICY: windows,
    Kind.PROCEDURE: windows,
    Kind.UNKNOWN: windows,
    Kind.AUDIT_REPORT: findings,
    Kind.TECHNICAL: headings,
    Kind.RECORD: entries,
}


def chunk(document: Document) -> tuple[Chunk, ...]:
    """Cut a document by its kind's strategy, in text order.

    Regulation and contract: by section or clause, 500 to 1,000 tokens (a shorter section stays
    short). Policy, procedure, unknown: 800 tokens, the last 100 repeated. Audit report: a chunk
    per finding with its recommendation. Technical: one per heading. Record: one per entry or row.
    Nothing is joined over furniture, front matter or the end of a sheet.
    """
    index = token_index(document.text)
    strategy = STRATEGIES[document.meta.kind]
    parts = split(blocks(document), lambda block: block.first)
    ranges = [found for part in parts for found in strategy(document.text, part, index)]
    return tuple(
        Chunk(
            chunk_id=ids.digest(document.version_id, str(r.start), str(r.end), length=24),
            version_id=document.version_id,
            ordinal=ordinal,
            start=r.start,
            end=r.end,
            text=document.text[r.start : r.end],
            heading_path=r.path,
            tokens=index.count(r.start, r.end),
        )
        for ordinal, r in enumerate(ranges)
    )
