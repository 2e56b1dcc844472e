"""``prompts/lock``: the content of every version that left its draft, so that a later edit shows.

One line for each version, ``use_case/name/version sha256``, in order. Lines are added and never changed:
what a version says under its name is said for good.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts.form import NAME, VERSION
from radar_pipeline.storage.files import write_text

FILE = "lock"
_LINE = re.compile(rf"(?P<place>[a-z]+/{NAME}/{VERSION}) (?P<sha>[0-9a-f]{{64}})")


def read(folder: Path) -> Mapping[str, str] | None:
    """SHA by ``use_case/name/version``; None where the folder has no lock.

    Raises ConfigurationError naming the line that is wrong.
    """
    path = folder / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {type(error).__name__}.", remedy="Restore it from its repository."
        ) from None
    entries: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINE.fullmatch(line)
        if found is None or found["place"] in entries:
            problem = "repeats a version" if found else "is not of the form `use_case/name/version sha256`"
            raise ConfigurationError(
                f"{path}, line {number}: it {problem}.", remedy="Restore the file from its repository."
            )
        entries[found["place"]] = found["sha"]
    return entries


def write(folder: Path, entries: Mapping[str, str]) -> None:
    """Write the lock, whole or not at all."""
    lines = [f"{place} {sha}\n" for place, sha in sorted(entries.items(), key=lambda item: _order(item[0]))]
    write_text(folder / FILE, "".join(lines))


def _order(place: str) -> tuple[str, str, tuple[int, ...]]:
    use_case, name, version = place.split("/")
    return use_case, name, tuple(int(number) for number in version.split("."))
