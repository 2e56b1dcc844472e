"""A question asked now: every sentence with its support or its mark, whatever the model or provider does."""

from collections.abc import Callable
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.llm.fake import FakeServer, Fault, when
from radar_pipeline.questions.answers import Kind, State, Unsupported, Why
from tests.support.asking import BREACH, GOOD, ORDER, REVIEW, SECRET, put, saying, sentence
from tests.support.world import World

Open = Callable[..., FakeServer]


def test_a_sentence_with_a_verified_quote_cites_it_where_it_stands(swept: World, opened: Open) -> None:
    server = opened(saying(GOOD))
    [given], answer = put(swept, "acme")
    assert (answer.state, answer.claims, given.unsupported) == (State.ANSWERED, (1, 0), None)
    [quote] = given.quotes
    assert (quote.quote, quote.citation) == (BREACH, "Security policy, “Breaches”")
    text = (swept.home / "tenants" / "acme" / "work" / "texts").rglob("*")
    bodies = [p.read_bytes()[32:].decode() for p in text if p.is_file()]
    assert any(body[quote.start : quote.end] == BREACH for body in bodies)
    assert answer.sentences == (given,)
    assert len(server.books) == 1


def test_no_sentence_without_support_goes_unmarked(swept: World, opened: Open) -> None:
    opened(
        saying(
            GOOD,
            sentence("The regulator is notified of a data breach within 24 hours.", BREACH),
            sentence("The regulator is not notified of a data breach within 72 hours.", BREACH),
            sentence("Art. 33 asks to notify the regulator of a data breach within 72 hours.", BREACH),
            sentence("The regulator may be notified of a data breach within 72 hours.", BREACH),
            sentence("Every firm should buy insurance."),
            sentence("Fire drills are held weekly.", "Fire drills are held every single week."),
            sentence("Drones are flown by licensed pilots.", BREACH),
            sentence("Breach notice (R1) is partly covered.", refs=["rules:R1"]),
            sentence("Breach notice (R1) is covered.", refs=["rules:R1"]),
            sentence("Night drones (R9) are covered.", refs=["rules:R9"]),
            sentence("All requirements on breach notice are covered.", refs=["rules:R1"]),
        )
    )
    given, answer = put(swept, "acme")
    assert [s.unsupported for s in given] == [
        None,
        *[Unsupported.SAYS_MORE] * 4,
        Unsupported.NO_SOURCE,
        Unsupported.NOT_FOUND,
        Unsupported.OFF_TOPIC,
        Unsupported.OTHER_VERDICT,
        None,
        Unsupported.NOT_FOUND,
        Unsupported.SAYS_MORE,
    ]
    assert all(bool(s.quotes or s.assessments) is (s.unsupported is None) for s in given)
    assert given[9].assessments == ("rules:R1",)
    assert answer.claims == (12, 10)


def test_the_share_of_unsupported_claims_is_in_the_ledger(swept: World, opened: Open) -> None:
    opened(saying(GOOD, sentence("Every firm should buy insurance.")))
    _, answer = put(swept, "acme")
    environment = swept.environment()
    calls = environment.operations.spending.calls(*_ever(), tenant="acme")
    [row] = [c for c in calls if c.call_id == answer.spoke.call_id]
    assert (row.feature, row.claims, row.claims_unsupported) == ("ask", 2, 1)
    assert row.cost_usd == answer.spoke.cost_usd > 0


def _ever() -> tuple[Any, Any]:
    from datetime import UTC, datetime

    return datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def test_streamed_sentences_equal_the_final_ones_and_a_repeat_costs_nothing(
    swept: World, opened: Open
) -> None:
    server = opened(saying(GOOD, sentence("Access rights are reviewed every 90 days.", REVIEW)))
    given, answer = put(swept, "acme")
    assert tuple(given) == answer.sentences and len(given) == 2
    again, repeated = put(swept, "acme")
    assert again == given
    assert (repeated.spoke.cache, float(repeated.spoke.cost_usd), len(server.books)) == ("hit", 0.0, 1)


def test_a_stream_that_breaks_off_keeps_what_was_verified_and_says_so(swept: World, opened: Open) -> None:
    late = sentence("Access rights are reviewed every 90 days. " * 8, REVIEW)
    opened(saying(GOOD, late, late, late), when(lambda r: r.stream, Fault.STREAM_BREAKS_OFF))
    given, answer = put(swept, "acme")
    assert answer.state is State.CUT_SHORT and answer.why is Why.PROVIDERS_FAILED
    assert given[0].quotes and given[0].unsupported is None
    assert len(given) < 4 and tuple(given) == answer.sentences
    assert "broke off" in answer.note


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault.OVERLOADED, Why.PROVIDERS_FAILED),
        (Fault.WRONG_KEY, Why.SETUP),
        (Fault.REFUSAL, Why.REFUSED),
        (Fault.CONTEXT_OVERFLOW, Why.TOO_LONG),
        (Fault.EMPTY_ANSWER, Why.INVALID_ANSWER),
    ],
)
def test_whatever_a_provider_does_quotes_and_assessments_are_shown_instead(
    swept: World, opened: Open, fault: Fault, why: Why
) -> None:
    opened(saying(GOOD), when(lambda r: True, fault))
    given, answer = put(swept, "acme", change=_unhurried)
    assert (answer.state, answer.why) == (State.NOT_ANSWERED, why)
    assert answer.note
    assert given[0].kind is Kind.QUOTE and given[0].text == BREACH == given[0].quotes[0].quote
    assert "rules:R1" in [r for s in given for r in s.assessments]


def _unhurried(environment: Any) -> Any:
    """No waiting between tries."""
    client = environment.models.client
    client._sleep = lambda _: None
    return environment


def test_a_used_up_plan_is_a_notice_with_its_remedy_and_no_request(swept: World, opened: Open) -> None:
    (swept.data / "plans.yaml").write_text("plans:\n  free: {queries: 0, models: full}\n", "utf-8")
    server = opened(saying(GOOD))
    given, answer = put(swept, "acme")
    assert (answer.state, answer.why, len(server.books)) == (State.NOT_ANSWERED, Why.QUOTA, 0)
    assert answer.note and "plan" in answer.note
    assert given[0].text == BREACH


def test_without_keys_quotes_and_assessments_are_shown_and_it_says_why(swept: World) -> None:
    given, answer = put(swept, "acme")
    assert (answer.state, answer.why) == (State.NOT_ANSWERED, Why.NO_MODEL)
    assert "no model is asked" in answer.note
    assert [s.kind for s in given][:2] == [Kind.QUOTE, Kind.ASSESSMENT]
    assert given[0].quotes[0].quote == BREACH


def test_what_instructs_a_machine_is_neither_shown_to_a_model_nor_quoted(swept: World, opened: Open) -> None:
    server = opened(saying(sentence("The regulator is told of every breach in 1 hour.", ORDER), GOOD))
    given, _ = put(swept, "gamma")
    assert [s.unsupported for s in given] == [Unsupported.NOT_FOUND, None]
    assert "Ignore all" not in server.books[-1].request.text
    assert BREACH in server.books[-1].request.text


def test_one_tenants_words_never_reach_anothers_prompt_or_answer(swept: World, opened: Open) -> None:
    server = opened(saying(GOOD, sentence("The regulator is notified within 11 hours.", SECRET)))
    given, _ = put(swept, "acme")
    assert given[1].unsupported is Unsupported.NOT_FOUND
    assert all("pigeon" not in e.request.text for e in server.books)
    put(swept, "beta")
    assert "pigeon" in server.books[-1].request.text and BREACH not in server.books[-1].request.text
    assert len(server.books) == 2  # the other tenant's cache entry is not one's own


@pytest.mark.parametrize("text", ["", "  ?! ", "x" * 501, "\u200b\u200b"])
def test_a_question_must_be_one(world: World, text: str) -> None:
    world.tenant("acme")
    with pytest.raises(ConfigurationError) as caught:
        put(world, "acme", text)
    assert "x" * 20 not in str(caught.value)


def test_a_tenant_that_was_never_swept_is_told_what_to_do(world: World) -> None:
    world.tenant("acme")
    with pytest.raises(StoreError, match="radar sweep --tenant acme"):
        put(world, "acme")
