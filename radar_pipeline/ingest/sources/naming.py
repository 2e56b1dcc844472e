"""Which files of a source are documents, by their names alone."""

from fnmatch import fnmatchcase
from itertools import accumulate

SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})
SYSTEM_FOLDERS = frozenset({"__macosx", "__pycache__", "node_modules", "$recycle.bin"})
_RELATIVE = (".", "..")  # no hidden files: in a bucket, names like any other


def matches(path: str, pattern: str) -> bool:
    """Whether a path glob matches: a pattern without '/' is also tried on the file's name alone."""
    if fnmatchcase(path, pattern):
        return True
    return "/" not in pattern and fnmatchcase(path.rsplit("/", 1)[-1], pattern)


def is_system(name: str) -> bool:
    """Whether a file or folder of this name is hidden, a lock, a backup or the system's own."""
    lowered = name.lower()
    return (
        (name.startswith((".", "~$")) and name not in _RELATIVE)
        or name.endswith("~")
        or lowered in SYSTEM_FILES
        or lowered in SYSTEM_FOLDERS
    )


def is_ignored(path: str, ignore: tuple[str, ...]) -> bool:
    """Whether the tenant leaves this file, or a folder that it lies in, out on purpose."""
    if not ignore:
        return False
    folders = accumulate(path.split("/"), lambda above, name: f"{above}/{name}")
    return any(matches(part, pattern) for part in folders for pattern in ignore)
