"""The lives of prompt versions, as they were seen: which status and content each had, and from when on.

Git is the source of the files; a status changes there without telling when the radar first met it. So what
is seen is noted in ``evals/registry.json`` under ``RADAR_HOME``: ids, words and moments only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.storage.files import read_json, write_json

REMOVED = "removed"  # the status of a version whose file is gone


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at`` on a version had this status and content."""

    at: datetime  # UTC
    status: str  # draft | active | deprecated | removed
    sha: str

    def __str__(self) -> str:
        """As the tables tell it."""
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ} {self.status} #{self.sha[:12]}"


Lives = Mapping[str, tuple[Change, ...]]  # by use_case/name/version, each oldest first


def path_of(home: Path) -> Path:
    """Where what was seen is noted."""
    return home / "evals" / "registry.json"


def read(home: Path) -> Lives:
    """What was seen so far. Raises StoreError for a file that is damaged."""
    path = path_of(home)
    body = read_json(path)
    try:
        return {
            place: tuple(Change(datetime.fromisoformat(c["at"]), c["status"], c["sha"]) for c in changes)
            for place, changes in (body or {}).items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StoreError(
            f"{path} is damaged.",
            remedy="Restore it from your backup, or delete it: when each status began is then not known.",
        ) from None


def write(home: Path, lives: Lives) -> None:
    """Keep what was seen."""
    body = {
        place: [{"at": c.at.isoformat(), "status": c.status, "sha": c.sha} for c in changes]
        for place, changes in lives.items()
    }
    write_json(path_of(home), body)


def seen(lives: Lives, prompts: Iterable[Prompt], unread: Iterable[str], now: datetime) -> Lives:
    """The same with what is there now; equal if nothing changed.

    ``unread``: places of versions whose files are there and cannot be read just now: nothing is known of
    them, so nothing is noted.
    """
    found = dict(lives)
    present = set(unread)
    for prompt in prompts:
        present.add(prompt.place)
        _note(found, prompt.place, Change(now.astimezone(UTC), prompt.status.value, prompt.sha))
    for place in found.keys() - present:
        _note(found, place, Change(now.astimezone(UTC), REMOVED, found[place][-1].sha))
    return found


def _note(found: dict[str, tuple[Change, ...]], place: str, change: Change) -> None:
    before = found.get(place, ())
    if not before or (before[-1].status, before[-1].sha) != (change.status, change.sha):
        found[place] = (*before, change)
