"""Canonical texts of document versions: one immutable file each, named by the version's digest."""

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.storage.files import (
    TEMPORARY,
    remove_temporaries,
    storing,
    sync_file,
    sync_folder,
    write_bytes,
)

_NAME = re.compile(r"[0-9a-zA-Z][0-9a-zA-Z_.-]{2,127}")
_CHECK = 32  # bytes of SHA-256 in front of the text: a torn file is noticed, never quoted


class Texts:
    """The texts under one folder. ``text[start:end]`` of every span and quote refers to these."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._unsynced: list[Path] = []

    def put(self, version_id: str, text: str) -> None:
        """Keep the text of a version. Doing it again changes nothing.

        Survives this process at once, and the machine's failure after ``flush``.
        """
        path = self._path(version_id)
        if path.exists():
            return
        data = text.encode("utf-8", "surrogatepass")
        write_bytes(path, hashlib.sha256(data).digest() + data, sync=False)
        self._unsynced.append(path)

    def flush(self) -> None:
        """Make all texts put so far durable; call before the rows that name them are written."""
        folders = {path.parent for path in self._unsynced}
        with storing(self.root):
            for path in self._unsynced:
                sync_file(path)
            for folder in folders:
                sync_folder(folder)
        self._unsynced.clear()

    def get(self, version_id: str) -> str:
        """The text of a version; StoreError if it is absent or damaged."""
        path = self._path(version_id)
        with storing(path):
            data = path.read_bytes() if path.exists() else b""
        body = data[_CHECK:]
        if hashlib.sha256(body).digest() != data[:_CHECK]:
            raise StoreError(
                f"The text of document version {version_id} is missing or damaged.",
                remedy="Delete `work/manifest.json` and `work/texts` of its tenant and sweep again: its "
                "documents are then read anew.",
            )
        return body.decode("utf-8", "surrogatepass")

    def __contains__(self, version_id: str) -> bool:
        return self._path(version_id).exists()

    def version_ids(self) -> set[str]:
        """The versions whose text is kept."""
        return {path.name.removesuffix(".txt") for path in self._files()}

    def keep_only(self, version_ids: Collection[str]) -> int:
        """Delete the texts of all other versions; returns how many were deleted."""
        wanted = set(version_ids)
        deleted = 0
        with storing(self.root):
            for path in list(self._files()):
                if path.name.removesuffix(".txt") not in wanted:
                    path.unlink(missing_ok=True)
                    deleted += 1
            for folder in self.root.glob("*/"):
                remove_temporaries(folder)
        return deleted

    def _files(self) -> Iterator[Path]:
        return (p for p in self.root.glob("*/*.txt") if not p.name.startswith(TEMPORARY))

    def _path(self, version_id: str) -> Path:
        # An id becomes a file name, so one that could leave the folder is refused.
        if _NAME.fullmatch(version_id) is None:
            raise ValueError("A version id is 3 to 128 letters, digits, '-', '_' or '.'.")
        return self.root / version_id[:2] / f"{version_id}.txt"
