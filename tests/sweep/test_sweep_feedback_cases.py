"""Assessments that people corrected or confirmed become evaluation cases, each reviewed before it counts."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError, StoreError, UnknownNameError
from radar_pipeline.evals.cases import load_tenant
from radar_pipeline.storage.files import remove_tree
from radar_pipeline.sweep import feedback_cases
from tests.support.feeding import Bench, copy_of, swept_world


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept_world(tmp_path_factory.mktemp("swept"), "acme")


@pytest.fixture
def bench(swept: Path, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(copy_of(swept, tmp_path))
    yield made
    made.operations.close()


def test_a_corrected_assessment_becomes_a_case_that_counts_once_it_is_reviewed(bench: Bench) -> None:
    noted = bench.say("R1", "disagree", "partial", "Who is told is left open.")
    line = bench.case("R1")
    assert load_tenant(bench.world.home, "acme") == ()
    assert line["expected"] == {"verdict": "partial"} and line["why"] == "Who is told is left open."
    assert line["required_quotes"] == [] and line["reviewed"] is False
    bench.accept(line["case_id"])
    [case] = load_tenant(bench.world.home, "acme")
    assert (case.case_id, case.tenant, case.use_case.value) == (line["case_id"], "acme", "judge")
    assert "was-covered" in case.tags and noted.requirement_id == "rules:R1"


def test_a_case_asks_what_the_judge_was_asked(bench: Bench) -> None:
    bench.say("R1", "agree")
    line = bench.case("R1")
    [assessment] = [r for r in bench.tables["assessments"] if r["requirement_id"] == "rules:R1"]
    shown = line["inputs"]["passages"]
    assert len(shown) == len(assessment["candidates"]) > 0
    [breach] = [p for p in shown if "within 72 hours" in p["text"]]
    assert (breach["status"], breach["heading"]) == ("approved", "Security policy > Breaches")
    asked = line["inputs"]["requirement"]
    assert asked["text"].endswith("within 72 hours.")
    assert [e["limit"] for e in asked["elements"] if "limit" in e] == [
        {"amount": 72, "unit": "hours", "minimum": False}
    ]


def test_quotes_are_required_where_the_verdict_rests_on_them(bench: Bench) -> None:
    quotes = [r["quote"] for r in bench.tables["evidence"] if r["requirement_id"] == "rules:R1"]
    bench.say("R1", "disagree", "partial")
    assert bench.case("R1", keep_quotes=True)["required_quotes"] == list(dict.fromkeys(quotes)) != []
    bench.say("R1", "disagree", "not_addressed")
    assert bench.case("R1", keep_quotes=True)["required_quotes"] == []
    bench.say("R1", "agree")
    confirmed = bench.case("R1")
    assert confirmed["required_quotes"] == list(dict.fromkeys(quotes))
    assert confirmed["expected"] == {"verdict": "covered"}


def test_a_case_made_again_replaces_itself_and_a_change_has_to_be_reviewed_anew(bench: Bench) -> None:
    bench.say("R1", "disagree", "partial")
    bench.case("R1", reviewed=True)
    assert bench.case("R1")["reviewed"] is True  # nothing differs
    bench.say("R1", "disagree", "contradicted")
    assert bench.case("R1")["reviewed"] is False
    assert [c["expected"]["verdict"] for c in feedback_cases.listed(bench.home)] == ["contradicted"]


def test_a_verdict_that_nobody_gave_makes_no_case(bench: Bench) -> None:
    for opinion, verdict in (("unsure", "partial"), ("disagree", "")):
        with pytest.raises(ConfigurationError, match="no verdict by a person"):
            bench.case("R1")
        bench.say("R1", opinion, verdict)
    with pytest.raises(ConfigurationError, match="no verdict by a person"):
        bench.case("R1")


def test_where_people_differ_it_is_said_whose_word_counts(bench: Bench) -> None:
    bench.say("R1", "disagree", "partial", name="Ada")
    bench.say("R1", "agree", name="Bo")
    with pytest.raises(ConfigurationError, match="--as NAME"):
        bench.case("R1")
    assert bench.case("R1", name="ada")["expected"] == {"verdict": "partial"}


def test_an_assessment_that_was_made_anew_is_spoken_of_anew(bench: Bench) -> None:
    bench.say("R1", "disagree", "partial")
    bench.world.write("acme", "policy.md", "# Policy\n\nA breach is told to the regulator in 72 hours.\n")
    bench.world.sweep("acme")
    with pytest.raises(ConfigurationError, match="judged anew"):
        bench.case("R1")


def test_what_the_judge_saw_must_still_be_there(bench: Bench) -> None:
    bench.say("R1", "disagree", "partial")
    shutil.rmtree(bench.home / "work" / "lance")
    with pytest.raises(ConfigurationError, match="no longer all there"):
        bench.case("R1")


def test_a_catalog_that_changed_since_makes_no_case(bench: Bench) -> None:
    bench.say("R1", "disagree", "partial")
    bench.world.framework([("R1", "Breach notice", "Another duty within 24 hours.", 5)])
    with pytest.raises(ConfigurationError, match="not what was judged"):
        bench.case("R1")


def test_an_unknown_case_and_a_damaged_file_are_told(bench: Bench) -> None:
    with pytest.raises(UnknownNameError, match="no case"):
        bench.accept("nope")
    path = feedback_cases.path_of(bench.home)
    path.write_text('{"case_id": "a"}\n[1]\n')
    with pytest.raises(StoreError, match=r"judge\.jsonl is damaged"):
        feedback_cases.listed(bench.home)


def test_other_lines_of_the_file_stay_as_they_are(bench: Bench) -> None:
    path = feedback_cases.path_of(bench.home)
    path.parent.mkdir()
    own = {"case_id": "by-hand", "why": "Zoë’s", "reviewed": False}
    path.write_text(json.dumps(own) + "\n")
    bench.say("R1", "agree")
    bench.case("R1")
    assert feedback_cases.listed(bench.home)[0] == own


def test_a_line_written_by_hand_that_could_not_be_asked_is_not_accepted(bench: Bench) -> None:
    path = feedback_cases.path_of(bench.home)
    path.parent.mkdir()
    path.write_text(json.dumps({"case_id": "by-hand", "inputs": {}, "reviewed": False}) + "\n")
    with pytest.raises(ConfigurationError, match="could be asked"):
        bench.accept("by-hand")
    assert feedback_cases.listed(bench.home)[0]["reviewed"] is False


def test_a_case_made_during_an_erasure_does_not_make_the_tenants_folder_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.say("R1", "agree")
    check = feedback_cases._check

    def erased_meanwhile(*given: Any) -> None:
        check(*given)
        remove_tree(bench.home)

    monkeypatch.setattr(feedback_cases, "_check", erased_meanwhile)
    with pytest.raises(StoreError):
        bench.case("R1")
    assert list(bench.home.parent.iterdir()) == []
