"""What the portfolio says of language models and usage by day: read from the operations store."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from radar_pipeline.report import llm_metrics, usage
from radar_pipeline.report.llm_metrics import day_of
from radar_pipeline.storage.daily import DailyRows
from radar_pipeline.storage.ledger import StageRecord
from radar_pipeline.storage.metrics_schema import DAILY, USAGE
from radar_pipeline.storage.operations.records import CallRecord, FeedbackCount, Limits
from radar_pipeline.sweep.environment import Environment

DAYS = 4  # whose rows may still change: a batch takes two days at most, from its sending to its last answer
FIRST = date(2000, 1, 1)  # before any ledger


def by_day(environment: Environment, loaded: Mapping[str, str]) -> DailyRows:
    """The rows of the last days, of all days since the newest that is ``loaded``, or of every day if none.

    The same ledger gives the same rows. Reads no tenant's store.
    """
    today = day_of(environment.clock())
    since = min(today - timedelta(days=DAYS - 1), _newest(loaded))
    until = today + timedelta(days=1)
    operations, limits = environment.operations, _limits_of(environment)
    stages = _stages(operations.done_stages(_midnight(since), _midnight(until)))
    feedback: dict[date, list[FeedbackCount]] = {}
    for count in operations.feedback.by_day(since, today):
        feedback.setdefault(count.day, []).append(count)
    tables: dict[str, list[dict[str, Any]]] = {table.name: [] for table in DAILY}

    def add(day: date, calls: Sequence[CallRecord]) -> None:
        for name, rows in llm_metrics.day_rows(day, calls, feedback.get(day, ())).items():
            tables[name] += rows
        tables[USAGE.name] += usage.day_rows(day, calls, stages.get(day, ()), limits)

    quiet = stages.keys() | feedback.keys()  # days without calls
    ledger = operations.spending.calls(_midnight(since), _midnight(until))
    for day, calls in groupby(ledger, lambda call: day_of(call.started_at)):
        add(day, list(calls))  # one day's, and no more, at a time
        quiet -= {day}
    for day in quiet:
        add(day, ())
    return DailyRows(since, tables)


def _newest(loaded: Mapping[str, str]) -> date:
    return date.fromisoformat(max(loaded)) if loaded else FIRST


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _stages(records: Iterable[StageRecord]) -> dict[date, list[StageRecord]]:
    found: dict[date, list[StageRecord]] = {}
    for record in records:
        if record.finished_at is not None:
            found.setdefault(day_of(record.finished_at), []).append(record)
    return found


def _limits_of(environment: Environment) -> Callable[[str], Limits]:
    models = environment.models
    return models.client.limits if models else lambda _: Limits()
