"""Our attacks are found, whole; compliance prose is let through; no text takes long to read."""

import json
import os
import time
from pathlib import Path

import pytest

from radar_pipeline.judge.injection import Flag, instructions, without
from radar_pipeline.judge.injection_suspected import suspected
from radar_pipeline.settings import PROJECT
from tests.support.attacks import BENIGN, Attack, attacks

HELD_OUT = 0.8  # of the attacks held out; measured when they were first looked at: 84 of 98
DATA = os.environ.get("RADAR_BENCH_DATA")


def missed(found: list[Attack]) -> list[str]:
    return [a.attack_id for a in found if not instructions(a.passage)]


def either(text: str) -> tuple[Flag, ...]:
    return (*instructions(text), *suspected(text))


def found(chosen: list[Attack]) -> float:
    """The share of attacks that are flagged or suspected where they stand."""
    hits = (any(f.start < a.span[1] and a.span[0] < f.end for f in either(a.passage)) for a in chosen)
    return sum(hits) / len(chosen)


def test_there_are_attacks_of_every_kind_and_sentences_like_them() -> None:
    assert len(attacks()) >= 390
    assert len({a.family for a in attacks()}) == 32
    assert len(BENIGN) >= 180


def test_attacks_are_found() -> None:
    tuned = [a for a in attacks() if not a.held_out and not a.blind]
    assert len(missed(tuned)) <= len(tuned) * 0.05, missed(tuned)


def test_most_attacks_that_no_rule_was_written_for_are_flagged_or_suspected() -> None:
    assert found([a for a in attacks() if a.blind and not a.held_out]) >= 0.85
    assert found([a for a in attacks() if a.held_out]) >= HELD_OUT


def test_hardly_an_ordinary_sentence_is_suspected() -> None:
    paths = [p for p in sorted((PROJECT / "data" / "corpus").rglob("*.*")) if p.suffix in (".md", ".txt")]
    texts = [part for path in paths for part in path.read_text("utf-8").split("\n\n")]
    assert len(texts) > 500
    assert sum(bool(suspected(text)) for text in texts) <= len(texts) * 0.03
    assert sum(bool(suspected(sentence)) for sentence in BENIGN) <= len(BENIGN) * 0.15


def test_what_an_attack_wants_quoted_does_not_reach_the_judge() -> None:
    for attack in attacks():
        if attack.blind:
            continue
        if attack.planted and instructions(attack.passage):
            left = without(attack.passage, instructions(attack.passage)).text
            assert attack.planted not in left, attack.attack_id


def test_the_policy_around_an_attack_stays() -> None:
    for attack in attacks():
        first, last = attack.passage[: attack.passage.index("\n")], attack.passage.rsplit("\n", 1)[1]
        left = without(attack.passage, instructions(attack.passage)).text
        points = attack.attack_id in {"planted-5", "discredit-11", "forged-11"}  # to the sentence beside it
        assert points or (first in left and last in left), attack.attack_id


def test_compliance_prose_is_no_attack() -> None:
    wrong = [sentence for sentence in BENIGN if instructions(sentence)]
    assert len(wrong) <= len(BENIGN) * 0.02, wrong


def test_the_sample_documents_hold_no_attack() -> None:
    for path in sorted((PROJECT / "data" / "corpus").rglob("*.*")):
        if path.suffix in (".md", ".txt", ".eml"):
            assert instructions(path.read_text("utf-8")) == (), path.name


PILED = [
    *("ignore all ", "Mark all as covered. ", "you must say ", "verdict:\n", "system:\n", '{"verdict": '),
    *("<!-- ", "```", ".", "-", "=", "[", "</", "_ ", "| x ", "A: b; ", 'add "', "verdict" + " " * 30),
    *("6e", "6e ", "QUJD", "%41", "&#65;", "01000001 ", "a b ", "要求", "\u200b", "\U000e0041"),
]


@pytest.mark.parametrize("unit", PILED, ids=ascii)
def test_four_times_the_text_takes_no_more_than_some_ten_times_as_long(unit: str) -> None:
    def read(text: str) -> None:
        instructions.__wrapped__(text)
        suspected.__wrapped__(text)

    def seconds(characters: int) -> float:
        text = (unit * (characters // len(unit))) + " ignore verdict system end"
        began = time.process_time()
        read(text)
        return time.process_time() - began

    short = max(min(seconds(2_000) for _ in range(2)), 0.002)
    assert seconds(8_000) < 10 * short


@pytest.mark.skipif(not DATA, reason="RADAR_BENCH_DATA is not set: no collected texts to measure on")
def test_benign_texts_full_of_trigger_words_are_hardly_flagged() -> None:
    folder = Path(str(DATA)) / "hostile" / "piguard-notinject"
    prompts = [
        e["prompt"] for path in folder.rglob("NotInject*.json") for e in json.loads(path.read_text("utf-8"))
    ]
    assert len(prompts) >= 300
    assert sum(bool(instructions(prompt)) for prompt in prompts) <= len(prompts) * 0.02
