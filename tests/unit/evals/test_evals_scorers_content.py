"""What an answer quotes, claims and finds is scored by its own words."""

from typing import Any

import pytest

from radar_pipeline.evals.scorers import ALL
from radar_pipeline.evals.values import Case, Quoted, Response, Score
from radar_pipeline.prompts.use_cases import UseCase

ONE = "The officer tells the authority within 72 hours."
TWO = "Staff are trained every year by the privacy team."


def case(use_case: UseCase = UseCase.JUDGE, **changes: Any) -> Case:
    fields: dict[str, Any] = {"expected": {"verdict": "covered"}, "inputs": {}, "source": "firm"}
    return Case(case_id="case-1", use_case=use_case, **(fields | changes))


def quoting(*quotes: str, invented: tuple[str, ...] = (), **answer: Any) -> Response:
    given = [*(Quoted(q, True) for q in quotes), *(Quoted(q, False) for q in invented)]
    return Response({"verdict": "covered", "text": "So it is.", **answer}, tuple(given))


def saying(text: str, **answer: Any) -> Response:
    return Response({"text": text, **answer})


def score(name: str, asked: Case, told: Response) -> Score:
    return ALL[name].score(asked, told)


def value(name: str, asked: Case, told: Response) -> float | None:
    return score(name, asked, told).value


# ── Quotes ────────────────────────────────────────────────────────────────────────────────────


def test_evidence_found_whole_is_recalled_and_precise() -> None:
    asked = case(required_quotes=(ONE, TWO))
    assert value("evidence_recall", asked, quoting(ONE, TWO)) == 1.0
    assert value("evidence_precision", asked, quoting(ONE, TWO)) == 1.0


def test_part_of_the_evidence_counts_by_its_characters() -> None:
    asked = case(required_quotes=("abcd efgh ijkl", "mnop qrst uvwx yzab"))
    assert value("evidence_recall", asked, quoting("abcd efgh ijkl")) == pytest.approx(12 / 28)
    assert value("evidence_recall", asked, quoting("xxxx abcd efgh ijkl")) == pytest.approx(12 / 28)
    assert value("evidence_precision", asked, quoting("xxxx abcd efgh ijkl")) == pytest.approx(12 / 16)


def test_two_pieces_of_a_quote_make_it_whole() -> None:
    pieces = ("The officer tells the authority", "the authority within 72 hours")
    assert value("evidence_recall", case(required_quotes=(ONE,)), quoting(*pieces)) == 1.0


def test_a_setting_of_a_quote_is_not_a_difference() -> None:
    told = quoting("the  officer tells the\nauthority within 72 hours")
    assert value("evidence_recall", case(required_quotes=(ONE,)), told) == 1.0


def test_words_in_common_by_chance_are_no_evidence() -> None:
    told = quoting("The officer eats within the hour.")
    assert value("evidence_recall", case(required_quotes=(ONE,)), told) == 0.0


def test_an_invented_quote_is_no_evidence() -> None:
    asked = case(required_quotes=(ONE,))
    assert value("evidence_recall", asked, quoting(invented=(ONE,))) == 0.0
    assert value("evidence_precision", asked, quoting(invented=(ONE,))) is None


def test_a_quote_given_for_two_elements_counts_once() -> None:
    told = quoting("abcd efgh ijkl", "abcd efgh ijkl", "mnop qrst uvwx")
    assert value("evidence_precision", case(required_quotes=("abcd efgh ijkl",)), told) == pytest.approx(0.5)


def test_where_no_quote_is_required_recall_is_unscored() -> None:
    assert value("evidence_recall", case(), quoting(ONE)) is None
    assert value("evidence_precision", case(), quoting(ONE)) is None  # any may be right


def test_a_quote_for_what_no_document_deals_with_is_not_precise() -> None:
    asked = case(expected={"verdict": "not_addressed"})
    assert value("evidence_precision", asked, quoting(ONE)) == 0.0
    assert value("evidence_precision", asked, quoting()) is None  # nothing quoted where nothing should be
    either = case(expected={"verdict": "not_addressed", "also": ["partial"]})
    assert value("evidence_precision", either, quoting(ONE)) is None


def test_citations_are_valid_by_the_share_that_is_in_the_documents() -> None:
    found = score("citation_validity", case(), quoting(ONE, TWO, invented=("Made up.",)))
    assert found.value == pytest.approx(2 / 3) and found.metadata == {"given": 3, "verified": 2}
    assert value("citation_validity", case(), quoting()) is None


def test_a_quote_without_end_is_compared_in_bounded_time() -> None:
    told = quoting("word " * 200_000, "word other " * 200_000)
    asked = case(required_quotes=("word " * 1000,))
    assert value("evidence_recall", asked, told) == 1.0


# ── Claims and patterns ───────────────────────────────────────────────────────────────────────


def test_a_forbidden_claim_is_found_in_any_sentence_and_named_by_its_number() -> None:
    asked = case(forbidden_claims=("iso 27001", r"within 30 days"))
    found = score("forbidden_claim", asked, saying("It is fine. They tell them WITHIN\n30 days of it."))
    assert found.value == 0.0 and found.metadata == {"made": [2]}
    assert value("forbidden_claim", asked, saying("It is fine.")) == 1.0
    assert value("forbidden_claim", case(), saying("within 30 days")) is None


@pytest.mark.parametrize(
    "told",
    [
        saying("", not_answered="It is due within 30 days."),
        saying("Yes.", sentences=[{"text": "It is due within 30 days.", "supported": True}]),
        saying("Yes.", elements=[{"role": "deadline", "text": "within 30 days"}]),
        saying("It is due with\u200bin 30 days."),
        saying("It is due within 30\u00a0days."),
    ],
)
def test_a_forbidden_claim_cannot_hide_in_a_note_or_behind_a_character(told: Response) -> None:
    assert value("forbidden_claim", case(forbidden_claims=("within 30 days",)), told) == 0.0


def test_two_sentences_do_not_make_a_claim_that_neither_makes() -> None:
    asked = case(forbidden_claims=("firm .* certified",))
    assert (
        value("forbidden_claim", asked, saying("The firm itself is rather small. Its supplier is certified."))
        == 1.0
    )


def test_a_short_sentence_before_a_claim_does_not_hide_it() -> None:
    asked = case(forbidden_claims=("^they .* twice a year",))
    assert value("forbidden_claim", asked, saying("Not so. They are reviewed twice a year.")) == 0.0


def test_patterns_count_by_the_share_that_is_found() -> None:
    asked = case(patterns=(r"72\s+hours", "authority", "fax"))
    found = score("pattern", asked, saying("The Authority is told. That takes 72\nhours."))
    assert found.value == pytest.approx(2 / 3) and found.metadata == {"missing": [3]}
    assert value("pattern", case(), saying("x")) is None


# ── Answers to questions ──────────────────────────────────────────────────────────────────────


def answer(
    text: str = "It takes 72 hours.", open_: str = "", supported: bool = True, *quotes: str
) -> Response:
    sentences = [{"text": text, "supported": supported}] if text else []
    given = tuple(Quoted(quote, True) for quote in quotes)
    return Response({"sentences": sentences, "not_answered": open_, "text": text}, given)


def asked(answered: bool = True, **changes: Any) -> Case:
    return case(UseCase.ASK, expected={"answered": answered}, **changes)


def test_an_answer_has_all_its_properties_or_says_which_it_lacks() -> None:
    wanted = asked(patterns=("72 hours",), required_quotes=(ONE,), forbidden_claims=("30 days",))
    assert value("properties", wanted, answer("It takes 72 hours.", "", True, ONE)) == 1.0
    found = score("properties", wanted, answer("It takes 30 days.", "", True, ONE))
    assert found.value == 0.5 and found.metadata == {"failed": ["patterns", "no forbidden claim"]}


def test_what_is_not_in_the_sources_must_be_said_to_be_open() -> None:
    assert value("properties", asked(False), answer("", "Nothing is said of it.")) == 1.0
    assert value("properties", asked(False), answer("It is half done.", "The rest is not told.")) == 1.0
    assert value("properties", asked(False), answer()) == 0.0
    assert value("properties", asked(), answer("", "Nothing is said of it.")) == 0.0


def test_a_sentence_that_nothing_supports_answers_nothing() -> None:
    assert value("properties", asked(), answer(supported=False)) == 0.0


def test_most_of_a_required_quote_is_enough() -> None:
    wanted = asked(required_quotes=(ONE,))
    assert value("properties", wanted, answer("Yes.", "", True, ONE.removeprefix("The "))) == 1.0
    assert value("properties", wanted, answer("Yes.", "", True, "within 72 hours")) == 0.5


# ── Elements ──────────────────────────────────────────────────────────────────────────────────


def taken_apart(*elements: tuple[str, str, str]) -> Response:
    return Response(
        {"elements": [{"role": r, "text": t, "limit": limit} for r, t, limit in elements], "text": ""}
    )


def requirement(*elements: dict[str, Any], most: int = 3) -> Case:
    return case(UseCase.DECOMPOSE, expected={"elements": list(elements), "most": most})


TELL = {"role": "action", "contains": ["notif", "authority"]}
LIMIT = {"role": "deadline", "contains": [], "contains_limit": "72 hours"}


def test_elements_are_found_by_role_and_the_beginnings_of_words() -> None:
    told = taken_apart(("action", "notify the Authority", ""), ("deadline", "in time", "at most 72 hours"))
    assert value("element_match", requirement(TELL, LIMIT), told) == 1.0
    other = taken_apart(("object", "notify the authority", ""))
    assert value("element_match", requirement(TELL), other) == 0.0
    inside = {"role": "action", "contains": ["act"]}
    assert value("element_match", requirement(inside), taken_apart(("action", "state a fact", ""))) == 0.0


def test_a_limit_is_the_same_in_whichever_unit_and_place() -> None:
    assert (
        value("element_match", requirement(LIMIT), taken_apart(("deadline", "within three days", ""))) == 1.0
    )
    assert (
        value("element_match", requirement(LIMIT), taken_apart(("deadline", "soon", "at most 7 days"))) == 0.0
    )
    year = LIMIT | {"contains_limit": "12 months"}
    assert value("element_match", requirement(year), taken_apart(("deadline", "", "at most 1 years"))) == 1.0
    month = LIMIT | {"contains_limit": "30 days"}
    assert (
        value("element_match", requirement(month), taken_apart(("deadline", "", "at most 1 months"))) == 0.0
    )
    percent = {"role": "condition", "contains": [], "contains_limit": "10 percent"}
    assert (
        value("element_match", requirement(percent), taken_apart(("condition", "over 10 percent", ""))) == 1.0
    )


def test_one_element_is_not_two() -> None:
    twice = requirement(TELL, {"role": "action", "contains": ["people"]})
    told = taken_apart(("action", "notify the authority and the people", ""))
    found = score("element_match", twice, told)
    assert found.value == pytest.approx(2 / 3) and len(found.metadata["missed"]) == 1


def test_elements_are_paired_so_that_most_are_found() -> None:
    loose, strict = (
        {"role": "action", "contains": ["tell"]},
        {"role": "action", "contains": ["tell", "people"]},
    )
    told = taken_apart(("action", "tell the people", ""), ("action", "tell the authority", ""))
    assert value("element_match", requirement(loose, strict), told) == 1.0


def test_only_elements_beyond_what_the_case_allows_are_too_many() -> None:
    more = [("actor", f"someone {n}", "") for n in range(4)]
    told = taken_apart(("action", "notify the authority", ""), *more)
    assert value("element_match", requirement(TELL, most=5), told) == 1.0
    assert value("element_match", requirement(TELL, most=2), told) == pytest.approx(2 / 5)
    assert value("element_match", requirement(TELL), taken_apart()) == 0.0
