"""Server-sent events: how they are written, and what goes wrong in a stream of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.values import JsonObject, dumps

PIECE = 40  # characters of one piece of text


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``name`` None: unnamed, as in chat completions. ``delta``: it holds a piece of text."""

    name: str | None
    data: JsonObject | str
    delta: bool = False

    def encode(self) -> bytes:
        """The event on the wire."""
        data = self.data if isinstance(self.data, str) else dumps(self.data)
        return (f"event: {self.name}\n" if self.name else "").encode() + f"data: {data}\n\n".encode()


def pieces(text: str) -> Iterator[str]:
    """``text`` as a model writes it; a huge one in a hundred pieces."""
    size = max(PIECE, len(text) // 100)
    return (text[start : start + size] for start in range(0, len(text), size))


def disturb(events: Sequence[Event], fault: Fault | None, *, error: Event, unknown: Event) -> list[Event]:
    """The events as ``fault`` leaves them; ``error`` and ``unknown`` are the protocol's own forms."""
    if fault is Fault.DUPLICATE_EVENTS:
        return [each for event in events for each in ([event, event] if event.delta else [event])]
    middle = _middle(events)
    if fault is Fault.UNKNOWN_EVENT:
        return [*events[:middle], unknown, *events[middle:]]
    if fault is Fault.STREAM_ERROR:
        return [*events[:middle], error]
    if fault in (Fault.STREAM_BREAKS_OFF, Fault.STREAM_ENDS_EARLY, Fault.HANG_UP_MID_BODY):
        return list(events[:middle])
    return list(events)


def _middle(events: Sequence[Event]) -> int:
    """After the first half of the pieces of text, at least one."""
    deltas = [index for index, event in enumerate(events) if event.delta]
    return deltas[(len(deltas) - 1) // 2] + 1 if deltas else len(events) // 2
