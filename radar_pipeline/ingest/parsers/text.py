"""Plain text. The canonical text keeps every character's place: offsets are those of the file's
own text (after its encoding and newlines), so that labels made on the file stay true."""

import itertools
import re

from radar_pipeline.ingest.lines import ITEM, heading_line, marker_level
from radar_pipeline.ingest.metadata import HEAD_CHARACTERS, control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText
from radar_pipeline.ingest.parsers.builder import LONGEST_HEADING, clean, collapse
from radar_pipeline.ingest.parsers.decode import decode
from radar_pipeline.models import Span

LONGEST_TITLE = 100  # characters
WIDEST_WRAP = 130  # characters; lines of a hard-wrapped text are not longer
_NUMBERED = re.compile(r"\d+(\.\d+)*[.)]?\s")
_LINE = re.compile(r"[^\n]+")
_OTHER_BREAKS = re.compile(r"[\f\v\x85\u2028\u2029]")


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a text file. ``path`` is not used: the name is judged elsewhere."""
    return parse_text(decode(data))


def parse_text(raw: str) -> ParsedText:
    """Canonical text of decoded text: the same length, wrapped lines joined by one space."""
    text = clean(_OTHER_BREAKS.sub("\n", raw))
    lines = [m.span() for m in _LINE.finditer(text) if m.group().strip()]
    spans = _annotate(text, lines)
    text = _unwrap(
        text, lines, {span.start for span in spans}, {span.end for span in spans if span.kind == "heading"}
    )
    spans = _stretch_items(text, spans)
    meta = meta_from_fields(control_fields(text[:HEAD_CHARACTERS]), title=_title(text, lines, spans))
    return ParsedText(text=text, spans=tuple(spans), meta=meta)


def _annotate(text: str, lines: list[tuple[int, int]]) -> list[Span]:
    spans: list[Span] = []
    for ordinal, (start, end) in enumerate(lines):
        line = text[start:end]
        before = ordinal == 0 or text.count("\n", lines[ordinal - 1][1], start) > 1
        after = ordinal + 1 == len(lines) or text.count("\n", end, lines[ordinal + 1][0]) > 1
        found = heading_line(line, alone=before and after)
        inner = start + len(line) - len(line.lstrip())
        stop = start + len(line.rstrip())
        if found:
            value = collapse(found.title)[:LONGEST_HEADING]
            spans.append(Span("heading", inner, stop, value, found.level))
        elif match := ITEM.match(line):
            spans.append(Span("list_item", inner, stop, level=marker_level(match["marker"])))
    return spans


def _unwrap(text: str, lines: list[tuple[int, int]], starts: set[int], heading_ends: set[int]) -> str:
    """Replace the line breaks inside hard-wrapped paragraphs by single spaces."""
    width = _wrap_width(text, lines)
    if width is None:
        return text
    characters = list(text)
    for (start, end), (following, following_end) in itertools.pairwise(lines):
        if following - end != 1 or end in heading_ends:
            continue
        content = following + len(text[following:following_end]) - len(text[following:following_end].lstrip())
        if content in starts:
            continue
        first_word = text[content:following_end].split(maxsplit=1)[0]
        # A line was wrapped where its neighbour's first word would not have fitted.
        if end - start + 1 + len(first_word) > width * 0.85:
            characters[end] = " "
    return "".join(characters)


def _wrap_width(text: str, lines: list[tuple[int, int]]) -> int | None:
    """The column at which the text was wrapped, None if its lines are whole paragraphs."""
    followed = [end - start for (start, end), (nxt, _) in itertools.pairwise(lines) if nxt - end == 1]
    if len(followed) < 2:
        return None
    lengths = sorted(followed)
    width = lengths[int(len(lengths) * 0.95)]
    long_lines = sum(end - start > WIDEST_WRAP for start, end in lines)
    return width if 40 <= width <= WIDEST_WRAP and long_lines * 10 <= len(lines) else None


def _stretch_items(text: str, spans: list[Span]) -> list[Span]:
    """List items grow over the continuation lines that unwrapping joined to them."""
    stretched: list[Span] = []
    for span in spans:
        if span.kind == "list_item":
            end = text.find("\n", span.start)
            end = len(text) if end < 0 else end
            end = span.start + len(text[span.start : end].rstrip())
            stretched.append(Span(span.kind, span.start, end, span.value, span.level))
        else:
            stretched.append(span)
    return stretched


def _title(text: str, lines: list[tuple[int, int]], spans: list[Span]) -> str:
    """The first heading; where that is a numbered section (``1. SCOPE``), the last line of the block
    of short lines that opens the text, such as the firm's name over the document's."""
    heading = next((s for s in spans if s.kind == "heading"), None)
    if heading is None:
        return _first_line(text, lines)
    if not _NUMBERED.match(heading.value):
        return heading.value
    opening: list[str] = []
    for (start, end), (following, _) in itertools.pairwise(lines):
        line = collapse(text[start:end])
        if start >= heading.start or len(line) > LONGEST_TITLE or ": " in line:
            break
        opening.append(line)
        if following - end > 1:
            break
    return opening[-1] if opening else heading.value


def _first_line(text: str, lines: list[tuple[int, int]]) -> str:
    if not lines:
        return ""
    line = collapse(text[slice(*lines[0])])
    return line if len(line) <= LONGEST_TITLE else ""
