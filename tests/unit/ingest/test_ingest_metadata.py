from datetime import date
from pathlib import Path

import pytest

from radar_pipeline.ingest.kinds import declared_kind, kind_from_words, with_kind
from radar_pipeline.ingest.metadata import (
    FILE_PROPERTIES,
    HEADING,
    control_fields,
    find_date,
    meta_from_fields,
)
from radar_pipeline.ingest.titles import first_title
from radar_pipeline.models import DocumentMeta, Kind, Status, Tenant


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
        ("03.04.2025", date(2025, 4, 3)),
        ("Review by: 12.06.2025", date(2025, 6, 12)),
        ("06.13.2025", None),
        ("12. Juni 2025", date(2025, 6, 12)),
        ("1. März 2025", date(2025, 3, 1)),
        ("Oktober 2025", date(2025, 10, 31)),
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


@pytest.mark.parametrize("mark", [" | ", "; ", "\t", "   "])
def test_a_field_ends_where_the_next_begins_known_or_not(mark: str) -> None:
    said = ("Policy owner: Head of IT", "Last reviewed: 3 May 2023", "Next review due: 4 May 2024")
    meta = meta_from_fields(control_fields(mark.join(said)))
    assert (meta.owner, meta.review_by, meta.effective_date) == ("Head of IT", date(2024, 5, 4), None)


def test_a_date_behind_an_approver_is_that_of_the_approval() -> None:
    meta = meta_from_fields(control_fields("Approved by: Board of Directors | Date: 3 May 2026"))
    assert (meta.approved_by, meta.approved_on) == ("Board of Directors", date(2026, 5, 3))


def test_a_control_table_whose_first_field_was_taken_for_its_header_is_read() -> None:
    rows = "Version: Owner; 1.0 (draft): COO\nVersion: Next review; 1.0 (draft): 3 May 2027"
    meta = meta_from_fields(control_fields(rows))
    assert (meta.version, meta.owner, meta.review_by) == ("1.0", "COO", date(2027, 5, 3))
    assert meta.status is Status.DRAFT
    other = meta_from_fields(control_fields("Owner: Version; COO: 1.0\nOwner: Class; COO: internal"))
    assert (other.owner, other.version) == ("COO", "1.0")


@pytest.mark.parametrize(
    "rows",
    [
        "Status: Approved; Remark: old\nStatus: Draft; Remark: new",
        "Owner: Ann; Version: 1\nOwner: Review; Version: 2",
        "Version: A; Topic: keys\nVersion: Owner; Topic: locks\nVersion: B; Topic: doors",
    ],
)
def test_a_register_is_no_control_table(rows: str) -> None:
    meta = meta_from_fields(control_fields(rows))
    assert (meta.owner, meta.version, meta.status) == ("", "", Status.UNKNOWN)


@pytest.mark.parametrize(
    ("head", "version", "status"),
    [
        ("Version: 0.9 DRAFT", "0.9", Status.DRAFT),
        ("Version: 1 - DRAFT", "1", Status.DRAFT),
        ("Version 1 - DRAFT", "1", Status.DRAFT),
        ("Version 0.9 draft", "0.9", Status.DRAFT),
        ("Version: 1.0 (draft)", "1.0", Status.DRAFT),
        ("Version: 1.0 (draft)\nStatus: Approved", "1.0", Status.APPROVED),
        ("Version: Final", "", Status.UNKNOWN),
        ("Version: 2.0 (final)", "2.0", Status.UNKNOWN),
        ("Version 2026-03. Last updated 3 May 2026.", "2026-03", Status.UNKNOWN),
        ("Version 1.4, owner: Head of IT", "1.4", Status.UNKNOWN),
        ("Draft", "", Status.UNKNOWN),
    ],
)
def test_a_version_is_read_beside_what_else_its_line_says(head: str, version: str, status: Status) -> None:
    meta = meta_from_fields(control_fields(f"Badge policy\n\n{head}\n"))
    assert (meta.version, meta.status) == (version, status)


def test_a_german_control_block_is_read() -> None:
    head = """Version: 1.2
Verantwortlich: Leiter IT
Gültig ab: 12. Juni 2025
Nächste Überprüfung: 1. März 2027
Freigegeben von: Vorstand
Freigegeben am: 01.06.2025
Status: {}
"""
    meta = meta_from_fields(control_fields(head.format("Freigegeben")))
    assert (meta.version, meta.owner, meta.approved_by) == ("1.2", "Leiter IT", "Vorstand")
    assert (meta.effective_date, meta.review_by) == (date(2025, 6, 12), date(2027, 3, 1))
    assert (meta.approved_on, meta.status) == (date(2025, 6, 1), Status.APPROVED)
    assert meta_from_fields(control_fields(head.format("Entwurf"))).status is Status.DRAFT
    assert meta_from_fields(control_fields("Eigentümer: Leiter IT")).owner == "Leiter IT"


@pytest.mark.parametrize(
    "heading",
    [
        *("1 Subject", "1. Scope", "2.1 Access", "§ 3 Pflichten", "Article 1", "Art. 4 – Duties", "Clause 7"),
        *("I. Definitions", "Section 2: Keys", "Contents", "Table of Contents", "Introduction", "Sign in"),
        *("Document control", "1", "Microsoft Word - x.doc", "Untitled", "Document1", "policy.docx", ""),
    ],
)
def test_the_heading_of_a_section_names_no_document(heading: str) -> None:
    assert meta_from_fields({}, title=heading).title == ""
    called = meta_from_fields({}, title=heading, otherwise="Supplier Contract")
    assert (called.title, called.read_from["title"]) == ("Supplier Contract", FILE_PROPERTIES)


@pytest.mark.parametrize(
    "heading",
    ["Supplier Contract", "2026 Plan", "Clauses", "Articles of association", "365 days", "5G use"],
)
def test_another_heading_does(heading: str) -> None:
    called = meta_from_fields({}, title=heading, otherwise="Something else")
    assert (called.title, called.read_from["title"]) == (heading, HEADING)


def test_the_title_follows_what_stands_before_every_title() -> None:
    assert first_title(first_title("", "Document control"), "Badge policy") == "Badge policy"
    assert first_title(first_title("", "Badge policy"), "Document control") == "Badge policy"
    assert first_title(first_title("", "1 Scope"), "Keys") == "1 Scope"  # and so no title: a section's


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

    def kind_of(path: str, said: Kind, title: str = "") -> Kind:
        return with_kind(DocumentMeta(title=title, kind=said), path, tenant).kind

    assert kind_of("contracts/policy.md", Kind.POLICY) is Kind.CONTRACT
    assert kind_of("deep/a.log.md", Kind.UNKNOWN) is Kind.RECORD
    assert kind_of("a-policy.md", Kind.TECHNICAL) is Kind.TECHNICAL
    assert kind_of("a-policy.md", Kind.UNKNOWN, "Some Procedure") is Kind.POLICY
    assert kind_of("x.md", Kind.UNKNOWN, "Some Procedure") is Kind.PROCEDURE
    assert kind_of("policies/x.md", Kind.UNKNOWN) is Kind.POLICY
    assert declared_kind("contracts/x.md", tenant) == "contract"
    assert declared_kind("x.md", tenant) == ""
