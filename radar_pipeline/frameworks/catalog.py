"""Which frameworks there are, and one of them by id."""

from functools import lru_cache
from pathlib import Path

from radar_pipeline.errors import UnknownNameError
from radar_pipeline.frameworks.library import read_library
from radar_pipeline.models import Framework


def available(folder: Path) -> tuple[str, ...]:
    """Ids of the frameworks in ``folder``: the names of its YAML files, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def load(folder: Path, framework_id: str) -> Framework:
    """The framework ``framework_id``.

    Raises UnknownNameError when there is none, ConfigurationError when its file is wrong.
    """
    known = available(folder)
    if framework_id not in known:
        raise UnknownNameError(
            f"There is no framework {framework_id[:80]!r}.",
            remedy=f"Known are: {', '.join(known) or 'none'}; they are the files of {folder.name}/.",
        )
    path = folder / f"{framework_id}.yaml"
    stat = path.stat()
    return _load_cached(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _load_cached(path: Path, _mtime_ns: int, _size: int) -> Framework:
    return read_library(path)
