"""What to do about files that a complete listing no longer has.

A listing is authoritative: what it lacks leaves the report. But one that lacks every file, or more
than three and over a fifth of them, is more often a mount or a prefix gone wrong than an intention.
Then nothing is removed: the missing keep their text and their evidence, the report says since when
they are missing, and they leave when a listing at least ``wait`` later lacks them still, or when a
person confirms it (``radar documents confirm-removals``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.ingest.sources.naming import is_ignored
from radar_pipeline.storage.files import read_json
from radar_pipeline.sweep.manifest import FORMAT, Entry, Manifest, manifest_path

FEW = 3  # so many files may leave at once, unless they are all there is
FIFTH = 5  # more than one in so many is a large removal


def held(
    listed: Manifest, known: Manifest, ignore: tuple[str, ...], now: datetime, wait: timedelta
) -> dict[str, Entry]:
    """Entries that stay although no file of theirs was listed, by path, with ``missing_since``.

    Members of an archive or a message go and stay with it, and don't count. What the tenant leaves
    out on purpose goes at once. What was not read yet stays unread: it may hide a sentence, and an
    archive that comes back without it would pass for whole.
    """
    on_purpose = ignore if listed else ()  # a glob that leaves nothing is rather a mistake
    files = {e.path: e for e in known.values() if not e.container and not is_ignored(e.path, on_purpose)}
    missing = [entry for path, entry in files.items() if path not in listed]
    waiting = [entry for entry in missing if not is_ripe(entry, now, wait)]
    gone = len(missing) - len(waiting)
    if not _is_large(len(waiting), len(files) - gone):
        return {}
    since = now.isoformat(timespec="seconds")
    kept = {entry.path: replace(entry, missing_since=entry.missing_since or since) for entry in waiting}
    for entry in known.values():
        outer = kept.get(outermost(entry, known)) if entry.container else None
        if outer and entry.path not in listed:
            kept[entry.path] = replace(entry, missing_since=outer.missing_since)
    return kept


def is_ripe(entry: Entry, now: datetime, wait: timedelta) -> bool:
    """True once the file has been missing for so long that another listing settles it."""
    return bool(entry.missing_since) and now - datetime.fromisoformat(entry.missing_since) >= wait


def missing(known: Manifest, listed: Iterable[str], now: datetime, wait: timedelta) -> list[tuple[str, str]]:
    """(path, state) of each known file that is not listed: ``new``, ``held`` or ``ripe``."""
    there = set(listed)
    gone = [e for e in known.values() if not e.container and e.path not in there]
    states = [
        (e.path, "ripe" if is_ripe(e, now, wait) else "held" if e.missing_since else "new") for e in gone
    ]
    return sorted(states)


def awaiting(known: Manifest) -> dict[str, Entry]:
    """Files whose removal awaits confirmation, by path; their members are not among them."""
    return {e.path: e for e in known.values() if e.missing_since and not e.container}


def without(known: Manifest, paths: Iterable[str]) -> dict[str, Entry]:
    """The manifest after these files were removed, their members with them."""
    gone = set(paths)
    return {path: e for path, e in known.items() if outermost(e, known) not in gone}


def outermost(entry: Entry, known: Mapping[str, Entry]) -> str:
    """Path of the source file that an entry is, or came in."""
    seen = {entry.path}
    while entry.container and entry.container not in seen:
        seen.add(entry.container)
        outer = known.get(entry.container)
        if outer is None:
            return entry.container
        entry = outer
    return entry.path


def is_emptied(tenant_home: Path) -> bool:
    """True if the last sweep knew the tenant to have no file left, as opposed to knowing nothing."""
    try:
        value = read_json(manifest_path(tenant_home))
    except StoreError:  # damaged: nothing is known
        return False
    return isinstance(value, dict) and value.get("format") == FORMAT and value.get("files") == []


def _is_large(missing: int, files: int) -> bool:
    return missing > 0 and (missing == files or (missing > FEW and FIFTH * missing > files))
