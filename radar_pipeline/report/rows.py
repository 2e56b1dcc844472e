"""One publication of a tenant as rows by table, exactly as ``storage/schema.py`` names them.

Private columns are filled here; the storage room leaves them out of what tenants share.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from radar_pipeline import ids
from radar_pipeline.models import (
    Assessment,
    ElementStatus,
    FindingState,
    Framework,
    Reason,
    Score,
    Stance,
    Verdict,
    VerdictChange,
)
from radar_pipeline.report.facts import DocumentFacts
from radar_pipeline.report.life import FindingEvent
from radar_pipeline.storage import schema

NOT_EVALUATED = "not evaluated"
ANSWER_TABLES = ("standing_answers", "standing_answer_sentences", "standing_answer_quotes")
UNANSWERED = frozenset(  # reasons of a judge that did not answer
    {
        *(Reason.JUDGE_FAILED, Reason.PROVIDERS_FAILED, Reason.REFUSED, Reason.INVALID_ANSWER),
        *(Reason.TOO_LONG, Reason.QUOTA, Reason.BUDGET),
    }
)
_WITHOUT_SUPPORT = (ElementStatus.MISSING, ElementStatus.CONTRADICTED)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything that one sweep makes visible of one tenant, over the frameworks it swept."""

    tenant_id: str
    sweep_id: str
    as_of: date
    published_at: datetime  # with time zone
    frameworks: Sequence[Framework]
    input_keys: Mapping[str, str]  # framework id -> tenant key
    documents: Sequence[DocumentFacts]
    assessments: Sequence[Assessment]
    findings: Sequence[FindingState]
    events: Sequence[FindingEvent]
    changes: Sequence[VerdictChange]
    scores: Sequence[Score]
    passage_texts: Mapping[str, str] = field(default_factory=dict)  # passage hash -> text, of search records
    prompt_evaluations: Mapping[str, str] = field(default_factory=dict)  # prompt ref -> its evaluation
    answers: Mapping[str, Sequence[Row]] = field(default_factory=dict)  # rows of standing answers, by table


def rows(publication: Publication) -> dict[str, list[Row]]:
    """Rows of every report table, in key order, without the validity columns.

    Raises ValueError if two rows share a key or a column is not the schema's: a defect of ours.
    """
    made: dict[str, Iterable[Row]] = {
        "requirements": _requirements(publication),
        "elements": _elements(publication),
        "documents": [_document(publication.tenant_id, d) for d in publication.documents],
        "assessments": [_assessment(publication, a) for a in publication.assessments],
        "assessment_elements": _assessment_elements(publication),
        "evidence": _evidence(publication),
        "search_results": _search_results(publication),
        "findings": [_finding(s) for s in publication.findings],
        "finding_events": [_event(e) for e in publication.events],
        "verdict_changes": [_verdict_change(publication, c) for c in publication.changes],
        "framework_scores": [_score(publication.tenant_id, s) for s in publication.scores],
        "sweeps": [_sweep(publication, f) for f in publication.frameworks],
        **{name: publication.answers.get(name, ()) for name in ANSWER_TABLES},
    }
    result = {}
    for table in schema.TABLES:
        result[table.name] = sorted(made[table.name], key=lambda r: tuple(r[c] for c in table.key))
    if found := problems(result):
        raise ValueError("; ".join(found[:5]))
    return result


def problems(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """What in these rows is not as the schema says: names of tables and columns, never values."""
    found = []
    for name, rows_ in tables.items():
        table = schema.BY_NAME.get(name)
        if table is None:
            found.append(f"{name}: no such table")
            continue
        wanted = {c.name for c in table.columns}
        found += [
            f"{name}: columns {sorted(wanted ^ row.keys())} differ" for row in rows_ if wanted != row.keys()
        ][:1]
        keys = [tuple(row.get(c) for c in table.key) for row in rows_]
        if len(set(keys)) < len(keys):
            found.append(f"{name}: {len(keys) - len(set(keys))} rows repeat a key")
        if any(part is None for key in keys for part in key):
            found.append(f"{name}: a key is NULL")
    return found


# ── Frameworks and documents ──────────────────────────────────────────────────────────────────


def _requirements(publication: Publication) -> list[Row]:
    return [
        {
            "tenant_id": publication.tenant_id,
            "framework_id": requirement.framework_id,
            "requirement_id": requirement.requirement_id,
            "ref": requirement.ref,
            "title": requirement.title,
            "text": requirement.text,
            "citation": requirement.citation,
            "domain": requirement.domain,
            "importance": requirement.importance,
            "expected_document": requirement.expected_document,
            "implementation_groups": list(requirement.implementation_groups),
            "framework_version": framework.version,
            "requirement_hash": requirement.content_hash,
        }
        for framework in publication.frameworks
        for requirement in framework.requirements
    ]


def _elements(publication: Publication) -> list[Row]:
    return [
        {
            "tenant_id": publication.tenant_id,
            "framework_id": requirement.framework_id,
            "requirement_id": requirement.requirement_id,
            "element_id": element.element_id,
            "role": element.role.value,
            "text": element.text,
        }
        for framework in publication.frameworks
        for requirement in framework.requirements
        for element in requirement.elements
    ]


def _document(tenant_id: str, document: DocumentFacts) -> Row:
    return {
        "tenant_id": tenant_id,
        "document_id": document.document_id,
        "version_id": document.version_id,
        "path": document.path,
        "title": document.title,
        "document_version": document.version,
        "owner": document.owner,
        "author": document.author,
        "approved_by": document.approved_by,
        "approved_on": document.approved_on,
        "language": document.language,
        "read_from": json.dumps(dict(sorted(document.read_from.items()))),
        "kind": document.kind.value,
        "status": document.status.value,
        "readable": document.readable,
        "reason": document.reason.value if document.reason else None,
        "media_type": document.media_type,
        "parser": document.parser,
        "pages": document.pages,
        "scanned_pages": list(document.scanned_pages),
        "ocr_pages": list(document.ocr_pages),
        "needs_ocr": document.needs_ocr,
        "characters": document.characters,
        "passages": document.passages,
        "effective_date": document.effective_date,
        "review_by": document.review_by,
        "overdue": document.overdue,
        "content_hash": document.content_hash,
        "container": document.container,
        "superseded_by": document.superseded_by,
        "duplicate_of": document.duplicate_of,
        "missing_since": document.missing_since,
        "instructing_places": len(document.instructs),
    }


# ── Assessments ───────────────────────────────────────────────────────────────────────────────


def _assessment(publication: Publication, a: Assessment) -> Row:
    prompt = a.judge.prompt
    return {
        **_where(a),
        "verdict": a.verdict.value,
        "reason": a.reason.value if a.reason else None,
        "suggested_verdict": a.suggested_verdict.value if a.suggested_verdict else None,
        "applicability": a.applicability.value,
        "not_applicable_why": a.not_applicable_why,
        "confidence": float(a.confidence),
        "needs_review": a.needs_review,
        **{f"p_{v.value}": float(a.scores.get(v, 0.0)) for v in Verdict if v is not Verdict.NOT_ASSESSED},
        "explanation": a.explanation,
        "missing_elements": [e.element_id for e in a.elements if e.status in _WITHOUT_SUPPORT],
        "evidence_count": sum(e.stance is not Stance.CONFLICTS for e in a.evidence),
        "judge": a.judge.judge,
        "judge_model": a.judge.model,
        "prompt_ref": prompt,
        "prompt_evaluation": publication.prompt_evaluations.get(prompt, NOT_EVALUATED),
        "calibration": a.judge.calibration,
        "judgement_key": a.judgement_key,
        "requirement_hash": a.requirement_hash,
        "embedder": a.embedder,
        "retrieval": a.retrieval,
        "candidates": list(a.candidates),
        "candidate_documents": list(a.candidate_documents),
        "search_queries": list(a.search.queries),
        "passages_searched": a.search.passages_searched,
        "documents_searched": a.search.documents_searched,
        "tokens_in": a.tokens_in,
        "tokens_out": a.tokens_out,
        "cost_usd": float(a.cost_usd),
    }


def _where(a: Assessment) -> Row:
    return {"tenant_id": a.tenant_id, "framework_id": a.framework_id, "requirement_id": a.requirement_id}


def _assessment_elements(publication: Publication) -> list[Row]:
    return [
        {
            **_where(a),
            "element_id": e.element_id,
            "status": e.status.value,
            "score": float(e.score),
            "note": e.note,
        }
        for a in publication.assessments
        for e in a.elements
    ]


def _evidence(publication: Publication) -> list[Row]:
    return [
        {
            **_where(a),
            "evidence_id": e.evidence_id,
            "stance": e.stance.value,
            "element_ids": list(e.element_ids),
            "document_id": e.document_id,
            "version_id": e.version_id,
            "path": e.path,
            "page": e.page,
            "heading_path": list(e.heading_path),
            "start_offset": e.start,
            "end_offset": e.end,
            "quote": e.quote,
            "citation": e.citation,
            "ocr": e.ocr,
            "noisy": e.noisy,
            "quote_hash": ids.digest(e.quote),
            "score": float(e.score),
        }
        for a in publication.assessments
        for e in a.evidence
    ]


def _search_results(publication: Publication) -> list[Row]:
    paths = {d.document_id: d.path for d in publication.documents}
    return [
        {
            **_where(a),
            "rank": p.rank,
            "passage_hash": p.passage_hash,
            "document_id": p.document_id,
            "version_id": p.version_id,
            "path": paths.get(p.document_id, ""),
            "start_offset": p.start,
            "end_offset": p.end,
            "text": publication.passage_texts.get(p.passage_hash, ""),
            "citation": p.citation,
            "score": float(p.score),
            "dense": float(p.dense),
            "lexical": float(p.lexical),
        }
        for a in publication.assessments
        for p in a.search.nearest
    ]


# ── Findings, changes, scores, the sweep ──────────────────────────────────────────────────────


def _finding(state: FindingState) -> Row:
    finding = state.finding
    return {
        "tenant_id": finding.tenant_id,
        "framework_id": finding.framework_id,
        "requirement_id": finding.requirement_id,
        "fingerprint": finding.fingerprint,
        "element_id": finding.element_id,
        "document_id": finding.document_id,
        "kind": finding.kind.value,
        "severity": finding.severity,
        "status": state.status.value,
        "title": finding.title,
        "recommendation": finding.recommendation.value,
        "advice": finding.advice,
        "first_seen_sweep": state.first_seen_sweep,
        "times_seen": state.times_seen,
    }


def _event(event: FindingEvent) -> Row:
    return {
        "tenant_id": event.tenant_id,
        "framework_id": event.framework_id,
        "fingerprint": event.fingerprint,
        "sweep_id": event.sweep_id,
        "event": event.event.value,
    }


def _verdict_change(publication: Publication, change: VerdictChange) -> Row:
    return {
        "tenant_id": publication.tenant_id,
        "framework_id": change.framework_id,
        "requirement_id": change.requirement_id,
        "sweep_id": publication.sweep_id,
        "from_verdict": change.from_verdict.value if change.from_verdict else None,
        "to_verdict": change.to_verdict.value if change.to_verdict else None,
        "causes": [c.value for c in change.causes],
        "document_ids": list(change.document_ids),
    }


def _score(tenant_id: str, score: Score) -> Row:
    return {
        "tenant_id": tenant_id,
        "framework_id": score.framework_id,
        "score": score.score,
        "formula": score.formula,
        "importance": score.importance,
        "importance_not_assessed": score.importance_not_assessed,
        **{v.value: score.counts.get(v, 0) for v in Verdict},
        "not_applicable": score.not_applicable,
    }


def _sweep(publication: Publication, framework: Framework) -> Row:
    own = [a for a in publication.assessments if a.framework_id == framework.framework_id]
    judged = [a for a in own if a.candidates and not a.reused and a.reason not in UNANSWERED]
    return {
        "tenant_id": publication.tenant_id,
        "framework_id": framework.framework_id,
        "sweep_id": publication.sweep_id,
        "as_of": publication.as_of,
        "published_at": publication.published_at,
        "input_key": publication.input_keys[framework.framework_id],
        "documents": len(publication.documents),
        "unreadable": sum(d.hides_text for d in publication.documents),
        "judged": len(judged),
        "reused": sum(a.reused for a in own),
        "cost_usd": float(sum(a.cost_usd for a in judged)),
    }
