"""Audit reports: one chunk for each finding with its recommendation.

A finding is a heading, a row of a table, or, where no heading is one, a numbered line of prose. What
stands between findings is cut by heading. A finding that is too long is cut like a section, and every
piece names it in its heading path.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from radar_pipeline.ingest.chunk.ranges import Range, packed, with_bodies
from radar_pipeline.ingest.sections import Block, BlockKind
from radar_pipeline.ingest.tokens import TokenIndex

FINDING_TOKENS = 2_000  # a longer finding is cut like a section
LONGEST_NAME = 80  # characters of a row or line that name its finding

_NUMBERING = r"(?:\d+(?:\.\d+)*\.?\s+)?"
_WORDS = r"(?:finding|observation|issue|non-?conformity|deficiency|exception|weakness)"
_FINDING = re.compile(
    rf"{_NUMBERING}{_WORDS}\s*(?:no\.?|number|id|#|ref\.?|reference)?\s*[:.–—-]?\s*[A-Z]{{0,4}}-?\d",
    re.IGNORECASE,
)
_COLUMN = re.compile(rf"(?:^|;\s){_WORDS}s?\b[^:;]{{0,30}}:\s", re.IGNORECASE)
_BELONGS_TO_FINDING = re.compile(
    rf"{_NUMBERING}(?:recommend|management(?:'s|’s)? (?:response|action|comment)|agreed action|action plan|"
    r"response|root cause|criteri|condition|cause|effect|risk\b|implication|impact|remediation|"
    r"corrective action|severity|rating|owner|due|target date|status)",
    re.IGNORECASE,
)


def findings(text: str, found: Sequence[Block], index: TokenIndex) -> Iterator[Range]:
    """A chunk per finding; the rest by heading, 500 to 1,000 tokens."""
    opens = _Openings(text, found)
    for run in _runs(text, found, opens):
        finding = run[0] if opens(run[0]) else None
        whole = Range(run[0].start, run[-1].end, run[0].path)
        if finding and index.count(whole.start, whole.end) <= FINDING_TOKENS:
            yield whole
            continue
        for piece in packed(text, run, index):
            yield replace(piece, path=_named(text, finding, piece.path)) if finding else piece


class _Openings:
    """Which blocks open a finding."""

    def __init__(self, text: str, found: Sequence[Block]) -> None:
        self._text = text
        headings = any(_FINDING.match(b.path[-1]) for b in found if b.kind is BlockKind.HEADING)
        self._prose = () if headings else (BlockKind.PARAGRAPH, BlockKind.ITEM)

    def __call__(self, block: Block) -> bool:
        if block.kind is BlockKind.HEADING:
            return bool(_FINDING.match(block.path[-1]))
        if block.kind is BlockKind.ROW:
            return bool(_COLUMN.search(self._text, block.start, block.end)) or self._begins(block)
        return block.kind in self._prose and self._begins(block)

    def _begins(self, block: Block) -> bool:
        return bool(_FINDING.match(self._text, block.start, block.end))


def _runs(text: str, found: Sequence[Block], opens: _Openings) -> list[list[Block]]:
    """Runs that begin at a finding, or at a heading outside of any finding."""
    runs: list[list[Block]] = []
    open_finding: Block | None = None
    for block in found:
        # Within a finding under a heading, a row is one of its tables', not another finding.
        inner = open_finding is not None and open_finding.kind is BlockKind.HEADING
        begins = opens(block) and not (inner and block.kind is not BlockKind.HEADING)
        ends = open_finding is not None and _ends(text, open_finding, block)
        heads = open_finding is None and block.kind is BlockKind.HEADING
        if begins or ends or heads or not runs:
            runs.append([])
            open_finding = block if begins else None
        runs[-1].append(block)
    return with_bodies(runs, alone=lambda run: opens(run[0]))


def _ends(text: str, finding: Block, block: Block) -> bool:
    """Whether a block no longer belongs to the open finding.

    Under a heading: another as high, unless it holds the finding's recommendation or response. Of a
    row: what is no row and is not named like a part of a finding. Of prose: any heading but such.
    """
    if block.kind is BlockKind.HEADING:
        if finding.kind is BlockKind.HEADING and block.level != finding.level:
            return block.level < finding.level
        return not _BELONGS_TO_FINDING.match(block.path[-1])
    if finding.kind is not BlockKind.ROW or block.kind is BlockKind.ROW:
        return False
    return not _BELONGS_TO_FINDING.match(text, block.start, block.end)


def _named(text: str, finding: Block, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path of a piece of a finding, with the finding in it: a recommendation under a heading of its
    own stands beside the finding, not below it."""
    if finding.kind is BlockKind.HEADING:
        return path if finding.path[-1] in path else (*finding.path, *path[len(finding.path) - 1 :])
    name = text[finding.start : min(finding.end, finding.start + LONGEST_NAME)]
    return (*path, name if finding.end - finding.start <= LONGEST_NAME else name.rsplit(" ", 1)[0] + " …")
