"""``radar batches``: which batches are open at the providers, and giving one up."""

from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console

from radar_pipeline.console.answer import Answer
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations


def batches(settings: Settings) -> Answer:
    """The open batches, oldest first."""
    now = datetime.now(UTC)
    records = Operations(settings.operations).batches.open_batches()
    value = [
        {**asdict(record), "age_seconds": round((now - record.prepared_at).total_seconds())}
        for record in records
    ]

    def render(console: Console) -> None:
        if not records:
            console.print("No batch is open.")
            return
        for r in records:
            late = ", which is past" if r.deadline <= now else ""
            console.print(
                f"[bold]{r.batch_key}[/]  {r.tenant_id} at {r.alias} ({r.model}): {r.state} for "
                f"{_age(now, r.prepared_at)}, {r.answered} of {r.requests} answered, {r.failed} failed; "
                f"models are asked live from {r.deadline:%Y-%m-%d %H:%M} UTC{late}",
                soft_wrap=True,
            )

    return Answer(value, render)


def abandon(settings: Settings, batch_key: str) -> str:
    """Give a batch up; returns what to tell the person."""
    from radar_pipeline.sweep.batching import polling
    from radar_pipeline.sweep.batching.office import Office
    from radar_pipeline.sweep.judges import open_models

    operations = Operations(settings.operations)
    record = polling.abandon(Office(settings, operations, open_models(settings, operations, {})), batch_key)
    return (
        f"The batch {batch_key} of tenant {record.tenant_id} is given up; what was not fetched counts as "
        f"billed.\nThe next sweep asks live: `radar sweep --tenant {record.tenant_id}`, or wait a minute."
    )


def _age(now: datetime, since: datetime) -> str:
    hours, minutes = divmod(int((now - since).total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02d} min"
