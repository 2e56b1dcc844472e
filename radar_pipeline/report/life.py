"""The life of findings across published sweeps: new, persisting, resolved, regressed.

A finding ends only when the truth is known to have changed. What this sweep did not look at, or
could not, keeps its findings: losing sight of a weakness must not look like mending it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from radar_pipeline.models import (
    Applicability,
    Assessment,
    ElementStatus,
    Finding,
    FindingKind,
    FindingState,
    FindingStatus,
    Recommendation,
    Verdict,
)
from radar_pipeline.report.facts import DocumentFacts

_CLOSED = (ElementStatus.MET, ElementStatus.NOT_NEEDED)
_WORSE_THAN_PARTIAL = (Verdict.NOT_ADDRESSED, Verdict.CONTRADICTED)
_TOLD_BY_ITS_DOCUMENT = (
    FindingKind.CONTRADICTION,
    FindingKind.STALE,
    FindingKind.OWNERLESS,
    FindingKind.INJECTION,
)
_TOLD_BY_TWO = (FindingKind.SUPERSEDED, FindingKind.DUPLICATE)


@dataclass(frozen=True, slots=True)
class FindingEvent:
    """One step in a finding's life: a row of ``finding_events``."""

    tenant_id: str
    framework_id: str
    fingerprint: str
    sweep_id: str
    event: FindingStatus  # new, resolved, regressed or suppressed


@dataclass(frozen=True, slots=True)
class Scope:
    """What a sweep saw, as far as it decides whether an earlier finding may end."""

    frameworks: frozenset[str]
    unknown: frozenset[str]  # applicable requirements that were not assessed this time
    worsened: Mapping[str, frozenset[str]]  # no longer even partial -> its elements with support
    unreadable: frozenset[str]  # documents
    listed: frozenset[str]  # documents, read or not

    @classmethod
    def of(
        cls,
        frameworks: Collection[str],
        assessments: Iterable[Assessment],
        documents: Iterable[DocumentFacts],
    ) -> "Scope":
        """The scope of a sweep over ``frameworks`` with these results."""
        documents = list(documents)
        applicable = [a for a in assessments if a.applicability is not Applicability.NOT_APPLICABLE]
        return cls(
            frameworks=frozenset(frameworks),
            unknown=frozenset(a.requirement_id for a in applicable if a.verdict is Verdict.NOT_ASSESSED),
            worsened={
                a.requirement_id: frozenset(e.element_id for e in a.elements if e.status in _CLOSED)
                for a in applicable
                if a.verdict in _WORSE_THAN_PARTIAL
            },
            unreadable=frozenset(d.document_id for d in documents if d.hides_text),
            listed=frozenset(d.document_id for d in documents),
        )

    def covers(self, finding: Finding) -> bool:
        """Whether the sweep may change the finding's state: findings on documents always."""
        return not finding.framework_id or finding.framework_id in self.frameworks

    def keeps(self, finding: Finding) -> bool:
        """Whether a finding that did not come back lives on, its truth being unknown or unmended."""
        if finding.requirement_id in self.unknown:
            return True
        if finding.kind in _TOLD_BY_ITS_DOCUMENT and finding.document_id in self.unreadable:
            return True
        if finding.kind in _TOLD_BY_TWO and self.unreadable and finding.document_id in self.listed:
            return True  # the other one may be among what could not be read
        if finding.kind is FindingKind.CONFLICT and self.unreadable:
            return True  # either side may be among what could not be read
        if finding.kind is FindingKind.GAP and finding.requirement_id in self.worsened:
            # Worse than partial is no progress: the gap is as open as it was.
            return finding.element_id not in self.worsened[finding.requirement_id]
        return False


def life(
    current: Sequence[Finding], previous: Mapping[str, FindingState], scope: Scope, sweep_id: str
) -> tuple[list[FindingState], list[FindingEvent]]:
    """States of all findings in scope after this sweep, and the events that led there.

    ``previous``: states by fingerprint as last published (see ``states``), resolved ones included,
    so that a return is known as a regression. Findings of frameworks that were not swept are left
    out of the answer: their rows stay as they are.
    """
    states_: list[FindingState] = []
    events: list[FindingEvent] = []
    seen = set()
    for finding in current:
        if not scope.covers(finding):
            continue
        seen.add(finding.fingerprint)
        state = _present(finding, previous.get(finding.fingerprint), sweep_id)
        states_.append(state)
        if state.status in (FindingStatus.NEW, FindingStatus.REGRESSED):
            events.append(_event(finding, sweep_id, state.status))
    for fingerprint in sorted(set(previous) - seen):
        before = previous[fingerprint]
        if not scope.covers(before.finding):
            continue
        state = _absent(before, scope)
        states_.append(state)
        if state.status is FindingStatus.RESOLVED and before.status is not FindingStatus.RESOLVED:
            events.append(_event(before.finding, sweep_id, state.status))
    return states_, events


def _present(finding: Finding, before: FindingState | None, sweep_id: str) -> FindingState:
    if before is None:
        return FindingState(finding, FindingStatus.NEW, sweep_id, 1)
    if before.status is FindingStatus.RESOLVED:
        return replace(
            before, finding=finding, status=FindingStatus.REGRESSED, times_seen=before.times_seen + 1
        )
    if before.status is FindingStatus.SUPPRESSED:
        return replace(before, finding=finding)
    return replace(before, finding=finding, status=FindingStatus.PERSISTING)


def _absent(before: FindingState, scope: Scope) -> FindingState:
    if before.status is FindingStatus.RESOLVED:
        return before
    if scope.keeps(before.finding):
        suppressed = before.status is FindingStatus.SUPPRESSED
        return before if suppressed else replace(before, status=FindingStatus.PERSISTING)
    return replace(before, status=FindingStatus.RESOLVED)


def _event(finding: Finding, sweep_id: str, event: FindingStatus) -> FindingEvent:
    return FindingEvent(finding.tenant_id, finding.framework_id, finding.fingerprint, sweep_id, event)


def states(rows: Iterable[Mapping[str, Any]]) -> dict[str, FindingState]:
    """States by fingerprint from the published rows of ``findings``."""
    return {row["fingerprint"]: _state(row) for row in rows}


def _state(row: Mapping[str, Any]) -> FindingState:
    finding = Finding(
        fingerprint=row["fingerprint"],
        tenant_id=row["tenant_id"],
        framework_id=row["framework_id"] or "",
        requirement_id=row["requirement_id"] or "",
        element_id=row["element_id"] or "",
        document_id=row["document_id"] or "",
        kind=FindingKind(row["kind"]),
        severity=row["severity"],
        title=row["title"],
        recommendation=Recommendation(row["recommendation"]),
        advice=row["advice"],
    )
    return FindingState(finding, FindingStatus(row["status"]), row["first_seen_sweep"], row["times_seen"])
