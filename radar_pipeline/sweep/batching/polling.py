"""What every open batch needs next: to be sent, looked at, fetched, cancelled or given up."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, LeaseHeldError, RadarError, UnknownNameError
from radar_pipeline.llm.batches.base import BatchState
from radar_pipeline.llm.batches.door import BatchGoneError
from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.errors import ModelCallError, ModelsUnavailableError
from radar_pipeline.storage.operations.batches import OPEN
from radar_pipeline.storage.operations.records import BatchRecord
from radar_pipeline.sweep.batching import fetching, sending
from radar_pipeline.sweep.batching.board import swept_since
from radar_pipeline.sweep.batching.files import BatchFile
from radar_pipeline.sweep.batching.office import Case, Office, cost_of, folder_of
from radar_pipeline.sweep.lease import hold

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Closed:
    """A batch that came to its end: how many requests had which, and what it cost in US dollars."""

    batch: BatchRecord
    missing: int
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class Trouble:
    """A batch that could not be looked at now, and why, with the remedy."""

    batch: BatchRecord
    why: str


def advance(office: Office, seconds: float = FOREVER) -> Iterator[Closed | Trouble]:
    """Take every open batch one step further, for about so long; the rest is for the next time.

    Each is worked on under its tenant's lease; one whose tenant is being swept is left alone. Never raises
    for one batch's sake.
    """
    until = time.monotonic() + seconds
    for record in office.operations.batches.open_batches():
        if time.monotonic() >= until:
            return
        try:
            with hold(office.operations, record.tenant_id, ids.new_sweep_id(), office.settings.lease_seconds):
                _step(office, record.batch_key, until)
        except LeaseHeldError:
            continue
        except RadarError as error:
            yield Trouble(record, str(error))
        yield from _closed(office, record.batch_key)


def take_over(office: Office, slug: str) -> tuple[int, int]:
    """Before a sweep asks models live: fetch the tenant's batches that ended, stop those still running.

    For the holder of the lease. Returns how many answers came and how many requests were left to be asked
    live, though they may be billed to a batch as well. Never raises for a provider's sake.
    """
    came = left = 0
    for record in office.operations.batches.open_batches(slug):
        before = record.answered
        with suppress(ModelCallError, ConfigurationError):
            case = office.case(record)
            if _is_running(case):
                _stop(case)
            else:
                fetching.fetch(case, _state(case), until=FOREVER, again=False)
        now = office.operations.batches.batch(record.batch_key) or record
        came += now.answered - before
        left += now.requests - now.answered
    return came, left


def abandon(office: Office, batch_key: str) -> BatchRecord:
    """Give a batch up: it is stopped at the provider, and what it would have answered is asked live.

    What was done by then counts as billed. Raises UnknownNameError if no such batch is open, LeaseHeldError
    while a sweep works on its tenant.
    """
    found = {record.batch_key: record for record in office.operations.batches.open_batches()}
    if batch_key not in found:
        raise UnknownNameError(
            f"No open batch has the key {batch_key[:64]!r}.",
            remedy="`radar batches` lists those that are open.",
        )
    record = found[batch_key]
    with hold(office.operations, record.tenant_id, ids.new_sweep_id(), office.settings.lease_seconds):
        with suppress(RadarError):  # a provider or models.yaml that is gone keeps nobody from giving up
            _stop(office.case(record))
        _give_up(office, record)
    return record


def withdraw(office: Office, slug: str) -> tuple[str, ...]:
    """Stop all batches of a tenant that is being erased and remove what the provider lets us remove.

    Returns the providers' ids of those of which something may be left there, for a person to delete it.
    """
    left = []
    for record in office.operations.batches.open_batches(slug):
        try:
            gone = _withdrawn(office.case(record))
        except RadarError:
            gone = False
        if not gone:
            now = office.operations.batches.batch(record.batch_key) or record
            left.append(f"{record.provider} {now.provider_batch_id or record.batch_key}")
    return tuple(left)


def _withdrawn(case: Case) -> bool:
    """Whether nothing of it is left at the provider: Anthropic deletes only what ended, and at OpenAI what
    was answered shows as a file when the cancelling is done."""
    batch_id, may_be = _stop(case)
    if not batch_id:
        return not may_be
    try:
        state = case.door.look(case.deployment, batch_id)
        case.door.forget(case.deployment, batch_id)
    except BatchGoneError:
        return True
    return state is not BatchState.RUNNING


def _step(office: Office, batch_key: str, until: float) -> None:
    record = office.operations.batches.batch(batch_key)  # as it is now that the lease is ours
    if record is None or record.state not in OPEN:
        return
    case = office.case(record)
    try:
        if record.state == "preparing":
            sending.send(case)
        else:
            _look(case, until)
    except ModelsUnavailableError:
        if not case.is_hopeless:
            raise
        _give_up(office, record)


def _closed(office: Office, batch_key: str) -> Iterator[Closed]:
    record = office.operations.batches.batch(batch_key)
    if record is None or record.state in OPEN:
        return
    items = office.operations.batches.items(batch_key)
    yield Closed(record, sum(item.state == "missing" for item in items), cost_of(office, record))


def _look(case: Case, until: float) -> None:
    state = _state(case)
    if state is not BatchState.RUNNING:
        case.operations.batches.ended(case.key)
        again = not swept_since(case.operations, case.record)
        fetching.fetch(case, state, until=until, again=again)
    elif case.is_hopeless:
        _give_up(case.office, case.record)
    elif case.is_late:
        _cancel(case, case.record.provider_batch_id)


def _state(case: Case) -> BatchState:
    """How it stands; one that the provider has forgotten ended, and has no results."""
    try:
        return case.door.look(case.deployment, case.record.provider_batch_id)
    except BatchGoneError:
        return BatchState.ENDED


def _is_running(case: Case) -> bool:
    return case.record.state == "preparing" or _state(case) is BatchState.RUNNING


def _stop(case: Case) -> tuple[str, bool]:
    """Cancel it, wherever it is; returns the provider's id, empty if none is known, and whether one may be
    there that is not."""
    batch_id = case.record.provider_batch_id
    if not batch_id:
        batch_id, may_be = sending.find(case)
        if not batch_id:
            if may_be:
                _give_up(case.office, case.record)
            else:
                sending.close_unsent(case, ErrorClass.TIMEOUT)
            return "", may_be
        case.operations.batches.submitted(case.key, batch_id)
    _cancel(case, batch_id)
    return batch_id, False


def _cancel(case: Case, batch_id: str) -> None:
    with suppress(ModelCallError):  # it ended just now, or is being cancelled
        case.door.cancel(case.deployment, batch_id)


def _give_up(office: Office, record: BatchRecord) -> None:
    """Close it without its answers: what is open counts as billed."""
    batches = office.operations.batches
    rest = {i.custom_id: i.call_id for i in batches.items(record.batch_key) if i.state == "waiting"}
    office.operations.spending.lose(rest.values())
    batches.settle_items(record.batch_key, dict.fromkeys(rest, "missing"))
    batches.abandon(record.batch_key)
    BatchFile(folder_of(office.settings, record.tenant_id), record.batch_key).remove()
