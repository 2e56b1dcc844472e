"""Chunks: larger pieces of a document, cut by a strategy per kind. Passages point at them.

Promises, held by property tests: ``text[start:end] == chunk.text``; every character of the body
is in a chunk; no chunk is longer than its strategy's limit in the pinned tokenizer's tokens; a
regulation's or contract's chunk never crosses a top section.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from radar_pipeline import ids
from radar_pipeline.ingest.sections import Block, BlockKind, blocks, top_level
from radar_pipeline.ingest.sentences import sentences
from radar_pipeline.ingest.tokens import TokenIndex, count, token_index
from radar_pipeline.models import Chunk, Document, Kind

CHUNKING = "chunks@2"  # raise when the same text would be cut otherwise
SECTION_TOKENS = (500, 1_000)
WINDOW_TOKENS = 800
OVERLAP_TOKENS = 100
FINDING_TOKENS = 2_000  # a longer finding is cut like a section
_SLAB = 4  # chunks at most that are looked for at once
_LARGE_BLOCK = 120  # tokens from which windows look at a block's sentences

_FINDING = re.compile(
    r"(?:\d+(?:\.\d+)*\.?\s+)?(?:finding|observation|issue|non-?conformity|deficiency|exception|weakness)"
    r"\s*(?:no\.?|number|#|ref\.?)?\s*[A-Z]{0,4}-?\d",
    re.IGNORECASE,
)
_BELONGS_TO_FINDING = re.compile(
    r"(?:\d+(?:\.\d+)*\.?\s+)?(?:recommend|management(?:'s)? (?:response|action|comment)|agreed action|"
    r"action plan|response|root cause|criteri|condition|cause|effect|risk\b|implication|remediation)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Range:
    start: int
    end: int
    path: tuple[str, ...]


def chunk(document: Document) -> tuple[Chunk, ...]:
    """Cut a document by its kind's strategy, in text order.

    Regulation and contract: by section or clause, 500 to 1,000 tokens (a shorter section stays
    short). Policy, procedure, unknown: 800 tokens, the last 100 repeated. Audit report: a chunk
    per finding with its recommendation. Technical: one per heading. Record: one per entry or row.
    """
    index = token_index(document.text)
    strategy = _STRATEGIES.get(document.meta.kind, _windows)
    ranges = [r for part in _parts(blocks(document)) for r in strategy(document.text, part, index)]
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


def _parts(found: Sequence[Block]) -> Iterator[list[Block]]:
    """Runs of blocks without furniture or front matter between them."""
    return _split(found, lambda block: block.first)


def _split(found: Sequence[Block], begins: Callable[[Block], bool]) -> Iterator[list[Block]]:
    """Runs of blocks; each block for which ``begins`` holds starts a new one."""
    run: list[Block] = []
    for block in found:
        if run and begins(block):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


# ── By section or clause ──────────────────────────────────────────────────────────────────────


def _sections(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[_Range]:
    top = top_level([b for b in found if b.kind is BlockKind.HEADING])
    for section in _split(found, lambda b: b.kind is BlockKind.HEADING and b.level <= top):
        yield from _packed(text, section, index, SECTION_TOKENS)


def _packed(
    text: str, section: Sequence[Block], index: TokenIndex, bounds: tuple[int, int]
) -> Iterator[_Range]:
    """Whole blocks up to the upper bound, closed at the next clause once the lower is reached."""
    low, high = bounds
    groups: list[list[_Range]] = []
    for block, after_heading in _with_heading_flags(section):
        pieces = _fitting(text, _Range(block.start, block.end, block.path), index, bounds)
        for piece in pieces:
            size = index.count(groups[-1][0].start, piece.end) if groups else 0
            so_far = index.count(groups[-1][0].start, groups[-1][-1].end) if groups else 0
            closes = so_far >= low and _is_clause(block) and not after_heading
            if groups and size <= high and not closes:
                groups[-1].append(piece)
            else:
                groups.append([piece])
    ranges = [_Range(g[0].start, g[-1].end, g[0].path) for g in _headings_kept(groups, index, high, section)]
    yield from _without_crumbs(ranges, index, low, high)


def _with_heading_flags(section: Sequence[Block]) -> Iterator[tuple[Block, bool]]:
    """Each block, and whether a heading stands right before it."""
    previous: Block | None = None
    for block in section:
        yield block, previous is not None and previous.kind is BlockKind.HEADING
        previous = block


def _headings_kept(
    groups: list[list[_Range]], index: TokenIndex, high: int, section: Sequence[Block]
) -> list[list[_Range]]:
    """A heading that ended a group moves to the group it heads, if it fits there."""
    headings = {block.start for block in section if block.kind is BlockKind.HEADING}
    for group, following in pairwise(groups):
        while len(group) > 1 and group[-1].start in headings:
            if index.count(group[-1].start, following[-1].end) > high:
                break
            following.insert(0, group.pop())
    return groups


def _without_crumbs(ranges: list[_Range], index: TokenIndex, low: int, high: int) -> list[_Range]:
    """A short last range joins the one before it, if the two fit."""
    if len(ranges) > 1 and index.count(ranges[-1].start, ranges[-1].end) < low // 2:
        before, last = ranges[-2:]
        if index.count(before.start, last.end) <= high:
            ranges[-2:] = [_Range(before.start, last.end, before.path)]
    return ranges


def _is_clause(block: Block) -> bool:
    return block.kind is BlockKind.HEADING or (block.kind is BlockKind.ITEM and block.level == 0) or block.gap


def _fitting(text: str, whole: _Range, index: TokenIndex, bounds: tuple[int, int]) -> list[_Range]:
    """The range itself if it fits, else its pieces at semantic boundaries."""
    if index.count(whole.start, whole.end) <= bounds[1]:
        return [whole]
    return [
        _Range(slab.start + at, slab.start + at + len(piece), slab.path)
        for slab in _slabs(whole, index, bounds[1] * _SLAB)
        for at, piece in _splitter(bounds).chunk_indices(text[slab.start : slab.end])
    ]


def _slabs(whole: _Range, index: TokenIndex, most: int) -> Iterator[_Range]:
    """A line without end, cut between words: the splitter's time grows faster than its text."""
    start = whole.start
    while (end := index.advance(start, most)) < whole.end:
        end = end if end > start else min(start + most, whole.end)  # within a single word
        yield _Range(start, end, whole.path)
        start = end
    if start == whole.end:
        return
    yield _Range(start, whole.end, whole.path)


@cache
def _splitter(bounds: tuple[int, int]) -> Any:
    from semantic_text_splitter import TextSplitter

    return TextSplitter.from_callback(count, bounds)


# ── Overlapping windows ───────────────────────────────────────────────────────────────────────


def _windows(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[_Range]:
    units = list(_units(text, found, index))
    headings = {block.start for block in found if block.kind is BlockKind.HEADING}
    first = 0
    begin = units[0]  # a part has at least one block
    while first < len(units):
        last = _last_fitting(units, first, begin.start, index)
        while last > first and last + 1 < len(units) and units[last].start in headings:
            last -= 1  # a heading stays with what it heads
        yield _Range(begin.start, units[last].end, begin.path)
        if last + 1 < len(units):
            begin = _next_begin(units, first, last, begin.start, index)
        first = last + 1


def _units(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[_Range]:
    """Blocks, the larger ones as sentences, the longest sentences in pieces."""
    for block in found:
        if index.count(block.start, block.end) <= _LARGE_BLOCK:
            yield _Range(block.start, block.end, block.path)
            continue
        for start, end in sentences(text, block.start, block.end):
            limits = (WINDOW_TOKENS // 2, WINDOW_TOKENS - OVERLAP_TOKENS)
            yield from _fitting(text, _Range(start, end, block.path), index, limits)


def _last_fitting(units: Sequence[_Range], first: int, start: int, index: TokenIndex) -> int:
    last = first
    while last + 1 < len(units) and index.count(start, units[last + 1].end) <= WINDOW_TOKENS:
        last += 1
    return last


def _next_begin(units: Sequence[_Range], first: int, last: int, start: int, index: TokenIndex) -> _Range:
    """Where the next window begins: whole units of at most OVERLAP_TOKENS back, else whole words."""
    end = units[last].end
    chosen = last + 1
    while chosen - 1 > first and index.count(units[chosen - 1].start, end) <= OVERLAP_TOKENS:
        chosen -= 1
    if chosen <= last:
        return units[chosen]
    back = index.retreat(end, OVERLAP_TOKENS)
    if max(start, units[last].start) < back < end:
        return _Range(back, end, units[last].path)
    return units[last + 1]


# ── By finding, heading, entry ────────────────────────────────────────────────────────────────


def _findings(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[_Range]:
    for run in _finding_runs(found):
        whole = _Range(run[0].start, run[-1].end, run[0].path)
        if _is_finding(run[0]) and index.count(whole.start, whole.end) <= FINDING_TOKENS:
            yield whole
        else:
            yield from _packed(text, run, index, SECTION_TOKENS)


def _finding_runs(found: Sequence[Block]) -> list[list[Block]]:
    """Runs that begin at a finding, or at a heading outside of any finding."""
    runs: list[list[Block]] = []
    open_finding: Block | None = None
    for block in found:
        begins = _is_finding(block)
        ends = open_finding is not None and _ends_finding(open_finding, block)
        if begins or ends or (open_finding is None and block.kind is BlockKind.HEADING) or not runs:
            runs.append([])
            open_finding = block if begins else None
        runs[-1].append(block)
    return _headings_with_bodies(runs)


def _is_finding(block: Block) -> bool:
    if block.kind is BlockKind.HEADING:
        return bool(_FINDING.match(block.path[-1]))
    return False


def _ends_finding(finding: Block, block: Block) -> bool:
    """A heading as high as the finding's, unless it holds the finding's recommendation or response."""
    if block.kind is not BlockKind.HEADING or block.level > finding.level:
        return False
    return block.level < finding.level or not _BELONGS_TO_FINDING.match(block.path[-1])


def _headings_with_bodies(runs: Iterable[list[Block]]) -> list[list[Block]]:
    """A run of nothing but headings is put before the run that follows it."""
    whole: list[list[Block]] = []
    bare: list[Block] = []
    for run in runs:
        if all(block.kind is BlockKind.HEADING for block in run) and not _is_finding(run[0]):
            bare += run
        else:
            # A finding's chunk is the finding: headings above it stand for themselves.
            whole += [bare, run] if bare and _is_finding(run[0]) else [bare + run]
            bare = []
    return [run for run in (*whole, bare) if run]


def _headings(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[_Range]:
    runs = list(_split(found, lambda block: block.kind is BlockKind.HEADING))
    for run in _headings_with_bodies(runs):
        whole = _Range(run[0].start, run[-1].end, run[-1].path)
        if index.count(whole.start, whole.end) <= SECTION_TOKENS[1]:
            yield whole
        else:
            yield from _packed(text, run, index, SECTION_TOKENS)


def _entries(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[_Range]:
    start: int | None = None
    for ordinal, block in enumerate(found):
        start = block.start if start is None else start
        heads_more = block.kind is BlockKind.HEADING and ordinal + 1 < len(found)
        if heads_more and index.count(start, found[ordinal + 1].end) <= SECTION_TOKENS[1]:
            continue
        yield from _fitting(text, _Range(start, block.end, block.path), index, SECTION_TOKENS)
        start = None


_STRATEGIES: dict[Kind, Callable[[str, Sequence[Block], TokenIndex], Iterator[_Range]]] = {
    Kind.REGULATION: _sections,
    Kind.CONTRACT: _sections,
    Kind.POLICY: _windows,
    Kind.PROCEDURE: _windows,
    Kind.UNKNOWN: _windows,
    Kind.AUDIT_REPORT: _findings,
    Kind.TECHNICAL: _headings,
    Kind.RECORD: _entries,
}
