"""Technical documents: one chunk for each heading. Without headings: as long as a section may be."""

from collections.abc import Iterator, Sequence

from radar_pipeline.ingest.chunk.ranges import SECTION_TOKENS, Range, packed, split, with_bodies
from radar_pipeline.ingest.sections import Block, BlockKind
from radar_pipeline.ingest.tokens import TokenIndex


def headings(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[Range]:
    """What stands under a heading, with the headings above it that have no text of their own."""
    for run in with_bodies(split(found, lambda block: block.kind is BlockKind.HEADING)):
        whole = Range(run[0].start, run[-1].end, run[-1].path)
        if index.count(whole.start, whole.end) <= SECTION_TOKENS[1]:
            yield whole
        else:
            yield from packed(text, run, index)
