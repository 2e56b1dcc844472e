"""A question asked now: answered from what the last sweep read and published, sentence by sentence."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from radar_pipeline.errors import StoreError
from radar_pipeline.llm.call import CacheOutcome, Feature
from radar_pipeline.llm.semantic import Asked, reusable
from radar_pipeline.models import StandingQuestion, Tenant
from radar_pipeline.questions import asker
from radar_pipeline.questions.answers import Answer, AnswerSentence, Spoke, State
from radar_pipeline.questions.asker import Speaker
from radar_pipeline.retrieval.search import Corpus, distinct
from radar_pipeline.storage.operations.records import Attempt, Outcome
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.texts import Texts
from radar_pipeline.storage.warehouse import TenantReport
from radar_pipeline.sweep import citing, keys, relations
from radar_pipeline.sweep.embeddings import RequirementVectors, vectors_of
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.manifest import Manifest, load_manifest
from radar_pipeline.sweep.material import (
    Matrix,
    Row,
    Sources,
    corpus_of_facts,
    facts_of,
    question_vectors,
    retrieve,
)
from radar_pipeline.sweep.speaking import StoredMemo, memo_name, speaker_of

SEMANTIC = "semantic"  # the route's reason, in the ledger
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where answers to one tenant's questions come from."""

    sources: Sources
    manifest: Manifest
    published: list[Row]  # its standing answers


def ask(
    environment: Environment, tenant: Tenant, question: StandingQuestion
) -> Iterator[AnswerSentence | Answer]:
    """Each sentence as soon as it is verified, with the citations of its quotes; last the whole answer.

    Raises StoreError if nothing is published of the tenant, ModelCallError if the embedder is a service
    that does not embed the question. What else a model or provider does raises nothing:
    then quotes and assessments come instead, and the answer says why.
    """
    place = _place(environment, tenant)
    speaker = speaker_of(environment, tenant)
    home = environment.tenant_home(tenant.slug)
    sources = place.sources
    vector = question_vectors(environment, tenant, sources.store, [question])[question.question_id]
    retrieved = retrieve(sources, question, vector, keep=False)
    memo = StoredMemo(environment, sources.store)
    alike = None
    if environment.settings.semantic_cache and speaker.client is not None:
        alike = asker.kept(speaker, retrieved.material) or _alike(
            environment, place, speaker, question, vector, memo
        )
    steps = (
        asker.whole(alike)
        if alike is not None
        else asker.stream(speaker, retrieved.material, retrieved.ranking, memo)
    )
    given: list[AnswerSentence] = []
    for step in steps:
        if isinstance(step, AnswerSentence):
            given.append(citing.cited_sentence(home, place.manifest, step))
            yield given[-1]
        else:
            yield replace(step, sentences=tuple(given))


def is_known_answer(environment: Environment, tenant: Tenant, answer_id: str) -> bool:
    """Whether the tenant was given an answer of that id: a standing one, or one that a model gave."""
    home = environment.tenant_home(tenant.slug)
    rows = TenantReport.current(home / "published").get("standing_answers", [])
    if any(row["answer_id"] == answer_id for row in rows):
        return True
    name = memo_name(answer_id.removeprefix("a-"))
    return name in TenantStore(home / "work" / "lance").responses.get([name], _EVER)


def _alike(
    environment: Environment,
    place: Place,
    speaker: Speaker,
    question: StandingQuestion,
    vector: Matrix,
    memo: StoredMemo,
) -> Answer | None:
    """The standing answer to a question that asks the same, if it was made of what there is now."""
    standing = [
        StandingQuestion(str(row["question_id"]), str(row["question"]))
        for row in place.published
        if row["state"] == State.ANSWERED
    ]
    sources = place.sources
    vectors = question_vectors(environment, sources.tenant, sources.store, standing) if standing else {}
    earlier = [Asked(q.text, vectors[q.question_id], q.question_id) for q in standing]
    found = reusable(question.text, vector, earlier)
    if found is None:
        return None
    same = next(q for q in standing if q.question_id == found.ref)
    retrieved = retrieve(place.sources, same, vectors[same.question_id], keep=False)
    told = memo.get(retrieved.material.key(speaker.identity))
    if told is None:  # documents, assessments, prompt or models are others by now
        return None
    provider, _, model = told.spoke.model.partition("/")
    attempt = Attempt(
        tenant=place.sources.tenant.slug,
        feature=Feature.ASK.value,
        prompt_ref=told.spoke.prompt,
        alias=told.spoke.deployment,
        provider=provider,
        model=model,
        queries=0,
        route_reason=SEMANTIC,
        cache=CacheOutcome.SEMANTIC_HIT.value,
    )
    call_id = environment.operations.spending.record(attempt, Outcome("cached", latency_ms=0))
    spoke = Spoke(
        model=told.spoke.model,
        deployment=told.spoke.deployment,
        prompt=told.spoke.prompt,
        cache=CacheOutcome.SEMANTIC_HIT.value,
        call_id=call_id,
    )
    made = asker.spoken(speaker, retrieved.material, replace(told, spoke=spoke), reused=True)
    return replace(made, note=f"Answered as the standing question {same.question_id}: {same.text}")


def _place(environment: Environment, tenant: Tenant) -> Place:
    """The tenant as the last sweep left it. Reads; embeds no document."""
    home = environment.tenant_home(tenant.slug)
    published = TenantReport.current(home / "published")
    manifest = load_manifest(home)
    if not published or not manifest:
        raise StoreError(
            f"Nothing is published of tenant {tenant.slug!r}, so there is nothing to answer from.",
            remedy=f"Run `radar sweep --tenant {tenant.slug}` first.",
        )
    today = environment.today()
    store = TenantStore(home / "work" / "lance")
    frameworks = [environment.framework(scope.framework_id) for scope in tenant.frameworks]
    facts, requirements = facts_of(
        [(f"{f.framework_id} {f.name}", f.requirements) for f in frameworks], (), published["assessments"]
    )
    vectors = RequirementVectors(environment.settings.portfolio, environment.embedder)
    return Place(
        Sources(
            environment=environment,
            tenant=tenant,
            today=today,
            store=store,
            corpus=_corpus(environment, tenant, store, manifest),
            facts={f.requirement_id: f for f in facts},
            about_facts=corpus_of_facts(facts, requirements, vectors),
            text=lru_cache(maxsize=64)(Texts(home / "work" / "texts").get),
            paths={e.document_id: e.path for e in manifest.values()},
            names={e.document_id: e.meta.title or e.path.rsplit("/", 1)[-1] for e in manifest.values()},
            retrieval=keys.retrieval_identity(
                environment.settings.candidates, environment.embedder.max_tokens
            ),
        ),
        manifest,
        list(published["standing_answers"]),
    )


def _corpus(environment: Environment, tenant: Tenant, store: TenantStore, manifest: Manifest) -> Corpus:
    home = environment.tenant_home(tenant.slug)
    related = relations.remembered(home, manifest, environment.today())
    readable = {e.version_id for e in manifest.values() if e.readable}
    binding = relations.in_force(relations.standing(store.passages(readable), related))
    paths = {e.document_id: e.path for e in manifest.values()}
    unique = distinct(binding, relations.copies(related), paths)
    try:
        vectors = vectors_of(store, environment.embedder, [p.embedding_text for p in unique])
    except KeyError:
        raise StoreError(
            f"Some passages of tenant {tenant.slug!r} have no vector of the embedder that is set now.",
            remedy=f"Run `radar sweep --tenant {tenant.slug}`: it embeds what is missing.",
        ) from None
    return Corpus(unique, vectors)
