"""What a sensor remembers between ticks: its cursor, JSON of bounded size."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that was asked for: for which input, how often in a row, when last."""

    input_key: str
    times: int
    at: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Memory:
    """``asked``: tenants asked for and not settled yet; nobody else, so it never grows for long.

    ``marks``: hashes as last seen. ``gone``: who was missing at the last tick. ``ticket`` numbers
    the requests; it starts at the clock, so that a cursor that was reset begins new ones.
    """

    ticket: int
    asked: Mapping[str, Asked] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def after(self, kept: Mapping[str, Asked], now: Mapping[str, Asked]) -> "Memory":
        """The memory once a run was asked for."""
        return replace(self, ticket=self.ticket + 1, asked={**kept, **now})

    def cursor(self) -> str:
        """As Dagster keeps it."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)


def remembered(cursor: str | None, now: float) -> Memory:
    """The memory in a cursor. None, or one that is not ours, is a first look.

    A request from a time to come was made before the clock was set back: it counts as made now.
    """
    try:
        data = json.loads(cursor or "")
        return Memory(
            ticket=int(data["ticket"]),
            asked={
                slug: Asked(str(a["input_key"]), max(1, int(a["times"])), _not_later(float(a["at"]), now))
                for slug, a in data["asked"].items()
            },
            marks={str(name): str(mark) for name, mark in data["marks"].items()},
            gone=tuple(str(slug) for slug in data["gone"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return Memory(int(now))


def _not_later(moment: float, now: float) -> float:
    return moment if moment <= now else now  # what is no number is not earlier either
