"""What calamine does not tell of a sheet: how far it reaches, what is hidden in it, how numbers are shown."""

import posixpath
import re
import zipfile
from dataclasses import dataclass, field

from radar_pipeline.ingest.parsers import ParseProblem, number_format
from radar_pipeline.ingest.parsers.xml import attribute, child, each, tree
from radar_pipeline.models import UnreadableReason

LARGEST_AREA = 5_000_000  # cells of the rectangle around a sheet's values; calamine fills it, 32 bytes each
LARGEST_SHEET = 200 * 1024 * 1024  # bytes of XML
_LARGEST_STYLES = 20 * 1024 * 1024
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']([^<>]*?)(/?)>"""
    rb"""((?:<f\b[^<>]*/>|<f\b[^<>]*>[^<]*</f>)?(?:<v\s*/>|<v>\s*</v>)?</c>)?"""  # without a value
)
_STYLE = re.compile(rb"""\ss\s*=\s*["']([0-9]{1,6})["']""")
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\s([^<>]*\bhidden\s*=\s*["'](?:1|true)["'][^<>]*)>""")
_HIDDEN_COLUMN = re.compile(rb"""<(?:\w+:)?col\s([^<>]*\bhidden\s*=\s*["'](?:1|true)["'][^<>]*)>""")
_NUMBER = r"""\b%s\s*=\s*["']([0-9]{1,7})["']"""
_ROW_NUMBER, _MIN, _MAX = (re.compile((_NUMBER % name).encode()) for name in ("r", "min", "max"))
_GROUPED = b"outlineLevel"
_FILTERED = b"filterColumn"


@dataclass(slots=True)
class Look:
    """How a sheet looks; rows and columns count from 0."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[range] = field(default_factory=list)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)  # of numbers, where not general

    def hides_column(self, column: int) -> bool:
        """Whether a column was hidden by hand."""
        return any(column in hidden for hidden in self.hidden_columns)


def looks(archive: zipfile.ZipFile) -> dict[str, Look]:
    """How each worksheet looks, by its name. Rows hidden by a filter or in a closed group are a click
    away and count as shown; those that a person hid are not.

    Raises ParseProblem ``too_large`` for a sheet of which two values lie so far apart that the
    rectangle around them would not fit in memory.
    """
    found = {
        name: (name, archive.read(name))
        for name in archive.namelist()
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name, re.IGNORECASE) and _small(archive, name)
    }
    codes = _codes(archive)
    tables = [n for n in archive.namelist() if n.startswith("xl/tables/")]
    filtered = any(_FILTERED in archive.read(name) for name in tables[:200])
    by_part = {name.lower(): _look(source, codes, filtered) for name, source in found.values()}
    return {title: by_part[part] for title, part in _parts(archive).items() if part in by_part}


def _small(archive: zipfile.ZipFile, name: str) -> bool:
    if archive.getinfo(name).file_size > LARGEST_SHEET:
        raise ParseProblem(UnreadableReason.TOO_LARGE)
    return True


def _look(source: bytes, codes: dict[int, str], filtered: bool) -> Look:
    look = Look()
    columns, rows = _Range(), _Range()
    for match in _CELL.finditer(source):
        if match[4] or match[5]:
            continue
        column, row = _column(match[1]), int(match[2])
        columns.see(column)
        rows.see(row)
        style = _STYLE.search(match[3]) if match[3] else None
        code = codes.get(int(style[1])) if style else None
        if code:
            look.formats[row - 1, column - 1] = code
    if columns.width * rows.width > LARGEST_AREA:
        raise ParseProblem(UnreadableReason.TOO_LARGE)
    if not filtered and _FILTERED not in source:
        for attributes in _HIDDEN_ROW.findall(source):
            number = _ROW_NUMBER.search(attributes)
            if number and _GROUPED not in attributes:
                look.hidden_rows.add(int(number[1]) - 1)
    for attributes in _HIDDEN_COLUMN.findall(source):
        low, high = _MIN.search(attributes), _MAX.search(attributes)
        if low and high and _GROUPED not in attributes:
            look.hidden_columns.append(range(int(low[1]) - 1, int(high[1])))
    return look


def _codes(archive: zipfile.ZipFile) -> dict[int, str]:
    """The number format of each cell style that has one."""
    try:
        if archive.getinfo("xl/styles.xml").file_size > _LARGEST_STYLES:
            return {}
        root = tree(archive.read("xl/styles.xml"))
    except (KeyError, ParseProblem):
        return {}
    own = {attribute(f, "numFmtId"): attribute(f, "formatCode") for f in each(root, "numFmt")}
    codes: dict[int, str] = {}
    styles = child(root, "cellXfs")
    for n, style in enumerate(styles if styles is not None else ()):
        number = attribute(style, "numFmtId")
        code = own.get(number) or (number_format.BUILT_IN.get(int(number)) if number.isdecimal() else None)
        if code and number_format.shown(1.0, code) is not None:
            codes[n] = code
    return codes


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → its part's name in lower case."""
    try:
        book = tree(archive.read("xl/workbook.xml"))
        relations = tree(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ParseProblem):
        return {}
    targets = {
        attribute(r, "Id"): posixpath.normpath(posixpath.join("/xl", attribute(r, "Target")))[1:].lower()
        for r in each(relations, "Relationship")
    }
    return {attribute(s, "name"): targets.get(attribute(s, "id"), "") for s in each(book, "sheet")}


class _Range:
    """The least and the greatest number seen."""

    def __init__(self) -> None:
        self._low, self._high = 1 << 30, 0

    def see(self, number: int) -> None:
        self._low, self._high = min(self._low, number), max(self._high, number)

    @property
    def width(self) -> int:
        return max(0, self._high - self._low + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def check_binary(archive: zipfile.ZipFile) -> None:
    """The same bounds for the binary sheets of an ``.xlsb``: its records are read for their places."""
    for name in archive.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.bin", name, re.IGNORECASE) and _small(archive, name):
            _check_records(archive.read(name))


def _check_records(source: bytes) -> None:
    columns, rows = _Range(), _Range()
    position, seen = 0, 0
    while position < len(source) and seen < 3 * 1_000_000:
        kind, position = _variable(source, position, 2)
        size, position = _variable(source, position, 4)
        if kind == 0:  # a row
            rows.see(int.from_bytes(source[position : position + 4], "little"))
        elif 2 <= kind <= 11:  # a cell with a value
            columns.see(int.from_bytes(source[position : position + 4], "little"))
        position += size
        seen += 1
    if columns.width * rows.width > LARGEST_AREA:
        raise ParseProblem(UnreadableReason.TOO_LARGE)


def _variable(source: bytes, position: int, most: int) -> tuple[int, int]:
    """A number of up to ``most`` bytes of seven bits, and where the next one begins."""
    value = 0
    for n in range(most):
        byte = source[position + n] if position + n < len(source) else 0
        value |= (byte & 0x7F) << (7 * n)
        if not byte & 0x80:
            return value, position + n + 1
    return value, position + most
