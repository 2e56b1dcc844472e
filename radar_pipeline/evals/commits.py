"""Which git commit last changed each file of a folder. Best effort: git is no part of the program."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

SECONDS = 10.0
_COMMIT = "commit:"
_NAMES = ("--name-only", "--no-renames", "--relative", "-z")  # paths as they are, in the folder
_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
)  # of a hook that we may run in: another repository's


def head(folder: Path) -> str:
    """The commit that the folder's repository stands at; empty if there is none. Takes a few milliseconds."""
    return _git(folder, "rev-parse", "HEAD").strip()


def last_changes(folder: Path) -> Mapping[str, str]:
    """The commit that last changed each file, by its path in the folder; none for a file that differs from
    what was committed. Empty outside a repository, without git, or if it takes longer than ``SECONDS``."""
    said = _git(folder, "log", f"--format={_COMMIT}%H", *_NAMES, "--", ".")
    found: dict[str, str] = {}
    commit = ""
    for line in said.replace("\0", "\n").splitlines():
        if line.startswith(_COMMIT):
            commit = line.removeprefix(_COMMIT)
        elif line:
            found.setdefault(line, commit)
    changed = _git(folder, "diff", *_NAMES, "HEAD", "--", ".").split("\0")
    return {path: commit for path, commit in found.items() if path not in changed}


def changed_since(folder: Path, revision: str) -> frozenset[str] | None:
    """The files that differ from where ``revision`` and the present commit part, or are new, by their paths
    in the folder; None if git cannot tell: no repository, or no such revision in it."""
    if not revision or revision.startswith("-"):
        return None
    base = _git(folder, "merge-base", revision, "HEAD").strip()
    if not base:
        return None
    changed = _git(folder, "diff", *_NAMES, base, "--", ".")
    fresh = _git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    return frozenset(path for path in (changed + fresh).split("\0") if path)


def _git(folder: Path, *arguments: str) -> str:
    """What git says; empty if it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "--no-pager", "-C", str(folder), *arguments],
            capture_output=True,
            timeout=SECONDS,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
