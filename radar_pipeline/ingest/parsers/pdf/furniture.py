"""Running headers, footers and page numbers: found by repetition and position, never by wording
alone, and kept: they stand behind the body."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from radar_pipeline.ingest.parsers.pdf.extract import Line, Page

MARGIN = 0.12  # of the page's height, at the top and at the bottom
DEEPEST = 4  # lines from an edge that may be furniture
COMMON = 0.4  # of the pages that a running line must stand on
MOSTLY = 0.7  # of the pages, for one that looks like a heading
_SAME_PLACE = 4.0  # points
_SAME_HEIGHT = 2.0  # points between running lines whose words vary
_APART = 1.9  # line heights between a running line and the body
_FAR = 99.0  # nothing stands further in
_VARYING_PAGES = 3
_NUMBER = re.compile(
    r"(?:page|p\.|seite)?\s*[-–—\[(]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–—\])]?(?:\s*(?:of|/|von)\s*\d{1,4})?\.?",
    re.I,
)
_DASHED = re.compile(r"[-–—]\s*(\d{1,4})\s*[-–—]")
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line within a margin. ``rank``: 1, 2, … from the top edge, -1, -2, … from the bottom."""

    line: Line
    rank: int
    gap: float  # line heights between it and the next line towards the middle

    @property
    def side(self) -> int:
        """1 at the top, -1 at the bottom."""
        return 1 if self.rank > 0 else -1


def split_furniture(pages: list[Page]) -> list[Line]:
    """Take the furniture out of the pages' lines; it is returned in page order."""
    numbers = _numbered_series(pages)
    edges = {page.number: _edge_lines(page) for page in pages}
    running = _running_keys(edges, len(pages))
    varying = _varying(edges, pages)
    furniture: list[Line] = []
    for page in pages:
        mostly_upright = sum(line.upright for line in page.lines) * 2 >= len(page.lines)
        at_edge = {id(edge.line): edge for edge in edges[page.number]}
        body: list[Line] = []
        for line in page.lines:
            edge = at_edge.get(id(line))
            stamped = mostly_upright and not line.upright  # watermarks and stamps along the margin
            is_running = edge is not None and (
                any(key in running for key in _keys(edge)) or _is_page_number(edge, page)
            )
            is_running = is_running or id(line) in numbers or id(line) in varying
            (furniture if stamped or is_running else body).append(line)
        page.lines = body
    return furniture


def _edge_lines(page: Page) -> list[_Edge]:
    """The outermost lines within the margins. Parts of one baseline have the same rank."""
    lines = [line for line in page.lines if line.upright and line.text.strip()]
    found: list[_Edge] = []
    for side in (1, -1):
        ordered = sorted(lines, key=lambda ln: -side * ln.y)
        for rank, (row, inner) in enumerate(pairwise([*_baselines(ordered), []]), 1):
            depth = page.height - row[0].y if side > 0 else row[0].y
            if rank > DEEPEST or depth >= page.height * MARGIN:
                break
            for line in row:
                gap = abs(line.y - inner[0].y) / max(line.size, 1.0) if inner else _FAR
                found.append(_Edge(line, side * rank, gap))
    return found


def _baselines(ordered: list[Line]) -> list[list[Line]]:
    """The lines that stand at one height together."""
    rows: list[list[Line]] = []
    for line in ordered:
        if rows and abs(rows[-1][0].y - line.y) <= _SAME_HEIGHT:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _running_keys(edges: dict[int, list[_Edge]], pages: int) -> set[tuple[str, int]]:
    if pages < 2:
        return set()
    seen: Counter[tuple[str, int]] = Counter()
    for lines in edges.values():
        seen.update({key for edge in lines for key in _keys(edge)[:1]})
    least = max(2, round(pages * COMMON)) if pages < 8 else max(3, round(pages * COMMON / 2))
    return {key for key, times in seen.items() if times >= least}


def _keys(edge: _Edge) -> list[tuple[str, int]]:
    """What makes two edge lines the same: words with numbers masked, and height on the page
    (with the neighbouring buckets, so that rounding parts nothing)."""
    words = _DIGITS.sub("#", edge.line.text.lower())
    bucket = round(edge.line.y / _SAME_PLACE)
    return [(words, edge.side * (bucket + step)) for step in (0, 1, -1)]


def _varying(edges: dict[int, list[_Edge]], pages: list[Page]) -> set[int]:
    """Running lines whose words change, such as the present section's title: the outermost line
    stands at one height on most pages, set apart from the body, and is smaller than the body or
    says what is said elsewhere too."""
    body = usual_size(line for page in pages for line in page.lines)
    found: set[int] = set()
    said: Counter[str] = Counter()
    for rank in (1, 2, -1, -2):
        outermost = [e for lines in edges.values() for e in lines if e.rank == rank and _may_run(e, found)]
        heights = Counter(round(e.line.y / _SAME_HEIGHT) for e in outermost)
        for bucket, _ in heights.most_common(2):
            here = [e for e in outermost if abs(round(e.line.y / _SAME_HEIGHT) - bucket) <= 1]
            if abs(rank) > 1 or len({e.line.page for e in here}) < MOSTLY * len(pages):
                here = [e for e in here if not _looks_like_heading(e.line, body)]
            if len({e.line.page for e in here}) < max(_VARYING_PAGES, COMMON * len(pages)):
                continue
            smaller = sum(e.line.size < 0.95 * body for e in here) >= 0.8 * len(here)
            if not smaller and not said:
                said.update(_bare(line.text) for page in pages for line in page.lines)
            if smaller or _said_elsewhere(here, said):
                found.update(id(e.line) for e in here)
    return found


def _looks_like_heading(line: Line, body: float) -> bool:
    """A heading at the top of its page, which stands at one height on many pages too."""
    return line.size > 1.05 * body or (line.bold and line.size > 0.95 * body)


def _may_run(edge: _Edge, found: set[int]) -> bool:
    """Set apart from what is further in, and outermost but for furniture."""
    return edge.gap >= _APART and (abs(edge.rank) == 1 or bool(found))


def _said_elsewhere(here: list[_Edge], said: Counter[str]) -> bool:
    """Most of the lines repeat a line of the body or each other."""
    return sum(said[_bare(e.line.text)] > 1 for e in here) >= 0.7 * len(here)


def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha())


def usual_size(lines: Iterable[Line]) -> float:
    """The size that most characters have."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 4) / 4] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _numbered_series(pages: list[Page]) -> set[int]:
    """Page numbers such as ``- 7 -`` wherever they stand (a print of a web page breaks elsewhere
    than the original): told by the series that they form."""
    found = [
        (int(match[1]), id(line))
        for page in pages
        for line in page.lines
        if (match := _DASHED.fullmatch(line.text.strip()))
    ]
    steps = sum(later[0] == earlier[0] + 1 for earlier, later in pairwise(found))
    return {line for _, line in found} if len(found) > 2 and steps >= 0.7 * (len(found) - 1) else set()


def _is_page_number(edge: _Edge, page: Page) -> bool:
    """A lone number as the outermost line, far in the margin."""
    if abs(edge.rank) > 2 or not _NUMBER.fullmatch(edge.line.text.strip()):
        return False
    depth = (page.height - edge.line.y if edge.side > 0 else edge.line.y) / max(page.height, 1.0)
    return depth < MARGIN
