"""How far reading may be ahead of whoever takes what was read: by size, not only by number."""

import threading
from collections.abc import Callable

from radar_pipeline.errors import RadarError
from radar_pipeline.models import Document, UnreadableDocument

MOST = 25_000_000  # characters that may wait to be taken; one document more for each reader
SPAN = 100  # characters that an annotation weighs as much as

Outcome = Document | UnreadableDocument


class Ahead:
    """Documents that were read and not taken yet, numbered from 0 in the order they are taken.

    ``read`` is called by several threads, in the order of the numbers; ``taken`` and ``end`` by who
    takes. The one that is awaited is read whatever waits, so nobody waits for ever.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._moved = threading.Condition()
        self._waiting: dict[int, int] = {}  # number -> weight
        self._weight = 0
        self._awaited = 0
        self._ended = False

    def read(self, number: int, work: Callable[[], Outcome]) -> Outcome:
        """What ``work`` gives, once there is room for it. Raises RadarError after the end, and as
        ``work``."""
        with self._moved:
            self._moved.wait_for(lambda: self._may_read(number))
            if self._ended:
                raise RadarError("Reading documents was interrupted.", remedy="Sweep again.")
        outcome = work()
        with self._moved:
            self._waiting[number] = _weight(outcome)
            self._weight += self._waiting[number]
        return outcome

    def taken(self) -> None:
        """The document that was awaited was taken; the next one is awaited."""
        with self._moved:
            self._weight -= self._waiting.pop(self._awaited, 0)
            self._awaited += 1
            self._moved.notify_all()

    def end(self) -> None:
        """Nothing more is taken: whoever waits for room raises."""
        with self._moved:
            self._ended = True
            self._moved.notify_all()

    def _may_read(self, number: int) -> bool:
        return self._ended or number <= self._awaited or self._weight < self._most


def _weight(outcome: Outcome) -> int:
    return len(outcome.text) + SPAN * len(outcome.spans) if isinstance(outcome, Document) else 0
