"""Reads the sources of the sample organisations' documents that are not plain text.

A PDF, DOCX or PPTX comes from Markdown (``<name>.md``). It starts with YAML between ``---`` lines:

- ``format``: ``pdf``, ``docx`` or ``pptx``;
- ``title``, and ``control``: the rows of the document control table;
- optional: ``author``, ``date`` (of the file's properties), ``header`` and ``footer`` (on every page),
  ``typeface`` (``sans`` or ``serif``), ``size`` (font size and line spacing in points) and ``bookmarks``
  (a PDF outline).

The body knows headings (``#`` to ``###``), paragraphs, list items (all of a block ``- ``, or ``1. ``,
``2. `` and so on) and tables whose first row is the head (``| a | b |``; no ``|---|`` line). Blocks are
parted by a blank line. In a DOCX ``**bold**`` is set bold, and ``[^1]`` refers to a footnote that stands
in a block of its own: ``[^1]: Its text.``

In a PPTX each ``# `` heading begins a slide, ``- `` and two more spaces (``  - ``) a bullet of the second
level, and a block of lines that begin with ``> `` is what the speaker says. The title slide, with the
control table as its lines, is made from the head; blocks before the first heading belong to it.

An XLSX or ODS comes from YAML (``<name>.yaml``): ``sheets``, a list of ``name``, ``columns``, ``rows`` and,
if wished, ``heading`` (a line above the table); optional ``title``, ``author``, ``date`` and ``format``
(``xlsx`` if not said). A sheet without ``columns`` has its labels in the first column. Dates are written
``2026-03-31`` and become real dates.

A folder ``<name>.zip`` holds the sources of an archive's files, and those that go in as they are; a folder
``<name>.eml`` holds ``message.txt`` (an e-mail's headers and text) and the sources of its attachments.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Text:
    """The source of a PDF, DOCX or PPTX: what its head says, and the body under it."""

    format: str
    title: str
    control: list[list[str]]
    body: str
    author: str = ""
    date: date = date(2026, 1, 1)
    header: str = ""
    footer: str = ""
    typeface: str = "sans"
    size: list[float] = field(default_factory=lambda: [10.5, 14.5])
    bookmarks: bool = True

    def blocks(self) -> list[str]:
        """The blocks of the body, in order."""
        return [block.strip() for block in self.body.split("\n\n") if block.strip()]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook."""

    name: str
    rows: list[list[Cell]]
    columns: list[str] = field(default_factory=list)
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The source of an XLSX or ODS."""

    sheets: list[Sheet]
    title: str = ""
    author: str = ""
    date: date = date(2026, 1, 1)
    format: str = "xlsx"


def read_text(path: Path) -> Text:
    """Read a Markdown source; an unknown or missing key in its head is a ``TypeError`` that names it."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    known = yaml.safe_load(head)
    known["control"] = [[str(cell) for cell in row] for row in known.get("control", [])]
    source = Text(body=body, **known)
    if source.format not in {"pdf", "docx", "pptx"}:
        raise ValueError(f"{path}: format is {source.format!r}; write pdf, docx or pptx")
    return source


def read_workbook(path: Path) -> Workbook:
    """Read a YAML source; an unknown or missing key is a ``TypeError`` that names it."""
    known = yaml.safe_load(path.read_text(encoding="utf-8"))
    sheets = [Sheet(**sheet) for sheet in known.pop("sheets")]
    for sheet in sheets:
        if any(isinstance(cell, bool) for row in [sheet.columns, *sheet.rows] for cell in row):
            raise ValueError(f"{path}: sheet {sheet.name} has a bare yes, no, on or off; quote it")
        for number, row in enumerate(sheet.rows, start=1):
            if sheet.columns and len(row) != len(sheet.columns):
                where = f"{path}: sheet {sheet.name}, row {number}"
                raise ValueError(f"{where} has {len(row)} cells for {len(sheet.columns)} columns")
    source = Workbook(sheets=sheets, **known)
    if source.format not in {"xlsx", "ods"}:
        raise ValueError(f"{path}: format is {source.format!r}; write xlsx or ods")
    return source


def table_rows(block: str) -> list[list[str]]:
    """The cells of a block of ``| a | b |`` lines."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
