"""Paragraphs become headings: by the file's bookmarks, else by size, weight, numbers and words."""

import re
from collections import Counter

from radar_pipeline.ingest.lines import heading_line
from radar_pipeline.ingest.parsers.pdf.furniture import usual_size
from radar_pipeline.ingest.parsers.pdf.paragraphs import NUMBER, Paragraph
from radar_pipeline.ingest.parsers.pdf.tables import Table

LONGEST_TITLE = 180  # characters
_MOST_WORDS = 22
_MOST_BOLD_WORDS = 14  # where only the weight tells
_LARGER = 1.12  # times the body's size
_MUCH_SMALLER = 0.85
_FEWEST_LETTERS = 3
_LEAD = re.compile(
    r"^(?:(?:chapter|part|appendix|annex|section)\s+)?(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)+|[A-Z]\.)[.:]?\s+",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(
    r"(?:chapter|part|appendix|annex|section|article|kapitel|anhang)"
    r"(?:\s+(?:\d{1,3}|[ivxlc]{1,6}|[a-z]|[a-z]{3,9}))?"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve",
    re.IGNORECASE,
)
_LABELS = frozenset({"note", "tip", "caution", "warning", "important", "example", "notes", "hint"})
_BULLETS = ("•", "–", "-", "*", "▪", "●", "◦", "·")
_CODE = re.compile(r"[/_<>$={}\\]|[a-z]\.[a-z]|\(\)")
_SENTENCES = re.compile(r"[a-z]{3}[.!?] [A-Z].*[a-z]{3}")
_DOTS = re.compile(r"(?:\.\s?){4,}|…{2,}")
_PAGE_REFERENCE = re.compile(r"\s(?:\d{1,4}|[ivxlc]{1,5})$")
_CONTENTS_SHARE = 0.5  # of a page's lines end in a page number: it is a table of contents
_CONTENTS_LINES = 5


def mark_headings(found: list[Table | Paragraph], bookmarks: dict[tuple[int, str], int]) -> None:
    """Set the level of each paragraph that is a heading.

    ``bookmarks``: (page, squeezed title) → level from 1 of the document's own outline, which is
    trusted where it matches a paragraph; else size and weight decide, then the words.
    """
    candidates = [p for p in found if isinstance(p, Paragraph)]
    contents = _contents_pages(candidates)
    candidates = [p for p in candidates if not _is_entry(p, contents)]
    body = usual_size(line for p in candidates for line in p.lines)
    marked = {id(p): level for p in candidates if (level := _bookmark_level(p, bookmarks))}
    looks = [p for p in candidates if _looks_like_heading(p, body)]
    sizes = _distinct_sizes([p.size for p in looks if p.size >= body * _LARGER])
    # A title above the outline's first entry makes every bookmark one level deeper.
    outline_size = max((p.size for p in candidates if id(p) in marked), default=0.0)
    has_title = any(p.size > outline_size * 1.05 and id(p) not in marked for p in looks)
    for paragraph in candidates:
        if id(paragraph) in marked:
            paragraph.level = marked[id(paragraph)] + (1 if has_title else 0)
    for paragraph in looks:
        if not paragraph.level:
            paragraph.level = _level_by_looks(paragraph, body, sizes)
    _join_numbers(found)
    if not looks and not marked:
        for paragraph in candidates:
            plain = heading_line(paragraph.text, alone=True)
            paragraph.level = plain.level if plain and len(paragraph.lines) <= 2 else 0


def _join_numbers(found: list[Table | Paragraph]) -> None:
    """ "Chapter 2" on a line of its own belongs to the title under it."""
    for index in range(len(found) - 2, -1, -1):
        one, other = found[index], found[index + 1]
        if isinstance(one, Table) or isinstance(other, Table) or not (one.level and other.level):
            continue
        if one.lines[0].page == other.lines[0].page and _BARE_NUMBER.fullmatch(one.text.strip()):
            other.lines = one.lines + other.lines
            del found[index]


def _contents_pages(candidates: list[Paragraph]) -> frozenset[int]:
    """Pages most of whose lines end in a page number."""
    lines: Counter[int] = Counter()
    entries: Counter[int] = Counter()
    for paragraph in candidates:
        for line in paragraph.lines:
            lines[line.page] += 1
            entries[line.page] += bool(_PAGE_REFERENCE.search(line.text))
    return frozenset(
        page
        for page, count in entries.items()
        if count >= max(_CONTENTS_LINES, _CONTENTS_SHARE * lines[page])
    )


def _is_entry(paragraph: Paragraph, contents: frozenset[int]) -> bool:
    """An entry of a table of contents, which repeats a heading and is none."""
    if _DOTS.search(paragraph.text):
        return True
    return paragraph.lines[0].page in contents and bool(_PAGE_REFERENCE.search(paragraph.lines[-1].text))


def squeezed(title: str) -> str:
    """A title without anything but letters and digits, for comparing."""
    return "".join(c for c in title.lower() if c.isalnum())


def unnumbered(title: str) -> str:
    """A title without the number, or the word and number, that it begins with."""
    return _LEAD.sub("", " ".join(title.split()))


def _bookmark_level(paragraph: Paragraph, bookmarks: dict[tuple[int, str], int]) -> int:
    if len(paragraph.text) > LONGEST_TITLE:
        return 0
    page, text = paragraph.lines[0].page, paragraph.text
    return bookmarks.get((page, squeezed(text))) or bookmarks.get((page, squeezed(unnumbered(text))), 0)


def _looks_like_heading(paragraph: Paragraph, body: float) -> bool:
    text = paragraph.text.strip()
    if paragraph.run_in:
        return True
    if len(paragraph.lines) > 3 or not _reads_like_title(text):
        return False
    if paragraph.size >= body * _LARGER:
        return len(text.split()) <= _MOST_WORDS
    if not all(line.bold for line in paragraph.lines) or paragraph.size < body * _MUCH_SMALLER:
        return False
    return _reads_like_bold_title(text)


def _reads_like_title(text: str) -> bool:
    """Words rather than signs, no list item, no label of a remark, no sentences."""
    letters = sum(c.isalpha() for c in text)
    if letters < _FEWEST_LETTERS or 5 * letters < 2 * len("".join(text.split())):
        return False
    if len(text) > LONGEST_TITLE or text.startswith(_BULLETS) or text.lower() in _LABELS:
        return False
    return not _SENTENCES.search(text) and not (text.endswith((".", ";", ",")) and len(text.split()) > 4)


def _reads_like_bold_title(text: str) -> bool:
    """What is bold in running text is often a term, a label or the name of a file."""
    words = text.split()
    if len(words) > _MOST_BOLD_WORDS or text.endswith(":") or text[:1].islower():
        return False
    return len(words) > 2 or not _CODE.search(text)


def _distinct_sizes(sizes: list[float]) -> list[float]:
    distinct: list[float] = []
    for size in sorted(sizes, reverse=True):
        if not distinct or size < distinct[-1] * 0.95:
            distinct.append(size)
    return distinct


def _level_by_looks(paragraph: Paragraph, body: float, sizes: list[float]) -> int:
    number = NUMBER.match(paragraph.text)
    if paragraph.size >= body * _LARGER:
        return min(
            6, next((i for i, size in enumerate(sizes, 1) if paragraph.size >= size * 0.95), len(sizes))
        )
    return min(6, len(sizes) + (number[1].count(".") + 1 if number else 1))
