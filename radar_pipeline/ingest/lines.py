"""What a line of plain text is by its look: a list item, a numbered clause, a heading."""

import re
from dataclasses import dataclass

_BULLET = r"[-*+•▪●◦‣–·]"
_ENUMERATOR = (
    r"\(?(?:\d{1,3}|[a-z]|[ivxlc]{2,6}|[A-Z]|[IVXLC]{2,6})\)"  # (a) a) (iv) 1)
    r"|(?:\d{1,3}\.)+(?:\d{1,3})?"  # 1. 1.1 1.1.
    r"|[a-zA-Z]\."  # a.
)
ITEM = re.compile(rf"[ \t]*(?P<marker>{_BULLET}|{_ENUMERATOR})[ \t]+(?=\S)")

_MARKDOWN_HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>\S.*?)[ \t#]*$")
_NAMED = re.compile(
    r"(?P<word>ARTICLE|PART|CHAPTER|TITLE|SCHEDULE|ANNEX|APPENDIX|EXHIBIT|SECTION|Article|Part|Chapter|"
    r"Schedule|Annex|Appendix|Exhibit|Section|Art\.)[ \t]+(?P<number>[0-9]+(?:\.[0-9]+)*|[IVXLC]+|[A-Z])\b"
    r"[ \t]*[.:–—-]?[ \t]*(?P<title>.{0,90})$"
)
_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})\.?[ \t]+(?P<title>[A-Z].{1,80})$")
_SENTENCE_END = re.compile(r"[.;,]$")
_FINITE = re.compile(
    r"\b(?:shall|must|may|will|is|are|was|were|has|have|had|be|agrees?|should|can|means?|includes?)\b", re.I
)
_TOP_WORDS = frozenset({"PART", "TITLE", "CHAPTER", "ANNEX", "SCHEDULE", "APPENDIX", "EXHIBIT"})


@dataclass(frozen=True, slots=True)
class HeadingLine:
    """A line taken for a heading: its title as shown in paths, and its level from 1."""

    title: str
    level: int


def item_level(line: str) -> int | None:
    """How deep a line that begins with a list marker is by its marker's style; None without one."""
    match = ITEM.match(line)
    return marker_level(match["marker"]) if match else None


def marker_level(marker: str) -> int:
    """Depth by style: 1. above 1.1 above (a) above (i); a bullet is deepest but for nesting."""
    core = marker.strip("().")
    if core.replace(".", "").isdigit():
        return core.count(".")
    if re.fullmatch(r"[ivxlc]{2,}|[ivx]", core) and core not in {"c", "l"}:
        return 4
    return 3 if core.isalnum() else 5


def heading_line(line: str, *, alone: bool) -> HeadingLine | None:
    """What heading a line of plain text is, None if it reads like prose.

    ``alone``: blank lines stand around it. Conservative, because what is taken for a heading is
    no evidence: a line that ends like a sentence or holds a finite verb is prose.
    """
    stripped = line.strip()
    marked = _MARKDOWN_HEADING.match(stripped)
    if marked:
        return HeadingLine(marked["title"], len(marked["marks"]))
    if not 2 < len(stripped) <= 100 or len(stripped.split()) > 14:
        return None
    return _named(stripped) or _numbered(stripped, alone) or _capitals(stripped, alone)


def _named(line: str) -> HeadingLine | None:
    match = _NAMED.match(line)
    if not match or _reads_like_prose(match["title"]):
        return None
    return HeadingLine(line.rstrip(".: "), 1 if match["word"].upper() in _TOP_WORDS else 2)


def _numbered(line: str, alone: bool) -> HeadingLine | None:
    match = _NUMBERED.match(line)
    if not match or _reads_like_prose(match["title"]):
        return None
    depth = match["number"].count(".") + 1
    title = match["title"]
    if not (title.isupper() or (alone and _is_title_case(title)) or (alone and len(title.split()) <= 5)):
        return None
    return HeadingLine(line.rstrip(".: "), depth + 1)


def _capitals(line: str, alone: bool) -> HeadingLine | None:
    letters = [c for c in line if c.isalpha()]
    if len(letters) < 4 or not line.isupper() or _reads_like_prose(line) or not alone:
        return None
    if sum(c.isdigit() or c == "_" for c in line) > len(letters) / 2:
        return None
    return HeadingLine(line.rstrip(".: "), 1)


def _is_title_case(title: str) -> bool:
    words = [w for w in re.findall(r"[A-Za-z][\w'’-]*", title) if len(w) > 3]
    return bool(words) and sum(w[0].isupper() for w in words) >= 0.7 * len(words)


def _reads_like_prose(title: str) -> bool:
    bare = title.strip()
    if _FINITE.search(bare):
        return True
    return bool(_SENTENCE_END.search(bare)) and len(bare.split()) > 5
