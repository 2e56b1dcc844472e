"""Regulations and contracts: by section or clause, 500 to 1,000 tokens, never across a top section.

Where there are no headings the whole text is one section, closed between its clauses.
"""

from collections.abc import Iterator, Sequence

from radar_pipeline.ingest.chunk.ranges import Range, packed, split, with_bodies
from radar_pipeline.ingest.sections import Block, BlockKind, top_level
from radar_pipeline.ingest.tokens import TokenIndex


def sections(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[Range]:
    """A shorter section stays short; a title without a text of its own goes with the first."""
    top = top_level([b for b in found if b.kind is BlockKind.HEADING])
    runs = split(found, lambda b: b.kind is BlockKind.HEADING and b.level <= top)
    for section in with_bodies(runs):
        yield from packed(text, section, index)
