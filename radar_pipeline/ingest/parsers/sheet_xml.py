"""What calamine does not tell of a sheet: how far it reaches, what is hidden in it, how numbers are shown."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from radar_pipeline.ingest.parsers import ParseProblem, number_format
from radar_pipeline.ingest.parsers.sheet_styles import Unseen, unseen
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
_NO_SIZE = rb"""["'](?:0(?:\.0\d*|\.1)?|\.1|\.0\d*)["']"""  # points of a row, characters of a column
_HIDDEN_ROW = re.compile(
    rb"""<(?:\w+:)?row\s([^<>]*\b(?:hidden\s*=\s*["'](?:1|true)["']|ht\s*=\s*%s)[^<>]*)>""" % _NO_SIZE
)
_HIDDEN_COLUMN = re.compile(
    rb"""<(?:\w+:)?col\s([^<>]*\b(?:hidden\s*=\s*["'](?:1|true)["']|width\s*=\s*%s)[^<>]*)>""" % _NO_SIZE
)
_LAYS_COLOUR = re.compile(rb"<(?:\w+:)?(?:tablePart|conditionalFormatting|picture)\b")  # behind cells
_NUMBER = r"""\b%s\s*=\s*["']([0-9]{1,7})["']"""
_ROW_NUMBER, _MIN, _MAX = (re.compile((_NUMBER % name).encode()) for name in ("r", "min", "max"))
_GROUPED = b"outlineLevel"
_FILTERED = b"filterColumn"
_MOST_RECORDS = 3 * 1_000_000  # of a binary part
_BUNDLED_SHEET = 156  # BrtBundleSh: state, id, relation, name
_NO_STRING = 0xFFFFFFFF


@dataclass(slots=True)
class Look:
    """How a sheet looks; rows and columns count from 0."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[range] = field(default_factory=list)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)  # of numbers, where not general
    unseen: set[tuple[int, int]] = field(default_factory=set)  # cells whose style shows nothing of them

    def hides_column(self, column: int) -> bool:
        """Whether a column was hidden by hand."""
        return any(column in hidden for hidden in self.hidden_columns)


def looks(archive: zipfile.ZipFile) -> dict[str, Look]:
    """How each worksheet looks, by its name, wherever the workbook keeps it. Rows hidden by a filter or
    in a closed group are a click away and count as shown; those that a person hid are not.

    Raises ParseProblem: ``too_large`` for a sheet of which two values lie so far apart that the
    rectangle around them would not fit in memory; ``malformed`` where it is not plain which part of
    the file a sheet is. A sheet whose part is not there is left out.
    """
    members = _members(archive)
    sheets = _parts(archive, members)
    codes, blank = _styles(archive, members)
    tables = [name for part, name in members.items() if part.startswith("xl/tables/")]
    filtered = any(_FILTERED in archive.read(name) for name in tables[:200])
    found = {part: members[part] for part in sheets.values() if part in members}
    by_part = {part: _look(_read(archive, name), codes, blank, filtered) for part, name in found.items()}
    return {title: by_part[part] for title, part in sheets.items() if part in by_part}


def _members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Each member's name by how it is looked up: in lower case, with '/'. Two of one name: malformed."""
    names = archive.namelist()
    members = {name.replace("\\", "/").lower(): name for name in names}
    if len(members) < len(names):
        raise ParseProblem(UnreadableReason.MALFORMED)
    return members


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > LARGEST_SHEET:
        raise ParseProblem(UnreadableReason.TOO_LARGE)
    return archive.read(name)


def _look(source: bytes, codes: dict[int, str], blank: Unseen, filtered: bool) -> Look:
    look = Look()
    nothing = blank.hidden if _LAYS_COLOUR.search(source) else blank.hidden | blank.white
    columns, rows = _Range(), _Range()
    for match in _CELL.finditer(source):
        if match[4] or match[5]:
            continue
        column, row = _column(match[1]), int(match[2])
        columns.see(column)
        rows.see(row)
        style = _STYLE.search(match[3]) if match[3] else None
        number = int(style[1]) if style else 0
        code = codes.get(number) if style else None
        if number in nothing:
            look.unseen.add((row - 1, column - 1))
        elif code:
            look.formats[row - 1, column - 1] = code
    if columns.width * rows.width > LARGEST_AREA:
        raise ParseProblem(UnreadableReason.TOO_LARGE)
    _hide(source, look, filtered=filtered or _FILTERED in source)
    return look


def _hide(source: bytes, look: Look, *, filtered: bool) -> None:
    """Take note of rows and columns that a person hid."""
    for attributes in () if filtered else _HIDDEN_ROW.findall(source):
        at = _ROW_NUMBER.search(attributes)
        if at and _GROUPED not in attributes:
            look.hidden_rows.add(int(at[1]) - 1)
    for attributes in _HIDDEN_COLUMN.findall(source):
        low, high = _MIN.search(attributes), _MAX.search(attributes)
        if low and high and _GROUPED not in attributes:
            look.hidden_columns.append(range(int(low[1]) - 1, int(high[1])))


def _styles(archive: zipfile.ZipFile, members: dict[str, str]) -> tuple[dict[int, str], Unseen]:
    """The number format of each cell style that has one, and the styles that show nothing."""
    try:
        styles = members["xl/styles.xml"]
        if archive.getinfo(styles).file_size > _LARGEST_STYLES:
            return {}, Unseen()
        root = tree(archive.read(styles))
    except (KeyError, ParseProblem):
        return {}, Unseen()
    own = {attribute(f, "numFmtId"): attribute(f, "formatCode") for f in each(root, "numFmt")}
    codes: dict[int, str] = {}
    cells = child(root, "cellXfs")
    for n, style in enumerate(cells if cells is not None else ()):
        number = attribute(style, "numFmtId")
        code = own.get(number) or (number_format.BUILT_IN.get(int(number)) if number.isdecimal() else None)
        if code and number_format.shown(1.0, code) is not None:
            codes[n] = code
    return codes, unseen(root, own)


def _parts(archive: zipfile.ZipFile, members: dict[str, str]) -> dict[str, str]:
    """Sheet name → its part, in lower case. Raises ParseProblem ``malformed``, also for two of a name."""
    try:
        book = tree(archive.read(members["xl/workbook.xml"]))
    except KeyError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    targets = _targets(archive, members, "xl/_rels/workbook.xml.rels")
    sheets: dict[str, str] = {}
    for sheet in each(book, "sheet"):
        part = targets.get(attribute(sheet, "id"), "")
        if sheets.setdefault(attribute(sheet, "name"), part) != part:
            raise ParseProblem(UnreadableReason.MALFORMED)
    return sheets


def _targets(archive: zipfile.ZipFile, members: dict[str, str], relations: str) -> dict[str, str]:
    """The part, in lower case, that each relation of the workbook leads to."""
    try:
        root = tree(archive.read(members[relations]))
    except KeyError as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error
    targets: dict[str, str] = {}
    for relation in each(root, "Relationship"):
        part = posixpath.normpath(posixpath.join("/xl", attribute(relation, "Target")))[1:].lower()
        if targets.setdefault(attribute(relation, "Id"), part) != part:
            raise ParseProblem(UnreadableReason.MALFORMED)
    return targets


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
    """The same bounds for the binary sheets of an ``.xlsb``: its records are read for their places.

    Raises ParseProblem: ``too_large``, and ``malformed`` for a sheet whose part is not there.
    """
    members = _members(archive)
    targets = _targets(archive, members, "xl/_rels/workbook.bin.rels")
    for relation in _bundled(_read(archive, members["xl/workbook.bin"])):
        part = targets.get(relation, "")
        if part not in members:
            raise ParseProblem(UnreadableReason.MALFORMED)
        _check_records(_read(archive, members[part]))


def _bundled(book: bytes) -> Iterator[str]:
    """The relation of each sheet that a binary workbook lists."""
    for kind, start, size in _records(book):
        length = int.from_bytes(book[start + 8 : start + 12], "little")
        if kind == _BUNDLED_SHEET and size >= 12 and length != _NO_STRING:
            yield book[start + 12 : start + 12 + 2 * length].decode("utf-16-le", "replace")


def _check_records(source: bytes) -> None:
    columns, rows = _Range(), _Range()
    for kind, start, _ in _records(source):
        if kind == 0:  # a row
            rows.see(int.from_bytes(source[start : start + 4], "little"))
        elif 2 <= kind <= 11:  # a cell with a value
            columns.see(int.from_bytes(source[start : start + 4], "little"))
    if columns.width * rows.width > LARGEST_AREA:
        raise ParseProblem(UnreadableReason.TOO_LARGE)


def _records(source: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of each record, as far as they are looked at."""
    position, seen = 0, 0
    while position < len(source) and seen < _MOST_RECORDS:
        kind, position = _variable(source, position, 2)
        size, position = _variable(source, position, 4)
        yield kind, position, size
        position += size
        seen += 1


def _variable(source: bytes, position: int, most: int) -> tuple[int, int]:
    """A number of up to ``most`` bytes of seven bits, and where the next one begins."""
    value = 0
    for n in range(most):
        byte = source[position + n] if position + n < len(source) else 0
        value |= (byte & 0x7F) << (7 * n)
        if not byte & 0x80:
            return value, position + n + 1
    return value, position + most
