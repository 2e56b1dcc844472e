from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from report_builders import (
    AS_OF,
    TENANT,
    assessment,
    by_id,
    document,
    elements,
    evidence,
    not_applicable,
    requirement,
    search,
    unreadable,
)

from radar_pipeline.models import (
    FindingKind,
    Kind,
    Limit,
    Passage,
    Recommendation,
    Role,
    Stance,
    Status,
    UnreadableReason,
    Verdict,
)
from radar_pipeline.report import advice
from radar_pipeline.report.facts import Conflict
from radar_pipeline.report.findings import findings
from radar_pipeline.sweep.disputes import disputes

POLICY = document("doc-b", title="Security policy", kind=Kind.POLICY)
PROCEDURE = document("doc-a")
AUDIT = document("doc-audit", title="Internal audit 2026", kind=Kind.AUDIT_REPORT)


def found(given, documents=(PROCEDURE, POLICY), conflicts=(), of=None):
    return findings(TENANT, by_id(of or requirement()), [given], documents, AS_OF, conflicts)


def test_a_covered_requirement_gives_no_finding():
    assert found(assessment(requirement())) == []


@pytest.mark.parametrize(
    "given", [assessment(requirement(), Verdict.NOT_ASSESSED), not_applicable(requirement())]
)
def test_what_was_not_assessed_or_does_not_apply_gives_no_finding(given):
    assert found(given) == []


def test_a_blindspot_is_told_where_the_rule_belongs_and_what_it_must_say():
    (finding,) = found(assessment(requirement(), Verdict.NOT_ADDRESSED))
    assert (finding.kind, finding.severity) == (FindingKind.BLINDSPOT, 5)
    assert (finding.recommendation, finding.document_id) == (Recommendation.AMEND, "doc-a")
    assert finding.advice.startswith(
        "Add to “Incident response procedure”: who must notify the supervisory authority"
    )
    assert "by when (within 72 hours of becoming aware)" in finding.advice


def test_a_blindspot_with_no_document_of_the_expected_kind_near_asks_for_a_new_one():
    (finding,) = found(assessment(requirement(), Verdict.NOT_ADDRESSED), documents=(POLICY,))
    assert (finding.recommendation, finding.document_id) == (Recommendation.CREATE, "")
    assert finding.advice.startswith("Write a personal data breach procedure that says who must notify")


def test_a_document_of_the_right_kind_about_something_else_is_not_near():
    far = assessment(requirement(), Verdict.NOT_ADDRESSED, search=search("doc-a", dense=0.2))
    assert found(far)[0].recommendation is Recommendation.CREATE


def test_the_document_that_bears_the_expected_name_is_the_one_to_amend():
    namesake = document("doc-n", title="Procedure for a personal data breach", kind=Kind.POLICY)
    (finding,) = found(assessment(requirement(), Verdict.NOT_ADDRESSED), documents=(PROCEDURE, namesake))
    assert finding.document_id == "doc-n"


def test_nobody_is_told_to_amend_a_superseded_document():
    old = replace(PROCEDURE, status=Status.SUPERSEDED)
    (finding,) = found(assessment(requirement(), Verdict.NOT_ADDRESSED), documents=(old,))
    assert finding.recommendation is Recommendation.CREATE


def test_each_missing_element_of_a_partial_is_a_gap_one_step_less_grave():
    of = requirement()
    given = assessment(of, Verdict.PARTIAL, elements=elements(of, missing=("actor-1", "deadline-1")))
    gaps = found(given)
    assert {g.element_id for g in gaps} == {"actor-1", "deadline-1"}
    assert {(g.kind, g.severity, g.recommendation) for g in gaps} == {
        (FindingKind.GAP, 4, Recommendation.AMEND)
    }
    assert len({g.fingerprint for g in gaps}) == 2


def test_a_partial_whose_elements_all_seem_met_still_gives_a_gap():
    of = requirement(importance=1)
    (gap,) = found(assessment(of, Verdict.PARTIAL, elements=()), of=of)
    assert (gap.element_id, gap.severity) == ("", 1)


def test_a_contradiction_is_amended_in_the_document_that_contradicts():
    of = requirement()
    quotes = (evidence(of, "doc-b", stance=Stance.CONTRADICTS), evidence(of, "doc-a", score=0.99))
    (finding,) = found(assessment(of, Verdict.CONTRADICTED, evidence=quotes))
    assert (finding.kind, finding.severity) == (FindingKind.CONTRADICTION, 5)
    assert (finding.recommendation, finding.document_id) == (Recommendation.AMEND, "doc-b")
    assert finding.advice.startswith("Change “Security policy”")


def test_what_an_audit_refutes_needs_proof_and_not_another_sentence():
    of = requirement()
    quotes = (evidence(of, "doc-audit", stance=Stance.CONTRADICTS), evidence(of, "doc-b"))
    (finding,) = found(
        assessment(of, Verdict.CONTRADICTED, evidence=quotes), documents=(PROCEDURE, POLICY, AUDIT)
    )
    assert finding.recommendation is Recommendation.OBTAIN_EVIDENCE
    assert "“Internal audit 2026” found against what “Security policy” says" in finding.advice


def test_two_documents_that_disagree_are_one_finding_whichever_is_named_first():
    one = Conflict("doc-a", "doc-b", "the deadline for reporting", "72 hours", "5 days")
    other = Conflict("doc-b", "doc-a", "the deadline for reporting", "5 days", "72 hours")
    (finding,) = found(assessment(requirement()), conflicts=(one, other))
    assert finding.recommendation is Recommendation.RESOLVE_CONFLICT
    assert "72 hours or 5 days" in finding.title
    assert "“Incident response procedure” or “Security policy”" in finding.advice


@pytest.mark.parametrize("kind", [Kind.AUDIT_REPORT, Kind.RECORD])
@pytest.mark.parametrize("sides", [("doc-a", "doc-audit"), ("doc-audit", "doc-a")])
def test_nobody_is_told_to_amend_an_audit_report_or_a_record(sides, kind):
    conflict = Conflict(*sides, "the deadline for reporting")
    documents = (PROCEDURE, POLICY, replace(AUDIT, kind=kind))
    (finding,) = found(assessment(requirement()), documents=documents, conflicts=(conflict,))
    assert "See what “Internal audit 2026” found" in finding.advice
    assert finding.advice.endswith("or change “Incident response procedure”.")


SAYS = "A personal data breach is notified to the supervisory authority within {}."


def disputed(texts, of, *asked):
    """What the sweep makes of two policies that say different things."""
    said = [SAYS.format("72 hours"), SAYS.format("ten days")]
    passages = {
        f"p-doc-{name}": Passage(f"p-doc-{name}", f"doc-{name}", f"v-{name}", 6, 6 + len(text), text, (), 0,
                                 Kind.POLICY, Status.APPROVED)
        for name, text in zip("ab", said, strict=True)
    }  # fmt: skip
    texts = {f"v-{name}": f"Start {text}" for name, text in zip("ab", texts or said, strict=True)}
    framework = SimpleNamespace(requirements=of)
    desk = SimpleNamespace(
        plan=SimpleNamespace(frameworks={"gdpr": framework}), passages=passages, text=texts.get, paths={}
    )
    return disputes(desk, asked)


def test_a_conflict_brings_both_its_sentences_literally_and_only_once():
    one, other = requirement(), requirement("Art. 33(2)", title="Another")
    conflicts, proven = disputed(None, (one, other), assessment(one), assessment(other))
    assert len(conflicts) == 1
    (sided,) = [a for a in proven if a.requirement_id == conflicts[0].requirement_id]
    sides = [e for e in sided.evidence if e.stance is Stance.CONFLICTS]
    assert {(e.document_id, e.version_id, e.quote) for e in sides} == {
        ("doc-a", "v-a", SAYS.format("72 hours")),
        ("doc-b", "v-b", SAYS.format("ten days")),
    }
    assert all(e.start == 6 and e.end == 6 + len(e.quote) for e in sides)
    assert sum(len(a.evidence) for a in proven) == 2 + 2  # each verdict's own quote, and the two sides


def test_a_conflict_of_which_a_sentence_cannot_be_shown_is_not_reported():
    of = requirement()
    given = assessment(of)
    assert disputed([SAYS.format("72 hours"), "something else"], (of,), given) == ([], [given])


def test_a_conflict_on_a_requirement_has_its_framework_and_weight():
    of = requirement(importance=2)
    conflict = Conflict("doc-a", "doc-b", "the deadline", requirement_id=of.requirement_id)
    (finding,) = found(assessment(of), conflicts=(conflict,), of=of)
    assert (finding.framework_id, finding.severity) == ("gdpr", 2)


@pytest.mark.parametrize(("review_by", "stale"), [(date(2026, 11, 21), True), (AS_OF, False), (None, False)])
def test_a_document_is_stale_the_day_after_its_review_date(review_by, stale):
    result = found(assessment(requirement()), documents=(replace(PROCEDURE, review_by=review_by),))
    assert [f.kind for f in result] == ([FindingKind.STALE] if stale else [])
    if stale:
        assert result[0].recommendation is Recommendation.REFRESH
        assert "21 November 2026" in result[0].advice


def test_a_superseded_document_is_not_stale():
    old = replace(PROCEDURE, review_by=date(2020, 1, 1), status=Status.SUPERSEDED)
    assert found(assessment(requirement()), documents=(old,)) == []


def test_a_picture_is_listed_and_is_no_finding():
    given = (unreadable(reason=UnreadableReason.NOT_TEXT),)
    assert found(assessment(requirement()), documents=given) == []


@pytest.mark.parametrize("reason", [r for r in UnreadableReason if r is not UnreadableReason.NOT_TEXT])
def test_an_unreadable_document_is_a_finding_with_its_remedy(reason):
    (finding,) = found(assessment(requirement()), documents=(unreadable(reason=reason),))
    assert (finding.kind, finding.recommendation) == (FindingKind.UNREADABLE, Recommendation.OBTAIN_EVIDENCE)
    assert advice.REMEDIES[reason][1] in finding.advice


def test_a_fingerprint_does_not_depend_on_anything_but_what_it_names():
    of = requirement()
    reworded = replace(of, title="Other words", importance=1)
    first = findings(TENANT, by_id(of), [assessment(of, Verdict.NOT_ADDRESSED)], (PROCEDURE,), AS_OF)
    second = findings(TENANT, by_id(reworded), [assessment(of, Verdict.NOT_ADDRESSED)], (), date(2030, 1, 1))
    other = findings("other-tenant", by_id(of), [assessment(of, Verdict.NOT_ADDRESSED)], (), AS_OF)
    assert first[0].fingerprint == second[0].fingerprint != other[0].fingerprint


def test_findings_hold_no_sentence_of_a_document():
    of = requirement()
    given = assessment(
        of, Verdict.CONTRADICTED, explanation="SECRET", evidence=(evidence(of, quote="SECRET"),)
    )
    assert all("SECRET" not in f.title + f.advice for f in found(given))


def test_the_gravest_come_first():
    light, grave = requirement("Art. 1", importance=1), requirement("Art. 2", importance=5)
    given = [assessment(r, Verdict.NOT_ADDRESSED) for r in (light, grave)]
    assert [f.severity for f in findings(TENANT, by_id(light, grave), given, (), AS_OF)] == [5, 1]


def test_a_deadlines_number_is_told_once():
    of = requirement()
    worded = replace(of.elements[2], text="by the agreed date", limit=Limit(30, "days"))
    assert "by the agreed date, at most 30 days" in advice.for_gap(of, worded, "“X”")
    said = replace(of.elements[2], text="within one month", limit=Limit(1, "months"))
    assert advice.for_gap(of, said, "“X”").endswith("within one month.")


@pytest.mark.parametrize("role", list(Role))
def test_advice_on_a_gap_names_the_element_and_the_document(role):
    of = requirement()
    element = replace(of.elements[0], role=role, text="the missing thing")
    text = advice.for_gap(of, element, "“X”")
    assert "“X”" in text and "the missing thing" in text
