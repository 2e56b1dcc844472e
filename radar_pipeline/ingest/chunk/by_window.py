"""Policies, procedures and what is unknown: windows of 800 tokens, up to 100 of them repeated."""

from collections.abc import Iterator, Sequence

from radar_pipeline.ingest.chunk.ranges import Range
from radar_pipeline.ingest.cutting import evenly
from radar_pipeline.ingest.sections import Block, BlockKind
from radar_pipeline.ingest.sentences import sentences
from radar_pipeline.ingest.tokens import TokenIndex

WINDOW_TOKENS = 800
OVERLAP_TOKENS = 100
_LARGE_BLOCK = 120  # tokens from which windows look at a block's sentences


def windows(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[Range]:
    """Whole lines, of long ones whole sentences; a window begins with the end of the one before it."""
    units = list(_units(text, found, index))
    headings = {block.start for block in found if block.kind is BlockKind.HEADING}
    first = 0
    begin = units[0]  # there is at least one block
    while first < len(units):
        last = _last_fitting(units, first, begin.start, index)
        while last > first and last + 1 < len(units) and units[last].start in headings:
            last -= 1  # a heading stays with what it heads
        yield Range(begin.start, units[last].end, begin.path)
        if last + 1 < len(units):
            begin = _next_begin(units, first, last, begin.start, index)
        first = last + 1


def _units(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[Range]:
    """Blocks, the larger ones as sentences, the longest sentences in pieces."""
    for block in found:
        if index.count(block.start, block.end) <= _LARGE_BLOCK:
            yield Range(block.start, block.end, block.path)
            continue
        for low, high in sentences(text, block.start, block.end):
            for start, end in evenly(text, index, low, high, WINDOW_TOKENS - OVERLAP_TOKENS):
                yield Range(start, end, block.path)


def _last_fitting(units: Sequence[Range], first: int, start: int, index: TokenIndex) -> int:
    last = first
    while last + 1 < len(units) and index.count(start, units[last + 1].end) <= WINDOW_TOKENS:
        last += 1
    return last


def _next_begin(units: Sequence[Range], first: int, last: int, start: int, index: TokenIndex) -> Range:
    """Where the next window begins: whole units of at most OVERLAP_TOKENS back, else whole words."""
    end = units[last].end
    chosen = last + 1
    while chosen - 1 > first and index.count(units[chosen - 1].start, end) <= OVERLAP_TOKENS:
        chosen -= 1
    if chosen <= last:
        return units[chosen]
    back = index.retreat(end, OVERLAP_TOKENS)
    if max(start, units[last].start) < back < end:
        return Range(back, end, units[last].path)
    return units[last + 1]
