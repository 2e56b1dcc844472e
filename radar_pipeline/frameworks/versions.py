"""Versions of a framework on disk: the one in force, and the older ones in ``archive/``.

``archive/`` is not searched for catalogs, so an older version binds nobody.
"""

import re
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.frameworks.catalog import available, load
from radar_pipeline.frameworks.formats import read_publication
from radar_pipeline.frameworks.library import Library, framework_of
from radar_pipeline.models import Framework
from radar_pipeline.yaml_files import read_yaml

ARCHIVE = "archive"


def archive_path(folder: Path, name: str, version: str, text: str) -> Path:
    """Where an older version with this text is kept; never the place of another text."""
    safe = re.sub(r"[^A-Za-z0-9._+-]+", "-", version).strip(".-")[:80] or "unnamed"
    path = folder / ARCHIVE / f"{name}@{safe}.yaml"
    if path.exists() and path.read_text("utf-8") != text:
        path = path.with_name(f"{name}@{safe}-{ids.digest(text, length=8)}.yaml")
    return path


def archived(folder: Path, framework_id: str) -> tuple[str, ...]:
    """``id@version`` of every older version that is kept."""
    return tuple(sorted(path.stem for path in (folder / ARCHIVE).glob(f"{framework_id}@*.yaml")))


def find_version(folder: Path, name: str) -> Framework:
    """The framework that ``name`` means: an id, an ``id@version``, or a file in any format.

    Raises UnknownNameError when it means none of them, ConfigurationError when its file is wrong.
    """
    if name in available(folder):
        return load(folder, name)
    if ids.SLUG_PATTERN.fullmatch(name.partition("@")[0]) and "/" not in name:
        found = _kept(folder, name)
        if found is not None:
            return found
    path = Path(name)
    if path.is_file():
        publication = read_publication(path)[1]
        if publication.library is not None:
            library = publication.library
            return framework_of(path.with_name(f"{library.objects.framework.ref_id}.yaml"), library)
    older = [version for known in available(folder) for version in archived(folder, known)]
    raise UnknownNameError(
        f"{name[:80]!r} is no framework, no archived version and no file with a framework.",
        remedy=f"Known are: {', '.join([*available(folder), *older]) or 'none'}.",
    )


def _kept(folder: Path, name: str) -> Framework | None:
    framework_id, _, version = name.partition("@")
    if name in archived(folder, framework_id):
        path = folder / ARCHIVE / f"{name}.yaml"
        return framework_of(path.with_name(f"{framework_id}.yaml"), read_yaml(path, Library))
    if version and framework_id in available(folder):
        current = load(folder, framework_id)
        return current if current.version == version else None
    return None
