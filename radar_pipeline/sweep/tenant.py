"""One tenant's stages in order. Each can be killed anywhere and done again: what is stored is
content-addressed or merged by key, and nothing is visible before the last step's one rename."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any

from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.models import Assessment, Passage
from radar_pipeline.retrieval.search import Corpus, distinct
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep import documents, keys, publish, relations, tidy, validate
from radar_pipeline.sweep.answering import Answered, answer_questions, counts_of
from radar_pipeline.sweep.assess import Desk, assess
from radar_pipeline.sweep.batching.office import office_of
from radar_pipeline.sweep.batching.polling import take_over
from radar_pipeline.sweep.embeddings import RequirementVectors, embed_tenant, vectors_of
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import (
    Counts,
    Event,
    Stage,
    StageDone,
    StageProgress,
    StageStarted,
    TenantPublished,
)
from radar_pipeline.sweep.lease import HeldLease
from radar_pipeline.sweep.plan import Plan, forget_fetched

TEXTS_IN_MEMORY = 64

Steps = Callable[[], Generator[StageProgress, None, Any]]  # of a stage; returns its counts
Run = Callable[[Stage, Steps], Generator[Event, None, Counts]]


def work(
    environment: Environment,
    sweep_id: str,
    plan: Plan,
    lease: HeldLease,
    vectors: RequirementVectors,
    at: list[str],
) -> Iterator[Event]:
    """Take a due tenant through its stages to publication.

    ``at[0]`` always names the stage in hand, for whoever must say where it failed.
    Raises RadarError; the tenant's last published report then stays.
    """
    slug = plan.tenant.slug
    stages = _Stages(environment, sweep_id, slug, lease, at)
    desk = yield from desk_of(environment, plan, vectors, stages.run)
    results: list[Assessment] = []
    yield from stages.run(Stage.ASSESSMENTS, lambda: _assess(desk, results))
    _refuse(slug, validate.assessments(results, [plan.frameworks[f] for f in plan.due], desk.text))

    answered: list[Answered] = []
    yield from stages.run(Stage.STANDING_ANSWERS, lambda: _answer(desk, results, answered))
    _refuse(slug, validate.answers(answered[0].answers, desk.text))

    counts = yield from stages.run(
        Stage.BLINDSPOT_REPORT,
        lambda: publish.publish(environment, sweep_id, plan, results, answered[0], desk, lease),
    )
    yield TenantPublished(slug, plan.due, counts)
    at[0] = "tidy"
    tidy.tidy(environment, plan, desk.store, desk, results)


def desk_of(
    environment: Environment, plan: Plan, vectors: RequirementVectors, run: Run
) -> Generator[Event, None, Desk]:
    """The tenant's documents read, cut and embedded, as far as they are not, ready to be judged.

    ``run`` runs a stage. What is stored here is found again by whoever comes next.
    """
    slug = plan.tenant.slug
    home = environment.tenant_home(slug)
    yield from run(Stage.DOCUMENTS, lambda: _documents(environment, plan))
    store = TenantStore(home / "work" / "lance")
    yield from run(Stage.CHUNKS, lambda: documents.cut_documents(environment, plan, store))
    related = relations.relations_of(home, plan.manifest, plan.as_of)
    readable = {e.version_id for e in plan.manifest.values() if e.readable}
    passages = relations.standing(store.passages(readable), related)
    _refuse(slug, validate.passages(passages, Texts(home / "work" / "texts").get))
    yield from run(Stage.EMBEDDINGS, lambda: embed_tenant(environment, plan, store, passages, vectors))
    return _desk(environment, plan, store, passages, vectors, related)


class _Stages:
    """Runs stages: ledger rows around them, the lease checked before each."""

    def __init__(
        self, environment: Environment, sweep_id: str, slug: str, lease: HeldLease, at: list[str]
    ) -> None:
        self._operations = environment.operations
        self._sweep_id = sweep_id
        self._slug = slug
        self._lease = lease
        self._at = at

    def run(self, stage: Stage, steps: Steps) -> Generator[Event, None, Counts]:
        self._at[0] = stage.value
        self._lease.check()
        self._operations.record_stage(self._sweep_id, self._slug, stage, "started")
        yield StageStarted(self._slug, stage)
        counts = yield from self._watched(steps())
        self._operations.record_stage(self._sweep_id, self._slug, stage, "done", counts=dict(counts))
        yield StageDone(self._slug, stage, counts)
        return dict(counts)

    def _watched(self, steps: Generator[StageProgress, None, Any]) -> Generator[Event, None, Any]:
        """The steps, ended at once when somebody else has the tenant: he would pay for the same again."""
        with closing(steps):
            while True:
                try:
                    event = next(steps)
                except StopIteration as stop:
                    return stop.value
                if (lost := self._lease.lost()) is not None:
                    raise lost
                yield event


def _documents(environment: Environment, plan: Plan) -> documents.Progress:
    if not plan.manifest and not plan.emptied:
        raise ConfigurationError(
            f"Tenant {plan.tenant.slug!r} has no documents: its source is empty.",
            remedy="Put documents there, or correct `documents` in tenants.yaml; nothing was removed "
            "and the last published report stays.",
        )
    counts = yield from documents.read_documents(environment, plan)
    forget_fetched(environment, plan.tenant)
    return counts


def _desk(
    environment: Environment,
    plan: Plan,
    store: TenantStore,
    passages: list[Passage],
    vectors: RequirementVectors,
    related: relations.Relations,
) -> Desk:
    binding = relations.in_force(passages)
    paths = {e.document_id: e.path for e in plan.manifest.values()}
    unique = distinct(binding, relations.copies(related), paths)
    corpus = Corpus(unique, vectors_of(store, environment.embedder, [p.embedding_text for p in unique]))
    texts = Texts(environment.tenant_home(plan.tenant.slug) / "work" / "texts")
    return Desk(
        environment=environment,
        plan=plan,
        store=store,
        corpus=corpus,
        passages={p.passage_hash: p for p in unique},
        all_passages=passages,
        paths=paths,
        vectors=vectors,
        text=lru_cache(maxsize=TEXTS_IN_MEMORY)(texts.get),
        retrieval=keys.retrieval_identity(environment.settings.candidates, environment.embedder.max_tokens),
        documents_searched=len({p.document_id for p in binding}),
        unreadable=sum(1 for e in plan.manifest.values() if e.hides_text),
        unread_pages=sum(len(e.scanned_pages) for e in plan.manifest.values() if e.readable),
        relations=related,
        judge=environment.judge_for(plan.tenant),
    )


def _assess(desk: Desk, results: list[Assessment]) -> documents.Progress:
    slug = desk.plan.tenant.slug
    came, left = take_over(office_of(desk.environment), slug)
    for framework_id in desk.plan.due:
        steps = assess(desk, framework_id)
        while True:
            try:
                done, total = next(steps)
            except StopIteration as stop:
                results.extend(stop.value)
                desk.store.put_assessments(framework_id, stop.value)
                break
            yield StageProgress(slug, Stage.ASSESSMENTS, done, total)
    asked = [a for a in results if a.judgement_key]
    reused = sum(1 for a in asked if a.reused)
    verdicts = {f"verdict_{a.verdict}": 0 for a in results}
    for assessment in asked:
        verdicts[f"verdict_{assessment.verdict}"] += 1
    return {
        "requirements": len(results),
        "judged": len(asked) - reused - desk.judge_errors.total(),
        "reused": reused,
        "judge": desk.judge.identity.judge,
        **({"prompt": desk.judge.identity.prompt} if desk.judge.identity.prompt else {}),
        "cost_usd": round(sum(a.cost_usd for a in asked if not a.reused), 6),
        "tokens_in": sum(a.tokens_in for a in asked if not a.reused),
        "tokens_out": sum(a.tokens_out for a in asked if not a.reused),
        "judge_stood_in": desk.stood_in.total(),
        "judge_failures": desk.judge_errors.total(),
        "judge_errors": ", ".join(sorted(desk.judge_errors)),
        **({"batch_answers": came, "batch_left": left} if came or left else {}),
        **verdicts,
    }


def _answer(desk: Desk, results: list[Assessment], answered: list[Answered]) -> documents.Progress:
    steps = answer_questions(desk, results)
    while True:
        try:
            done, total = next(steps)
        except StopIteration as stop:
            answered.append(stop.value)
            return dict(counts_of(stop.value))
        yield StageProgress(desk.plan.tenant.slug, Stage.STANDING_ANSWERS, done, total)


def _refuse(slug: str, problems: list[str]) -> None:
    """A tenant whose rows break a promise is not published."""
    if problems:
        raise StoreError(
            f"Tenant {slug!r} failed validation: {'; '.join(problems[:3])}.",
            remedy="Run `radar doctor`; if the store is damaged, delete the tenant's work folder and "
            "sweep again.",
        )
