"""What one shape of a slide says: its paragraphs with their bullets, or the rows of its table."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from radar_pipeline.ingest.parsers.builder import clean, collapse, lines
from radar_pipeline.ingest.parsers.enumerators import enumerated
from radar_pipeline.ingest.parsers.tables import CARRIED, Row
from radar_pipeline.ingest.parsers.xml import attribute, child, each, local

_TINY = 300  # hundredths of a point; nobody reads what is smaller
_NUMBERED = {"alphaLc": "a", "alphaUc": "A", "romanLc": "i", "romanUc": "I", "arabic": "1"}
_MOST_COLUMNS = 100
_MOST_POINTS = 10_000  # of a chart


@dataclass(slots=True)
class Paragraph:
    """A paragraph; ``depth`` and ``label`` of a list item."""

    text: str
    depth: int | None = None
    label: str = "-"


@dataclass(slots=True)
class Shape:
    """A shape as it is shown: paragraphs or rows. ``top``: its place on the slide."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    title: bool = False
    furniture: bool = False
    order: int = 1_000_000  # of a placeholder
    top: int = 0

    def lines(self) -> list[str]:
        """Its text, a line for a paragraph."""
        return [collapse(p.text) for p in self.paragraphs]


def paragraphs(body: Any, *, bullets: bool, on_white: bool) -> list[Paragraph]:
    """The paragraphs of a text body. ``bullets``: they are list items unless they say otherwise;
    ``on_white``: white text can't be seen."""
    counters: dict[int, int] = defaultdict(int)
    found: list[Paragraph] = []
    for element in body:
        if local(element) != "p":
            continue
        text = lines(clean(_text(element, on_white=on_white)))
        if text:
            found.append(_paragraph(element, text, counters, bullets))
    if bullets and len(found) == 1 and found[0].label == "-":
        found[0].depth = None  # one paragraph is no list
    return found


def _paragraph(element: Any, text: str, counters: dict[int, int], bullets: bool) -> Paragraph:
    properties = child(element, "pPr")
    level = attribute(properties, "lvl") if properties is not None else ""
    depth = int(level) if level.isdecimal() and len(level) == 1 else 0
    marks = {local(mark): mark for mark in properties} if properties is not None else {}
    for deeper in [known for known in counters if known > depth]:
        del counters[deeper]
    if "buAutoNum" in marks:
        style = attribute(marks["buAutoNum"], "type")
        start = attribute(marks["buAutoNum"], "startAt")
        first = int(start) if start.isdecimal() and len(start) < 6 else 1
        counters[depth] = counters[depth] + 1 if counters[depth] else first
        kind = re.sub(r"(?:Period|ParenR|ParenBoth|Plain|Db\w*)$", "", style)
        return Paragraph(text, depth, f"{enumerated(counters[depth], _NUMBERED.get(kind, '1'))}.")
    listed = "buNone" not in marks and (bullets or "buChar" in marks or "buBlip" in marks)
    return Paragraph(text, depth if listed else None)


def _text(paragraph: Any, *, on_white: bool) -> str:
    pieces: list[str] = []
    for run in paragraph:
        name = local(run)
        if name == "br":
            pieces.append("\n")
        elif name in {"r", "fld"} and not _unseen(run, on_white=on_white):
            text = child(run, "t")
            pieces.append((text.text or "") if text is not None else "")
        elif name in {"AlternateContent", "m", "oMath", "oMathPara"}:
            pieces += [t.text or "" for t in each(run, "t")]
    return "".join(pieces).replace("\x0b", "\n")


def _unseen(run: Any, *, on_white: bool) -> bool:
    """Tiny, fully transparent, or white on white."""
    properties = child(run, "rPr")
    if properties is None:
        return False
    size = attribute(properties, "sz")
    if size.isdecimal() and len(size) < 6 and int(size) < _TINY:
        return True
    fill = child(properties, "solidFill")
    if fill is None:
        return child(properties, "noFill") is not None and child(properties, "ln") is None
    colour = next(iter(fill), None)
    if colour is None:
        return False
    alpha = child(colour, "alpha")
    if alpha is not None and attribute(alpha, "val") == "0":
        return True
    white = attribute(colour, "val").lower() in {"ffffff", "bg1", "lt1"} and len(colour) == 0
    return on_white and white


def table_rows(table: Any) -> list[Row]:
    """The rows of an ``a:tbl``; a cell merged over several rows is said in each."""
    rows: list[Row] = []
    above: dict[int, tuple[int, str]] = {}  # column → (rows left, text)
    for element in table:
        if local(element) != "tr":
            continue
        cells: list[str] = []
        wide: dict[int, int] = {}
        for column, cell in enumerate(c for c in element if local(c) == "tc"):
            body = child(cell, "txBody")
            found = paragraphs(body, bullets=False, on_white=False) if body is not None else []
            text = " ".join(collapse(p.text) for p in found)
            if attribute(cell, "vMerge") in {"1", "true"}:
                left, text = above.get(column, (0, ""))
                above[column] = (left - 1, text if left > 1 else "")
            elif attribute(cell, "hMerge") in {"1", "true"}:
                text = ""
            width, height = _whole(attribute(cell, "gridSpan")), _whole(attribute(cell, "rowSpan"))
            if height > 1:
                above[column] = (height - 1, text if len(text) <= CARRIED else "")
            if width > 1:
                wide[column] = width
            cells.append(text)
        rows.append(Row(cells, wide=wide))
    return rows


def chart(root: Any) -> tuple[str, list[Row]]:
    """(title, rows) of a chart part: a row for a category, a column for a series."""
    title = next((t for t in each(root, "title")), None)
    shown = " ".join(collapse("".join(p.itertext())) for p in each(title, "p")) if title is not None else ""
    names: list[str] = []
    table: dict[str, dict[int, str]] = {}
    for number, series in enumerate(each(root, "ser")):
        names.append(" ".join(value for _, value in _points(child(series, "tx"))) or f"Series {number + 1}")
        categories = dict(_points(_first(series, "cat", "xVal")))
        for at, value in _points(_first(series, "val", "yVal")):
            table.setdefault(categories.get(at, str(at + 1)), {})[number] = value
    rows = [Row(["", *names], header=True)] if table else []
    rows += [Row([name, *(of.get(n, "") for n in range(len(names)))]) for name, of in table.items()]
    return clean(shown), rows


def _points(element: Any) -> Iterator[tuple[int, str]]:
    """(index, value) of a chart's cached data."""
    if element is None:
        return
    for n, point in enumerate(each(element, "pt")):
        if n >= _MOST_POINTS:
            return
        value = child(point, "v")
        yield (
            _whole(attribute(point, "idx"), 0),
            clean(collapse(value.text or "")) if value is not None else "",
        )


def _first(element: Any, *names: str) -> Any:
    return next((found for name in names if (found := child(element, name)) is not None), None)


def diagram(root: Any) -> list[Paragraph]:
    """The texts of a SmartArt's nodes, in the order of its data."""
    found: list[Paragraph] = []
    for point in each(root, "pt"):
        if attribute(point, "type") in {"", "node", "asst"}:
            body = child(point, "t")
            found += paragraphs(body, bullets=False, on_white=False) if body is not None else []
    return [Paragraph(p.text, 0) for p in found]


def _whole(value: str, default: int = 1) -> int:
    number = int(value) if value.isdecimal() and len(value) <= 5 else default
    return min(number, _MOST_COLUMNS) if default else number
