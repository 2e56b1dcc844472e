"""Stage ``assessments``: search, judge what is new, bind every quote to the text as it is now."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from radar_pipeline import ids
from radar_pipeline.judge import Judge, citations
from radar_pipeline.models import (
    Applicability,
    Assessment,
    Candidate,
    Judgement,
    Passage,
    Question,
    RankedPassage,
    Reason,
    Requirement,
    SearchRecord,
    Verdict,
)
from radar_pipeline.retrieval.search import Corpus
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep import judging, keys
from radar_pipeline.sweep.embeddings import RequirementVectors
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.plan import Plan, scope_of
from radar_pipeline.sweep.relations import Relations

SAVE_EVERY = 32  # judgements per commit: what a kill can make us judge twice; one by one, where each is paid
EVEN: Mapping[Verdict, float] = {verdict: 0.25 for verdict in Verdict if verdict is not Verdict.NOT_ASSESSED}


@dataclass(frozen=True, slots=True)
class Desk:
    """All that assessing one tenant needs."""

    environment: Environment
    plan: Plan
    store: TenantStore
    corpus: Corpus
    passages: Mapping[str, Passage]  # by hash
    all_passages: Sequence[Passage]  # equal ones of several documents included
    paths: Mapping[str, str]  # by document id
    vectors: RequirementVectors
    text: Callable[[str], str]  # canonical text by version id
    retrieval: str
    documents_searched: int
    unreadable: int  # documents that may hold what was sought
    unread_pages: int  # of documents that were read otherwise
    relations: Relations
    judge: Judge  # the tenant's own
    used_corpus_keys: set[str] = field(default_factory=set)
    used_requirement_keys: set[str] = field(default_factory=set)
    used_texts: set[str] = field(default_factory=set)  # hashes of texts beside the passages that have vectors
    judge_errors: Counter[str] = field(default_factory=Counter)  # by the error's class
    stood_in: Counter[str] = field(default_factory=Counter)  # judgements of another judge, by its name


@dataclass(frozen=True, slots=True)
class Prepared:
    """A requirement with what retrieval found for it."""

    requirement: Requirement
    nearest: tuple[RankedPassage, ...]
    candidates: tuple[str, ...]
    question: Question
    judgement_key: str


def assess(desk: Desk, framework_id: str) -> Generator[tuple[int, int], None, list[Assessment]]:
    """Assess every requirement of one framework; yields (done, total).

    A requirement that does not apply is not searched for. A judge that fails on one requirement
    leaves that one ``not_assessed`` with the reason and goes on. Raises ModelSetupError if no model can
    answer before a person mends something.
    """
    framework, scope = desk.plan.frameworks[framework_id], scope_of(desk.plan.tenant, framework_id)
    prepared = _prepare(desk, framework_id)
    known = desk.store.judgements({p.judgement_key for p in prepared})
    answers = dict(known)
    failures = yield from _judge_missing(desk, prepared, answers)
    results = []
    for item in prepared:
        judgement = answers.get(item.judgement_key)
        reason = failures.get(item.judgement_key)
        results.append(_assessment(desk, item, judgement, item.judgement_key in known, reason))
    results += [
        _not_applicable(desk, r, scope.not_applicable[r.ref])
        for r in framework.requirements
        if r.ref in scope.not_applicable
    ]
    return results


def unjudged(desk: Desk, framework_id: str) -> list[Prepared]:
    """The requirements of one framework that the judge would be asked about now, as it would be asked."""
    if not desk.corpus.passages:
        return []
    prepared = _prepare(desk, framework_id)
    known = desk.store.judgements({p.judgement_key for p in prepared})
    return list({p.judgement_key: p for p in prepared if p.judgement_key not in known}.values())


def _prepare(desk: Desk, framework_id: str) -> list[Prepared]:
    """Candidate sets and judgement keys of all requirements of a framework that apply.

    The set is the one remembered for exactly this corpus, if there is one; so a document that
    comes back finds the very judgements it left. Otherwise it is today's best, leaning on the last.
    """
    scope = scope_of(desk.plan.tenant, framework_id)
    framework = desk.plan.frameworks[framework_id]
    requirements = [r for r in framework.requirements if r.ref not in scope.not_applicable]
    desk.vectors.prepare(requirements)
    embedder = desk.environment.embedder.identity
    corpus = keys.corpus_key((p.passage_hash for p in desk.corpus.passages), desk.retrieval, embedder)
    retrieval_keys = {r.requirement_id: keys.retrieval_key(corpus, r) for r in requirements}
    remembered = desk.store.candidate_sets(set(retrieval_keys.values()))
    last_keys = {r.requirement_id: keys.retrieval_key(desk.retrieval + embedder, r) for r in requirements}
    last = desk.store.last_candidates(set(last_keys.values()))
    desk.used_corpus_keys.update(retrieval_keys.values())
    desk.used_requirement_keys.update(last_keys.values())
    size = desk.environment.settings.candidates
    prepared, rows = [], {}
    queries = [desk.vectors.of(requirement) for requirement in requirements]
    scored = desk.corpus.scores(requirements, queries)
    for requirement, query, scores in zip(requirements, queries, scored, strict=True):
        key = retrieval_keys[requirement.requirement_id]
        last_key = last_keys[requirement.requirement_id]
        chosen = remembered.get(key)
        if chosen is None:
            chosen = desk.corpus.candidate_set(scores, size, last.get(last_key, ()))
        if last.get(last_key) != chosen or key not in remembered:
            rows[(key, last_key)] = chosen
        candidates = tuple(_candidate(desk, h) for h in chosen)
        question = Question(requirement, candidates, query)
        nearest = desk.corpus.nearest(scores)  # now: keeping all scores would keep the whole matrix
        judge = desk.judge.identity_for(requirement.requirement_id)
        judgement_key = keys.judgement_key(requirement, candidates, judge)
        prepared.append(Prepared(requirement, nearest, chosen, question, judgement_key))
    if rows:
        desk.store.put_candidates(rows)
    return prepared


def _candidate(desk: Desk, passage_hash: str) -> Candidate:
    passage = desk.passages[passage_hash]
    return Candidate(
        passage_hash=passage_hash,
        text=passage.text,
        heading_path=passage.heading_path,
        kind=passage.kind,
        status=passage.status,
        vector=desk.corpus.vector_of(passage_hash),
    )


def _judge_missing(
    desk: Desk, prepared: Sequence[Prepared], answers: dict[str, Judgement]
) -> Generator[tuple[int, int], None, dict[str, Reason]]:
    """Ask for what ``answers`` lacks, add it there and keep it; returns the reasons of what failed.

    A stand-in's judgement is used and not kept: the judge that was asked for is asked again.
    """
    by_key = {p.judgement_key: p for p in prepared if p.judgement_key not in answers}
    missing = list(by_key) if desk.corpus.passages else []
    done, total = len(prepared) - len(missing), len(prepared)
    yield done, total
    failures: dict[str, Reason] = {}
    fresh: dict[str, Judgement] = {}
    size = 1 if desk.judge.concurrency > 1 else SAVE_EVERY
    try:
        for position, answer in judging.ask(desk.judge, [by_key[key].question for key in missing]):
            key = missing[position]
            if isinstance(answer, judging.Failure):
                desk.judge_errors[answer.error] += 1
                failures[key] = answer.reason
            else:
                answers[key] = answer
                if stands_in(desk, answer):
                    desk.stood_in[answer.spoke.judge if answer.spoke else ""] += 1
                elif answer.verdict is not Verdict.NOT_ASSESSED or answer.reason is Reason.UNCERTAIN:
                    fresh[key] = answer
            if len(fresh) >= size:
                desk.store.put_judgements(fresh)
                fresh = {}
            done += 1
            yield done, total
    finally:
        desk.store.put_judgements(fresh)
    return failures


def stands_in(desk: Desk, judgement: Judgement) -> bool:
    """Whether another judge spoke than the one asked."""
    return judgement.spoke is not None and judgement.spoke.judge != desk.judge.identity.judge


def _assessment(
    desk: Desk, item: Prepared, judgement: Judgement | None, reused: bool, reason: Reason | None
) -> Assessment:
    base = _unanswered(desk, item, reason)
    return base if judgement is None else replace(_answered(desk, base, judgement), reused=reused)


def _unanswered(desk: Desk, item: Prepared, reason: Reason | None) -> Assessment:
    """The assessment as it stands if the judge does not answer: a failure with its reason."""
    environment, tenant = desk.environment, desk.plan.tenant
    reason = reason or _failure(desk)
    search = SearchRecord(
        queries=item.requirement.queries,
        passages_searched=len(desk.corpus.passages),
        documents_searched=desk.documents_searched,
        nearest=item.nearest,
    )
    return Assessment(
        tenant_id=tenant.slug,
        framework_id=item.requirement.framework_id,
        requirement_id=item.requirement.requirement_id,
        requirement_hash=item.requirement.content_hash,
        verdict=Verdict.NOT_ASSESSED,
        reason=reason,
        applicability=Applicability.APPLICABLE,
        confidence=0.0,
        needs_review=True,
        scores=EVEN,
        explanation=_FAILURES[reason],
        elements=(),
        evidence=(),
        search=search,
        judge=desk.judge.identity_for(item.requirement.requirement_id),
        judgement_key=item.judgement_key,
        candidates=item.candidates,
        candidate_documents=tuple(sorted({desk.passages[h].document_id for h in item.candidates})),
        embedder=environment.embedder.identity,
        retrieval=desk.retrieval,
    )


def _answered(desk: Desk, base: Assessment, judgement: Judgement) -> Assessment:
    """The assessment with a judgement, bound to the documents as they are now."""
    verdict, reason, quotes = citations.bind(judgement, desk.passages, desk.text, desk.paths)
    # One sentence may serve several requirements: each has its own row of evidence.
    evidence = tuple(
        replace(e, evidence_id=ids.digest(base.requirement_id, e.evidence_id, length=24)) for e in quotes
    )
    suggested = judgement.suggested_verdict
    if verdict is Verdict.NOT_ADDRESSED and desk.unreadable:
        # What could not be read may well address it: data loss must not look like posture.
        verdict, reason, suggested = Verdict.NOT_ASSESSED, Reason.UNREADABLE_DOCUMENTS, verdict
    elif verdict is Verdict.NOT_ASSESSED and suggested is None and judgement.verdict is not verdict:
        suggested = judgement.verdict
    return replace(
        base,
        judge=judgement.spoke or base.judge,
        verdict=verdict,
        reason=reason,
        suggested_verdict=suggested,
        confidence=judgement.confidence,
        needs_review=_is_doubtful(desk, judgement, verdict),
        scores=judgement.scores,
        explanation=judgement.explanation,
        elements=judgement.elements,
        evidence=evidence,
        tokens_in=judgement.tokens_in,
        tokens_out=judgement.tokens_out,
        cost_usd=judgement.cost_usd,
    )


def _is_doubtful(desk: Desk, judgement: Judgement, verdict: Verdict) -> bool:
    """Whether a person should look: the judge was unsure, or what was sought may stand where nobody read."""
    silent = verdict is Verdict.NOT_ADDRESSED and desk.unread_pages > 0
    return silent or desk.unreadable > 0 or citations.needs_review(judgement, verdict)


def _failure(desk: Desk) -> Reason:
    if desk.corpus.passages:
        return Reason.JUDGE_FAILED
    return Reason.UNREADABLE_DOCUMENTS if desk.unreadable else Reason.NO_CORPUS


_FAILURES = {
    **judging.TOLD,
    Reason.UNREADABLE_DOCUMENTS: "None of the documents could be read.",
    Reason.NO_CORPUS: "The documents hold no text that could be searched.",
}


def _not_applicable(desk: Desk, requirement: Requirement, why: str) -> Assessment:
    environment = desk.environment
    return Assessment(
        tenant_id=desk.plan.tenant.slug,
        framework_id=requirement.framework_id,
        requirement_id=requirement.requirement_id,
        requirement_hash=requirement.content_hash,
        verdict=Verdict.NOT_ASSESSED,
        applicability=Applicability.NOT_APPLICABLE,
        confidence=1.0,
        needs_review=False,
        scores=EVEN,
        explanation="Not applicable: see the reason given in tenants.yaml.",
        elements=(),
        evidence=(),
        search=SearchRecord((), 0, 0, ()),
        judge=desk.judge.identity_for(requirement.requirement_id),
        judgement_key="",
        candidates=(),
        candidate_documents=(),
        embedder=environment.embedder.identity,
        retrieval=desk.retrieval,
        not_applicable_why=why,
    )
