"""Taking a container apart: a child process unpacks it, this one writes down what comes.

What comes from the child is trusted as little as the container: counted against the room there is,
stored under numbers, and named by rules of our own.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from radar_pipeline.ingest.containers import DEEPEST, MOST_MEMBERS, MOST_UNPACKED, names
from radar_pipeline.ingest.discover import HASH_LENGTH, SourceFile
from radar_pipeline.ingest.isolate import ParserPool
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.wire import NAME
from radar_pipeline.models import UnreadableReason
from radar_pipeline.storage.files import storing


@dataclass(slots=True)
class Room:
    """How much may still come out of one outermost file, whatever lies within what."""

    members: int = MOST_MEMBERS
    bytes: int = MOST_UNPACKED


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A member as it lies in the spool."""

    path: str  # of the document, below its container's
    location: Path
    size: int
    content_hash: str


@dataclass(slots=True)
class _Spooled:
    name: str
    location: Path
    size: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class _Spooler:
    """Writes members into a folder as they come, each under its number."""

    def __init__(self, folder: Path, room: Room) -> None:
        self._folder = folder
        self._room = room
        self._file: IO[bytes] | None = None
        self.members: list[_Spooled] = []

    def begin(self) -> None:
        """Start anew: what came before is overwritten."""
        self.close()
        self.members = []
        with storing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)

    def take(self, frame: bytes) -> None:
        """A member's name, or a piece of it. Raises ParseProblem ``bomb``, StoreError."""
        if frame[:1] == NAME:
            self._next(frame[1:].decode("utf-8", "replace"))
        else:
            self._write(frame[1:])

    def close(self) -> None:
        """Finish the member in hand."""
        if self._file is not None:
            with storing(self._folder):
                self._file.close()
            self._file = None

    def _next(self, name: str) -> None:
        self.close()
        if len(self.members) >= self._room.members:
            raise ParseProblem(UnreadableReason.BOMB)
        location = self._folder / f"{len(self.members):04d}"
        self.members.append(_Spooled(name, location))
        with storing(location):
            self._file = location.open("wb")

    def _write(self, piece: bytes) -> None:
        if self._file is None:
            raise ParseProblem(UnreadableReason.CRASH)  # a piece of nothing: the child is not itself
        member = self.members[-1]
        member.size += len(piece)
        if sum(m.size for m in self.members) > self._room.bytes:
            raise ParseProblem(UnreadableReason.BOMB)
        member.digest.update(piece)
        with storing(member.location):
            self._file.write(piece)


def unpack(
    pool: ParserPool, file: SourceFile, content_hash: str, folder: Path, below: str, depth: int, room: Room
) -> list[Unpacked] | UnreadableReason:
    """The members of a container, spooled into ``folder``; or why there are none, then no half of them.

    ``below`` is the path that theirs begin with; ``depth`` counts from 1 for an outermost file. What
    comes is taken off ``room``. A container too deep within others may hold nothing: ``bomb``.
    Raises SourceUnreadableError if the file is gone or changed, StoreError.
    """
    left = room if depth <= DEEPEST else Room(0, 0)
    spooler = _Spooler(folder, left)
    task = {"unpack": True, "members": left.members, "bytes": left.bytes, "ocr": False}
    try:
        answer, _ = pool.ask(file, content_hash, task, spooler)
        if "reason" in answer:
            return UnreadableReason(answer["reason"])
        paths = names.paths([m.name for m in spooler.members], below)
    except ParseProblem as problem:
        return problem.reason
    finally:
        spooler.close()
    room.members -= len(paths)
    room.bytes -= sum(m.size for m in spooler.members)
    return [
        Unpacked(path, m.location, m.size, m.digest.hexdigest()[:HASH_LENGTH])
        for path, m in zip(paths, spooler.members, strict=True)
    ]
