"""The decomposer cuts only what a text itself lists, and each part can stand alone."""

import pytest

from radar_pipeline.frameworks.decompose import decompose
from radar_pipeline.models import Role


def actions(text: str) -> list[str]:
    return [e.text for e in decompose(text) if e.role is Role.ACTION]


def limits(text: str) -> list[float]:
    return [e.limit.hours for e in decompose(text) if e.limit is not None]


def test_only_the_outermost_list_is_cut() -> None:
    text = (
        "a. Write an access policy:\n1. that names its owner; and\n2. that is approved;\n"
        "b. Name a custodian of the policy; and\n"
        "c. Review the policy:\n1. every year; and\n2. after an incident."
    )
    assert actions(text) == [
        "Write an access policy: 1. that names its owner; and 2. that is approved",
        "Name a custodian of the policy",
        "Review the policy: 1. every year; and 2. after an incident",
    ]


def test_a_part_keeps_the_lead_in_it_cannot_do_without() -> None:
    text = "The notice tells people the following: (a) the name of the firm; (b) the reason for the call."
    assert actions(text) == [
        "The notice tells people the following: the name of the firm",
        "The notice tells people the following: the reason for the call",
    ]
    text = "The firm shall: (a) encrypt data at rest; (b) train its staff."
    assert actions(text) == ["encrypt data at rest", "train its staff"]


@pytest.mark.parametrize(
    "text",
    [
        "The firm may charge for it: (a) by adding a small fee; or (b) by refusing the request.",
        "It is lawful if at least one of the following applies: (a) the person agrees; (b) a contract asks.",
        "The rules of points (a) and (b) of Article 9 apply to the register and to its owner.",
        "Where point (a) of Article 6 or point (b) of Article 9 applies, the firm tells the person so.",
        "The firm keeps version 1. of the plan, and version 2. of the plan, at two separate places.",
        "Approve it: (a) yes; (b) no.",
        "The first thing to do is item (b) below; the second thing to do is item (c) below.",
        "A sentence of duties. Another sentence of duties that shall not be cut apart.",
    ],
)
def test_a_text_that_lists_no_duties_stays_whole(text: str) -> None:
    assert actions(text) == [text]


def test_more_parts_than_anyone_can_judge_stay_whole() -> None:
    text = "Do: " + "; ".join(f"{n}. keep the register number {n}" for n in range(1, 40))
    assert actions(text) == [text]


def test_deadlines_in_words_and_weeks_are_read_once() -> None:
    assert limits("Tell them within one month, and in any event within one month of the request.") == [
        31 * 24
    ]
    assert limits("Answer within 2 weeks. Review it every two years.") == [14 * 24, 2 * 366 * 24]
    assert limits("Act without delay, within business hours.") == []


def test_the_same_text_gives_the_same_elements() -> None:
    text = "The firm must: (a) encrypt data; (b) train staff; (c) review access every 90 days."
    assert decompose(text) == decompose(text)
    assert [e.element_id for e in decompose(text)] == ["action-1", "action-2", "action-3", "deadline-1"]
