"""The formats that catalogs come in. One more is one file with two functions and one line here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks import ciso, oscal, own, table
from radar_pipeline.frameworks.publication import Publication, Source, malformed, name

LARGEST = 50_000_000  # bytes; the largest published catalog has some ten million
_MERGE = re.compile(r"(?m)^[ \t?-]*[\"']?<<[\"']?[ \t]*:|[{,][ \t]*[\"']?<<[\"']?[ \t]*:")


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is told and read."""

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Publication]


FORMATS = (  # the first that recognises a file reads it
    Format("OSCAL catalog", oscal.recognises, oscal.read),
    Format("CSV table", table.recognises, table.read),
    Format("Blindspot Radar library", own.recognises, own.read),
    Format("CISO Assistant library", ciso.recognises, ciso.read),
)


def read_publication(
    path: Path, *, identity: str = "", title: str = "", version: str = ""
) -> tuple[Format, Publication]:
    """What the file publishes, and in which format. Nothing is written.

    ``identity``, ``title`` and ``version`` are what the person says where a format can't. Raises
    ConfigurationError naming the place.
    """
    source = Source(path, _text(path), identity, name(title), name(version))
    for known in FORMATS:
        if known.recognises(source):
            try:
                return known, known.read(source)
            except ValidationError as error:  # what a reader let through and our own form refuses
                first = error.errors(include_input=False)[0]
                place = ".".join(str(part) for part in first["loc"])
                raise malformed(source, place, first["msg"]) from None
    raise ConfigurationError(
        f"{path.name} is in no format that is read.",
        remedy=f"Bring one of these: {', '.join(f.name for f in FORMATS)} (docs/frameworks.md).",
    )


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, a device never ends
            raise ConfigurationError(
                f"{path} is not a regular file.", remedy="Save the catalog as a file and import that."
            )
        if path.stat().st_size > LARGEST:
            raise ConfigurationError(
                f"{path.name} is larger than {LARGEST // 1_000_000} MB.",
                remedy="Import one framework at a time, without what surrounds it.",
            )
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {type(error).__name__}.", remedy="Check its name and permissions."
        ) from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path.name}, line {data.count(10, 0, error.start) + 1}: not UTF-8.",
            remedy="Save it as UTF-8 (in a spreadsheet: 'CSV UTF-8') and import that.",
        ) from None
    merge = _MERGE.search(text) if path.suffix.lower() in (".yaml", ".yml") else None
    if merge:  # mappings merged into mappings can grow tenfold at every level
        raise ConfigurationError(
            f"{path.name}, line {text.count(chr(10), 0, merge.end()) + 1}: merge keys (<<) are not read.",
            remedy="Write the merged keys out.",
        )
    return text
