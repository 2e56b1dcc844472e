"""One tenant's stages in order. Each can be killed anywhere and done again: what is stored is
content-addressed or merged by key, and nothing is visible before the last step's one rename."""

from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from typing import Any

from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.models import Assessment, Passage
from radar_pipeline.retrieval.search import Corpus, distinct
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.texts import Texts
from radar_pipeline.sweep import documents, keys, publish, relations, tidy, validate
from radar_pipeline.sweep.assess import Desk, assess
from radar_pipeline.sweep.embeddings import RequirementVectors, embed_missing, passage_texts, vectors_of
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
    home = environment.tenant_home(slug)
    stages = _Stages(environment, sweep_id, slug, lease, at)

    yield from stages.run(Stage.DOCUMENTS, lambda: _documents(environment, plan))
    store = TenantStore(home / "work" / "lance")
    yield from stages.run(Stage.CHUNKS, lambda: documents.cut_documents(environment, plan, store))
    related = relations.relations_of(home, plan.manifest, plan.as_of)
    readable = {e.version_id for e in plan.manifest.values() if e.readable}
    passages = relations.standing(store.passages(readable), related)
    _refuse(slug, validate.passages(passages, Texts(home / "work" / "texts").get))
    yield from stages.run(Stage.EMBEDDINGS, lambda: _embed(environment, plan, store, passages))

    results: list[Assessment] = []
    desk = _desk(environment, plan, store, passages, vectors, related)
    yield from stages.run(Stage.ASSESSMENTS, lambda: _assess(desk, results))
    _refuse(slug, validate.assessments(results, [plan.frameworks[f] for f in plan.due], desk.text))

    counts = yield from stages.run(
        Stage.BLINDSPOT_REPORT,
        lambda: publish.publish(environment, sweep_id, plan, results, desk, lease),
    )
    yield TenantPublished(slug, plan.due, counts)
    at[0] = "tidy"
    tidy.tidy(environment, plan, store, desk, results)


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

    def run(
        self, stage: Stage, steps: Callable[[], Generator[StageProgress, None, Any]]
    ) -> Generator[Event, None, Counts]:
        self._at[0] = stage.value
        self._lease.check()
        self._operations.record_stage(self._sweep_id, self._slug, stage, "started")
        yield StageStarted(self._slug, stage)
        counts = yield from steps()
        self._operations.record_stage(self._sweep_id, self._slug, stage, "done", counts=dict(counts))
        yield StageDone(self._slug, stage, counts)
        return dict(counts)


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


def _embed(
    environment: Environment, plan: Plan, store: TenantStore, passages: list[Passage]
) -> documents.Progress:
    texts = passage_texts(passages)
    steps = embed_missing(store, environment.embedder, texts)
    embedded = 0
    while True:
        try:
            done, total = next(steps)
        except StopIteration as stop:
            embedded = stop.value
            break
        yield StageProgress(plan.tenant.slug, Stage.EMBEDDINGS, done, total)
    return {
        "texts": len(texts),
        "embedded": embedded,
        "embedder": environment.embedder.identity,
    }


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
    )


def _assess(desk: Desk, results: list[Assessment]) -> documents.Progress:
    slug = desk.plan.tenant.slug
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
        "judge": desk.environment.judge.identity.judge,
        "cost_usd": round(sum(a.cost_usd for a in asked if not a.reused), 6),
        "tokens_in": sum(a.tokens_in for a in asked if not a.reused),
        "tokens_out": sum(a.tokens_out for a in asked if not a.reused),
        "judge_failures": desk.judge_errors.total(),
        "judge_errors": ", ".join(sorted(desk.judge_errors)),
        **verdicts,
    }


def _refuse(slug: str, problems: list[str]) -> None:
    """A tenant whose rows break a promise is not published."""
    if problems:
        raise StoreError(
            f"Tenant {slug!r} failed validation: {'; '.join(problems[:3])}.",
            remedy="Run `radar doctor`; if the store is damaged, delete the tenant's work folder and "
            "sweep again.",
        )
