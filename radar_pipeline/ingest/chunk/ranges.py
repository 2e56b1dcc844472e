"""What the strategies share: ranges of text, and whole blocks packed into them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from radar_pipeline.ingest.cutting import evenly
from radar_pipeline.ingest.sections import Block, BlockKind
from radar_pipeline.ingest.tokens import TokenIndex

SECTION_TOKENS = (500, 1_000)
HEADING_ROOM = 100  # tokens left in the first piece of a long block for the headings above it


@dataclass(frozen=True, slots=True)
class Range:
    """A chunk to be: offsets, and the headings it stands under."""

    start: int
    end: int
    path: tuple[str, ...]


Strategy = Callable[[str, Sequence[Block], TokenIndex], Iterator[Range]]


def split(found: Sequence[Block], begins: Callable[[Block], bool]) -> Iterator[list[Block]]:
    """Runs of blocks; each block for which ``begins`` holds starts a new one."""
    run: list[Block] = []
    for block in found:
        if run and begins(block):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def with_bodies(
    runs: Iterable[list[Block]], alone: Callable[[list[Block]], bool] = lambda run: False
) -> list[list[Block]]:
    """A run of nothing but headings is put before the run that follows it, unless that one stands
    ``alone``."""
    whole: list[list[Block]] = []
    bare: list[Block] = []
    for run in runs:
        if all(block.kind is BlockKind.HEADING for block in run) and not alone(run):
            bare += run
        else:
            whole += [bare, run] if bare and alone(run) else [bare + run]
            bare = []
    return [run for run in (*whole, bare) if run]


def packed(
    text: str,
    section: Sequence[Block],
    index: TokenIndex,
    bounds: tuple[int, int] = SECTION_TOKENS,
) -> list[Range]:
    """Whole blocks up to the upper bound, closed at the next clause once the lower is reached.

    A heading stays with what it heads if the two fit; a short last range joins the one before it.
    """
    low, high = bounds
    groups: list[list[Range]] = []
    for block, after_heading in _with_heading_flags(section):
        for piece in fitting(text, Range(block.start, block.end, block.path), index, high):
            size = index.count(groups[-1][0].start, piece.end) if groups else 0
            so_far = index.count(groups[-1][0].start, groups[-1][-1].end) if groups else 0
            closes = so_far >= low and _is_clause(block) and not after_heading
            if groups and size <= high and not closes:
                groups[-1].append(piece)
            else:
                groups.append([piece])
    ranges = [Range(g[0].start, g[-1].end, g[0].path) for g in _headings_kept(groups, index, high, section)]
    return _without_crumbs(ranges, index, low, high)


def fitting(text: str, whole: Range, index: TokenIndex, high: int) -> list[Range]:
    """The range itself if it fits, else even pieces of whole sentences, with room for a heading."""
    if index.count(whole.start, whole.end) <= high:
        return [whole]
    pieces = evenly(text, index, whole.start, whole.end, high - HEADING_ROOM)
    return [Range(start, end, whole.path) for start, end in pieces]


def _with_heading_flags(section: Sequence[Block]) -> Iterator[tuple[Block, bool]]:
    """Each block, and whether a heading stands right before it."""
    previous: Block | None = None
    for block in section:
        yield block, previous is not None and previous.kind is BlockKind.HEADING
        previous = block


def _headings_kept(
    groups: list[list[Range]], index: TokenIndex, high: int, section: Sequence[Block]
) -> list[list[Range]]:
    """A heading that ended a group moves to the group it heads, if it fits there."""
    headings = {block.start for block in section if block.kind is BlockKind.HEADING}
    for group, following in pairwise(groups):
        while len(group) > 1 and group[-1].start in headings:
            if index.count(group[-1].start, following[-1].end) > high:
                break
            following.insert(0, group.pop())
    return groups


def _without_crumbs(ranges: list[Range], index: TokenIndex, low: int, high: int) -> list[Range]:
    if len(ranges) > 1 and index.count(ranges[-1].start, ranges[-1].end) < low:
        before, last = ranges[-2:]
        if index.count(before.start, last.end) <= high:
            ranges[-2:] = [Range(before.start, last.end, before.path)]
    return ranges


def _is_clause(block: Block) -> bool:
    return block.kind is BlockKind.HEADING or (block.kind is BlockKind.ITEM and block.level == 0) or block.gap
