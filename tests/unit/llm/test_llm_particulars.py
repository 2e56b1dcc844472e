"""What must be the same in two sentences is read the same however spelt, and differs when it differs."""

import time

import pytest

from radar_pipeline.llm.particulars import differences, particulars, same_particulars


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("within seventy-two (72) hours", "within 72 h"),
        ("within seventy two hours", "within 72 hours"),
        ("EUR 10,000", "€ 10 000"),
        ("2.5 million euros", "EUR 2,500,000"),
        ("two thirds of 20 %", "2/3 of twenty per cent"),
        ("half of it", "½ of it".replace("½", "1/2")),
        ("on 24 November 2025", "on November 24, 2025"),
        ("on 24.11.2025", "on 2025-11-24"),
        ("24th of November 2025", "24/11/2025"),
        ("at 2 pm", "at 14:00"),
        ("it can't be", "it cannot be"),
        ("Section 5.1.2", "§ 5.1.2"),
        ("Annex III", "annex 3"),
        ("Art. 33(1)", "Article 33 (1)"),
        ("ISO/IEC 27001:2022", "iso 27001:2022"),
    ],
)
def test_two_spellings_are_one(one: str, other: str) -> None:
    assert particulars(one), one
    assert same_particulars(one, other), (particulars(one), particulars(other))


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("within 72 hours", "within 27 hours", ("numbers",)),
        ("within 72 hours", "within 72 days", ("numbers",)),
        ("50 mg/l", "500 mg/l", ("numbers",)),
        ("50 mg/l", "50 µg/l", ("numbers",)),
        ("10 working days", "10 days", ("numbers",)),
        ("5 of 10", "10 of 5", ("numbers",)),
        ("by 1 May 2025", "by 1 May 2026", ("dates",)),
        ("05/10/2025", "10/05/2025", ("dates",)),
        ("it may be", "it shall be", ("modals",)),
        ("it is required", "it is permitted", ("modals",)),
        ("it is shared", "it is not shared", ("negations",)),
        ("it is encrypted", "it is unencrypted", ("negations",)),
        ("valid", "invalid", ("negations",)),
        ("with consent", "without consent", ("negations",)),
        ("unless agreed", "when agreed", ("negations",)),
        ("only staff", "staff", ("negations",)),
        ("it fails to log", "it logs", ("negations",)),
        ("Art. 33(1)", "Art. 33(2)", ("references",)),
        ("164.308(a)(1)", "164.308(a)(2)", ("references",)),
        ("Annex III", "Annex II", ("references",)),
        ("at least once", "at most once", ("comparisons",)),
        ("before it", "after it", ("comparisons",)),
        ("all users", "some users", ("quantifiers",)),
        ("We must not share all 5", "We may share any 6", ("numbers", "negations", "modals", "quantifiers")),
    ],
)
def test_each_kind_of_difference_is_named(one: str, other: str, kinds: tuple[str, ...]) -> None:
    assert differences(one, other) == kinds
    assert differences(other, one) == kinds
    assert not same_particulars(one, other)


def test_the_month_is_not_the_modal() -> None:
    assert particulars("Audits begin in May.").modals == ()
    assert particulars("Audits may begin.").modals == ("may",)


def test_words_that_only_look_so_are_none() -> None:
    assert not particulars("Rules of the union understand uniform points a person takes")


@pytest.mark.parametrize(
    "piece", ["1", "1,000 ", "one hundred and ", "Art. 1(1)", "un", "(1)", "n't", "I", "1.", "a-b-"]
)
def test_reading_takes_time_in_proportion_to_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        began = time.process_time()
        particulars(text)
        return time.process_time() - began

    assert seconds(40_000) < 25 * max(seconds(5_000), 0.002)
