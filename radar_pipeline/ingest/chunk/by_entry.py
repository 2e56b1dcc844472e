"""Records: one chunk for each entry or row. A row carries its header in its own words."""

from collections.abc import Iterator, Sequence

from radar_pipeline.ingest.chunk.ranges import SECTION_TOKENS, Range, fitting
from radar_pipeline.ingest.sections import Block, BlockKind
from radar_pipeline.ingest.tokens import TokenIndex


def entries(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[Range]:
    """A line is an entry; headings go with the entry below them."""
    limit = SECTION_TOKENS[1]
    start: int | None = None
    for ordinal, block in enumerate(found):
        start = block.start if start is None else start
        heads_more = block.kind is BlockKind.HEADING and ordinal + 1 < len(found)
        if heads_more and index.count(start, found[ordinal + 1].end) <= limit:
            continue
        yield from fitting(text, Range(start, block.end, block.path), index, limit)
        start = None
