"""The places that formats have names for: pages, slides, sheets, rows, cells, notes.

A span's ``ref`` names its place: a sheet's row ``Register!14``, a cell ``Register!C14``, the third row
of a document's second table ``2.3`` and its first cell ``2.3.1``, the fourth row of the first table on
page 3 ``p3.1.4``, a place in a JSON file ``/owners/0/name``, a page by what is printed
on it. A ref of another form is passed over.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from radar_pipeline.ingest.spanning import Spans, one_line, shortened
from radar_pipeline.models import Span

FEW_CELLS = 3  # up to so many are named one by one; more are their row
LONGEST_SHEET = 40  # characters
LONGEST_POINTER = 80
_SHEET = re.compile(r"(?:(?P<sheet>.*)!)?(?P<column>[A-Z]{0,3})(?P<row>\d{1,9})", re.DOTALL)
_TABLE = re.compile(r"(?:p(?P<page>\d{1,6})\.)?(?P<table>\d{1,6})\.(?P<row>\d{1,9})(?:\.\d{1,6})?")
_LABEL = re.compile(r"[^\W_][\w.-]{0,11}")
_NOTE = re.compile(r"[\w*†‡]{1,8}")


@dataclass(frozen=True, slots=True)
class Places:
    """What was found. ``names_section``: it stands for the heading, so that is not told beside it."""

    parts: tuple[str, ...]
    pages: tuple[int, ...] = ()
    names_section: bool = False


def places(spans: Spans, start: int, end: int) -> Places:
    """The places of ``start`` to ``end``, the widest first."""
    pages = _pages(spans, start, end)
    slides = _slides(spans, start, end)
    sheet = _sheet(spans, start, end)
    rows = _rows(spans, start, end)
    parts = [
        _named("p.", "pp.", [_label(span) for span in pages]),
        slides,
        sheet,
        rows,
        _pointer(spans, start, end),
    ]
    parts.append(_note(spans, start, end))
    return Places(
        tuple(part for part in parts if part), tuple(_numbers(p.value for p in pages)), bool(slides or sheet)
    )


def _pages(spans: Spans, start: int, end: int) -> list[Span]:
    found = spans.touching("page", start, end)
    if not found and (last := spans.before("page", start)):
        found = [last]
    return [span for span in found if _numbers([span.value])]


def _label(page: Span) -> str:
    """What is printed on a page, such as ``iv``, if the file tells; else its number in the file."""
    return page.ref if _LABEL.fullmatch(page.ref) else str(int(page.value))


def _slides(spans: Spans, start: int, end: int) -> str:
    slides = _span("slide", "slides", _numbers(s.value for s in spans.touching("slide", start, end)))
    return f"{slides}, notes" if slides and spans.touching("notes", start, end) else slides


def _sheet(spans: Spans, start: int, end: int) -> str:
    """Sheet with its rows, or with the cells if the quote lies within a few of them."""
    rows = [_SHEET.fullmatch(s.ref) for s in spans.touching("table_row", start, end)]
    cells = _few_cells(spans, start, end)
    sheets = [s.value for s in spans.touching("sheet", start, end)]
    sheets += [row["sheet"] for row in rows if row and row["sheet"]]
    names = list(dict.fromkeys(one_line(name) for name in sheets if name))
    name = f"sheet {shortened(names[0], LONGEST_SHEET)}" if names else ""
    if len(names) > 1:
        return f"sheets {', '.join(shortened(n, LONGEST_SHEET) for n in names[:3])}"
    if cells:
        place = f"cell {cells[0]}" if len(cells) == 1 else f"cells {cells[0]}–{cells[-1]}"
    else:
        place = _span("row", "rows", _numbers(row["row"] for row in rows if row))
    return ", ".join(part for part in (name, place) if part)


def _few_cells(spans: Spans, start: int, end: int) -> list[str]:
    """The cells that a quote lies in, if they are few and not their whole row."""
    touched = spans.touching("cell", start, end)
    named = [m for m in (_SHEET.fullmatch(span.ref) for span in touched) if m and m["column"]]
    rows = spans.touching("table_row", start, end)
    if not named or len(named) > FEW_CELLS or len(rows) != 1 or len(named) < len(touched):
        return []
    [row] = rows
    if len(spans.touching("cell", row.start, row.end)) == len(named) > 1:
        return []
    return [m["column"] + m["row"] for m in named]


def _rows(spans: Spans, start: int, end: int) -> str:
    """Rows of a document's table. A row's own ref; else those of its cells."""
    refs: list[Span] = spans.touching("table_row", start, end) or spans.touching("cell", start, end)
    found = [match for span in refs if (match := _TABLE.fullmatch(span.ref))]
    tables = list(dict.fromkeys((m["page"], int(m["table"])) for m in found))
    if len(tables) != 1:
        return _span("table", "tables", [number for _, number in tables])
    return f"table {tables[0][1]}, {_span('row', 'rows', _numbers(m['row'] for m in found))}"


def _pointer(spans: Spans, start: int, end: int) -> str:
    """The place in a JSON file that holds all that the quote touches."""
    for kind in ("cell", "table_row", "list_item", "heading"):
        found = [s.ref.split("/") for s in spans.touching(kind, start, end) if s.ref.startswith("/")]
        shared = "/".join(steps[0] for steps in takewhile(_is_one, zip(*found, strict=False)))
        if shared:
            return f"at {shortened(one_line(shared), LONGEST_POINTER)}"
    return ""


def _is_one(steps: tuple[str, ...]) -> bool:
    return len(set(steps)) == 1


def _note(spans: Spans, start: int, end: int) -> str:
    for span in spans.touching("footnote", start, end):
        name = next((n for n in (span.ref, span.value) if _NOTE.fullmatch(n)), "")
        return f"n. {name}" if name else "footnote"
    return ""


def _numbers(values: Iterable[str]) -> list[int]:
    return sorted({int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 10})


def _span(one: str, many: str, numbers: Sequence[int]) -> str:
    return _named(one, many, [str(number) for number in numbers])


def _named(one: str, many: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"{one} {names[0]}" if names[0] == names[-1] else f"{many} {names[0]}–{names[-1]}"
