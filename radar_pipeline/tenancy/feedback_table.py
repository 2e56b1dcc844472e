"""Opinions as a CSV table, as people export it from a spreadsheet.

A comma, a semicolon or a tab may divide the columns. Cells are text: nothing in them is a formula, a path
or markup to anyone who reads them here.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.storage.files import storing

REQUIRED = ("ref", "opinion")
OPTIONAL = ("verdict", "why", "as", "framework")
LARGEST = 10_000_000  # bytes of a file
_LONGEST_CELL = 100_000  # characters: a missing quote must not swallow the rest of the file
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEADER_REMEDY = (
    f"Let its first line name the columns {' and '.join(REQUIRED)} and, as wanted, {', '.join(OPTIONAL)}."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One record, by column; ``number`` is the line of the file on which it begins, from 1."""

    number: int
    cells: Mapping[str, str]  # every column of REQUIRED and OPTIONAL; empty where the table has none


def read(path: Path) -> list[Line]:
    """The lines of the table, empty ones left out. Raises ConfigurationError with the line."""
    records = _records(path, _text(path))
    header = [cell.strip().casefold() for cell in next(records, (1, []))[1]]
    _check_header(path, header)
    known = dict.fromkeys((*REQUIRED, *OPTIONAL), "")
    lines = []
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problem = f"it has {len(cells)} cells where the header has {len(header)}"
            raise _malformed(path, number, problem, "Put quotes round a cell that holds the divider.")
        lines.append(Line(number, known | dict(zip(header, cells, strict=True))))
    if not lines:
        raise ConfigurationError(
            f"{path.name} holds no opinion.", remedy="Write one on each line under the header."
        )
    return lines


def _check_header(path: Path, header: list[str]) -> None:
    # A misspelt column would lose what it says, so an unknown one is refused.
    problems = [f"the column {column} is missing" for column in REQUIRED if column not in header]
    problems += [f"{c[:40]!r} is no column" for c in header if c not in (*REQUIRED, *OPTIONAL)]
    problems += sorted({f"{column} is named twice" for column in header if header.count(column) > 1})
    if problems:
        raise _malformed(path, 1, "; ".join(problems[:5]), _HEADER_REMEDY)


def _text(path: Path) -> str:
    """The file's text. UTF-8, or UTF-16 with its mark: a guess would garble people's names."""
    if not path.is_file():
        raise ConfigurationError(
            f"There is no file {str(path)[:200]!r}.", remedy="Name a CSV file that can be read."
        )
    with storing(path), path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ConfigurationError(
            f"{path.name} is larger than {LARGEST // 1_000_000} MB.", remedy="Divide it into several files."
        )
    try:
        text = data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:  # no table, or one of another encoding
        raise ConfigurationError(f"{path.name} is not UTF-8 text.", remedy="Save it as CSV in UTF-8.")
    return text


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins: a quoted cell may run over several."""
    first = text.split("\n", 1)[0]
    divider = max(",;\t", key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # its words may quote the cell
            raise _malformed(
                path, begins, "it is not valid CSV", "Is a quote missing, or one too many?"
            ) from None
        yield begins, cells


def _malformed(path: Path, line: int, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"{path.name}, line {line}: {problem}.", remedy=f"{remedy} Nothing was noted.")
