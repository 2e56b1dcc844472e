"""Sends what a tenant's judge has to be asked: read, cut, embed and search as a sweep does, then a batch.

What is done on the way is stored, and the sweep that follows finds it.
"""

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from radar_pipeline import ids
from radar_pipeline.judge.answers import CoverageAnswer
from radar_pipeline.judge.shown import elements_of
from radar_pipeline.llm.batches.base import BatchRequest, size_of
from radar_pipeline.llm.call import Feature, ModelCall
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError
from radar_pipeline.models import Tenant
from radar_pipeline.storage.operations.records import BatchItem
from radar_pipeline.sweep.assess import Desk, unjudged
from radar_pipeline.sweep.batching import sending
from radar_pipeline.sweep.batching.fetching import renumbered
from radar_pipeline.sweep.batching.files import Asked, BatchFile, remove_others
from radar_pipeline.sweep.batching.office import Office, folder_of, office_of
from radar_pipeline.sweep.drawn import ModelJudge
from radar_pipeline.sweep.embeddings import RequirementVectors
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Counts, Event, Stage
from radar_pipeline.sweep.judges import tier_of
from radar_pipeline.sweep.lease import HeldLease, hold
from radar_pipeline.sweep.plan import fetching, plan
from radar_pipeline.sweep.tenant import Steps, desk_of
from radar_pipeline.tenancy import erase


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent for a tenant. ``passed_over`` says why nothing was; such a tenant is swept at once."""

    tenant: str
    batches: int = 0
    requests: int = 0
    passed_over: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    """A call that nobody has answered, and who would be asked first."""

    call: ModelCall[CoverageAnswer]
    elements: tuple[str, ...]
    deployment: Deployment
    cache_key: str


def submit(environment: Environment, tenant: Tenant, vectors: RequirementVectors) -> Submission:
    """Send the tenant's open questions. Raises RadarError; the tenant is then swept live.

    Killed anywhere, it is done again: what an open batch asks already is not asked twice.
    """
    judge, office = environment.judge_for(tenant), office_of(environment)
    why = _unfit(environment, tenant)
    if why or office.models is None or not isinstance(judge, ModelJudge):
        return Submission(tenant.slug, passed_over=why or "the local judge assesses it")
    seconds = environment.settings.lease_seconds
    with hold(environment.operations, tenant.slug, ids.new_sweep_id(), seconds) as lease:
        if tenant.slug in erase.erased(environment.operations):
            return Submission(tenant.slug, passed_over="it was erased")
        open_ones = environment.operations.batches.open_batches(tenant.slug)
        remove_others(folder_of(environment.settings, tenant.slug), {b.batch_key for b in open_ones})
        with fetching(environment, tenant):
            today = plan(environment, tenant, (), environment.today())
            if not today.due:
                return Submission(tenant.slug, passed_over="nothing is due")
            desk = _drained(desk_of(environment, today, vectors, _unrecorded))
        asked_already = {
            i.cache_key for b in open_ones for i in environment.operations.batches.items(b.batch_key)
        }
        questions = _questions(desk, judge, office.models.client, asked_already)
        sent = [_send(office, tenant.slug, part, lease) for part in _parts(office.models.client, questions)]
    if not sent:
        return Submission(tenant.slug, passed_over="no question is open")
    why = "" if any(sent) else "quota or budget has no room"
    return Submission(tenant.slug, sum(map(bool, sent)), sum(sent), why)


def _unfit(environment: Environment, tenant: Tenant) -> str:
    """Why the tenant's judge cannot be asked by batch, as far as that shows before anything is read."""
    models = environment.models
    if models is None or not isinstance(environment.judge_for(tenant), ModelJudge):
        return "the local judge assesses it"
    if not environment.settings.cache_days:
        return "answers are not kept: RADAR_CACHE_DAYS is 0"
    able = models.catalog.available(Feature.JUDGE, tier_of(tenant))
    if able and not models.client.batches.takes(able[0]):
        return f"{able[0].provider.name} has no batches"
    return ""


def _questions(
    desk: Desk, judge: ModelJudge, client: ModelClient, asked_already: Collection[str]
) -> list[_Question]:
    """What has neither a judgement nor an answer and is in no open batch, each once."""
    found: dict[str, _Question] = {}
    for framework_id in desk.plan.due:
        for item in unjudged(desk, framework_id):
            elements = tuple(e.element_id for e in elements_of(item.question.requirement))
            for call in judge.calls(item.question):
                with suppress(_Unasked):
                    question = _question(call, elements, client)
                    if question.cache_key not in asked_already:
                        found.setdefault(question.cache_key, question)
    return list(found.values())


class _Unasked(Exception):  # noqa: N818 - no error: somebody else answers
    """A question that is not for a batch."""


def _question(call: ModelCall[CoverageAnswer], elements: tuple[str, ...], client: ModelClient) -> _Question:
    if client.is_answered(call):
        raise _Unasked
    try:
        deployment = client.usable(call)[0]
    except ModelSetupError:
        raise
    except ModelCallError:
        raise _Unasked from None  # too long: the sweep says so
    if not client.batches.takes(deployment):
        raise _Unasked
    return _Question(call, elements, deployment, client.cache_key(call, deployment.alias))


def _parts(client: ModelClient, questions: Sequence[_Question]) -> Iterator[list[tuple[_Question, Asked]]]:
    """The questions of each deployment with their requests, in as many batches as its provider wants."""
    by_alias = sorted(questions, key=lambda q: q.deployment.alias)
    for _, group in groupby(by_alias, key=lambda q: q.deployment.alias):
        part: list[tuple[_Question, Asked]] = []
        size = 0
        for question in group:
            most_requests, most_bytes = client.batches.limits(question.deployment)
            asked = _asked(client, question)
            needs = size_of(BatchRequest("x" * 64, asked.body))
            if part and (len(part) >= most_requests or size + needs > most_bytes):
                yield part
                part, size = [], 0
            part.append((question, asked))
            size += needs
        yield part


def _asked(client: ModelClient, question: _Question) -> Asked:
    """The request, its boundary drawn once and for all; it gets its number with its batch."""
    prepared = client.prepare(question.call, question.deployment.alias, batch=True)
    return Asked(
        custom_id="",
        cache_key=question.cache_key,
        call_id="",
        prompt_ref=question.call.prompt_ref,
        reserve_usd=prepared.reserve_usd,
        elements=question.elements,
        body=prepared.body,
    )


def _send(office: Office, slug: str, part: Sequence[tuple[_Question, Asked]], lease: HeldLease) -> int:
    """Write down what is asked, then send it; returns how many requests there was room for."""
    deployment, now = part[0][0].deployment, office.clock()
    key = ids.digest(slug, deployment.alias, now.isoformat(), *(asked.cache_key for _, asked in part))
    requests = [renumbered(key, number, asked) for number, (_, asked) in enumerate(part)]
    lease.check()
    BatchFile(folder_of(office.settings, slug), key).write(requests)
    record = office.operations.batches.prepare(
        key,
        slug,
        (deployment.alias, deployment.provider.name, deployment.model),
        [BatchItem(each.custom_id, each.cache_key, each.call_id) for each in requests],
        now + timedelta(hours=office.settings.batch_hours),
    )
    case = office.case(record)
    sending.send(case, first=True)
    return len(case.waiting())


def _unrecorded(stage: Stage, steps: Steps) -> Generator[Event, None, Counts]:
    """Runs a stage without a row in the ledger: no sweep is under way."""
    del stage
    counts: Counts = yield from steps()
    return counts


def _drained(steps: Generator[Event, None, Desk]) -> Desk:
    """What the steps return; nobody watches them."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            desk: Desk = stop.value
            return desk
