"""Values for tests of reports: every builder has defaults, so a test names only what it is about.

Other rooms' tests may import them: pyproject.toml puts this folder on pytest's path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from radar_pipeline import ids
from radar_pipeline.models import (
    Applicability,
    Assessment,
    Element,
    ElementJudgement,
    ElementStatus,
    Evidence,
    Framework,
    JudgeIdentity,
    Kind,
    Limit,
    RankedPassage,
    Reason,
    Requirement,
    Role,
    SearchRecord,
    Stance,
    Status,
    UnreadableReason,
    Verdict,
)
from radar_pipeline.report import causes, life
from radar_pipeline.report.facts import DocumentFacts, is_overdue
from radar_pipeline.report.findings import findings
from radar_pipeline.report.rows import Publication, rows
from radar_pipeline.report.scores import score

TENANT = "meridian-pay"
FRAMEWORK = "gdpr"
AS_OF = date(2026, 11, 22)
JUDGE = JudgeIdentity("local", "rules@1+minilm", "", "calibration@1")


def requirement(ref: str = "Art. 33(1)", **changes: Any) -> Requirement:
    made = Requirement(
        requirement_id=ids.requirement_id(changes.get("framework_id", FRAMEWORK), ref),
        framework_id=FRAMEWORK,
        ref=ref,
        title="Notifying the authority of a breach",
        text="The controller must report a personal data breach to the authority within 72 hours.",
        domain="Security and breaches",
        importance=5,
        citation=f"Regulation (EU) 2016/679, {ref}",
        elements=(
            Element("actor-1", Role.ACTOR, "the controller"),
            Element("action-1", Role.ACTION, "notify the supervisory authority of a personal data breach"),
            Element("deadline-1", Role.DEADLINE, "within 72 hours of becoming aware", Limit(72, "hours")),
            Element("condition-1", Role.CONDITION, "unless the breach is unlikely to put people at risk"),
        ),
        expected_document="Personal data breach procedure",
        expected_kinds=(Kind.PROCEDURE,),
    )
    return replace(made, **changes)


def by_id(*requirements: Requirement) -> dict[str, Requirement]:
    return {r.requirement_id: r for r in requirements}


def evidence(of: Requirement, document_id: str = "doc-a", **changes: Any) -> Evidence:
    start = changes.get("start", 100)
    made = Evidence(
        evidence_id=ids.digest(of.requirement_id, document_id, str(start), length=24),
        document_id=document_id,
        version_id=f"v1-{document_id}",
        path=f"{document_id}.md",
        page=2,
        heading_path=("Incidents", "Reporting"),
        start=start,
        end=start + 62,
        quote="Breaches are reported to the authority within 72 hours of note.",
        stance=Stance.SUPPORTS,
        element_ids=("action-1",),
        score=0.8,
    )
    return replace(made, **changes)


def elements(of: Requirement, missing: Sequence[str] = ()) -> tuple[ElementJudgement, ...]:
    return tuple(
        ElementJudgement(
            e.element_id, ElementStatus.MISSING if e.element_id in missing else ElementStatus.MET, 0.7
        )
        for e in of.elements
    )


def search(*documents: str, dense: float = 0.62) -> SearchRecord:
    nearest = tuple(
        RankedPassage(n, f"p-{d}", d, f"v1-{d}", 100, 160, dense - n / 100, dense - n / 100, 0.3)
        for n, d in enumerate(documents, 1)
    )
    return SearchRecord(("Notifying the authority of a breach.",), 240, 9, nearest)


def assessment(of: Requirement, verdict: Verdict = Verdict.COVERED, **changes: Any) -> Assessment:
    proved = verdict in (Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED)
    missing = {Verdict.PARTIAL: ("deadline-1",), Verdict.NOT_ADDRESSED: [e.element_id for e in of.elements]}
    stance = Stance.CONTRADICTS if verdict is Verdict.CONTRADICTED else Stance.SUPPORTS
    made = Assessment(
        tenant_id=TENANT,
        framework_id=of.framework_id,
        requirement_id=of.requirement_id,
        requirement_hash=of.content_hash,
        verdict=verdict,
        applicability=Applicability.APPLICABLE,
        confidence=0.86,
        needs_review=False,
        scores={
            Verdict.COVERED: 0.7,
            Verdict.PARTIAL: 0.1,
            Verdict.CONTRADICTED: 0.1,
            Verdict.NOT_ADDRESSED: 0.1,
        },
        explanation="Two of three elements are met.",
        elements=elements(of, missing.get(verdict, ())) if verdict is not Verdict.NOT_ASSESSED else (),
        evidence=(evidence(of, stance=stance),) if proved else (),
        search=search("doc-a", "doc-b"),
        judge=JUDGE,
        judgement_key=ids.digest(of.requirement_id, "judgement"),
        candidates=("p-doc-a", "p-doc-b"),
        candidate_documents=("doc-a", "doc-b"),
        embedder="minilm",
        retrieval="fusion@1",
        reason=Reason.UNCERTAIN if verdict is Verdict.NOT_ASSESSED else None,
    )
    return replace(made, **changes)


def not_applicable(of: Requirement, why: str = "We do not do this.") -> Assessment:
    return assessment(
        of,
        Verdict.NOT_ASSESSED,
        reason=None,
        applicability=Applicability.NOT_APPLICABLE,
        not_applicable_why=why,
        judgement_key="",
        candidates=(),
        candidate_documents=(),
        search=SearchRecord((), 0, 0, ()),
    )


def document(document_id: str = "doc-a", **changes: Any) -> DocumentFacts:
    made = DocumentFacts(
        document_id=document_id,
        version_id=f"v1-{document_id}",
        path=f"{document_id}.md",
        title="Incident response procedure",
        owner="Head of Security",
        kind=Kind.PROCEDURE,
        status=Status.APPROVED,
        readable=True,
        reason=None,
        media_type="text/markdown",
        parser="markdown@1",
        pages=0,
        characters=12000,
        passages=40,
        effective_date=date(2026, 1, 1),
        review_by=date(2027, 1, 1),
        overdue=False,
        content_hash=f"hash-{document_id}",
    )
    made = replace(made, **changes)
    return replace(made, overdue=made.readable and is_overdue(made.review_by, AS_OF))


def unreadable(
    document_id: str = "doc-x", reason: UnreadableReason = UnreadableReason.ENCRYPTED
) -> DocumentFacts:
    return document(
        document_id,
        title="",
        owner="",
        kind=Kind.UNKNOWN,
        status=Status.UNKNOWN,
        readable=False,
        reason=reason,
        parser="",
        media_type="",
        characters=0,
        passages=0,
        effective_date=None,
        review_by=None,
    )


def publication(
    requirements: Sequence[Requirement],
    assessments: Sequence[Assessment],
    documents: Sequence[DocumentFacts] = (),
    sweep_id: str = "20261122T010000.000Z-aaaaaa",
    previous: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    passage_texts: Mapping[str, str] | None = None,
) -> Publication:
    """A publication worked out from assessments as a sweep would do it."""
    documents = documents or (document("doc-a"), document("doc-b", title="Security policy", kind=Kind.POLICY))
    previous = previous or {}
    known = by_id(*requirements)
    frameworks = tuple(
        Framework(f, f.upper(), "1", "European Union", tuple(r for r in requirements if r.framework_id == f))
        for f in sorted({r.framework_id for r in requirements})
    )
    names = [f.framework_id for f in frameworks]
    states, events = life.life(
        findings(TENANT, known, assessments, documents, AS_OF),
        life.states(previous.get("findings", ())),
        life.Scope.of(names, assessments, documents),
        sweep_id,
    )
    return Publication(
        tenant_id=TENANT,
        sweep_id=sweep_id,
        as_of=AS_OF,
        published_at=datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC),
        frameworks=frameworks,
        input_keys={f: ids.digest(f) for f in names},
        documents=documents,
        assessments=assessments,
        findings=states,
        events=events,
        changes=causes.changes(assessments, documents, previous),
        scores=[score(f, requirements, assessments) for f in names],
        passage_texts=passage_texts or {},
    )


def tables(*args: Any, **kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    """Rows of a publication by table."""
    return rows(publication(*args, **kwargs))
