"""Batches of either provider: their lines, how they end, and what their results look like inside."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake.engine import Engine
from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.refusals import error_body
from radar_pipeline.llm.fake.requests import Request
from radar_pipeline.llm.fake.tokens import NO_USAGE
from radar_pipeline.llm.fake.values import JsonObject

STRANGER = "nobody-asked-for-this"  # the custom_id of a result that belongs to no line


class Fate(StrEnum):
    """How one line ended."""

    SUCCEEDED = "succeeded"
    ERRORED = "errored"
    EXPIRED = "expired"
    CANCELED = "canceled"


class End(StrEnum):
    """How a batch ended; OpenAI's words."""

    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Result:
    """What a line came to: the provider's body and status, where it was run."""

    custom_id: str
    fate: Fate
    status: int = 0
    body: JsonObject = field(default_factory=dict)
    usage: Usage = NO_USAGE
    entry: int | None = None


@dataclass(slots=True)
class Batch:
    """One batch. ``end`` is None while it is worked on; ``errors`` fail it at its first look."""

    batch_id: str
    provider: str
    lines: tuple[Request, ...]
    fault: Fault | None
    endpoint: str = ""
    input_file: str = ""
    metadata: JsonObject = field(default_factory=dict)
    errors: tuple[JsonObject, ...] = ()
    looks: int = 0
    cancelling: bool = False
    end: End | None = None
    results: tuple[Result, ...] = ()  # as delivered: after the batch's fault
    done: tuple[Result, ...] = ()  # one for each line
    output_file: str | None = None
    error_file: str | None = None
    created_at: float = field(default_factory=time.time)  # true, for clients that look for a batch by its age

    def count(self, fate: Fate) -> int:
        """Lines that ended so."""
        return sum(result.fate is fate for result in self.done)


class Desk:
    """All batches of one protocol. They end by ``finish``, or at their ``looks``-th retrieval.

    ``deliver`` is called with a batch that has just ended, to write its files.
    """

    def __init__(self, engine: Engine, looks: int | None, deliver: Callable[[Batch], None]) -> None:
        self._engine = engine
        self._looks = looks
        self._deliver = deliver
        self._batches: dict[str, Batch] = {}
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """A number for the next batch."""
        return next(self._numbers)

    def add(self, batch: Batch) -> None:
        """Takes a batch in."""
        with self._lock:
            self._batches[batch.batch_id] = batch

    def remove(self, batch: Batch) -> None:
        """Forgets a batch."""
        with self._lock:
            self._batches.pop(batch.batch_id, None)

    def of(self, provider: str) -> list[Batch]:
        """A provider's batches, newest first."""
        with self._lock:
            return [each for each in reversed(self._batches.values()) if each.provider == provider]

    def get(self, provider: str, batch_id: str) -> Batch | None:
        """A batch, without looking at it in the sense of ``look``."""
        with self._lock:
            found = self._batches.get(batch_id)
            return found if found is not None and found.provider == provider else None

    def look(self, provider: str, batch_id: str) -> Batch | None:
        """A batch as its retrieval finds it: time passes with each."""
        with self._lock:
            batch = self.get(provider, batch_id)
            if batch is not None and batch.end is None:
                batch.looks += 1
                due = self._looks is not None and batch.looks >= self._looks
                if due or batch.errors or batch.cancelling:
                    self._end(batch, late=False)
            return batch

    def cancel(self, provider: str, batch_id: str) -> Batch | None:
        """Asks a batch to stop; it has at its next look."""
        with self._lock:
            batch = self.get(provider, batch_id)
            if batch is not None and batch.end is None:
                batch.cancelling = True
            return batch

    def finish(self, *, late: bool) -> int:
        """Ends all batches that are worked on, but those that never end; ``late``: their time is up and
        no line was done. Returns how many ended."""
        with self._lock:
            open_ones = [each for each in self._batches.values() if each.end is None]
            for batch in open_ones:
                self._end(batch, late=late)
            return sum(batch.end is not None for batch in open_ones)

    def _end(self, batch: Batch, *, late: bool) -> None:
        if batch.fault is Fault.BATCH_NEVER_ENDS and not (late or batch.cancelling):
            return
        batch.end = _end_of(batch, late=late)
        if batch.end is not End.FAILED:
            fates = self._fates(batch, late=late)
            batch.done = tuple(self._done(line, fate) for line, fate in zip(batch.lines, fates, strict=True))
        batch.results = self._disturbed(batch)
        self._deliver(batch)

    def _fates(self, batch: Batch, *, late: bool) -> Sequence[Fate]:
        lines = len(batch.lines)
        if batch.end is End.CANCELLED:
            return [Fate.CANCELED] * lines
        if late or batch.fault is Fault.BATCH_EXPIRED:
            return [Fate.EXPIRED] * lines
        second: dict[Fault | None, Fate] = {
            Fault.BATCH_PARTLY_EXPIRED: Fate.EXPIRED,
            Fault.BATCH_ERROR_LINES: Fate.ERRORED,
        }
        other = second.get(batch.fault, Fate.SUCCEEDED)
        return [other if number % 2 else Fate.SUCCEEDED for number in range(lines)]

    def _done(self, line: Request, fate: Fate) -> Result:
        custom_id = line.custom_id or ""
        if fate is Fate.ERRORED:
            return Result(custom_id, fate, 500, error_body(line, 500, "Internal server error."))
        if fate is not Fate.SUCCEEDED:
            return Result(custom_id, fate)
        outcome = self._engine.run(line, self._engine.fault(line))
        fate = Fate.SUCCEEDED if outcome.status == 200 else Fate.ERRORED
        return Result(custom_id, fate, outcome.status, outcome.body, outcome.usage, outcome.entry)

    def _disturbed(self, batch: Batch) -> tuple[Result, ...]:
        done = batch.done
        if not done:
            return ()
        unseen: dict[Fault | None, tuple[Result, ...]] = {
            Fault.BATCH_MISSING_LINES: done[-1:],
            Fault.BATCH_MALFORMED_LINE: done[:1],
            Fault.BATCH_RESULTS_GONE: done,
        }
        for result in unseen.get(batch.fault, ()):
            if result.entry is not None and result.usage != NO_USAGE:
                self._engine.books.mark(result.entry, reported=False)
        delivered: dict[Fault | None, tuple[Result, ...]] = {
            Fault.BATCH_MISSING_LINES: done[:-1],
            Fault.BATCH_DUPLICATE_IDS: (*done, done[0]),
            Fault.BATCH_UNKNOWN_IDS: (*done, Result(STRANGER, done[0].fate, done[0].status, done[0].body)),
            Fault.BATCH_SHUFFLED: done[::-1],
        }
        return delivered.get(batch.fault, done)


def _end_of(batch: Batch, *, late: bool) -> End:
    if batch.errors:
        return End.FAILED
    if batch.cancelling or batch.fault is Fault.BATCH_CANCELLED:
        return End.CANCELLED
    expired = batch.fault in (Fault.BATCH_EXPIRED, Fault.BATCH_PARTLY_EXPIRED)
    return End.EXPIRED if late or expired else End.COMPLETED


def jsonl(lines: Sequence[str], *, malformed: bool) -> bytes:
    """The lines of a results file; ``malformed``: the first of them cut in half."""
    if malformed and lines:
        lines = [lines[0][: len(lines[0]) // 2], *lines[1:]]
    return "".join(f"{line}\n" for line in lines).encode()
