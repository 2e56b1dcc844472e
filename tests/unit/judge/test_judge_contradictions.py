"""Two documents disagree when they say different things of the same subject – and only then."""

from dataclasses import replace

import pytest

from radar_pipeline import ids
from radar_pipeline.judge.contradictions import between_documents, told_once
from radar_pipeline.models import Kind, Passage, Requirement, Status

POLICY = "A personal data breach is notified to the supervisory authority within 72 hours."
PROCEDURE = "A personal data breach is notified to the supervisory authority within ten days."


def said(text: str, document: str, kind: Kind = Kind.POLICY, status: Status = Status.APPROVED) -> Passage:
    return Passage(ids.digest(text, document), document, "v1", 0, len(text), text, (), 0, kind, status)


def test_different_times_for_one_duty_are_a_conflict_with_both_values(breach: Requirement) -> None:
    (found,) = between_documents(breach, [said(POLICY, "a"), said(PROCEDURE, "b")])
    assert {found.document_id, found.other_document_id} == {"a", "b"}
    assert {found.value, found.other_value} == {"72 hours", "ten days"}


def test_a_finding_against_a_policy_is_a_conflict(breach: Requirement) -> None:
    finding = "No personal data breach had been notified to the supervisory authority."
    (found,) = between_documents(breach, [said(POLICY, "a"), said(finding, "b", Kind.AUDIT_REPORT)])
    assert (found.document_id, found.other_document_id) == ("a", "b")


def test_agreement_is_no_conflict(breach: Requirement) -> None:
    same = POLICY.replace("72 hours", "three days")
    assert between_documents(breach, [said(POLICY, "a"), said(same, "b")]) == []


def test_one_document_does_not_conflict_with_itself(breach: Requirement) -> None:
    assert between_documents(breach, [said(POLICY, "a"), said(PROCEDURE, "a")]) == []


def test_times_of_different_subjects_are_no_conflict(breach: Requirement) -> None:
    other = "Backups of the file server are kept for ten days."
    assert between_documents(breach, [said(POLICY, "a"), said(other, "b")]) == []


def test_a_draft_conflicts_with_nothing(breach: Requirement) -> None:
    draft = said(PROCEDURE, "b", status=Status.DRAFT)
    assert between_documents(breach, [said(POLICY, "a"), draft]) == []


def test_a_conflict_names_both_sentences_in_their_passages(breach: Requirement) -> None:
    longer = f"The plan was written by the security team in March. {PROCEDURE}"
    (found,) = between_documents(breach, [said(POLICY, "a"), said(longer, "b")])
    assert [found.first.quote, found.second.quote] == [POLICY, PROCEDURE]
    assert longer[found.second.start : found.second.end] == PROCEDURE


@pytest.mark.parametrize(
    ("one", "other"),
    [("30 days", "one month"), ("twelve months", "a year"), ("72 hours", "three days")],
)
def test_one_time_in_two_ways_is_no_conflict(breach: Requirement, one: str, other: str) -> None:
    texts = (POLICY.replace("72 hours", one), POLICY.replace("72 hours", other))
    assert between_documents(breach, [said(texts[0], "a"), said(texts[1], "b")]) == []


@pytest.mark.parametrize("kind", [Kind.RECORD, Kind.AUDIT_REPORT])
def test_the_time_told_of_an_event_is_no_conflict_with_the_limit(breach: Requirement, kind: Kind) -> None:
    for told in ("was notified", "must be notified, he said,"):
        event = f"The personal data breach {told} to the supervisory authority within 20 hours."
        assert between_documents(breach, [said(POLICY, "a"), said(event, "b", kind)]) == []


def test_an_overrun_that_an_audit_found_is_a_conflict_and_one_that_a_record_tells_is_none(
    breach: Requirement,
) -> None:
    late = "The personal data breach was notified to the supervisory authority after nine days."
    (found,) = between_documents(breach, [said(late, "b", Kind.AUDIT_REPORT), said(POLICY, "a")])
    assert (found.document_id, found.value, found.other_value) == ("a", "laid down", "found not kept")
    assert between_documents(breach, [said(late, "b", Kind.RECORD), said(POLICY, "a")]) == []


def test_a_report_that_denies_something_beside_the_rule_refutes_nothing(breach: Requirement) -> None:
    matter = "a personal data breach is notified to the supervisory authority"
    beside = f"The form had not been signed, by which {matter}."
    assert between_documents(breach, [said(POLICY, "a"), said(beside, "b", Kind.RECORD)]) == []


def test_times_of_two_acts_on_one_matter_are_no_conflict(breach: Requirement) -> None:
    told = "The data breach coordinator must notify customers in plain words within 72 hours."
    closed = "The board must notify insurer and bank of a personal data breach at suppliers within ten days."
    assert between_documents(breach, [said(told, "a"), said(closed, "b")]) == []


def test_two_contracts_may_agree_on_different_times(breach: Requirement) -> None:
    contracts = [said(POLICY, "a", Kind.CONTRACT), said(PROCEDURE, "b", Kind.CONTRACT)]
    assert between_documents(breach, contracts) == []
    assert between_documents(breach, [contracts[0], said(PROCEDURE, "b")]) != []


def test_a_plain_statement_in_a_document_of_unknown_kind_lays_nothing_down(breach: Requirement) -> None:
    assert between_documents(breach, [said(POLICY, "a"), said(PROCEDURE, "b", Kind.UNKNOWN)]) == []
    must = PROCEDURE.replace("is notified", "must be notified")
    assert between_documents(breach, [said(POLICY, "a"), said(must, "b", Kind.UNKNOWN)]) != []


def test_a_disagreement_is_told_once_on_the_requirement_it_speaks_of_most(breach: Requirement) -> None:
    (found,) = between_documents(breach, [said(POLICY, "a"), said(PROCEDURE, "b")])
    side = found.first
    weaker = replace(found, first=replace(side, strength=side.strength / 2))
    assert told_once([("r-1", True, weaker), ("r-2", True, found)]) == [("r-2", found)]
    assert told_once([("r-1", True, weaker), ("r-2", False, found)]) == [("r-1", weaker)]
    (repeated,) = between_documents(breach, [said(POLICY, "a"), said(f"Again: {PROCEDURE}", "b")])
    assert len(told_once([("r-1", True, found), ("r-2", True, repeated)])) == 1
    (another,) = between_documents(breach, [said(POLICY, "a"), said(PROCEDURE, "c")])
    assert len(told_once([("r-1", True, found), ("r-2", True, another)])) == 2
