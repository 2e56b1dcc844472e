"""CSV and TSV: each row as a table row said with its column names."""

import csv
import io
import re
from collections import Counter
from itertools import islice

from radar_pipeline.ingest.metadata import control_fields, meta_from_fields
from radar_pipeline.ingest.parsers import ParsedText, ParseProblem
from radar_pipeline.ingest.parsers.builder import TextBuilder, clean
from radar_pipeline.ingest.parsers.decode import decode
from radar_pipeline.ingest.parsers.tables import MOST_ROWS, Row, TableWriter, column_letters
from radar_pipeline.models import UnreadableReason

_DELIMITERS = ",;\t|"
_SAMPLED = 50  # rows that must agree on the number of columns
_SAMPLE_CHARACTERS = 100_000
_LONGEST_FIELD = 10_000_000  # characters
_DECLARED = re.compile(r"sep=(?P<delimiter>[,;\t|])\n", re.IGNORECASE)  # as Excel writes and reads it
_NUMBER = re.compile(r"[-+(]?[$€£]?\s*\d[\d\s.,:/T%Z+-]*\)?%?")


def parse(data: bytes, path: str) -> ParsedText:
    """Parse a delimited file; a ``.tsv`` by tabs, a ``.csv`` by what its rows agree on.

    Formulas are text here and nothing evaluates them. Raises ParseProblem: ``too_large`` beyond
    MOST_ROWS rows, ``malformed`` for fields nobody can delimit, and those of ``decode``.
    """
    text = clean(decode(data))
    declared = _DECLARED.match(text)
    if declared:
        text, delimiter = text[declared.end() :], declared["delimiter"]
    else:
        delimiter = "\t" if path.lower().endswith(".tsv") else _delimiter(text)
    builder = TextBuilder()
    tables = TableWriter(builder)
    tables.write([_row(number, cells) for number, cells in _read(text, delimiter)])
    written = builder.text()
    if not written:
        raise ParseProblem(UnreadableReason.EMPTY)
    meta = meta_from_fields(control_fields(tables.control_text(written)))
    return ParsedText(text=written, spans=builder.sorted_spans(), meta=meta)


def _read(text: str, delimiter: str, most: int = MOST_ROWS + 1) -> list[tuple[int, list[str]]]:
    """(number, cells) of each record with a value; blank ones count, as in a spreadsheet's rows."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return list(islice(((n, cells) for n, cells in enumerate(reader, 1) if any(cells)), most))
    except csv.Error as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def _delimiter(text: str) -> str:
    """The delimiter by which most of the first rows have the same number of columns, at least two."""

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(cells) for _, cells in _read(sample, delimiter, _SAMPLED))
        agreeing = {width: rows for width, rows in widths.items() if width > 1}
        return max(((rows, width) for width, rows in agreeing.items()), default=(0, 0))

    sample = text[:_SAMPLE_CHARACTERS]
    return max(_DELIMITERS, key=agreement)


def _row(number: int, cells: list[str]) -> Row:
    """A record; its cells are named as the spreadsheet names them that opens the file (``C14``)."""
    numeric = frozenset(n for n, cell in enumerate(cells) if _NUMBER.fullmatch(cell.strip()))
    return Row(
        cells, numeric, ref=str(number), refs=[f"{column_letters(n)}{number}" for n in range(len(cells))]
    )
