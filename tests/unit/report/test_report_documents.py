"""Documents in findings and on the page: who owns them, which holds, what was not read, what is missing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from report_builders import AS_OF, TENANT, assessment, document, requirement, tables, unreadable
from test_report_site import Page

from radar_pipeline.ingest import metadata
from radar_pipeline.models import FindingKind, FindingStatus, Kind, Recommendation, Status, UnreadableReason
from radar_pipeline.report import document_findings
from radar_pipeline.report.facts import DocumentFacts
from radar_pipeline.report.findings import findings
from radar_pipeline.report.life import Scope, life, states
from radar_pipeline.report.site import words
from radar_pipeline.report.site.index.gaps import gaps
from radar_pipeline.report.site.index.portfolio import IndexExtras, Portfolio
from radar_pipeline.report.site.pages import render_tenant

OF = requirement()
NEW_VERSION = {"status": metadata.NEWER_VERSION}


def policy(document_id: str = "doc-a", **changes: Any) -> DocumentFacts:
    return document(document_id, title="Badge policy", kind=Kind.POLICY, **changes)


def found(*documents: DocumentFacts) -> list[tuple[FindingKind, str]]:
    return [(f.kind, f.document_id) for f in findings(TENANT, {}, [], documents, AS_OF)]


def page(*documents: DocumentFacts) -> Page:
    return Page(render_tenant(tables([OF], [assessment(OF)], documents)))


# ── Findings ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"kind": Kind.PROCEDURE}, True),
        ({"status": Status.UNKNOWN}, True),
        ({"owner": "Head of Sites"}, False),
        ({"status": Status.DRAFT}, False),
        ({"status": Status.SUPERSEDED}, False),
        *(({"kind": kind}, False) for kind in set(Kind) - {Kind.POLICY, Kind.PROCEDURE}),
        ({"title": "Privacy notice"}, False),
        ({"container": "doc-mail"}, False),
        ({"container": "doc-zip"}, True),
    ],
)
def test_a_rule_in_force_that_names_no_owner_is_told_and_nothing_else_is(
    changes: dict[str, Any], told: bool
) -> None:
    outer = [
        document(f"doc-{kind}", path=f"x.{suffix}", kind=Kind.RECORD)
        for kind, suffix in (("mail", "eml"), ("zip", "zip"))
    ]
    given = replace(policy(owner=""), **changes)
    assert found(given, *outer) == ([(FindingKind.OWNERLESS, "doc-a")] if told else [])


def test_an_old_version_beside_its_successor_is_for_retiring_and_for_nothing_else() -> None:
    old = policy(status=Status.SUPERSEDED, superseded_by="doc-b", owner="", read_from=NEW_VERSION)
    overdue = replace(old, review_by=date(2020, 1, 1))
    (finding,) = findings(TENANT, {}, [], [overdue, policy("doc-b")], AS_OF)
    assert (finding.kind, finding.recommendation) == (FindingKind.SUPERSEDED, Recommendation.RETIRE)
    assert "doc-a.md" in finding.advice and "doc-b.md" in finding.advice  # their titles are the same


def test_one_that_says_itself_that_it_was_replaced_needs_nothing() -> None:
    said = policy(status=Status.SUPERSEDED, superseded_by="doc-b", read_from={"status": metadata.FILE_NAME})
    assert found(said, policy("doc-b")) == []
    assert found(replace(said, superseded_by="")) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"path": "elsewhere/doc-b.pdf"}, True),
        ({"path": "doc-b.pdf"}, False),  # a document and its PDF
        ({"container": "doc-zip"}, False),
    ],
)
def test_a_copy_is_told_unless_it_belongs_beside_its_original(changes: dict[str, Any], told: bool) -> None:
    copy = replace(policy(duplicate_of="doc-b"), **changes)
    assert found(copy, policy("doc-b")) == ([(FindingKind.DUPLICATE, "doc-a")] if told else [])


def test_a_mostly_scanned_document_is_unreadable_and_a_partly_scanned_one_is_not() -> None:
    scan = policy(pages=4, scanned_pages=(1, 2, 3))
    (finding,) = findings(TENANT, {}, [], [scan], AS_OF)
    assert finding.kind is FindingKind.UNREADABLE and "RADAR_OCR=true" in finding.advice
    assert found(policy(pages=4, scanned_pages=(1, 2))) == []


@pytest.mark.parametrize(
    "given",
    [
        policy(owner=""),
        policy(superseded_by="doc-b", read_from=NEW_VERSION),
        policy(duplicate_of="doc-b"),
    ],
)
def test_a_finding_on_a_document_lives_while_it_is_true_and_ends_when_it_is_known_not_to_be(
    given: DocumentFacts,
) -> None:
    other = policy("doc-b")

    def next_(previous: Any, *documents: DocumentFacts) -> Any:
        current = findings(TENANT, {}, [], documents, AS_OF)
        known, _ = life(current, previous, Scope.of((), (), iter(documents)), "sweep")
        return {s.finding.fingerprint: s for s in known}

    def status(known: Any) -> FindingStatus:
        (state,) = (s for s in known.values() if s.finding.document_id == "doc-a" and s.finding.kind is kind)
        return state.status

    first = next_({}, given, other)
    (kind,) = (s.finding.kind for s in first.values())
    assert status(first) is FindingStatus.NEW
    assert status(next_(first, given, other)) is FindingStatus.PERSISTING
    mended = next_(first, policy(), other)
    assert status(mended) is FindingStatus.RESOLVED
    assert status(next_(mended, given, other)) is FindingStatus.REGRESSED
    assert status(next_(first, other)) is FindingStatus.RESOLVED  # it was removed
    lost = unreadable("doc-a") if kind is FindingKind.OWNERLESS else policy()
    assert status(next_(first, lost, unreadable("doc-b"))) is FindingStatus.PERSISTING


# ── The page ──────────────────────────────────────────────────────────────────────────────────


def test_the_list_says_what_is_known_and_where_it_was_read() -> None:
    places = {"document_version": "x", "version": "file_name", "owner": "control_block", "language": "text"}
    given = policy(
        version="3.1",
        author="Jo Doe",
        approved_by="The board",
        approved_on=date(2026, 1, 2),
        language="sv",
        read_from=places,
    )
    text = page(given).text
    for said in ("version 3.1", "Jo Doe", "The board", "2 January 2026", "Swedish", "1 January 2026"):
        assert said in text
    assert "3.1 from the name of its file or folder" in text
    assert "Head of Security from its control block" in text and "Swedish from its text" in text


def test_old_versions_copies_and_contents_link_to_the_other_document() -> None:
    found_ = page(
        policy("doc-a", status=Status.SUPERSEDED, superseded_by="doc-b", read_from=NEW_VERSION),
        policy("doc-b"),
        policy("doc-c", duplicate_of="doc-b"),
        policy("doc-d", container="doc-e"),
        document("doc-e", title="", path="in/mail.eml"),
        policy("doc-f", container="doc-gone"),
    )
    assert "Superseded by Badge policy (doc-b.md)" in found_.text  # a name alone would be its own
    assert "A copy of Badge policy (doc-b.md)" in found_.text
    assert "in mail.eml" in found_.text and "a document that is gone" in found_.text
    assert "1 old version lies beside its successor" in found_.text and "1 document is a copy" in found_.text
    links = [link for link in found_.links if link.startswith("#d-")]
    assert len(links) == 3 and set(links) <= {f"#{i}" for i in found_.ids}


def test_a_successor_of_the_same_name_is_told_apart_by_its_version_and_another_by_its_name() -> None:
    old = policy("doc-a", version="1", superseded_by="doc-b", status=Status.SUPERSEDED, read_from=NEW_VERSION)
    assert "Superseded by Badge policy (version 2):" in page(old, policy("doc-b", version="2")).text
    other = replace(policy("doc-b", version="2"), title="Site policy")
    assert "Superseded by Site policy:" in page(old, other).text


def test_pages_that_are_pictures_are_named() -> None:
    text = page(policy(pages=9, scanned_pages=(3, 4), ocr_pages=(7,))).text
    assert "Pages 3–4 are pictures and were not read." in text
    assert "Page 7 is a picture whose text a program recognised (OCR)." in text
    assert "could not be read" not in text and "text recognition" not in text


@pytest.mark.parametrize(
    "given", [policy(pages=3, scanned_pages=(1, 2)), unreadable("doc-a", UnreadableReason.NEEDS_OCR)]
)
def test_a_document_of_pictures_is_told_at_the_head_of_the_page(given: DocumentFacts) -> None:
    text = page(given, policy("doc-b")).text
    assert text.index("1 document needs text recognition") < text.index("The gravest")
    assert "1 document could not be read" in text and "RADAR_OCR=true" in text


def test_removals_that_are_held_are_told_at_the_head_of_the_page() -> None:
    since = datetime(2026, 11, 22, 1, 2, tzinfo=UTC)
    gone = [policy(f"doc-{n}", missing_since=since) for n in range(2)]
    text = page(*gone, policy("doc-x")).text
    assert text.index("2 of 3 documents are missing from the source") < text.index("The gravest")
    assert "22 November 2026, 01:02 UTC" in text and "Nothing was removed" in text
    assert f"radar documents confirm-removals {TENANT}" in text
    assert "missing from the source" not in page(policy()).text


def test_every_place_and_every_chore_has_words() -> None:
    assert set(words.PLACES) == set(metadata.PLACES)
    assert document_findings.NEWER_VERSION == metadata.NEWER_VERSION
    chores = {FindingKind.OWNERLESS, FindingKind.SUPERSEDED, FindingKind.DUPLICATE, FindingKind.INJECTION}
    assert set(words.CHORES) == chores


def test_the_index_counts_what_needs_recognition_among_what_was_not_read() -> None:
    made = tables([OF], [assessment(OF)], [policy(pages=2, scanned_pages=(1, 2)), policy("doc-b")])
    (gap,) = gaps(Portfolio(made, IndexExtras())).tenants
    assert gap.unreadable == [(1, "made of pictures of pages")]


@pytest.mark.parametrize(("pages", "said"), [((), ""), ((3,), "3"), ((1, 2, 3, 7, 9, 10), "1–3, 7, 9–10")])
def test_page_numbers_are_told_as_ranges(pages: tuple[int, ...], said: str) -> None:
    assert words.ranges(pages) == said


def test_states_of_the_new_kinds_survive_being_published() -> None:
    made = tables([OF], [assessment(OF)], [policy(owner=""), policy("doc-b", duplicate_of="doc-a")])
    kinds = {s.finding.kind for s in states(made["findings"]).values()}
    assert {FindingKind.OWNERLESS, FindingKind.DUPLICATE} <= kinds
