"""Footnotes: small lines at the foot of a page that begin with a mark."""

import re
from collections.abc import Sequence

from radar_pipeline.ingest.parsers.pdf.extract import RAISED, WIDE_GAP, Line, Page

_SMALLER = 0.92  # of the body's size
_LOWER_PART = 0.6  # of the page's height
_MARK = re.compile(rf"{RAISED}?(?P<mark>\d{{1,3}}|[*†‡§]{{1,3}}|[a-z](?=[.)]))[.)]?(?=\s+\S|[A-Z“\"])")
_RAISED_MARK = re.compile(
    # PDFium's words go on to the next space: a mark before a full stop is not told from its word by place.
    rf"{RAISED}(?P<raised>\d{{1,3}}|[*†‡§]{{1,3}})|[^\W\d_]{{3}}(?P<before_stop>\d{{1,3}})[.,;:!?)”\"]+(?=\s|$)"
)
_SUPERSCRIPTS = re.compile("(?<=\\S)[⁰¹²³⁴-⁹]{1,3}")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_APART = 1.1  # line heights between the body and its notes
_FAR = 4.0  # line heights: what stands so far under a note is none of it
_CELLS_BESIDE = 2
_LONE_MARK = re.compile(rf"{RAISED}?(?P<mark>\d{{1,3}}|[*†‡§]{{1,3}})")


def split_notes(page: Page, body: float, within: Sequence[Line] = ()) -> None:
    """Take the footnotes of a page (furniture and ruled tables are out of it already) out of its lines.

    Only small lines with nothing of the body's size beneath them, apart from it, from the first that
    begins with a mark that stands raised in the page's text, or in what was taken out of it (``within``):
    a small line that merely begins with a number is a row of a table, or an item.
    """
    small = [line for line in page.lines if line.upright and 0 < line.size < body * _SMALLER]
    if not small:
        return
    lowest = min((ln.y for ln in page.lines if ln.size >= body * _SMALLER), default=page.height)
    foot = [ln for ln in small if ln.y < lowest and ln.y < page.height * _LOWER_PART]
    foot.sort(key=lambda ln: (-round(ln.y), ln.x0))
    marks = _raised_marks([*page.lines, *within])
    while foot and (note_mark(foot[0]) not in marks or _is_row(foot[0], foot)):
        lowest = min(lowest, foot.pop(0).y)
    if not foot or lowest - foot[0].y < _APART * foot[0].size:
        return
    taken: set[int] = set()
    for line in foot:
        fresh = note_mark(line) in marks and not (page.notes and _continues(page.notes[-1], line))
        if page.notes and page.notes[-1][-1].y - line.y > _FAR * line.size and not fresh:
            break
        if fresh:
            page.notes.append([line])
        else:
            page.notes[-1].append(line)
        taken.add(id(line))
    page.lines = [line for line in page.lines if id(line) not in taken]


def _raised_marks(lines: Sequence[Line]) -> set[str]:
    """Labels that stand raised behind a word: as part of it, as a sign, or at the beginning of a line that
    PDFium parted there."""
    found: set[str] = set()
    lone: list[Line] = []
    for line in lines:
        for match in _RAISED_MARK.finditer(line.text):
            found.add((match["raised"] or match["before_stop"] or "").translate(_PLAIN))
        found.update(run.translate(_PLAIN) for run in _SUPERSCRIPTS.findall(line.text))
        if note_mark(line):
            lone.append(line)
    for mark in lone:
        if any(_is_behind(mark, line) for line in lines):
            found.add(note_mark(mark))
    return found - {""}


def _is_behind(mark: Line, line: Line) -> bool:
    """Higher than the line's own foot, right behind its end."""
    raised = 0.1 * line.size < mark.y - line.y < 0.8 * line.size
    return raised and -1.0 <= mark.x0 - line.x1 < 0.5 * line.size


def _is_row(line: Line, foot: Sequence[Line]) -> bool:
    """Cells stand beside it: a table's row. Two lines beside each other may be notes of two columns."""
    beside = [
        ln for ln in foot if abs(ln.y - line.y) < 0.3 * line.size and ln.x0 > line.x1 + WIDE_GAP * ln.size
    ]
    return len(beside) >= _CELLS_BESIDE


def note_mark(line: Line) -> str:
    """The mark that a footnote's first line begins with, empty if there is none."""
    match = _MARK.match(line.text) or _LONE_MARK.fullmatch(line.text)
    return match["mark"] if match else ""


def _continues(note: list[Line], line: Line) -> bool:
    """The line begins with a number, but not with the next one: it belongs to the note before, or
    stands beside its mark."""
    last = note[-1]
    if abs(last.y - line.y) < 0.5 * last.size and line.x0 > last.x0:
        return True
    before, mark = note_mark(note[0]), note_mark(line)
    return before.isdigit() and mark.isdigit() and int(mark) != int(before) + 1
