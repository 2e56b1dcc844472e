"""`radar prompts`: the files as a person meets them, version by version."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.prompts import perf
from tests.support.prompting import locked, performance, probe, write


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["prompts", *arguments], catch_exceptions=False)


def answer(*arguments: str) -> Any:
    result = radar(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def flat(result: Result) -> str:
    return " ".join(result.output.split())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RADAR_PROMPTS", str(tmp_path))
    write(tmp_path)
    locked(tmp_path)
    return tmp_path


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RADAR_PROMPTS", raising=False)


def test_list_tells_status_variant_and_evaluation(folder: Path) -> None:
    write(folder, "1.1.0", variant="auditor", status="draft")
    first, second = answer("list")
    assert (first["prompt"], first["status"], first["variant"]) == ("probe@1.0.0", "active", "")
    assert (second["prompt"], second["status"], second["variant"]) == ("probe@1.1.0", "draft", "auditor")
    assert first["evaluation"] == "not evaluated" and "not evaluated" in flat(radar("list"))
    perf.write(folder, probe(folder), performance(probe(folder)))
    assert answer("list")[0]["evaluation"] == "accuracy 0.81 (0.74–0.87), n 131, 2026-11-30"


def test_show_tells_all_of_a_version_by_name_key_or_reference(folder: Path) -> None:
    write(folder, "1.1.0", ("Quote literally", "Quote freely"), status="draft")
    found = answer("show", "probe")
    assert found["ref"] == probe(folder).ref
    assert [m["role"] for m in found["messages"]] == ["system", "user", "user"]
    assert found["input"]["passages"]["data"] and found["performance"] is None
    assert answer("show", probe(folder).ref) == found
    told = radar("show", "probe@1.1.0").output
    assert "Quote freely" in told and "{{ subject }}" in told and "1.1.0 (2026-11-29)" in told


def test_a_name_or_version_that_is_not_there_is_told_with_those_that_are(folder: Path) -> None:
    for name, there in (("prob", "Name one of these: probe"), ("probe@2.0.0", "Name one of these: 1.0.0")):
        result = radar("show", name)
        assert result.exit_code == 2 and there in flat(result)


def test_diff_shows_words_schemas_and_the_number_that_must_rise(folder: Path) -> None:
    changes = (("Quote literally", "Quote freely"), ("[verdict]", "[]"), ("tokens: 100", "tokens: 200"))
    write(folder, "2.0.0", *changes, status="draft")
    found = answer("diff", "probe@1.0.0", "probe@2.0.0")
    assert found["required"] == "major"
    assert {"-Judge. Quote literally.", "+Judge. Quote freely."} <= set(found["messages"])
    assert found["schema"] == ["output.required: ['verdict'] → []"]
    assert found["settings"] == ["max_output_tokens: 100 → 200"]
    told = flat(radar("diff", "probe@1.0.0", "probe@2.0.0"))
    assert "probe@1.0.0 → probe@2.0.0: a major change" in told and "+Judge. Quote freely." in told
    assert "no change" in flat(radar("diff", "probe", "probe"))


def test_a_new_draft_is_written_and_named(folder: Path) -> None:
    result = radar("new", "probe", "--part", "patch")
    assert result.exit_code == 0 and "radar prompts diff probe@1.0.0 probe@1.0.1" in flat(result)
    assert (folder / "judge/probe/1.0.1.prompt.yaml").exists()
    assert radar("new", "probe", "--variant", "auditor").exit_code == 0
    assert radar("new", "probe", "--variant", "auditor").exit_code == 0
    variants = {row["prompt"]: row["variant"] for row in answer("list")}
    assert variants == {
        "probe@1.0.0": "",
        "probe@1.0.1": "",
        "probe@1.1.0": "auditor",
        "probe@1.2.0": "auditor",
    }
    assert radar("check").exit_code == 2  # the probe's answer is not the one that the code reads
    assert radar("new", "probe", "--part", "huge").exit_code == 2


def test_render_shows_what_is_sent_and_what_of_it_is_data(folder: Path) -> None:
    system, about, shown = answer("render", "probe")
    assert (system["role"], about["text"]) == ("system", "About backups.")
    assert [m["data"] for m in (system, about, shown)] == [False, False, True]
    assert "BOUNDARY 1: Backups are tested." in shown["text"]
    values = folder / "values.json"
    values.write_text(json.dumps({"subject": "[red]keys", "passages": [{"number": 7, "text": "Locked."}]}))
    told = flat(radar("render", "probe@1.0.0", "--values", str(values)))
    assert "About [red]keys." in told and "BOUNDARY 7: Locked." in told and "user (data)" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{subject: x}", "the value for passages is missing"),
        ("{subject: x, passages: [], more: 1}", "a value for more was given"),
        ("{subject: x, passages: [{number: 1}]}", "UndefinedError at 'text'"),
        ("[1, 2]", "valid dict"),
        ("{", "not valid YAML"),
    ],
)
def test_values_that_do_not_fit_are_told(folder: Path, text: str, said: str) -> None:
    values = folder.parent / "values.txt"
    values.write_text(text)
    result = radar("render", "probe", "--values", str(values))
    assert result.exit_code == 2 and said in flat(result)
    assert radar("render", "probe", "--values", str(folder / "none")).exit_code == 2


def test_check_ends_with_two_and_tells_what_mends_each_problem(folder: Path) -> None:
    write(folder, "1.0.0", ("Quote literally", "Quote freely"))
    result = radar("check")
    told = flat(result)
    assert result.exit_code == 2
    assert "judge/probe/1.0.0: it is active and was edited." in told
    assert "write a new version: radar prompts new probe@1.0.0" in told
    assert "output.schema is not that of CoverageAnswer" in told


def test_a_file_that_cannot_be_read_is_a_problem_and_no_end(folder: Path) -> None:
    write(folder, "1.1.0").write_text("name: [")
    result = radar("check", "--json")
    assert result.exit_code == 2
    assert [p["place"] for p in json.loads(result.stdout)] == ["judge/probe/1.1.0.prompt.yaml"]


@pytest.mark.usefixtures("shipped")
def test_the_prompts_that_ship_pass() -> None:
    assert "nothing to mend" in flat(radar("check"))
    assert answer("check") == []
    assert {row["evaluation"] for row in answer("list") if row["status"] == "active"} >= {"not evaluated"}
    for name in {row["prompt"] for row in answer("list")}:
        assert radar("render", name).exit_code == 0 and radar("show", name).exit_code == 0


def test_lock_takes_a_first_version_in_and_says_so(folder: Path) -> None:
    write(folder, name="other")
    assert "judge/other/1.0.0 is in the lock now" in flat(radar("lock"))
    assert "Nothing is missing" in flat(radar("lock"))


def test_deprecate_refuses_the_last_one(folder: Path) -> None:
    result = radar("deprecate", "probe")
    assert result.exit_code == 2 and "only active version" in flat(result)
    write(folder, "1.1.0")
    locked(folder)
    assert radar("deprecate", "probe@1.0.0").exit_code == 0
    assert {row["prompt"]: row["status"] for row in answer("list")}["probe@1.0.0"] == "deprecated"


def test_what_a_file_says_cannot_paint_the_terminal(folder: Path) -> None:
    write(folder, "1.1.0", ("description: For the tests.", 'description: "[bold]\\e[31mred"'), status="draft")
    told = radar("show", "probe@1.1.0").output
    assert "\x1b" not in told and "[bold]" in told
