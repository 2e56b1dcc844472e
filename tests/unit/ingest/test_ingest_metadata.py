from datetime import date
from pathlib import Path

import pytest

from radar_pipeline.ingest.kinds import declared_kind, kind_from_words, kind_of
from radar_pipeline.ingest.metadata import control_fields, find_date, meta_from_fields
from radar_pipeline.models import Kind, Status, Tenant


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2025-03-01", date(2025, 3, 1)),
        ("1 March 2024", date(2024, 3, 1)),
        ("March 1st, 2024", date(2024, 3, 1)),
        ("12 June 2026 (date of issue)", date(2026, 6, 12)),
        ("On renewal (6 November 2027)", date(2027, 11, 6)),
        ("31/12/2025", date(2025, 12, 31)),
        ("12/31/2025", date(2025, 12, 31)),
        ("March 2025", date(2025, 3, 31)),
        ("03/04/2025", None),
        ("Follow-up audit in Q1 2027", None),
        ("31 February 2025", None),
        ("annually", None),
        ("", None),
    ],
)
def test_a_date_is_read_or_stays_unknown(said: str, day: date | None) -> None:
    assert find_date(said, end_of_month=True) == day


def test_a_control_block_is_read_in_its_usual_forms() -> None:
    lines = control_fields(
        "Policy\n\nOwner: Jane Doe\n**Next review:** 2025-03-01\nEffective date: 1 March 2024\n"
    )
    assert lines == {"owner": "Jane Doe", "review": "2025-03-01", "effective": "1 March 2024"}
    row = control_fields("Version: 2.1; Status: Approved; Owner: Jane Doe")
    assert row == {"version": "2.1", "status": "Approved", "owner": "Jane Doe"}
    pairs = control_fields("Field: Owner; Value: Jane Doe\nField: Next review date; Value: 1 May 2026")
    assert pairs == {"owner": "Jane Doe", "review": "1 May 2026"}


def test_prose_far_below_is_no_control_block() -> None:
    assert control_fields("x\n" * 3_000 + "Owner: somebody") == {}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "Approved"}, Status.APPROVED),
        ({"status": "final"}, Status.APPROVED),
        ({"status": "DRAFT for review"}, Status.DRAFT),
        ({"status": "not approved"}, Status.DRAFT),
        ({"status": "Superseded by v2, approved 2020"}, Status.SUPERSEDED),
        ({"approved": "Board of Directors, 2025-12-11"}, Status.APPROVED),
        ({"approved": "____________"}, Status.UNKNOWN),
        ({"approved": "Head of IT"}, Status.UNKNOWN),
        ({"status": "green"}, Status.UNKNOWN),
        ({}, Status.UNKNOWN),
    ],
)
def test_a_status_is_what_the_document_says(fields: dict[str, str], status: Status) -> None:
    assert meta_from_fields(fields).status is status


def test_placeholders_are_unknown() -> None:
    meta = meta_from_fields({"owner": "TBD", "version": "____", "review": "n/a"})
    assert (meta.owner, meta.version, meta.review_by) == ("", "", None)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("information-security-policy", Kind.POLICY),
        ("Log Management Policy", Kind.POLICY),
        ("Minutes of the Policy Committee", Kind.RECORD),
        ("data-retention-schedule", Kind.RECORD),
        ("internal-audit-report-2026", Kind.AUDIT_REPORT),
        ("Data Processing Agreement", Kind.CONTRACT),
        ("Incident Response Plan", Kind.PROCEDURE),
        ("System Architecture", Kind.TECHNICAL),
        ("Regulation (EU) 2016/679", Kind.REGULATION),
        ("audit_report", Kind.AUDIT_REPORT),
        ("Thoughts", Kind.UNKNOWN),
    ],
)
def test_a_kind_is_named_by_its_head_noun(words: str, kind: Kind) -> None:
    assert kind_from_words(words) is kind


def test_the_tenant_speaks_first_then_the_document_then_its_name() -> None:
    tenant = Tenant("acme", "Acme", Path(), (), kinds={"contracts/*": Kind.CONTRACT, "*.log.md": Kind.RECORD})
    assert kind_of("contracts/policy.md", tenant, Kind.POLICY, "") is Kind.CONTRACT
    assert kind_of("deep/a.log.md", tenant, Kind.UNKNOWN, "") is Kind.RECORD
    assert kind_of("a-policy.md", tenant, Kind.TECHNICAL, "") is Kind.TECHNICAL
    assert kind_of("a-policy.md", tenant, Kind.UNKNOWN, "Some Procedure") is Kind.POLICY
    assert kind_of("x.md", tenant, Kind.UNKNOWN, "Some Procedure") is Kind.PROCEDURE
    assert kind_of("policies/x.md", tenant, Kind.UNKNOWN, "") is Kind.POLICY
    assert declared_kind("contracts/x.md", tenant) == "contract"
    assert declared_kind("x.md", tenant) == ""
