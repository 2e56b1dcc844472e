"""A quote is verified to the letter, found through noise, and never through a changed meaning."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.judge.literal import literal
from radar_pipeline.judge.locate import Exactness, locate

TEXT = """We do not share personal data with partners. All data at rest is encrypted with AES-256 except for
backups older than 30 days. Only administrators may access the vault. If a supplier agrees, audit reports are
shared with customers. Passwords are at least 12 characters long. Logs are kept for one year.

The following are not permitted:
- sharing passwords with colleagues at work
- installing software from the internet

The asymmetric keys are rotated every 90 days. The plan is reviewed by the CISO, and access is logged by the
system. Records are deleted no later than 30 days after the contract, and access is granted by the owner."""


def said(quote: str, text: str = TEXT) -> str | None:
    found = locate(quote, text)
    return " ".join(text[found.start : found.end].split()) if found else None


@pytest.mark.parametrize(
    "quote",
    [
        "logs are kept  for one\nyear",
        "“Logs are kept for one year”",
        "Logs are kept … for one year.",
        "... Logs are kept for one year [...]",
        "- Logs are\u00a0ke\u00adpt for one ye-\n ar.",
    ],
)
def test_other_setting_of_the_same_words_is_verified(quote: str) -> None:
    found = locate(quote, TEXT)
    assert found is not None and found.exactness is Exactness.VERIFIED
    assert TEXT[found.start : found.end].rstrip(".") == "Logs are kept for one year"


@pytest.mark.parametrize(
    "quote",
    [
        "share personal data with partners",  # "do not" was cut off
        "We do share personal data with partners",  # … or left out
        "sharing passwords with colleagues at work",  # the list's lead-in forbids it
        "Passwords are … 12 characters long",  # an ellipsis over "at least"
        "The symmetric keys are rotated every 90 days",
        "symmetric keys are rotated every 90 days",
        "Passwords are at least 2 characters long",
        "words are at least 12 characters long",  # begins within a word
        "The", "", "  ", "!?…", "Logs are",
    ],
)  # fmt: skip
def test_a_quote_that_the_document_does_not_say_is_not_located(quote: str) -> None:
    assert locate(quote, TEXT) is None


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("All data at rest is encrypted with AES-256", "except for backups older than 30 days"),
        ("administrators may access the vault", "Only administrators"),
        ("audit reports are shared with customers", "If a supplier agrees"),
        ("12 characters long", "at least 12"),
    ],
)
def test_what_narrows_a_quote_is_shown_with_it(quote: str, shown: str) -> None:
    found = locate(quote, TEXT)
    assert found is not None and found.extended
    slice_ = said(quote) or ""
    assert quote in slice_ and shown in slice_


def test_a_negation_in_another_clause_does_not_matter() -> None:
    assert said("access is logged by the system") == "access is logged by the system"
    assert (said("access is granted by the owner") or "").endswith("access is granted by the owner")


def test_noise_is_found_and_a_real_word_in_its_place_is_not() -> None:
    text = "The scanner must never forward rnessages to an unkn0wn controller without tbe consent. " + TEXT
    found = locate("The scanner must never forward messages to an unknown controller", text)
    assert found is not None and found.exactness is Exactness.NOISY
    assert locate("The scanner must never forward messages to an known controller", text) is None
    assert locate("The scanner must forward messages to an unknown controller", text) is None
    assert locate("The scanner must never forward messages to an unknown comptroller", text) is None


def test_compatibility_forms_do_not_change_a_number() -> None:
    text = "The limit is 10² units in all plants. The other limit is 1½ units."
    assert locate("The limit is 102 units in all plants", text) is None
    assert locate("The other limit is 11/2 units", text) is None
    assert said("The other limit is 1 1/2 units", text) == "The other limit is 1½ units"


def test_the_first_of_several_occurrences_is_cited() -> None:
    text = "Access is logged daily. " * 3
    found = locate("Access is logged daily.", text)
    assert found is not None and found.start == 0


_PIECES = st.sampled_from(
    [
        "Access ",
        "is ",
        "logged",
        "-\n",
        " – ",
        "ﬁle ",
        "“x” ",
        "½",
        "10",
        "² ",
        "e\u0301",
        "\u00ad",
        "\n- ",
        ". ",
        "ß",
        "İ",
        "\ud800",
        "א ",
        "*",
        "… ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, min_size=4, max_size=40), st.data())
def test_a_verified_slice_reads_as_the_quote(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    start = data.draw(st.integers(0, len(text)))
    quote = text[start : data.draw(st.integers(start, len(text)))]
    found = locate(quote, text)
    if found is None or found.exactness is Exactness.NOISY:
        return
    assert 0 <= found.start < found.end <= len(text)
    outer = " '\".,;:!?*-"
    asked, slice_ = literal(quote).folded.strip(outer), literal(text[found.start : found.end]).folded
    if not found.extended and "..." not in asked:
        assert slice_.strip(outer) == asked


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "ab " * 30_000, "(1)" * 30_000, "\ud800" * 50_000, "مرحبا " * 20_000]
)
@pytest.mark.parametrize("quote", ["a" * 10_000, "ab " * 3_000, "\ud800 word word word", "مرحبا مرحبا " * 9])
def test_hostile_texts_and_quotes_end_in_an_answer(text: str, quote: str) -> None:
    found = locate(quote, text)
    assert found is None or 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize("filler", ["\u00a0", "\n", "' ", ". ", "… "])
def test_a_quote_made_to_be_slow_is_answered_at_once(filler: str) -> None:
    document = TEXT + "\n" + "Nothing else is arranged here. " * 1500
    begun = time.process_time()
    locate(f"Logs are kept{filler * 20_000}for one year", document)
    locate(f"Logs are kept{filler * 400_000}for one year", TEXT)
    assert time.process_time() - begun < 2.0
