"""Files of one JSON object a line, read strictly: a broken line is told with its number."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from radar_pipeline.errors import ConfigurationError, StoreError

LARGEST = 200_000_000  # bytes of a file


def objects(path: Path, remedy: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place (folder, file and line from 1) and object; empty lines are passed over.

    Raises ConfigurationError, with ``remedy``, for a line that is no JSON object or gives a field twice;
    StoreError if the file cannot be read. No message holds what stands in the file.
    """
    # Only a line feed ends a line: JSON text may hold other characters that break lines.
    for number, text in enumerate(_text(path).split("\n"), 1):
        if text.strip():
            place = f"{path.parent.name}/{path.name}, line {number}"
            yield place, _object(place, text, remedy)


def fail(place: str, problem: str, remedy: str) -> NoReturn:
    """Raise ConfigurationError about a line."""
    raise ConfigurationError(f"{place}: {problem}.", remedy=remedy)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            size = f"over {LARGEST // 1_000_000} MB"
            raise ConfigurationError(f"{path.name} is {size}.", remedy="Spread its lines over several files.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        kind = type(error).__name__
        raise StoreError(f"{path} cannot be read ({kind}).", remedy="Make it a readable file.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name} is not UTF-8.", remedy="Save it as UTF-8.") from None


def _object(place: str, text: str, remedy: str) -> dict[str, Any]:
    try:
        body = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _TwiceError:
        fail(place, "a field is given twice", remedy)
    except (ValueError, RecursionError):
        fail(place, "it is no JSON", remedy)
    if not isinstance(body, dict):
        fail(place, "it is no JSON object", remedy)
    return body


class _TwiceError(ValueError):
    """The second would silently replace the first."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _TwiceError
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
