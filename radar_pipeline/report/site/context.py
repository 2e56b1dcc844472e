"""The words around a quote, so that a reader sees it where it stands."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from radar_pipeline.ingest.sections import Block, BlockKind, blocks
from radar_pipeline.models import Document

REACH = 260  # code points to either side beside a quote, at most
FAR_REACH = 2_000  # the same where the place is opened
LONGEST_LEAD = 300  # code points of what leads in a list
LOOKED_BACK = 60  # lines before an item in which its lead-in is looked for
IN_MEMORY = 4  # documents; rows come in any order, but mostly those of a requirement together


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before and after a quote in its paragraph, list item or row, cut at words.

    ``lead``: what leads in the list that it is an item of ("The processor shall:"). ``far_before`` and
    ``far_after``: more of the same paragraph, where it is longer.
    """

    before: str = ""
    after: str = ""
    lead: str = ""
    far_before: str = ""
    far_after: str = ""


def contexts(
    evidence: Iterable[Mapping[str, Any]], document_of: Callable[[str], Document | None]
) -> dict[str, Context]:
    """Context by evidence id for rows of ``evidence``.

    ``document_of`` gives a document version, None if it is gone; its quotes, and one that is not at
    its offsets, go without a context. Furniture and front matter are never part of one.
    """

    @lru_cache(maxsize=IN_MEMORY)
    def lines_of(version: str) -> tuple[str, list[Block]]:
        document = document_of(version)
        return (document.text, blocks(document)) if document else ("", [])

    result = {}
    for row in sorted(evidence, key=lambda r: (r["version_id"], r["start_offset"])):
        text, lines = lines_of(row["version_id"])
        start, end = row["start_offset"], row["end_offset"]
        if text[start:end] == row["quote"]:
            result[row["evidence_id"]] = _context(text, lines, start, end)
    return result


def around(text: str, start: int, end: int, reach: int = REACH) -> tuple[str, str]:
    """The words of ``text`` before ``start`` and after ``end``, at most ``reach`` to each side."""
    before, after = text[max(0, start - reach) : start], text[end : end + reach]
    if start > reach:
        before = "… " + before.partition(" ")[2]
    if end + reach < len(text):
        after = after.rpartition(" ")[0] + " …"
    return before, after


def _context(text: str, lines: list[Block], start: int, end: int) -> Context:
    first = bisect_right(lines, start, key=lambda block: block.start) - 1
    last = bisect_right(lines, end - 1, key=lambda block: block.start) - 1
    if first < 0 or start >= lines[first].end:
        return Context()  # no body text: a sentence of a page's furniture, say
    low, high = lines[first].start, max(end, lines[last].end)
    line = text[low:high]
    near, far = (around(line, start - low, end - low, reach) for reach in (REACH, FAR_REACH))
    return Context(*near, _lead(text, lines, first), *(far if far != near else ("", "")))


def _lead(text: str, lines: list[Block], at: int) -> str:
    """The line that leads in the list which a line is an item of: it ends with a colon."""
    item = lines[at]
    if item.kind is not BlockKind.ITEM or item.first:
        return ""
    for line in reversed(lines[max(0, at - LOOKED_BACK) : at]):
        if line.kind is BlockKind.HEADING:
            return ""
        if line.kind is not BlockKind.ITEM or line.level < item.level:
            lead = text[max(line.start, line.end - LONGEST_LEAD) : line.end]
            return lead if lead.endswith(":") else ""
        if line.first:
            return ""
    return ""
