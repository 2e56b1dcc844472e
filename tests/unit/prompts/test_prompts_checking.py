"""What must hold of a folder of prompts is told, all of it at once, each with what mends it."""

from pathlib import Path

import pytest

from radar_pipeline.prompts import perf
from radar_pipeline.prompts.checking import problems
from radar_pipeline.settings import PROJECT
from tests.support.prompting import locked, performance, probe, write


def says(folder: Path) -> list[str]:
    found = problems(folder)
    assert all(p.remedy for p in found)
    return [f"{p.place}: {p.says}" for p in found]


def one(folder: Path) -> str:
    (found,) = says(folder)
    return found


def test_the_prompts_that_ship_have_no_problems() -> None:
    assert problems(PROJECT / "prompts") == []


def test_an_edit_of_what_is_no_draft_is_told_with_what_to_do_instead(tmp_path: Path) -> None:
    write(tmp_path)
    locked(tmp_path)
    assert problems(tmp_path) == []
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"))
    (found,) = problems(tmp_path)
    assert (found.place, found.says) == ("judge/probe/1.0.0", "it is active and was edited.")
    assert "write a new version: radar prompts new probe@1.0.0" in found.remedy
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"), status="deprecated")
    assert one(tmp_path) == "judge/probe/1.0.0: it is deprecated and was edited."
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"), status="draft")
    assert problems(tmp_path) == []


def test_what_is_missing_in_the_lock_or_beside_it_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    assert one(tmp_path) == "lock: there is no lock."
    locked(tmp_path)
    write(tmp_path, name="other")
    assert one(tmp_path) == "judge/other/1.0.0: it is active and not in the lock."
    locked(tmp_path)
    (tmp_path / "judge/other/1.0.0.prompt.yaml").unlink()
    assert one(tmp_path) == "judge/other/1.0.0: it is in the lock and its file is gone."
    (tmp_path / "lock").write_text("gibberish\n")
    assert "line 1" in one(tmp_path)


def test_every_broken_file_is_told_and_hides_nothing_else(tmp_path: Path) -> None:
    write(tmp_path)
    locked(tmp_path)
    write(tmp_path, "1.1.0", status="draft").write_text("name: [")
    write(tmp_path, "1.2.0", ("role: system", "role: robot"), status="draft")
    write(tmp_path, "1.0.1", ("Quote literally", "Quote freely"), status="draft")
    first, second, third = says(tmp_path)
    assert first.startswith("judge/probe/1.0.1: against 1.0.0 it is a minor change")
    assert second.startswith("judge/probe/1.1.0.prompt.yaml") and "not valid YAML" in second
    assert third.startswith("judge/probe/1.2.0.prompt.yaml") and "line 21" in third


@pytest.mark.parametrize(
    ("version", "change", "needed"),
    [
        ("1.0.1", ("Judge. Quote", "Judge! Quote"), ""),
        ("1.0.1", ("Quote literally", "Quote freely"), "minor"),
        ("1.1.0", ("Quote literally", "Quote freely"), ""),
        ("1.1.0", ("[verdict]", "[]"), "major"),
        ("2.0.0", ("[verdict]", "[]"), ""),
        ("2.0.0", ("Judge. Quote", "Judge! Quote"), ""),
    ],
)
def test_a_number_rises_as_far_as_the_content_changed(
    tmp_path: Path, version: str, change: tuple[str, str], needed: str
) -> None:
    write(tmp_path)
    locked(tmp_path)
    write(tmp_path, version, change, status="draft")
    assert [needed in found for found in says(tmp_path)] == ([True] if needed else [])


def test_one_version_of_a_variant_is_active_and_a_later_one_has_figures(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "1.1.0")
    write(tmp_path, "1.2.0", variant="auditor")
    locked(tmp_path)
    first, second = says(tmp_path)
    assert first == "judge/probe/1.0.0: it is active beside probe@1.1.0 of the same variant."
    assert second.startswith("judge/probe/1.1.0: it is active, not the first of its variant, and was never")
    write(tmp_path, status="deprecated")
    perf.write(tmp_path, probe(tmp_path, "1.1.0"), performance(probe(tmp_path, "1.1.0")))
    assert problems(tmp_path) == []


def test_figures_of_another_content_or_of_nothing_are_told(tmp_path: Path) -> None:
    write(tmp_path, status="draft")
    perf.write(tmp_path, probe(tmp_path), performance(probe(tmp_path)))
    (tmp_path / "judge/probe/1.7.0.perf.json").write_text("{}")
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"), status="draft")
    first, second = says(tmp_path)
    assert first == "judge/probe/1.0.0: 1.0.0.perf.json is of another content."
    assert second == "judge/probe/1.7.0.perf.json: there is no such version."
    perf.path_of(tmp_path, probe(tmp_path)).write_text("{")
    assert "1.0.0.perf.json is damaged" in says(tmp_path)[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("subject: backups", "subject: 7", "test_data.subject: 7 is not of type 'string'"),
        ("number: 1, ", "", "test_data.passages.0: 'number' is a required property"),
        ("  subject: backups\n", "", "the value for subject is missing"),
        ("  subject: backups", "  subject: backups\n  more: x", "a value for more was given"),
        ("{type: string}}}", "{type: text}}}", "a schema is no JSON Schema"),
        ("{{ p.text }}", "{{ p.words }}", "UndefinedError at 'words'"),
    ],
)
def test_test_data_fits_its_schemas_and_renders(tmp_path: Path, old: str, new: str, said: str) -> None:
    write(tmp_path, "1.0.0", (old, new), status="draft")
    assert any(said in found for found in says(tmp_path))


def test_a_name_of_two_use_cases_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, use_case="ask", status="draft")
    (tmp_path / "lock").write_text(f"judge/probe/1.0.0 {probe(tmp_path).sha}\n")
    assert one(tmp_path) == "probe: the name is used for more than one use case."
