"""Stage ``blindspot_report``: findings, scores and causes become a release, visible by one rename."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from radar_pipeline.ingest.metadata import NEWER_VERSION
from radar_pipeline.ingest.similar import Relation
from radar_pipeline.models import Assessment, Status
from radar_pipeline.questions.rows import rows as answer_rows
from radar_pipeline.report import causes, findings, life, renames, scores
from radar_pipeline.report.facts import Conflict, DocumentFacts
from radar_pipeline.report.rows import Publication, rows
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.storage.files import remove_tree, write_text
from radar_pipeline.sweep import citing, disputes, keys, page
from radar_pipeline.sweep.answering import Answered
from radar_pipeline.sweep.assess import Desk
from radar_pipeline.sweep.documents import Progress
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluation_lines import prompt_evaluations
from radar_pipeline.sweep.events import Stage, StageProgress
from radar_pipeline.sweep.instructing import instructing
from radar_pipeline.sweep.judging import RETRY
from radar_pipeline.sweep.lease import HeldLease
from radar_pipeline.sweep.manifest import Entry
from radar_pipeline.sweep.plan import Plan, key_of

STEPS = 4

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def publish(
    environment: Environment,
    sweep_id: str,
    plan: Plan,
    assessments: list[Assessment],
    answered: Answered,
    desk: Desk,
    lease: HeldLease,
) -> Progress:
    """Build the release beside the published one, then switch to it."""
    slug = plan.tenant.slug
    home = environment.tenant_home(slug)
    published = home / "published"
    yield StageProgress(slug, Stage.BLINDSPOT_REPORT, 0, STEPS)
    conflicts, proven = disputes.disputes(desk, assessments)
    publication = _publication(
        environment,
        sweep_id,
        plan,
        citing.cited(home, plan.manifest, proven),
        answered,
        conflicts,
        desk,
        warehouse.TenantReport.current(published),
    )
    tables = rows(publication)
    yield StageProgress(slug, Stage.BLINDSPOT_REPORT, 1, STEPS)

    staged = home / "staged"
    remove_tree(staged)
    warehouse.build_release(published, staged, tables, sweep_id, plan.due)
    html = page.tenant_page(plan.tenant, staged, environment.settings, plan.frameworks, DocumentFiles(home))
    write_text(staged / "index.html", html)
    yield StageProgress(slug, Stage.BLINDSPOT_REPORT, 2, STEPS)

    warehouse.write_inbox(environment.settings.portfolio, sweep_id, slug, staged)
    yield StageProgress(slug, Stage.BLINDSPOT_REPORT, 3, STEPS)

    lease.check()
    warehouse.publish(home, sweep_id, staged)
    for framework_id, key in publication.input_keys.items():
        environment.operations.record_publication(sweep_id, slug, framework_id, key, sweep_id)
    yield StageProgress(slug, Stage.BLINDSPOT_REPORT, STEPS, STEPS)
    return {
        "findings": len(publication.findings),
        "changes": len(publication.changes),
        "evidence": len(tables["evidence"]),
        "documents_unreadable": desk.unreadable,
        **{f"score_{s.framework_id}": s.score for s in publication.scores if s.score is not None},
    }


def _publication(
    environment: Environment,
    sweep_id: str,
    plan: Plan,
    assessments: list[Assessment],
    answered: Answered,
    conflicts: list[Conflict],
    desk: Desk,
    previous: Rows,
) -> Publication:
    slug = plan.tenant.slug
    frameworks = [plan.frameworks[framework_id] for framework_id in plan.due]
    previous = renames.in_present_refs(previous, frameworks)
    requirements = {r.requirement_id: r for f in frameworks for r in f.requirements}
    documents = _documents(plan, desk)
    found = findings.findings(slug, requirements, assessments, documents, plan.as_of, conflicts)
    states, events = life.life(
        found,
        life.states(previous.get("findings", ())),
        life.Scope.of(plan.due, assessments, documents),
        sweep_id,
    )
    shown = {ranked.passage_hash for a in assessments for ranked in a.search.nearest}
    return Publication(
        tenant_id=slug,
        sweep_id=sweep_id,
        as_of=plan.as_of,
        published_at=environment.clock(),
        frameworks=frameworks,
        input_keys={
            f.framework_id: "" if answered.unsettled else _key(environment, plan, f.framework_id, assessments)
            for f in frameworks
        },
        documents=documents,
        assessments=assessments,
        findings=states,
        events=events,
        changes=causes.changes(assessments, documents, previous),
        scores=[
            scores.score(
                f.framework_id, f.requirements, [a for a in assessments if a.framework_id == f.framework_id]
            )
            for f in frameworks
        ],
        passage_texts={h: desk.passages[h].text for h in shown},
        prompt_evaluations=prompt_evaluations(environment),
        answers=answer_rows(slug, answered.answers),
    )


def _key(environment: Environment, plan: Plan, framework_id: str, assessments: list[Assessment]) -> str:
    """The tenant key to publish under; empty, so due again, if something is worth another try."""
    own = [a for a in assessments if a.framework_id == framework_id]
    if any(a.reason in RETRY or _stood_in(a, environment, plan) for a in own):
        return ""
    if not all(entry.settled for entry in plan.manifest.values()):
        return ""
    return key_of(environment, plan.tenant, plan.frameworks[framework_id], plan.manifest, plan.as_of)


def _stood_in(assessment: Assessment, environment: Environment, plan: Plan) -> bool:
    """Whether another judge spoke than the tenant's own, which could not."""
    asked = environment.judge_for(plan.tenant).identity.judge
    return bool(assessment.judgement_key) and assessment.judge.judge != asked


def _documents(plan: Plan, desk: Desk) -> list[DocumentFacts]:
    counts: dict[str, int] = {}
    for passage in desk.all_passages:
        counts[passage.document_id] = counts.get(passage.document_id, 0) + 1
    related = desk.relations
    instructs = instructing(desk.environment.tenant_home(plan.tenant.slug), desk.all_passages)
    return [
        replace(
            _related(_facts(entry, counts.get(entry.document_id, 0), plan), related.get(entry.document_id)),
            instructs=instructs.get(entry.document_id, ()),
        )
        for entry in plan.manifest.values()
    ]


def _related(facts: DocumentFacts, relation: Relation | None) -> DocumentFacts:
    """The document as it stands beside the others: nobody reviews one that was replaced."""
    if relation is None:
        return facts
    if not relation.superseded_by:
        return replace(facts, duplicate_of=relation.duplicate_of)
    place = facts.read_from.get("status", "") if facts.status is Status.SUPERSEDED else NEWER_VERSION
    return replace(
        facts,
        superseded_by=relation.superseded_by,
        status=Status.SUPERSEDED,
        overdue=False,
        read_from={**facts.read_from, "status": place},
    )


def _container(entry: Entry, plan: Plan) -> str:
    outer = plan.manifest.get(entry.container)
    return outer.document_id if outer else ""


def _facts(entry: Entry, passages: int, plan: Plan) -> DocumentFacts:
    meta = entry.meta
    return DocumentFacts(
        document_id=entry.document_id,
        version_id=entry.version_id,
        path=entry.path,
        title=meta.title,
        owner=meta.owner,
        kind=meta.kind,
        status=meta.status,
        readable=entry.readable,
        reason=entry.reason,
        media_type=entry.media_type,
        parser=entry.parser,
        pages=entry.pages,
        characters=max(entry.characters, 0),
        passages=passages,
        effective_date=meta.effective_date,
        review_by=meta.review_by,
        overdue=keys.overdue(entry, plan.as_of),
        content_hash=entry.content_hash,
        version=meta.version,
        author=meta.author,
        approved_by=meta.approved_by,
        approved_on=meta.approved_on,
        language=meta.language,
        read_from=meta.read_from,
        scanned_pages=entry.scanned_pages,
        ocr_pages=entry.ocr_pages,
        container=_container(entry, plan),
        missing_since=datetime.fromisoformat(entry.missing_since) if entry.missing_since else None,
    )
