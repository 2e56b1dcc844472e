from dataclasses import replace

import pytest
from report_builders import (
    AS_OF,
    TENANT,
    assessment,
    by_id,
    document,
    elements,
    evidence,
    requirement,
    unreadable,
)

from radar_pipeline.models import FindingState, FindingStatus, Stance, Verdict
from radar_pipeline.report.facts import Conflict
from radar_pipeline.report.findings import findings
from radar_pipeline.report.life import Scope, life, states
from radar_pipeline.report.rows import _finding

NEW, PERSISTING, RESOLVED, REGRESSED, SUPPRESSED = FindingStatus
OF = requirement()
DOCUMENTS = (document("doc-a"), document("doc-b"))
BLIND = findings(TENANT, by_id(OF), [assessment(OF, Verdict.NOT_ADDRESSED)], DOCUMENTS, AS_OF)


def before(status, finding=BLIND[0], times=1):
    return {finding.fingerprint: FindingState(finding, status, "sweep-1", times)}


def scope(given=None, documents=DOCUMENTS, frameworks=("gdpr",)):
    return Scope.of(frameworks, [given or assessment(OF)], documents)


@pytest.mark.parametrize(
    ("earlier", "is_there", "status", "event", "times"),
    [
        (None, True, NEW, NEW, 1),
        (NEW, True, PERSISTING, None, 1),
        (PERSISTING, True, PERSISTING, None, 1),
        (REGRESSED, True, PERSISTING, None, 1),
        (RESOLVED, True, REGRESSED, REGRESSED, 2),
        (SUPPRESSED, True, SUPPRESSED, None, 1),
        (NEW, False, RESOLVED, RESOLVED, 1),
        (PERSISTING, False, RESOLVED, RESOLVED, 1),
        (REGRESSED, False, RESOLVED, RESOLVED, 1),
        (SUPPRESSED, False, RESOLVED, RESOLVED, 1),
        (RESOLVED, False, RESOLVED, None, 1),
    ],
)
def test_the_life_of_a_finding(earlier, is_there, status, event, times):
    previous = before(earlier) if earlier else {}
    (state,), events = life(BLIND if is_there else [], previous, scope(), "sweep-2")
    assert (state.status, state.times_seen) == (status, times)
    assert state.first_seen_sweep == ("sweep-1" if earlier else "sweep-2")
    assert [e.event for e in events] == ([event] if event else [])
    assert all(e.sweep_id == "sweep-2" and e.fingerprint == state.finding.fingerprint for e in events)


def test_a_requirement_that_was_not_assessed_this_time_does_not_resolve_its_finding():
    (state,), events = life([], before(NEW), scope(assessment(OF, Verdict.NOT_ASSESSED)), "sweep-2")
    assert (state.status, events) == (PERSISTING, [])


def test_a_requirement_that_no_longer_applies_does():
    from report_builders import not_applicable

    (state,), _ = life([], before(NEW), scope(not_applicable(OF)), "sweep-2")
    assert state.status is RESOLVED


def test_a_sweep_of_another_framework_changes_nothing():
    assert life([], before(NEW), scope(frameworks=("soc2",)), "sweep-2") == ([], [])
    assert life(BLIND, {}, scope(frameworks=("soc2",)), "sweep-2") == ([], [])


def test_findings_on_documents_are_in_the_scope_of_every_sweep():
    stale = findings(TENANT, {}, [], [unreadable()], AS_OF)
    (state,), _ = life([], before(NEW, stale[0]), scope(frameworks=("soc2",)), "sweep-2")
    assert state.status is RESOLVED


def test_an_unreadable_document_does_not_resolve_what_it_said_wrong():
    given = assessment(OF, Verdict.CONTRADICTED, evidence=(evidence(OF, "doc-b", stance=Stance.CONTRADICTS),))
    (contradiction,) = findings(TENANT, by_id(OF), [given], DOCUMENTS, AS_OF)
    lost = (DOCUMENTS[0], unreadable("doc-b"))
    (state,), events = life([], before(NEW, contradiction), scope(documents=lost), "sweep-2")
    assert (state.status, events) == (PERSISTING, [])
    (state,), _ = life([], before(NEW, contradiction), scope(), "sweep-2")
    assert state.status is RESOLVED


def test_an_unreadable_document_is_no_longer_known_to_be_up_to_date():
    overdue = document("doc-a", review_by=AS_OF.replace(year=2020))
    (stale,) = findings(TENANT, {}, [], [overdue], AS_OF)
    (state,), _ = life([], before(NEW, stale), scope(documents=(unreadable("doc-a"),)), "sweep-2")
    assert state.status is PERSISTING


def test_a_disagreement_lives_on_while_a_document_cannot_be_read():
    (conflict,) = findings(TENANT, {}, [], DOCUMENTS, AS_OF, [Conflict("doc-a", "doc-b", "the deadline")])
    lost = (DOCUMENTS[0], unreadable("doc-b"))
    (state,), _ = life([], before(NEW, conflict), scope(documents=lost), "sweep-2")
    assert state.status is PERSISTING


@pytest.mark.parametrize("verdict", [Verdict.NOT_ADDRESSED, Verdict.CONTRADICTED])
def test_a_gap_does_not_count_as_mended_when_its_requirement_got_worse(verdict):
    (gap,) = findings(TENANT, by_id(OF), [assessment(OF, Verdict.PARTIAL)], DOCUMENTS, AS_OF)
    assert gap.element_id == "deadline-1"
    worse = assessment(OF, verdict, elements=elements(OF, missing=("deadline-1",)))
    (state,), _ = life([], before(NEW, gap), scope(worse), "sweep-2")
    assert state.status is PERSISTING
    mended = assessment(OF, verdict, elements=elements(OF))
    (state,), _ = life([], before(NEW, gap), scope(mended), "sweep-2")
    assert state.status is RESOLVED


def test_a_finding_that_stays_shows_todays_words():
    reworded = replace(BLIND[0], title="Other words")
    (state,), _ = life([reworded], before(NEW), scope(), "sweep-2")
    assert state.finding.title == "Other words"


def test_states_are_read_back_from_published_rows():
    state = FindingState(BLIND[0], REGRESSED, "sweep-1", 3)
    assert states([_finding(state)]) == {BLIND[0].fingerprint: state}
