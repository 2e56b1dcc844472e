"""Footnotes: small lines at the foot of a page that begin with a mark."""

import re

from radar_pipeline.ingest.parsers.pdf.extract import RAISED, Line, Page

_SMALLER = 0.92  # of the body's size
_LOWER_PART = 0.6  # of the page's height
_MARK = re.compile(rf"{RAISED}?(?P<mark>\d{{1,3}}|[*†‡§]{{1,3}}|[a-z](?=[.)]))[.)]?(?=\s+\S|[A-Z“\"])")
_LONE_MARK = re.compile(rf"{RAISED}?(?P<mark>\d{{1,3}}|[*†‡§]{{1,3}})")


def split_notes(page: Page, body: float) -> None:
    """Take the footnotes of a page (furniture is out of it already) out of its lines.

    Only lines with nothing of the body's size beneath them, from the first that begins with a mark.
    """
    small = [line for line in page.lines if line.upright and 0 < line.size < body * _SMALLER]
    if not small:
        return
    lowest = min((ln.y for ln in page.lines if ln.size >= body * _SMALLER), default=page.height)
    foot = [ln for ln in small if ln.y < lowest and ln.y < page.height * _LOWER_PART]
    foot.sort(key=lambda ln: (-round(ln.y), ln.x0))
    while foot and not note_mark(foot[0]):
        foot.pop(0)
    if not foot:
        return
    for line in foot:
        if page.notes and (not note_mark(line) or _continues(page.notes[-1], line)):
            page.notes[-1].append(line)
        else:
            page.notes.append([line])
    taken = {id(line) for line in foot}
    page.lines = [line for line in page.lines if id(line) not in taken]


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
