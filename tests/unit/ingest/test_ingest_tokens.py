from hypothesis import given, settings
from hypothesis import strategies as st

from radar_pipeline.ingest.parsers.builder import clean
from radar_pipeline.ingest.tokens import TokenIndex, count, tokenizer

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(clean) | st.lists(
    st.sampled_from(
        ["data", "Verantwortlicher", "(a)", "72", "e.g.", "\n", "日本", "naïve", "https://x.example/a?b"]
    )
).map(" ".join)


def whole(text: str) -> int:
    return len(tokenizer().encode(text, add_special_tokens=False))


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_counting_by_pieces_equals_the_tokenizer(text: str) -> None:
    assert count(text) == whole(text)


@settings(max_examples=200, deadline=None)
@given(TEXT, st.data())
def test_any_range_is_counted_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert TokenIndex(text).count(start, end) == whole(text[start:end])


@settings(max_examples=100, deadline=None)
@given(TEXT, st.integers(0, 30), st.data())
def test_walking_by_tokens_never_passes_the_limit(text: str, tokens: int, data: st.DataObject) -> None:
    index = TokenIndex(text)
    bounds = [0, *(i + 1 for i, c in enumerate(text) if c.isspace()), len(text)]
    place = data.draw(st.sampled_from(bounds))
    assert whole(text[place : index.advance(place, tokens)]) <= tokens
    assert whole(text[index.retreat(place, tokens) : place]) <= tokens


def test_long_pieces_are_counted_to_their_end() -> None:
    assert count("日" * 700) == 700
    assert TokenIndex("日" * 700).count(100, 600) == 500
