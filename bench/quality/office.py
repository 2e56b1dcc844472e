"""How much of what office files say is in our text, and whether anything in it is not.

Recall is against the text that each office library itself gives, precision against what the file was
written to show: files written from a seed, and the office files among the sample documents.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.quality.office_files import MAKERS, Author
from bench.quality.office_readers import LIBRARIES, READERS
from radar_pipeline.ingest.parsers import ParsedText, parser_for

GENERATED = 40  # files of each format
ENOUGH = 0.97
_WORD = re.compile(r"[^\W_]{2,}")
_UNSEEN = "unseen"
_SAMPLES = Path(__file__).parents[2] / "data" / "corpus"


@dataclass(frozen=True, slots=True)
class Reading:
    """One file: shares of words, precision None where nobody knows all that it shows."""

    recall: float
    precision: float | None
    unseen: int  # words that we read and nobody sees


def measured(suffix: str, count: int = GENERATED) -> list[Reading]:
    """Readings of so many generated files and all sample documents of a format."""
    return [*_generated(suffix, count), *_samples(suffix)]


def summary(suffix: str, readings: list[Reading]) -> dict[str, float | int | str]:
    """One line of the table."""
    precisions = [r.precision for r in readings if r.precision is not None]
    return {
        "format": suffix,
        "library": LIBRARIES[suffix],
        "files": len(readings),
        "recall": sum(r.recall for r in readings) / len(readings),
        "lowest recall": min(r.recall for r in readings),
        f"share of files >= {ENOUGH}": sum(r.recall >= ENOUGH for r in readings) / len(readings),
        "precision": sum(precisions) / len(precisions),
        "lowest precision": min(precisions),
        "hidden words read": sum(r.unseen for r in readings),
    }


def table(count: int = GENERATED) -> list[dict[str, float | int | str]]:
    """A line for each format."""
    return [summary(suffix, measured(suffix, count)) for suffix in MAKERS]


def _generated(suffix: str, count: int) -> Iterator[Reading]:
    for seed in range(count):
        author = Author(seed)
        data = MAKERS[suffix](author)
        yield _reading(suffix, data, _words("\n".join(author.shown)))


def _samples(suffix: str) -> Iterator[Reading]:
    for path in sorted(_SAMPLES.rglob(f"*.{suffix}")):
        yield _reading(suffix, path.read_bytes(), None)


def _reading(suffix: str, data: bytes, shown: Counter[str] | None) -> Reading:
    parser = parser_for(f"x.{suffix}")
    assert parser is not None
    parsed = parser.parse(data, f"x.{suffix}")
    ours = _words(parsed.text)
    theirs = Counter({w: n for w, n in _words(READERS[suffix](data)).items() if not w.startswith(_UNSEEN)})
    said = _words(_once(parsed))
    precision = (said & shown).total() / max(1, said.total()) if shown is not None else None
    unseen = sum(n for word, n in ours.items() if word.startswith(_UNSEEN))
    return Reading((ours & theirs).total() / max(1, theirs.total()), precision, unseen)


def _once(parsed: ParsedText) -> str:
    """Our text without the names of columns, which are said again in each row on purpose."""
    kept: list[str] = []
    position = 0
    for row in (s for s in parsed.spans if s.kind == "table_row"):
        kept.append(parsed.text[position : row.start])
        position = row.end
    kept.append(parsed.text[position:])
    kept += [parsed.text[s.start : s.end] for s in parsed.spans if s.kind == "cell"]
    return "\n".join(kept)


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))
