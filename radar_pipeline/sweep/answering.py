"""Stage ``standing_answers``: each question that a tenant keeps, answered from what was just read.

A question that fails is that question's failure alone, published with its reason.
"""

from collections.abc import Generator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass

from radar_pipeline.llm import stopping
from radar_pipeline.models import Assessment
from radar_pipeline.questions import asker
from radar_pipeline.questions.answers import RETRIED, Answer, State, Why
from radar_pipeline.questions.asker import Speaker
from radar_pipeline.questions.rows import numbered
from radar_pipeline.storage import warehouse
from radar_pipeline.sweep import citing, keys
from radar_pipeline.sweep.assess import Desk
from radar_pipeline.sweep.events import Counts
from radar_pipeline.sweep.material import (
    Retrieved,
    Sources,
    corpus_of_facts,
    facts_of,
    question_vectors,
    retrieve,
)
from radar_pipeline.sweep.speaking import StoredMemo, speaker_of


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers in the order of the questions, and whether another sweep should ask again."""

    answers: tuple[Answer, ...] = ()

    @property
    def unsettled(self) -> bool:
        """Whether some question failed for a reason that may pass."""
        return any(answer.why in RETRIED for answer in self.answers)


def answer_questions(
    desk: Desk, assessments: Sequence[Assessment]
) -> Generator[tuple[int, int], None, Answered]:
    """Answer the tenant's questions; yields (done, total)."""
    questions = desk.plan.tenant.questions
    if not questions:
        return Answered()
    environment = desk.environment
    speaker = speaker_of(environment, desk.plan.tenant)
    sources = _sources(desk, assessments)
    vectors = question_vectors(environment, desk.plan.tenant, desk.store, questions)
    desk.used_texts.update(keys.text_hash(q.text) for q in questions)
    found = [retrieve(sources, q, vectors[q.question_id], keep=True) for q in questions]
    desk.used_corpus_keys.update(r.corpus_key for r in found)
    desk.used_requirement_keys.update(r.last_key for r in found)
    memo = StoredMemo(environment, desk.store)
    answers: dict[int, Answer] = {}
    yield 0, len(questions)
    at_once = min(environment.settings.llm_concurrency, len(questions)) if speaker.client else 1
    with stopping.pool(at_once, "ask") as pool:
        asked = {pool.submit(_answer, speaker, r, memo): n for n, r in enumerate(found)}
        for future in as_completed(asked):
            answers[asked[future]] = future.result()
            yield len(answers), len(questions)
    ordered = [answers[n] for n in range(len(questions))]
    home = environment.tenant_home(desk.plan.tenant.slug)
    return Answered(tuple(citing.cited_answers(home, desk.plan.manifest, ordered)))


def counts_of(answered: Answered) -> Counts:
    """What the stage tells: numbers and closed words."""
    answers = answered.answers
    return {
        "questions": len(answers),
        "answered": sum(a.state is State.ANSWERED for a in answers),
        "reused_answers": sum(a.reused for a in answers),
        "sentences": sum(a.claims[0] for a in answers),
        "unsupported": sum(a.claims[1] for a in answers),
        "quotes": sum(len(numbered(a)) for a in answers),
        "not_answered": ", ".join(sorted({a.why.value for a in answers if a.why})),
        "cost_usd": round(float(sum(a.spoke.cost_usd for a in answers if not a.reused)), 6),
    }


def _answer(speaker: Speaker, retrieved: Retrieved, memo: StoredMemo) -> Answer:
    try:
        return asker.answer(speaker, retrieved.material, retrieved.ranking, memo)
    except Exception as error:  # whatever it dies of, the tenant's report does not
        return Answer(
            question=retrieved.material.question,
            answer_key=retrieved.material.key(speaker.identity),
            state=State.NOT_ANSWERED,
            sentences=(),
            answered_on=retrieved.material.today,
            why=Why.FAILED,
            note=f"Unexpected {type(error).__name__}; the next sweep asks again.",
        )


def _sources(desk: Desk, assessments: Sequence[Assessment]) -> Sources:
    """This sweep's assessments; of frameworks that are not due, those that are published."""
    environment, plan = desk.environment, desk.plan
    home = environment.tenant_home(plan.tenant.slug)
    published = warehouse.TenantReport.current(home / "published").get("assessments", [])
    frameworks = [environment.framework(scope.framework_id) for scope in plan.tenant.frameworks]
    facts, requirements = facts_of(
        [(f"{f.framework_id} {f.name}", f.requirements) for f in frameworks],
        assessments,
        [row for row in published if row["framework_id"] not in plan.due],
    )
    return Sources(
        environment=environment,
        tenant=plan.tenant,
        today=plan.as_of,
        store=desk.store,
        corpus=desk.corpus,
        facts={f.requirement_id: f for f in facts},
        about_facts=corpus_of_facts(facts, requirements, desk.vectors),
        text=desk.text,
        paths=desk.paths,
        names={e.document_id: e.meta.title or e.path.rsplit("/", 1)[-1] for e in plan.manifest.values()},
        retrieval=desk.retrieval,
    )
