import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest.sentences import FINEST, clauses, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, 0, len(text))]


@pytest.mark.parametrize(
    "parts",
    [
        ["Notify the authority under Art. 33 of the GDPR.", "Do it within 72 hours."],
        ["See Form No. 5 and Sec. 4, e.g. Annex A.", "Then stop!"],
        ["Owner: T. Erhardt of Acme Ltd. Dublin.", "Next one."],
        ["5. The supplier pays.", "6. The customer receives."],
        ["The rate is 3.5 per cent. of v2.1.", "It rises."],
        ["“It ends here.”", "(Or there.)"],
        ["The supplier shall (a) log access;", "(b) keep the log; and", "(c) show it."],
        ["Is it so?", "Yes."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(parts: list[str]) -> None:
    assert cut(" ".join(parts)) == parts


@settings(max_examples=200, deadline=None)
@given(st.text('aB1 .;:,!?()–"”', max_size=120))
def test_only_whitespace_lies_between_pieces(text: str) -> None:
    for ranges in (
        sentences(text, 0, len(text)),
        *(clauses(text, 0, len(text), n) for n in range(FINEST + 1)),
    ):
        position = 0
        for start, end in ranges:
            assert not text[position:start].strip()
            assert text[start:end] == text[start:end].strip() != ""
            position = end
        assert not text[position:].strip()
