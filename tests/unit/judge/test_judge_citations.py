"""A quote carries a verdict only if it stands, letter by letter, in the version as it is now."""

from dataclasses import replace

import pytest

from radar_pipeline.judge.citations import bind, needs_review
from radar_pipeline.models import (
    Citation,
    ElementJudgement,
    ElementStatus,
    Judgement,
    Kind,
    Passage,
    Reason,
    Stance,
    Status,
    Verdict,
)

TEXT = "Title\n\nWe notify the authority. We do it within two days."
ONE, TWO = "We notify the authority.", "We do it within two days."


def passage(start: int = 7, version: str = "v1") -> Passage:
    text = TEXT[7:]
    return Passage(
        "p1", "doc-1", version, start, start + len(text), text, ("Breaches",), 3, Kind.POLICY, Status.APPROVED
    )


def quote(text: str, element: str, stance: Stance = Stance.SUPPORTS) -> Citation:
    start = TEXT[7:].index(text)
    return Citation("p1", start, start + len(text), text, stance, (element,), 0.9)


def judged(verdict: Verdict, *citations: Citation) -> Judgement:
    elements = tuple(ElementJudgement(e, ElementStatus.MET, 0.9) for e in ("action-1", "deadline-1"))
    return Judgement(verdict, 0.9, {}, elements, citations, "")


def test_a_literal_quote_becomes_evidence_at_the_documents_offsets() -> None:
    found = bind(judged(Verdict.COVERED, quote(ONE, "action-1")), {"p1": passage()}, lambda _: TEXT)
    verdict, reason, (evidence,) = found
    assert (verdict, reason) == (Verdict.COVERED, None)
    assert TEXT[evidence.start : evidence.end] == evidence.quote == ONE
    assert (evidence.page, evidence.heading_path) == (3, ("Breaches",))


def test_the_same_passage_elsewhere_in_a_new_version_is_found_there() -> None:
    moved = "New first line.\n\n" + TEXT[7:]
    _, _, (evidence,) = bind(
        judged(Verdict.COVERED, quote(ONE, "action-1")), {"p1": passage(17, "v2")}, lambda _: moved
    )
    assert moved[evidence.start : evidence.end] == ONE
    assert evidence.version_id == "v2"


@pytest.mark.parametrize("verdict", [Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED])
def test_no_verified_quote_no_verdict(verdict: Verdict) -> None:
    altered = replace(quote(ONE, "action-1"), quote="We notify the Authority.")
    opposed = replace(altered, stance=Stance.CONTRADICTS)
    for judgement, passages in (
        (judged(verdict, altered, opposed), {"p1": passage()}),
        (judged(verdict, quote(ONE, "action-1")), {}),
        (judged(verdict), {"p1": passage()}),
    ):
        found = bind(judgement, passages, lambda _: TEXT)
        assert found == (Verdict.NOT_ASSESSED, Reason.UNVERIFIED_QUOTE, ())


def test_an_element_that_lost_its_only_quote_makes_covered_partial() -> None:
    altered = replace(quote(TWO, "deadline-1"), quote="We do it within two weeks")
    found = bind(judged(Verdict.COVERED, quote(ONE, "action-1"), altered), {"p1": passage()}, lambda _: TEXT)
    assert found[0] is Verdict.PARTIAL
    assert [e.quote for e in found[2]] == [ONE]


def test_contradicted_needs_a_contradicting_quote_not_just_any() -> None:
    supported = judged(Verdict.CONTRADICTED, quote(ONE, "action-1"))
    assert bind(supported, {"p1": passage()}, lambda _: TEXT)[0] is Verdict.NOT_ASSESSED
    opposed = judged(Verdict.CONTRADICTED, quote(ONE, "action-1", Stance.CONTRADICTS))
    assert bind(opposed, {"p1": passage()}, lambda _: TEXT)[0] is Verdict.CONTRADICTED


def test_silence_and_abstention_need_no_quote() -> None:
    for verdict in (Verdict.NOT_ADDRESSED, Verdict.NOT_ASSESSED):
        assert bind(judged(verdict), {}, lambda _: TEXT)[0] is verdict


def test_a_quote_beyond_its_passage_is_never_evidence() -> None:
    beyond = replace(quote(ONE, "action-1"), start=0, end=10_000)
    assert bind(judged(Verdict.COVERED, beyond), {"p1": passage()}, lambda _: TEXT)[2] == ()


def test_a_verdict_that_lost_a_quote_or_is_unsure_is_to_be_reviewed() -> None:
    sure = judged(Verdict.COVERED)
    assert not needs_review(sure, Verdict.COVERED)
    assert needs_review(sure, Verdict.PARTIAL)
    assert needs_review(replace(sure, confidence=0.3), Verdict.COVERED)
