"""The server's own books: every request it received and what it billed for it."""

import dataclasses
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.requests import Request
from radar_pipeline.llm.fake.tokens import NO_USAGE


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, or one line of a batch, and what came of it.

    ``status`` is the HTTP status answered, 0 where none was. ``fault`` is the one that acted. ``usage``
    is what a provider would bill. ``reported`` is false where that never reached the client (hung up,
    cut off, left out): no ledger can know of it.
    """

    request: Request
    status: int
    usage: Usage = NO_USAGE
    fault: Fault | None = None
    reported: bool = True


class Books:
    """The entries, in order of their arrival. Thread-safe."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def write(self, entry: Entry) -> int:
        """Adds an entry; returns its number, for ``mark``."""
        with self._lock:
            self._entries.append(entry)
            return len(self._entries) - 1

    def mark(self, number: int, *, reported: bool) -> None:
        """Says whether the usage of an entry reached the client after all."""
        with self._lock:
            self._entries[number] = dataclasses.replace(self._entries[number], reported=reported)

    def entries(self) -> tuple[Entry, ...]:
        """All entries so far."""
        with self._lock:
            return tuple(self._entries)

    def billed(
        self,
        *,
        provider: str | None = None,
        model: str | None = None,
        batch: bool | None = None,
        unreported: bool = False,
    ) -> Usage:
        """The sum over the entries that match; of those whose usage never reached the client only
        if ``unreported``."""
        chosen = self._matching(provider, model, batch)
        return sum((entry.usage for entry in chosen if unreported or entry.reported), NO_USAGE)

    def _matching(self, provider: str | None, model: str | None, batch: bool | None) -> Iterator[Entry]:
        for entry in self.entries():
            request = entry.request
            if (
                provider in (None, request.provider)
                and model in (None, request.model)
                and batch in (None, request.batch)
            ):
                yield entry
