"""Taking outer files apart while a tenant's documents are read: archives in messages in archives."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.ingest import discover, isolate
from radar_pipeline.ingest.discover import SourceFile
from radar_pipeline.ingest.sources.naming import is_ignored, is_system
from radar_pipeline.ingest.unpack import Room, Unpacked, unpack
from radar_pipeline.models import UnreadableDocument, UnreadableReason
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.storage.files import remove_tree
from radar_pipeline.sweep import members
from radar_pipeline.sweep.manifest import Entry, Manifest
from radar_pipeline.sweep.plan import Plan
from radar_pipeline.sweep.removals import outermost

SPOOL = "unpacked"  # folder under a tenant's work, while its documents are read


@dataclass(frozen=True, slots=True)
class Item:
    """A document to be parsed; ``root`` is the source file that it is, or came in."""

    path: str
    file: SourceFile
    content_hash: str
    root: str


class Opening:
    """The documents of one tenant that are to be parsed, outer files taken apart on the way.

    Iterate over it once, and call ``done`` for each item when it is parsed: what was spooled of an
    outer file is removed with its last member. Entries of the plan's manifest are made and changed as
    members come to light. ``known`` is the manifest of the last sweep, ``at`` an ISO time.
    """

    def __init__(
        self,
        pool: isolate.ParserPool,
        plan: Plan,
        known: Manifest,
        home: Path,
        at: str,
    ) -> None:
        self._pool, self._tenant, self._files = pool, plan.tenant, plan.files
        self._manifest, self._known, self._at = plan.manifest, known, at
        self._kept = DocumentFiles(home)
        self._spool = home / "work" / SPOOL
        self._folders = members.folders_of(plan.manifest)
        self._inside: defaultdict[str, set[str]] = defaultdict(set)  # paths of members by their container's
        for entry in plan.manifest.values():
            if entry.container:
                self._inside[entry.container].add(entry.path)
        self._open: dict[str, int] = {}  # root -> items that are being parsed
        self._taken_apart: set[str] = set()  # roots that nothing more will come of
        self._roots = self._due()
        self.failed = 0
        self.unpacked = 0
        self.total = len(self._roots)  # items there will be, as far as is known

    def __iter__(self) -> Iterator[Item]:
        for root in self._roots:
            self._open[root] = 0
            file = self._files[root]
            yield from self._items(file, self._manifest[root], root, 1, Room())
            self._taken_apart.add(root)
            self._close(root)

    def done(self, item: Item) -> None:
        """An item was parsed, or given up."""
        self._open[item.root] -= 1
        self._close(item.root)

    def clear(self) -> None:
        """Remove everything spooled, also by a sweep that was killed."""
        remove_tree(self._spool)

    def adopt(self, entry: Entry) -> Entry:
        """The entry filled from the store, if its text is there: a sweep was killed after reading it,
        or it was gone for a while."""
        stored = None if entry.settled or entry.readable else self._kept.get(entry.version_id)
        return entry.read_as(stored) if stored else entry

    def _due(self) -> list[str]:
        for path, entry in list(self._manifest.items()):
            self._manifest[path] = self.adopt(entry)
        unsettled = [entry for entry in self._manifest.values() if not entry.settled]
        roots = {outermost(entry, self._manifest) for entry in unsettled}
        return sorted(root for root in roots if root in self._files)

    def _items(self, file: SourceFile, entry: Entry, root: str, depth: int, room: Room) -> Iterator[Item]:
        """The item of a document itself, then those of what is in it."""
        inside: list[tuple[SourceFile, Entry]] = []
        if entry.is_container:
            rules = members.identity(self._tenant, entry.path, self._folders)
            found = self._unpack(file, entry, root, depth, room)
            if isinstance(found, UnreadableReason):
                self._refused(replace(entry, unpacked=rules), found)
                return
            inside = [self._member(member, entry) for member in found if not self._is_noise(member, entry)]
            self._forget_others(entry.path, {inner.path for _, inner in inside})
            entry = self._manifest[entry.path] = replace(entry, unpacked=rules)
            self.unpacked += 1
        if not entry.readable:
            self._open[root] += 1
            yield Item(entry.path, file, entry.content_hash, root)
        else:
            self.total -= 1
        for inner_file, inner in inside:
            if not inner.settled or (inner.is_container and self._has_unsettled(inner.path)):
                self.total += 1
                yield from self._items(inner_file, inner, root, depth + 1, room)

    def _unpack(
        self, file: SourceFile, entry: Entry, root: str, depth: int, room: Room
    ) -> list[Unpacked] | UnreadableReason:
        if not self._pool.fits(file):
            return UnreadableReason.TOO_LARGE if file.size else UnreadableReason.EMPTY
        folder = self._spool_of(root) / ids.digest(entry.path, length=16)
        below = members.below(entry.path, self._folders)
        return unpack(self._pool, file, entry.content_hash, folder, below, depth, room)

    def _member(self, member: Unpacked, outer: Entry) -> tuple[SourceFile, Entry]:
        fresh = members.new_entry(self._tenant, member.path, member.size, member.content_hash, outer.path)
        entry = self._manifest.get(member.path, fresh)
        if (entry.version_id, entry.container) != (fresh.version_id, outer.path):
            entry = fresh
        before = self._known.get(member.path, fresh)
        if entry is fresh and before.version_id == fresh.version_id:  # the outer file changed, this did not
            entry = replace(before, container=outer.path, missing_since="", unpacked="")
        entry = members.to_unpack(
            self.adopt(entry), members.identity(self._tenant, member.path, self._folders)
        )
        if member.path in self._manifest:
            self._inside[self._manifest[member.path].container].discard(member.path)
        self._manifest[member.path] = entry
        self._inside[outer.path].add(member.path)
        file = SourceFile(entry.document_id, member.path, member.location, member.size, 0)
        return file, entry

    def _refused(self, entry: Entry, reason: UnreadableReason) -> None:
        """A container that can't be unpacked is one unreadable document, and none of it is there."""
        self._forget_others(entry.path, set())
        outcome = UnreadableDocument(
            entry.document_id, entry.version_id, entry.path, entry.content_hash, reason
        )
        self._manifest[entry.path] = entry.read_as(outcome, self._at)
        self.failed += 1
        self.total -= 1

    def _forget_others(self, container: str, kept: set[str]) -> None:
        """Drop entries of members that the container no longer has, with what was in them."""
        for path in self._inside.get(container, set()) - kept:
            self._inside[container].discard(path)
            del self._manifest[path]
            self._forget_others(path, set())

    def _has_unsettled(self, container: str) -> bool:
        inside = self._inside.get(container, ())
        return any(not self._manifest[path].settled or self._has_unsettled(path) for path in inside)

    def _is_noise(self, member: Unpacked, outer: Entry) -> bool:
        """Whether it would be left out of a folder, too: the system's own, or the tenant's wish."""
        inner = member.path[len(members.below(outer.path, self._folders)) + 1 :]
        return any(map(is_system, inner.split("/"))) or is_ignored(member.path, self._tenant.ignore)

    def _spool_of(self, root: str) -> Path:
        return self._spool / ids.digest(self._manifest[root].version_id, root, length=16)

    def _close(self, root: str) -> None:
        if root in self._taken_apart and not self._open[root]:
            remove_tree(self._spool_of(root))
            discover.release(self._files[root])
