"""Two documents disagree when they say different things of the same subject – and only then."""

from radar_pipeline import ids
from radar_pipeline.judge.contradictions import between_documents
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
