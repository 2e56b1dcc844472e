"""From a prepared batch to one that the provider has: money first, then the request, then its id.

A process may die between any two of these. Then the batch is looked for at the provider before it is ever
sent again, and not sent while one that may be it is still running there.
"""

from collections.abc import Collection
from datetime import timedelta

from radar_pipeline.llm.batches.base import BatchRequest, BatchState
from radar_pipeline.llm.batches.door import BatchGoneError
from radar_pipeline.llm.call import CacheOutcome, ErrorClass, Feature
from radar_pipeline.llm.errors import ModelCallError, ModelsUnavailableError
from radar_pipeline.storage.operations.records import Attempt, Outcome
from radar_pipeline.sweep.batching.files import Asked
from radar_pipeline.sweep.batching.office import Case

SETTLE = timedelta(hours=1)  # that reservations outlive the deadline
LISTED = timedelta(seconds=60)  # until a batch surely shows in the provider's list
ROUTE_REASON = "batch"


def send(case: Case, *, first: bool = False) -> None:
    """Take a batch that is being prepared as far as it gets now.

    ``first``: it was prepared just now, so that it cannot be at the provider yet. Raises ModelCallError for
    what a person has to mend, the batch being closed by then; what passes is left to the next try.
    """
    asked = case.file.read()
    if not first and _is_elsewhere(case):
        return
    if case.is_late or not asked:
        close_unsent(case, ErrorClass.TIMEOUT)
        return
    accepted = _reserve(case, asked)
    if not accepted:
        close_unsent(case, ErrorClass.QUOTA)
        return
    try:
        requests = [BatchRequest(each.custom_id, each.body) for each in accepted]
        batch_id = case.door.create(case.deployment, case.key, requests)
    except ModelsUnavailableError:
        return  # it may have been made all the same: it is looked for before it is sent again
    except ModelCallError as error:
        close_unsent(case, error.error_class)
        raise
    if not case.operations.batches.submitted(case.key, batch_id):
        case.door.cancel(case.deployment, batch_id)  # given up meanwhile


def find(case: Case) -> tuple[str, bool]:
    """The provider's id of a batch whose id we do not know, empty if it is not there; and whether one
    that may be it is still to be waited for."""
    waiting = case.waiting()
    known = case.operations.batches.known_ids(case.record.provider)
    may_be = case.office.clock() < case.record.prepared_at + LISTED
    for found in case.door.find(case.deployment, case.key, len(waiting), case.record.prepared_at):
        if found.certain:
            return found.batch_id, False
        if found.batch_id in known:
            continue
        if case.door.look(case.deployment, found.batch_id) is BatchState.RUNNING:
            may_be = True
        elif _is_ours(case, found.batch_id, waiting):
            return found.batch_id, False
    return "", may_be


def close_unsent(case: Case, why: ErrorClass) -> None:
    """Give up a batch that the provider does not have: nothing is billed."""
    for call_id in case.waiting().values():
        case.operations.spending.settle(call_id, Outcome("failed", error_class=why.value))
    case.operations.batches.settle_items(case.key, dict.fromkeys(case.waiting(), "missing"))
    case.operations.batches.abandon(case.key)
    case.file.remove()


def _is_elsewhere(case: Case) -> bool:
    """Whether the batch was made before, or may have been."""
    batch_id, may_be = find(case)
    if batch_id:
        case.operations.batches.submitted(case.key, batch_id)
    elif may_be and case.is_hopeless:
        case.lose()
        case.operations.batches.abandon(case.key)
        case.file.remove()
    return bool(batch_id) or may_be


def _is_ours(case: Case, batch_id: str, custom_ids: Collection[str]) -> bool:
    try:
        results = case.door.results(case.deployment, batch_id)
        return any(result.custom_id in custom_ids for result in results if result)
    except BatchGoneError:
        return False


def _reserve(case: Case, asked: tuple[Asked, ...]) -> list[Asked]:
    """Those that quota and budgets have room for; the others are noted as missing before anything is sent,
    so that a later try sends exactly the same."""
    waiting = case.waiting()
    wanted = {each.call_id: each for each in asked if each.custom_id in waiting}
    attempts = [
        Attempt(
            tenant=case.record.tenant_id,
            feature=Feature.JUDGE.value,
            prompt_ref=each.prompt_ref,
            alias=case.record.alias,
            provider=case.record.provider,
            model=case.record.model,
            reserve_usd=each.reserve_usd,
            call_id=each.call_id,
            route_reason=ROUTE_REASON,
            cache=CacheOutcome.MISS.value,
            batch_id=case.key,
        )
        for each in wanted.values()
    ]
    seconds = (case.record.deadline - case.office.clock() + SETTLE).total_seconds()
    limits = case.client.limits(case.record.tenant_id)
    granted = case.operations.spending.begin_many(attempts, limits, seconds)
    accepted = [wanted[attempt.call_id] for attempt in granted]
    left_out = waiting.keys() - {each.custom_id for each in accepted}
    case.operations.batches.settle_items(case.key, dict.fromkeys(left_out, "missing"))
    return accepted
