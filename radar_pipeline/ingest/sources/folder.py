"""Documents in a folder of this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from radar_pipeline.errors import SourceUnreadableError
from radar_pipeline.ingest.sources import Listed, NotFetchedError
from radar_pipeline.ingest.sources.naming import is_system, matches
from radar_pipeline.models import Tenant


class Folder:
    """A source that is a folder. A link that leads out of it is left out: what it points at is not
    the tenant's to show."""

    def __init__(self, tenant: Tenant, root: Path) -> None:
        self._tenant = tenant
        self._root = root

    def listing(self) -> Iterator[Listed]:
        """Every document file below the folder."""
        root = self._root
        try:
            if not root.is_dir():
                raise self._unreadable("does not exist or is not a folder")
            real_root = root.resolve(strict=True)
            for entry in _walk(root, real_root, self._tenant.ignore):
                yield _listed(root, entry)
        except OSError as error:
            raise self._unreadable(
                f"could not be listed ({error.strerror or 'input/output error'})"
            ) from error

    def fetch(self, listed: Listed, target: Path) -> None:
        """Nothing has to be fetched from a folder."""
        raise NotFetchedError("it lies in a folder")

    def _unreadable(self, what: str) -> SourceUnreadableError:
        return SourceUnreadableError(
            f"The document folder {self._root} of tenant {self._tenant.slug} {what}.",
            remedy="Mount or create it, or correct 'documents' in tenants.yaml. "
            "Nothing was removed from the report.",
        )


def _walk(root: Path, real_root: Path, ignore: tuple[str, ...]) -> Iterator[os.DirEntry[str]]:
    """The files below ``root``. Without recursion: folders may lie deeper than Python's stack."""
    folders = [str(root)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if is_system(entry.name):
                    continue
                if ignore:
                    relative = Path(entry.path).relative_to(root).as_posix()
                    if any(matches(relative, pattern) for pattern in ignore):
                        continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif _is_inner_file(entry, real_root):
                    yield entry


def _is_inner_file(entry: os.DirEntry[str], real_root: Path) -> bool:
    """A regular file, or a link to one inside the source. Linked folders are not walked: loops."""
    if not entry.is_symlink():
        return entry.is_file(follow_symlinks=False)
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):  # dangling, or a loop of links
        return False
    return target.is_file() and target.is_relative_to(real_root)


def _listed(root: Path, entry: os.DirEntry[str]) -> Listed:
    # A name that is no UTF-8 reaches us with surrogates; stores and pipes take only clean text.
    path = Path(entry.path)
    relative = path.relative_to(root).as_posix()
    clean = relative.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    stat = entry.stat()
    return Listed(clean, stat.st_size, stat.st_mtime_ns, path)
