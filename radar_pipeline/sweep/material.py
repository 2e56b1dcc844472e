"""Finds what a question may be answered from: passages by meaning and words, and assessments likewise."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from radar_pipeline import ids
from radar_pipeline.models import (
    Applicability,
    Assessment,
    Kind,
    Passage,
    RankedPassage,
    Requirement,
    StandingQuestion,
    Status,
    Tenant,
    Verdict,
)
from radar_pipeline.questions.material import About, AssessmentFact, Material, show
from radar_pipeline.retrieval.search import Corpus
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep import keys
from radar_pipeline.sweep.embeddings import RequirementVectors, embed_missing
from radar_pipeline.sweep.environment import Environment

MOST_FACTS = 30  # assessments shown for one question

Matrix = NDArray[np.float32]
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sources:
    """What one tenant's questions are answered from. ``retrieval`` names how it is searched."""

    environment: Environment
    tenant: Tenant
    today: date
    store: TenantStore
    corpus: Corpus
    facts: Mapping[str, AssessmentFact]  # by requirement id
    about_facts: Corpus  # the same, to be searched
    text: Callable[[str], str]
    paths: Mapping[str, str]  # by document id
    names: Mapping[str, str]  # by document id
    retrieval: str

    @property
    def corpus_version(self) -> str:
        """Digest of all that is searched."""
        told = [f"{f.requirement_id}|{f.verdict}|{f.shown_confidence}" for _, f in sorted(self.facts.items())]
        return ids.digest(self._corpus_key(), *told, length=24)

    def _corpus_key(self) -> str:
        hashes = (p.passage_hash for p in self.corpus.passages)
        return keys.corpus_key(hashes, self.retrieval, self.environment.embedder.identity)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question's material, its passages by rank, and under which keys its set is remembered."""

    material: Material
    ranking: tuple[str, ...]
    corpus_key: str
    last_key: str


def retrieve(sources: Sources, question: StandingQuestion, vector: Matrix, *, keep: bool) -> Retrieved:
    """The material of one question. ``keep``: remember the set of passages, for the holder of the lease.

    The set is the one remembered for exactly this corpus; else today's best, leaning on the last, so that
    a document that has nothing to do with it asks nobody anew.
    """
    wanted = _as_requirement(question)
    query = vector.reshape(1, -1)
    corpus = sources.corpus
    corpus_key = keys.retrieval_key(sources._corpus_key(), wanted)
    last_key = keys.retrieval_key(sources.retrieval + sources.environment.embedder.identity, wanted)
    if not corpus.passages:
        return Retrieved(_material(sources, question, (), _facts(sources, wanted, query)), (), "", "")
    [scores] = corpus.scores([wanted], [query])
    size = sources.environment.settings.candidates
    remembered = sources.store.candidate_sets([corpus_key]).get(corpus_key)
    last = sources.store.last_candidates([last_key]).get(last_key, ())
    chosen = remembered or corpus.candidate_set(scores, size, last)
    if keep and (remembered is None or last != chosen):
        sources.store.put_candidates({(corpus_key, last_key): chosen})
    ranking = tuple(p.passage_hash for p in corpus.nearest(scores, size))
    passages = [p for p in corpus.passages if p.passage_hash in set(chosen)]
    made = _material(sources, question, passages, _facts(sources, wanted, query))
    return Retrieved(made, ranking, corpus_key, last_key)


def question_vectors(
    environment: Environment, tenant: Tenant, store: TenantStore, questions: Sequence[StandingQuestion]
) -> dict[str, Matrix]:
    """The vector of each question by its id; what was embedded once is not embedded again."""
    embedder = environment.embedder_for(tenant, query=True)
    texts = {keys.text_hash(q.text): q.text for q in questions}
    for _ in embed_missing(store, embedder, texts):
        pass
    found = store.vectors(keys.model_hash(embedder.identity), sorted(texts))
    return {q.question_id: found[keys.text_hash(q.text)] for q in questions}


def facts_of(
    frameworks: Iterable[tuple[str, Sequence[Requirement]]],
    fresh: Iterable[Assessment],
    published: Iterable[Row],
) -> tuple[list[AssessmentFact], list[Requirement]]:
    """Current assessments of what applies, each beside its requirement: fresh ones go before published.

    ``frameworks``: names with requirements.
    """
    told: dict[str, tuple[Verdict, float]] = {
        str(row["requirement_id"]): (Verdict(str(row["verdict"])), float(str(row["confidence"])))
        for row in published
        if row["applicability"] != Applicability.NOT_APPLICABLE
    }
    for a in fresh:
        if a.applicability is Applicability.NOT_APPLICABLE:
            told.pop(a.requirement_id, None)
        else:
            told[a.requirement_id] = (a.verdict, a.confidence)
    facts, requirements = [], []
    for name, requirements_ in frameworks:
        for r in requirements_:
            if r.requirement_id in told:
                verdict, confidence = told[r.requirement_id]
                facts.append(
                    AssessmentFact(r.requirement_id, r.ref, r.title, r.text, verdict, confidence, name)
                )
                requirements.append(r)
    return facts, requirements


def corpus_of_facts(
    facts: Sequence[AssessmentFact], requirements: Sequence[Requirement], vectors: RequirementVectors
) -> Corpus:
    """The requirements as passages, under their framework's name, by their own vectors."""
    if not facts:
        return Corpus((), np.zeros((0, 0), dtype=np.float32))
    vectors.prepare(requirements)
    rows = np.stack([vectors.of(r)[0] for r in requirements])
    return Corpus([_as_passage(fact) for fact in facts], rows)


def _facts(sources: Sources, wanted: Requirement, query: Matrix) -> tuple[AssessmentFact, ...]:
    """Those on the matter, nearest first."""
    if not sources.facts:
        return ()
    [scores] = sources.about_facts.scores([wanted], [query])
    nearest: tuple[RankedPassage, ...] = sources.about_facts.nearest(scores, MOST_FACTS)
    return tuple(sources.facts[p.passage_hash] for p in nearest)


def _material(
    sources: Sources,
    question: StandingQuestion,
    passages: Sequence[Passage],
    facts: tuple[AssessmentFact, ...],
) -> Material:
    tenant = sources.tenant
    return Material(
        question=question,
        about=About(tenant.slug, tenant.industry, tenant.jurisdictions),
        today=sources.today,
        passages=show(passages, sources.names),
        assessments=facts,
        corpus_version=sources.corpus_version,
        text=sources.text,
        paths=sources.paths,
        searched=len(sources.corpus.passages),
    )


def _as_requirement(question: StandingQuestion) -> Requirement:
    """A question is searched for like a requirement without elements."""
    return Requirement(
        requirement_id=f"question:{question.question_id}",
        framework_id="",
        ref="",
        title=question.text,
        text="",
        domain="",
        importance=1,
        citation="",
        elements=(),
    )


def _as_passage(fact: AssessmentFact) -> Passage:
    text = f"{fact.ref} {fact.title}. {fact.text}"
    return Passage(
        fact.requirement_id, "", "", 0, len(text), text, (fact.framework,), 0, Kind.UNKNOWN, Status.UNKNOWN
    )
