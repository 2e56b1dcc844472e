"""The rules alone: which questions are taken and which are the same, and what a sentence may say."""

import json

import numpy as np
import pytest

from bench.quality.semantic import pairs
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm.semantic import Asked, reusable, same_question
from radar_pipeline.models import Verdict
from radar_pipeline.questions import verdicts
from radar_pipeline.questions.answers import Unsupported, Why
from radar_pipeline.questions.consistency import says_more
from radar_pipeline.questions.material import AssessmentFact
from radar_pipeline.questions.reading import Reader
from radar_pipeline.report.site import words
from radar_pipeline.settings import PROJECT
from radar_pipeline.tenancy import load_tenants
from tests.support.world import World

ALIKE = np.full(4, 0.5, dtype=np.float32)


def fact(ref: str, verdict: Verdict, title: str = "Breach notice") -> AssessmentFact:
    return AssessmentFact(f"rules:{ref}", ref, title, "The firm must notify the regulator.", verdict, 0.9)


# ── Which questions ───────────────────────────────────────────────────────────────────────────


def test_questions_of_tenants_yaml_are_texts_or_have_an_id_and_are_one_clean_line(world: World) -> None:
    world.tenant("acme", questions=["  Are laptops\n encrypted?\u200b ", {"id": "b", "text": "Who signs?"}])
    [tenant] = load_tenants(world.data / "tenants.yaml", ["rules"])
    assert [q.text for q in tenant.questions] == ["Are laptops encrypted?", "Who signs?"]
    assert tenant.questions[0].question_id.startswith("q-") and tenant.questions[1].question_id == "b"


@pytest.mark.parametrize(
    "questions",
    [
        ["x" * 501],
        ["?"],
        [{"id": "No Slug", "text": "Who signs?"}],
        ["Who signs?", "who signs?"],
        [{"id": "a", "text": "Who signs?"}, {"id": "a", "text": "Who reads?"}],
        [f"Who signs form {n}?" for n in range(21)],
    ],
)
def test_a_question_that_cannot_be_kept_is_told_with_its_line(world: World, questions: list[object]) -> None:
    world.tenant("acme", questions=questions)
    with pytest.raises(ConfigurationError, match=r"line \d+"):
        load_tenants(world.data / "tenants.yaml", ["rules"])


def test_no_adversarial_pair_is_taken_for_the_same_question_however_alike_the_vectors() -> None:
    found = pairs()
    assert sum(not p.same for p in found) >= 300
    wrong = [p for p in found if not p.same and same_question(p.one, p.other)]
    assert not wrong
    assert sum(same_question(p.one, p.other) for p in found if p.same) >= 30


def test_equal_words_alone_are_not_enough_either() -> None:
    asked = [Asked("Are laptops encrypted?", ALIKE, "a")]
    assert reusable("Are our laptops encrypted", ALIKE, asked) is None  # whose is another question
    assert reusable("Are the laptops encrypted", ALIKE, asked) == asked[0]
    assert reusable("Are the laptops encrypted", np.array([1, 0, 0, 0], dtype=np.float32), asked) is None


# ── What a sentence may say ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Logs are kept for 30 days.", "Logs are kept for 90 days."),
        ("Logs are kept.", "Logs are not kept."),
        ("Logs are kept.", "Logs should be kept."),
        ("Logs are kept.", "Logs may be kept."),
        ("Logs must be kept.", "Logs may be kept."),
        ("Logs are kept.", "We plan to keep logs."),
        ("All logs are kept.", "Some logs are kept."),
        ("Logs are kept for more than 90 days.", "Logs are kept for less than 90 days."),
        ("Logs are kept.", "Logs are kept unless the customer objects."),
        ("Art. 34 is followed.", "Art. 33 is followed."),
        ("The policy of 2025 is in force.", "The policy of 2024 is in force."),
    ],
)
def test_a_sentence_that_turns_its_quote_says_more(sentence: str, quote: str) -> None:
    assert says_more(sentence, [quote])


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Logs are retained for 90 days.", "Logs are kept for 90 days."),
        ("The regulator is told within 72 hours.", "The firm tells the regulator no later than 72 hours."),
        ("Staff are required to train.", "Staff must train."),
        ("Staff must train.", "Staff train every year."),
        ("Logs should be kept.", "Logs should be kept."),
    ],
)
def test_a_plain_paraphrase_does_not(sentence: str, quote: str) -> None:
    assert not says_more(sentence, [quote])


def test_several_verdicts_are_told_each_behind_its_requirement() -> None:
    cited = [fact("R1", Verdict.COVERED), fact("R2", Verdict.PARTIAL, "Encryption")]
    assert verdicts.told_as_they_are("R1 is covered and R2 is partly covered.", cited)
    assert not verdicts.told_as_they_are("R1 is partly covered and R2 is covered.", cited)
    assert not verdicts.told_as_they_are("R1 and R2 are covered.", cited)
    assert not verdicts.told_as_they_are("R1 is not covered.", cited[:1])
    assert not verdicts.mentioned("R11 and R1(a) are covered.", cited)


def test_a_sentence_on_an_assessment_adds_nothing_of_its_own() -> None:
    cited = [fact("R1", Verdict.COVERED)]
    assert verdicts.tells_nothing_else("Breach notice (R1) is covered, with confidence 0.9.", cited)
    for more in ("within 24 hours", "and will be tested", "since 2024", "but nobody knows it"):
        assert not verdicts.tells_nothing_else(f"Breach notice (R1) is covered {more}.", cited)


def test_every_mark_and_reason_has_words() -> None:
    assert words.UNSUPPORTED.keys() == {each.value for each in Unsupported}
    assert words.NO_ANSWER.keys() == {each.value for each in Why}


# ── What is finished ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [1, 3, 7, 50, 10_000])
def test_sentences_come_once_each_in_order_however_the_pieces_are_cut(size: int) -> None:
    rows = [{"text": f'No {n}: "}}],".', "quotes": [], "assessments": [f"R{n}"]} for n in range(4)]
    text = json.dumps({"sentences": rows, "not_answered": ""})
    reader = Reader()
    found = [s for at in range(0, len(text), size) for s in reader.feed(text[at : at + size])]
    assert [s.model_dump() for s in found] == rows


def test_half_a_sentence_is_never_given() -> None:
    reader = Reader()
    assert reader.feed('{"sentences": [{"text": "All is well", "quotes": [], "assessments": []}') == []
    assert [s.text for s in reader.feed(', {"text": "But')] == ["All is well"]
    assert reader.feed(' not", "quotes": [], "assessments": []}') == []  # more of it may come
    assert [s.text for s in reader.feed('], "not_answered": "" }')] == ["But not"]
    assert reader.feed("}") == []


def test_the_pairs_hold_no_swap_more_than_thrice() -> None:
    text = (PROJECT / "bench" / "quality" / "question_pairs.jsonl").read_text("utf-8").splitlines()
    swaps: dict[tuple[frozenset[str], frozenset[str]], int] = {}
    for row in map(json.loads, text):
        if not row["same"]:
            one, other = set(row["one"].lower().split()), set(row["other"].lower().split())
            key = (frozenset(one - other), frozenset(other - one))
            if any(key):  # else the same words in another order
                swaps[key] = swaps.get(key, 0) + 1
    assert max(swaps.values()) <= 3
