"""Running headers, footers and page numbers: found by repetition and position, never by wording
alone, and kept: they stand behind the body."""

import re
from collections import Counter
from itertools import pairwise

from radar_pipeline.ingest.parsers.pdf.extract import Line, Page

MARGIN = 0.12  # of the page's height, at the top and at the bottom
DEEPEST = 4  # lines from an edge that may be furniture
COMMON = 0.4  # of the pages that a running line must stand on
_SAME_PLACE = 4.0  # points
_NUMBER = re.compile(
    r"(?:page|p\.|seite)?\s*[-–—\[(]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–—\])]?(?:\s*(?:of|/|von)\s*\d{1,4})?\.?",
    re.I,
)
_DASHED = re.compile(r"[-–—]\s*(\d{1,4})\s*[-–—]")
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")


def split_furniture(pages: list[Page]) -> tuple[list[Line], list[Line]]:
    """(body lines in content order, furniture lines in page order)."""
    numbers = _numbered_series(pages)
    edges = {page.number: _edge_lines(page) for page in pages}
    running = _running_keys(edges, len(pages))
    body: list[Line] = []
    furniture: list[Line] = []
    for page in pages:
        mostly_upright = sum(line.upright for line in page.lines) * 2 >= len(page.lines)
        edge_ids = {id(line): place for line, place in edges[page.number]}
        for line in page.lines:
            place = edge_ids.get(id(line))
            stamped = mostly_upright and not line.upright  # watermarks and stamps along the margin
            is_running = place is not None and (
                any(key in running for key in _keys(line, place)) or _is_page_number(line, place, page)
            )
            is_running = is_running or id(line) in numbers
            (furniture if stamped or is_running else body).append(line)
    return body, furniture


def _edge_lines(page: Page) -> list[tuple[Line, int]]:
    """The outermost lines within the margins, with their rank from the edge (top > 0 > bottom)."""
    lines = [line for line in page.lines if line.text.strip()]
    top = sorted((ln for ln in lines if ln.y > page.height * (1 - MARGIN)), key=lambda ln: -ln.y)
    bottom = sorted((ln for ln in lines if ln.y < page.height * MARGIN), key=lambda ln: ln.y)
    return [(ln, rank) for rank, ln in enumerate(top[:DEEPEST], 1)] + [
        (ln, -rank) for rank, ln in enumerate(bottom[:DEEPEST], 1)
    ]


def _running_keys(edges: dict[int, list[tuple[Line, int]]], pages: int) -> set[tuple[str, int]]:
    if pages < 2:
        return set()
    seen: Counter[tuple[str, int]] = Counter()
    for lines in edges.values():
        seen.update({key for line, place in lines for key in _keys(line, place)[:1]})
    least = max(2, round(pages * COMMON)) if pages < 8 else max(3, round(pages * COMMON / 2))
    return {key for key, times in seen.items() if times >= least}


def _keys(line: Line, place: int) -> list[tuple[str, int]]:
    """What makes two edge lines the same: words with numbers masked, and height on the page
    (with the neighbouring buckets, so that rounding parts nothing)."""
    words = _DIGITS.sub("#", line.text.lower())
    bucket = round(line.y / _SAME_PLACE)
    side = 1 if place > 0 else -1
    return [(words, side * (bucket + step)) for step in (0, 1, -1)]


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


def _is_page_number(line: Line, place: int, page: Page) -> bool:
    """A lone number as the outermost line, far in the margin."""
    if abs(place) > 2 or not _NUMBER.fullmatch(line.text.strip()):
        return False
    depth = (page.height - line.y if place > 0 else line.y) / max(page.height, 1.0)
    return depth < MARGIN
