"""Quotes made from the sample documents' sentences: no altered one passes, hardly a copied one is lost."""

import pytest

from bench.quality.citation_changes import KINDS, sample_texts
from bench.quality.citations import Tally, alterations, copies

SEED = 4711  # not one of those that the rules were made with


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return sample_texts()


@pytest.fixture(scope="module")
def copied(texts: list[str]) -> Tally:
    return copies(SEED, texts[::2])


def test_no_altered_quote_is_verified(texts: list[str]) -> None:
    tally = alterations(SEED, texts[::3])
    assert tally.made.total() >= 500
    assert all(tally.made[kind] >= 10 for kind in KINDS), tally.made
    assert tally.wrong == []


def test_other_spaces_marks_and_broken_lines_are_verified_in_place(copied: Tally) -> None:
    assert copied.made["set differently"] >= 500
    assert copied.right["set differently"] == copied.made["set differently"], copied.wrong


def test_at_most_two_in_a_hundred_badly_copied_quotes_are_lost(copied: Tally) -> None:
    made, right = copied.made["copied badly"], copied.right["copied badly"]
    assert made >= 500
    assert (made - right) / made <= 0.02
