"""Why verdicts changed: the previous published rows compared with what a sweep found now."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from radar_pipeline.models import Applicability, Assessment, Cause, Reason, Stance, Verdict, VerdictChange
from radar_pipeline.report.facts import DocumentFacts, by_id

Row = Mapping[str, Any]
_ORDER = {cause: position for position, cause in enumerate(Cause)}
_OF_DOCUMENTS = (Reason.NO_CORPUS, Reason.UNREADABLE_DOCUMENTS)
_OF_THE_JUDGE = tuple(set(Reason) - {*_OF_DOCUMENTS, Reason.UNCERTAIN})


@dataclass
class _Found:
    """Causes gathered for one change."""

    causes: set[Cause] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)

    def blame(self, documents: Mapping[str, Cause]) -> None:
        self.causes.update(documents.values())
        self.documents.update(documents)


@dataclass(frozen=True, slots=True)
class _Before:
    """The previous publication, arranged for looking up."""

    assessments: Mapping[str, Row]
    evidence_documents: Mapping[str, frozenset[str]]
    passage_documents: Mapping[str, str]
    unreadable: frozenset[str]


def changes(
    assessments: Iterable[Assessment],
    documents: Iterable[DocumentFacts],
    previous: Mapping[str, Sequence[Row]],
) -> list[VerdictChange]:
    """Verdicts that differ from the previous publication, each with at least one cause.

    ``previous``: the current rows by table name before this sweep (``assessments``, ``documents``,
    ``evidence``, ``search_results``; {} before the first publication). A framework's first
    publication has no changes: there is nothing to compare with. A requirement that a framework
    gained since has ``from_verdict`` None, one that it lost ``to_verdict`` None, both with the
    cause ``framework``.
    """
    before = _before(previous)
    known_frameworks = {row["framework_id"] for row in before.assessments.values()}
    touched = touched_documents(previous.get("documents", ()), documents)
    result = []
    assessments = list(assessments)
    for assessment in assessments:
        if assessment.framework_id not in known_frameworks:
            continue
        row = before.assessments.get(assessment.requirement_id)
        if row is None:
            result.append(_change(assessment, None, _Found({Cause.FRAMEWORK})))
        elif row["verdict"] != assessment.verdict.value:
            result.append(_change(assessment, row, _explain(assessment, row, before, touched)))
    result += _lost(assessments, before)
    return sorted(result, key=lambda c: c.requirement_id)


def _lost(assessments: Sequence[Assessment], before: _Before) -> list[VerdictChange]:
    """Requirements of the assessed frameworks that are no longer there."""
    now = {a.requirement_id for a in assessments}
    frameworks = {a.framework_id for a in assessments}
    return [
        VerdictChange(
            row["framework_id"], requirement_id, Verdict(row["verdict"]), None, (Cause.FRAMEWORK,), ()
        )
        for requirement_id, row in before.assessments.items()
        if row["framework_id"] in frameworks and requirement_id not in now
    ]


def touched_documents(previous: Iterable[Row], current: Iterable[DocumentFacts]) -> dict[str, Cause]:
    """What happened to each document that is not as it was, by document id."""
    now = by_id(current)
    earlier = {row["document_id"]: row for row in previous}
    touched = dict.fromkeys(earlier.keys() - now.keys(), Cause.DOCUMENT_REMOVED)
    for document_id, document in now.items():
        cause = _touch(earlier.get(document_id), document)
        if cause is not None:
            touched[document_id] = cause
    return touched


def _touch(row: Row | None, document: DocumentFacts) -> Cause | None:
    was_readable = row is not None and bool(row["readable"])
    if not document.readable and not document.hides_text and not was_readable:
        return None
    if not document.readable:
        return Cause.DOCUMENT_UNREADABLE if was_readable or row is None else None
    if row is None:
        return Cause.DOCUMENT_ADDED
    if row["content_hash"] != document.content_hash:
        return Cause.DOCUMENT_CHANGED
    if row["parser"] and row["parser"] != document.parser:
        return Cause.PARSER
    same = was_readable and row["kind"] == document.kind.value and row["status"] == document.status.value
    return None if same else Cause.DOCUMENT_CHANGED


def _before(previous: Mapping[str, Sequence[Row]]) -> _Before:
    evidence: dict[str, set[str]] = {}
    for row in previous.get("evidence", ()):
        if row["stance"] != Stance.CONFLICTS.value:  # which carries no verdict
            evidence.setdefault(row["requirement_id"], set()).add(row["document_id"])
    return _Before(
        assessments={row["requirement_id"]: row for row in previous.get("assessments", ())},
        evidence_documents={requirement: frozenset(ids) for requirement, ids in evidence.items()},
        passage_documents={r["passage_hash"]: r["document_id"] for r in previous.get("search_results", ())},
        unreadable=frozenset(r["document_id"] for r in previous.get("documents", ()) if not r["readable"]),
    )


# ── One change ────────────────────────────────────────────────────────────────────────────────


def _explain(assessment: Assessment, row: Row, before: _Before, touched: Mapping[str, Cause]) -> _Found:
    found = _Found()
    if row["requirement_hash"] != assessment.requirement_hash:
        found.causes.add(Cause.FRAMEWORK)
    if row["applicability"] != assessment.applicability.value:
        found.causes.add(Cause.SCOPE)
    if Applicability.NOT_APPLICABLE.value in (row["applicability"], assessment.applicability.value):
        return found  # one side was never searched or judged: nothing else can be compared
    found.causes |= _of_identity(assessment, row)
    found.blame(_involved(assessment, row, before, touched))
    if not found.causes and set(row["candidates"] or ()) != set(assessment.candidates):
        found.causes.add(Cause.RETRIEVAL)
    if not found.causes:
        _last_resort(found, assessment, row, touched)
    return found


def _of_identity(assessment: Assessment, row: Row) -> set[Cause]:
    """What changed in the machinery that searched and judged."""
    judge = assessment.judge
    if not row["judgement_key"] or not assessment.judgement_key:
        return set()  # nobody judged on one side: its empty identity says nothing
    found = set()
    if row["embedder"] != assessment.embedder:
        found.add(Cause.EMBEDDER)
    if row["retrieval"] != assessment.retrieval:
        found.add(Cause.RETRIEVAL)
    # A judge's model string names the embedder it reads through: that part is not the model's.
    model = (row["judge_model"] or "").replace(row["embedder"] or "\0", assessment.embedder)
    if row["judge"] != judge.judge or model != judge.model:
        found.add(Cause.MODEL)
    if (row["prompt_ref"] or "") != judge.prompt:
        found.add(Cause.PROMPT)
    if row["calibration"] != judge.calibration:
        found.add(Cause.CALIBRATION)
    return found


def _involved(
    assessment: Assessment, row: Row, before: _Before, touched: Mapping[str, Cause]
) -> dict[str, Cause]:
    """The touched documents whose passages left or joined the candidate set, or the evidence.

    Of those that went, the quoted ones explain the change if there are any, and of those that came
    too: others among the many candidates carried nothing.
    """
    searched = {*(row["candidate_documents"] or ()), *assessment.candidate_documents}
    earlier = before.evidence_documents.get(assessment.requirement_id, frozenset())
    present = {e.document_id for e in assessment.evidence if e.stance is not Stance.CONFLICTS}
    moved = _documents_of_moved_passages(assessment, row, before)
    if moved is not None and moved & touched.keys():
        searched &= moved
    involved = {d: touched[d] for d in (searched | earlier | present) & touched.keys()}
    involved = _narrowed(involved, Cause.DOCUMENT_REMOVED, earlier)
    involved = _narrowed(involved, Cause.DOCUMENT_ADDED, present)
    return involved | {d: touched[d] for d in _lost_or_found(assessment, row, before, touched)}


def _narrowed(involved: dict[str, Cause], of: Cause, quoted: Set[str]) -> dict[str, Cause]:
    """Without the documents of this cause that were not quoted, if some were."""
    if not any(cause is of and d in quoted for d, cause in involved.items()):
        return involved
    return {d: cause for d, cause in involved.items() if cause is not of or d in quoted}


def _lost_or_found(
    assessment: Assessment, row: Row, before: _Before, touched: Mapping[str, Cause]
) -> set[str]:
    """The documents behind ``not_assessed(unreadable_documents)``, on whichever side it stands."""
    found: set[str] = set()
    if assessment.reason is Reason.UNREADABLE_DOCUMENTS:
        found |= {d for d, cause in touched.items() if cause is Cause.DOCUMENT_UNREADABLE}
    if row["reason"] == Reason.UNREADABLE_DOCUMENTS.value:
        found |= before.unreadable & touched.keys()
    return found


def _documents_of_moved_passages(assessment: Assessment, row: Row, before: _Before) -> set[str] | None:
    """Documents of the passages that left or joined; None when some passage's document is unknown."""
    moved = set(row["candidates"] or ()) ^ set(assessment.candidates)
    homes = {**before.passage_documents, **{p.passage_hash: p.document_id for p in assessment.search.nearest}}
    return None if moved - homes.keys() else {homes[passage] for passage in moved}


def _last_resort(found: _Found, assessment: Assessment, row: Row, touched: Mapping[str, Cause]) -> None:
    """Nothing of what was searched or judged with differs: what else can have moved the verdict?"""
    reasons = {assessment.reason, Reason(row["reason"]) if row["reason"] else None}
    if reasons.intersection(_OF_DOCUMENTS) and touched:
        found.blame(touched)
    elif reasons.intersection(_OF_THE_JUDGE):
        found.causes.add(Cause.MODEL)
    else:
        found.causes.add(Cause.TIME)


def _change(assessment: Assessment, row: Row | None, found: _Found) -> VerdictChange:
    return VerdictChange(
        framework_id=assessment.framework_id,
        requirement_id=assessment.requirement_id,
        from_verdict=Verdict(row["verdict"]) if row is not None else None,
        to_verdict=assessment.verdict,
        causes=tuple(sorted(found.causes, key=_ORDER.__getitem__)),
        document_ids=tuple(sorted(found.documents)),
    )
