"""Taking the answers of a batch in: each is checked, kept in the tenant's cache, and paid in the ledger.

Whatever comes back is one of the requests or is nobody's: order, doubles, strangers and torn lines change
nothing. What has no answer in the end is asked once more in a batch, if that is worth it, or live.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from radar_pipeline import ids
from radar_pipeline.judge.answers import answer_about
from radar_pipeline.llm import prices
from radar_pipeline.llm.attempts import model_name
from radar_pipeline.llm.batches.base import BatchResult, BatchState
from radar_pipeline.llm.batches.door import BatchGoneError
from radar_pipeline.llm.call import RETRIED, ErrorClass
from radar_pipeline.llm.errors import ModelCallError
from radar_pipeline.storage.operations.records import BatchItem, Outcome
from radar_pipeline.sweep.batching.files import Asked, BatchFile
from radar_pipeline.sweep.batching.office import Case

SAVE_EVERY = 50  # outcomes per note of them: what a kill makes us read twice
MANY = 10  # missing answers that are worth another batch; fewer are asked live at once
LEAST = timedelta(hours=1)  # that must be left for it
AGAIN = "again"


@dataclass(slots=True)
class Fetched:
    """What was found among the results of one batch in one reading."""

    answered: int = 0
    failed: int = 0
    missing: int = 0
    strangers: int = 0  # results of nobody's, or a second one of the same request
    unreadable: int = 0  # lines
    is_whole: bool = True  # False: time was over, the rest is for the next reading


def fetch(case: Case, state: BatchState, *, until: float, again: bool) -> Fetched:
    """Take in the answers of a batch that ended; it is closed unless time (monotonic, ``until``) is over.

    ``again``: what is missing may be asked in another batch. Reading a batch twice changes nothing. Raises
    ModelsUnavailableError and StoreError; what was taken in by then stays.
    """
    found = Fetched()
    asked = {each.custom_id: each for each in case.file.read()}
    _read(case, asked, found, until)
    if not found.is_whole:
        return found
    _close_rest(case, state, found)
    missing = [i for i in case.operations.batches.items(case.key) if i.state == "missing"]
    found.missing = len(missing)
    if again and state is not BatchState.REFUSED and _is_worth_it(case, missing):
        _prepare_again(case, [asked[item.custom_id] for item in missing if item.custom_id in asked])
    case.operations.batches.fetched(case.key)
    case.file.remove()
    with suppress(ModelCallError):  # it expires there by itself
        case.door.forget(case.deployment, case.record.provider_batch_id)
    return found


def _read(case: Case, asked: dict[str, Asked], found: Fetched, until: float) -> None:
    waiting = case.waiting()
    states: dict[str, str] = {}
    results = case.door.results(case.deployment, case.record.provider_batch_id)
    try:
        for result in results:
            if result is None:
                found.unreadable += 1
            elif result.custom_id not in waiting or result.custom_id not in asked:
                found.strangers += 1
            else:
                del waiting[result.custom_id]
                states[result.custom_id] = _settle(case, asked[result.custom_id], result)
                if len(states) >= SAVE_EVERY:
                    _note(case, states, found)
                    states = {}
                if time.monotonic() >= until:
                    found.is_whole = False
                    break
    except BatchGoneError:
        pass  # nothing more will come of it
    _note(case, states, found)


def _note(case: Case, states: dict[str, str], found: Fetched) -> None:
    case.operations.batches.settle_items(case.key, states)
    found.answered += sum(state == "answered" for state in states.values())
    found.failed += sum(state == "failed" for state in states.values())


def _settle(case: Case, asked: Asked, result: BatchResult) -> str:
    """Keep the answer and pay it. Its state is noted later, so after a kill both are done again, with the
    same outcome."""
    error = result.error_class
    if result.answer is not None:
        form = answer_about(asked.elements)
        error = case.client.keep(
            case.record.tenant_id, asked.cache_key, case.record.alias, result.answer, form
        )
    usage = result.usage
    outcome = Outcome(
        state="failed" if error else "answered",
        cost_usd=prices.cost(case.deployment, usage, batch=True),
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        error_class=error.value if error else "",
        model=model_name(result.answer.model, case.deployment) if result.answer else "",
    )
    case.operations.spending.settle(asked.call_id, outcome)
    if error is None:
        return "answered"
    return "missing" if result.unrun or error in RETRIED else "failed"


def _close_rest(case: Case, state: BatchState, found: Fetched) -> None:
    """What has no result: free if the provider says that it was not run, else it may have been billed."""
    rest = case.waiting()
    if state in (BatchState.CUT_SHORT, BatchState.REFUSED) and not found.unreadable:
        why = ErrorClass.TIMEOUT if state is BatchState.CUT_SHORT else ErrorClass.BAD_REQUEST
        for call_id in rest.values():
            case.operations.spending.settle(call_id, Outcome("failed", error_class=why.value))
        case.operations.batches.settle_items(case.key, dict.fromkeys(rest, "missing"))
    else:
        case.lose()


def _is_worth_it(case: Case, missing: list[BatchItem]) -> bool:
    """Once, and only if there are many and time is left; another batch keeps the tenant waiting."""
    once = case.record.sweep_cause != AGAIN
    return once and len(missing) >= MANY and case.office.clock() + LEAST <= case.record.deadline


def _prepare_again(case: Case, asked: list[Asked]) -> None:
    """Another batch of these, with the deadline of the first. Done again after a kill, it is the same one."""
    key = ids.digest(case.key, AGAIN)
    renewed = [renumbered(key, number, each) for number, each in enumerate(asked)]
    BatchFile(case.file.folder, key).write(renewed)
    record = case.record
    case.operations.batches.prepare(
        key,
        record.tenant_id,
        (record.alias, record.provider, record.model),
        [BatchItem(each.custom_id, each.cache_key, each.call_id) for each in renewed],
        record.deadline,
        AGAIN,
    )


def renumbered(key: str, number: int, asked: Asked) -> Asked:
    """The same request as one of the batch ``key``."""
    custom_id = f"{key}-{number:06d}"
    return Asked(
        custom_id=custom_id,
        cache_key=asked.cache_key,
        call_id=ids.digest(key, custom_id),
        prompt_ref=asked.prompt_ref,
        reserve_usd=asked.reserve_usd,
        elements=asked.elements,
        body=asked.body,
    )
