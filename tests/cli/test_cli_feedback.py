"""``radar feedback``: saying, listing, cases and calibration, as a person or a script meets them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.evals.cases import load_tenant
from radar_pipeline.storage.operations import Operations
from tests.support.feeding import copy_of, swept_world
from tests.support.world import World


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept_world(tmp_path_factory.mktemp("swept"), "acme", "case")  # one is called like a command


@pytest.fixture
def spoken(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world with its report, and nobody who has spoken yet."""
    monkeypatch.setenv("LOGNAME", "ada")
    return copy_of(swept, tmp_path)


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


def done(*arguments: str) -> str:
    result = radar(*arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def answer(*arguments: str) -> Any:
    result = radar(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*arguments: str) -> str:
    result = radar(*arguments)
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


def test_what_is_said_is_noted_and_listed_with_who_and_why(spoken: World) -> None:
    assert "Nobody has said anything" in done("feedback", "acme")
    assert "rules:R1, covered: ada says agree" in done("feedback", "acme", "R1", "agree")
    corrected = done(
        "feedback", "acme", "r2", "disagree", "--verdict", "partial", "--why", "Only rest.", "--as", "Bo"
    )
    assert "Bo says disagree, partial" in corrected and "radar feedback case acme" in corrected
    [second, first] = answer("feedback", "acme")
    assert (first["name"], first["opinion"], first["verdict"]) == ("ada", "agree", "covered")
    assert (second["name"], second["why"], second["suggested_verdict"]) == ("Bo", "Only rest.", "partial")
    shown = done("feedback", "acme")
    assert "rules:R2 · covered" in shown and "Only rest." in shown and "ada" in shown


def test_who_thinks_again_takes_the_first_word_back(spoken: World) -> None:
    done("feedback", "acme", "R1", "agree")
    done("feedback", "acme", "R1", "unsure")
    assert [one["counts"] for one in answer("feedback", "acme")] == [True, False]
    assert "said something newer since" in done("feedback", "acme")


def test_explain_shows_what_people_say_of_the_verdict(spoken: World) -> None:
    assert "What people say" not in done("explain", "acme", "R1")
    done("feedback", "acme", "R1", "disagree", "--why", "The board\x1b[31m decides [/] [red].")
    assert [one["name"] for one in answer("explain", "acme", "R1")["feedback"]] == ["ada"]
    shown = radar("explain", "acme", "R1").output
    assert "What people say of it" in shown and "decides [/] [red]." in shown and "\x1b" not in shown
    assert answer("explain", "acme", "R2")["feedback"] == []


def test_a_table_is_noted_whole_or_not_at_all(spoken: World, tmp_path: Path) -> None:
    table = tmp_path / "said.csv"
    table.write_text("ref,opinion,verdict,why,as\nR1,agree,,,\nR9,agree,,,\n")
    problem = refused("feedback", "acme", "--csv", str(table))
    assert "said.csv" in problem and "line 3" in problem and answer("feedback", "acme") == []
    table.write_text("ref,opinion,verdict,why,as\nR1,agree,,,\nR2,disagree,partial,Old.,Cy\n")
    assert "2 opinions" in done("feedback", "acme", "--csv", str(table), "--as", "Bo")
    assert {one["name"] for one in answer("feedback", "acme")} == {"Bo", "Cy"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("acme", "R1"), "what you think"),
        (("acme", "R1", "perhaps"), "perhaps"),
        (("acme", "R1", "disagree", "--verdict", "fine"), "fine"),
        (("acme", "R1", "agree", "--verdict", "partial"), "who agrees"),
        (("acme", "R99", "agree"), "no requirement"),
        (("acme", "--why", "Because."), "what this is about"),
        (("acme", "R1", "agree", "--csv", "said.csv"), "says everything itself"),
        (("../acme", "R1", "agree"), "not a tenant slug"),
        (("case", "acme", "R1"), "no verdict by a person"),
        (("case", "acme", "R99"), "no requirement"),
        (("cases", "acme", "--review", "nope"), "no case"),
        (("cases", "../acme"), "not a tenant slug"),
    ],
)
def test_a_wrong_word_is_told(spoken: World, arguments: tuple[str, ...], expected: str) -> None:
    assert expected in refused("feedback", *arguments)
    assert Operations(spoken.settings().operations).feedback.opinions() == []


def test_a_tenant_that_was_never_swept_has_nothing_to_be_spoken_of(world: World) -> None:
    world.tenant("acme")
    result = radar("feedback", "acme", "R1", "agree")
    assert result.exit_code == 5 and "radar sweep --tenant acme" in result.output


def test_a_tenant_called_like_a_command_is_spoken_of_too(spoken: World) -> None:
    done("feedback", "say", "case", "R1", "agree")
    assert [one["requirement_id"] for one in answer("feedback", "say", "case")] == ["rules:R1"]
    assert answer("feedback", "acme") == []


def test_a_case_is_made_listed_and_accepted(spoken: World) -> None:
    assert "no case of its own" in done("feedback", "cases", "acme")
    done("feedback", "acme", "R1", "disagree", "--verdict", "partial", "--why", "Nobody is named.")
    made = done("feedback", "case", "acme", "R1", "--severity", "critical")
    [line] = answer("feedback", "cases", "acme")
    assert f"--review {line['case_id']}" in made and line["severity"] == "critical"
    assert "to review" in done("feedback", "cases", "acme")
    assert load_tenant(spoken.home, "acme") == ()
    done("feedback", "cases", "acme", "--review", line["case_id"])
    shown = done("feedback", "cases", "acme")
    assert "reviewed" in shown and "R1 is partial, critical" in shown and "Nobody is named." in shown
    assert [case.case_id for case in load_tenant(spoken.home, "acme")] == [line["case_id"]]


def test_cases_are_made_and_listed_among_the_prompts_too(spoken: World) -> None:
    done("feedback", "acme", "R1", "agree")
    done("prompts", "case", "acme", "R1")
    assert [line["reviewed"] for line in answer("prompts", "cases", "acme")] == [False]


def test_a_case_may_need_no_second_look(spoken: World) -> None:
    done("feedback", "acme", "R1", "agree")
    assert "asked from now on" in done("feedback", "case", "acme", "R1", "--reviewed")


def test_calibration_says_when_there_is_too_little_and_shows_the_bands(spoken: World) -> None:
    done("feedback", "acme", "R1", "agree")
    done("feedback", "acme", "R2", "disagree")
    shown = done("feedback", "--calibration")
    assert "n = 2, agreed 1" in shown and "not enough data: 28 more" in shown and "95% interval" in shown
    found = answer("feedback", "--calibration")
    assert list(found) == ["all judges"] and found["all judges"]["error"] is None


def test_without_words_the_command_tells_its_use() -> None:
    shown = done("feedback")
    assert "TENANT [REF OPINION]" in shown and "cases" in shown
