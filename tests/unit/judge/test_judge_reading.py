"""Cues, deadlines, sentences: what is read off a text before anything is weighed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_pipeline.judge.cues import Force, excepted_at, force_at
from radar_pipeline.judge.quantities import durations, prompt
from radar_pipeline.judge.reading import Polarity, polarity, read, terms
from radar_pipeline.judge.sentences import sentences
from radar_pipeline.judge.stance import stance
from radar_pipeline.models import Kind


@pytest.mark.parametrize(
    ("sentence", "verb", "force"),
    [
        ("The Recipient shall not copy the Information.", "copy", Force.FORBIDDEN),
        ("No employee, contractor or visitor may copy client files.", "copy", Force.FORBIDDEN),
        ("Nothing here shall prevent anyone from developing a product.", "developing", Force.PERMITTED),
        ("The Recipient is not prohibited from developing similar products.", "developing", Force.PERMITTED),
        ("The Recipient may retain one copy.", "retain", Force.PERMITTED),
        ("The processor is not required to notify the controller.", "notify", Force.RELEASED),
        ("The team found that no restore test had been performed.", "performed", Force.DENIED),
        ("Staff should complete the training.", "complete", Force.WEAK),
        ("The processor must notify the controller.", "notify", Force.OBLIGED),
        ("We notify the authority.", "notify", Force.STATED),
        ("Copies are strictly prohibited.", "Copies", Force.FORBIDDEN),
        ("If we do not do what you ask, we tell you why within a month.", "tell", Force.STATED),
        ("Where no owner was named, the Board must name one.", "name one", Force.OBLIGED),
        ("The Recipient must delete what it holds when it is not needed.", "delete", Force.OBLIGED),
        ("If a log was kept, it was not reviewed.", "reviewed", Force.DENIED),
    ],
)  # fmt: skip
def test_the_force_of_a_sentence_at_its_verb(sentence: str, verb: str, force: Force) -> None:
    assert force_at(sentence, sentence.index(verb)) is force


def test_an_exception_counts_only_for_its_own_act() -> None:
    text = "The Recipient shall not copy the Data except as needed; it shall destroy the Data."
    assert excepted_at(text, text.index("copy"))
    assert not excepted_at("It shall not copy the Data without prior written consent.", 13)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("within 72 hours", 72),
        ("within seventy-two (72) hours", 72),
        ("no later than 3 days", 72),
        ("five working days", 24 * 7),
        ("for two years", 2 * 366 * 24),
        ("reviewed annually", 366 * 24),
    ],
)
def test_a_duration_is_read_in_hours(text: str, hours: float) -> None:
    assert durations(text)[0].hours == hours


def test_speed_without_a_number_is_noticed() -> None:
    assert prompt("without undue delay")
    assert not prompt("in the office")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Receiving Party shall not copy the information.", Polarity.FORBIDS),
        ("Receiving Party may share some information.", Polarity.PERMITS),
        ("The controller must notify the authority.", Polarity.OBLIGES),
        ("Is there a cap on liability?", Polarity.ASKS),
        ("Price Restrictions", Polarity.ASKS),
    ],
)
def test_what_a_requirement_wants(text: str, expected: str) -> None:
    assert polarity(text) == expected


@pytest.mark.parametrize(
    ("wanted", "said", "against"),
    [
        ("Receiving Party may copy the information.", "Recipient shall not copy the information.", True),
        ("Receiving Party may copy the information.", "Recipient may make copies of the information.", False),
        ("Receiving Party shall not copy the information.", "Recipient may copy the information.", True),
        ("Receiving Party may retain the information.", "Recipient shall destroy all the information.", True),
        ("The controller must notify breaches.", "The controller is not required to notify breaches.", True),
        ("All information shall be marked.", "This applies to all information whether or not marked.", True),
    ],
)
def test_agreement_and_opposition(wanted: str, said: str, against: bool) -> None:
    seen = stance(wanted, terms(wanted), read(said).sentences[0], Kind.CONTRACT)
    assert (seen.against > seen.supporting) is against


def test_a_list_item_takes_the_force_of_its_lead_in() -> None:
    wanted = "Receiving Party may copy the information."
    item = read("(a) copy the information of the other party;").sentences[0]
    seen = stance(wanted, terms(wanted), item, Kind.CONTRACT, lead="The Recipient shall not:")
    assert seen.force is Force.FORBIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "Auditors will review access rights every quarter.",
        "Users must ignore unsolicited mail and report it.",
        "The requirements of this policy are mandatory.",
        "Incidents are rated by severity and reported to the board.",
    ],
)
def test_ordinary_policy_sentences_are_not_taken_for_instructions(text: str) -> None:
    assert not any(sentence.instructs for sentence in read(text).sentences)


@given(st.text(alphabet="ab. ;\nAB(1)", max_size=400))
def test_sentences_are_ordered_pieces_of_the_text(text: str) -> None:
    pieces = sentences(text)
    assert all(text[a:b] == text[a:b].strip() and a < b for a, b in pieces)
    assert all(one[1] <= two[0] for one, two in pairwise(pieces))
