"""How the open batches stand: who waits for one, until when, and whose came to an end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import BatchRecord

GRACE = timedelta(minutes=15)  # after the deadline: until a cancelled batch has surely stopped
RECENT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Board:
    """``waiting``: tenants whose sweep is put off, and why. ``over``: the moment at which the last batch of
    a tenant, none of whose batches is waited for, came to its end."""

    waiting: Mapping[str, str] = field(default_factory=dict)
    over: Mapping[str, datetime] = field(default_factory=dict)


def board(operations: Operations, now: datetime) -> Board:
    """The board as it is now."""
    waiting: dict[str, str] = {}
    over: dict[str, datetime] = {}
    for record in operations.batches.closed_since(now - RECENT):
        if record.ended_at is not None:
            over[record.tenant_id] = max(record.ended_at, over.get(record.tenant_id, record.ended_at))
    for record in operations.batches.open_batches():
        end = record.deadline + GRACE
        if now >= end:
            over[record.tenant_id] = max(end, over.get(record.tenant_id, end))
        elif not swept_since(operations, record):
            waiting[record.tenant_id] = f"waits for its batch, until {end:%Y-%m-%d %H:%M} UTC at most"
    return Board(waiting, {slug: moment for slug, moment in over.items() if slug not in waiting})


def swept_since(operations: Operations, record: BatchRecord) -> bool:
    """Whether a sweep has had the tenant in hand since the batch was made: nobody waits for it then."""
    tries = operations.tries(record.tenant_id, 1)
    return bool(tries) and tries[0].ended_at >= record.prepared_at
