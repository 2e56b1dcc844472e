"""Edits touch one thing, refuse what would break a promise, and may break off anywhere."""

from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts import checking, drafting, editing, lock, perf, versions
from radar_pipeline.prompts.files import load, read
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.prompts.versions import Part
from radar_pipeline.settings import PROJECT
from tests.support.prompting import locked, performance, probe, write

NOTED = ("status: active", "status:   active  # since the spring\n# and so on")


def in_force(folder: Path, variant: str = "") -> str:
    return versions.active(folder, UseCase.JUDGE, "probe", variant).version


def draft(folder: Path, version: str = "1.1.0") -> None:
    write(folder, version, ("Quote literally", "Quote to the letter"), status="draft")


def test_a_status_is_the_only_thing_that_changes_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "1.0.0", NOTED)
    before = path.read_bytes()
    made = editing.set_status(tmp_path, probe(tmp_path), Status.DEPRECATED)
    assert made.status is Status.DEPRECATED and probe(tmp_path) == made
    assert path.read_bytes() == before.replace(b"  active  #", b"  deprecated  #")


def test_a_file_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path)
    prompt = probe(tmp_path)
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"))
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="changed by somebody else"):
        editing.set_status(tmp_path, prompt, Status.DEPRECATED)
    assert path.read_bytes() == before


def test_a_draft_edited_while_it_was_measured_leaves_no_figures_and_no_line_in_the_lock(
    tmp_path: Path,
) -> None:
    write(tmp_path)
    locked(tmp_path)
    draft(tmp_path)
    prompt = probe(tmp_path, "1.1.0")
    write(tmp_path, "1.1.0", ("Quote literally", "Quote freely"), status="draft")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ConfigurationError, match="changed by somebody else"):
        editing.activate(tmp_path, prompt, performance(prompt))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_promotion_leaves_one_active_version_locked_and_measured(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "1.2.0", variant="auditor")
    locked(tmp_path)
    draft(tmp_path)
    prompt = probe(tmp_path, "1.1.0")
    made = editing.activate(tmp_path, prompt, performance(prompt))
    assert made.status is Status.ACTIVE and in_force(tmp_path) == "1.1.0"
    assert probe(tmp_path).status is Status.DEPRECATED
    assert perf.read(tmp_path, made) == performance(prompt)
    assert checking.problems(tmp_path) == [] and in_force(tmp_path, "auditor") == "1.2.0"


@pytest.mark.parametrize("step", ["perf.write", "lock.write", "write_text"])
def test_a_promotion_that_breaks_off_leaves_a_version_in_force_and_can_be_repeated(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    locked(tmp_path)
    draft(tmp_path)
    prompt = probe(tmp_path, "1.1.0")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"radar_pipeline.prompts.editing.{step}", dies)
        with pytest.raises(KeyboardInterrupt):
            editing.activate(tmp_path, prompt, performance(prompt))
    assert in_force(tmp_path) == "1.0.0"
    editing.activate(tmp_path, probe(tmp_path, "1.1.0"), performance(prompt))
    assert in_force(tmp_path) == "1.1.0" and checking.problems(tmp_path) == []


def test_two_active_versions_are_a_moment_of_promotion_and_the_higher_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    locked(tmp_path)
    draft(tmp_path)
    prompt = probe(tmp_path, "1.1.0")
    with monkeypatch.context() as patched:
        patched.setattr(editing, "_active", lambda *_: [])
        editing.activate(tmp_path, prompt, performance(prompt))
    assert in_force(tmp_path) == "1.1.0"
    editing.deprecate(tmp_path, probe(tmp_path))
    assert checking.problems(tmp_path) == []


def test_a_version_that_says_no_change_or_was_edited_is_not_activated(tmp_path: Path) -> None:
    write(tmp_path)
    locked(tmp_path)
    write(tmp_path, "1.1.0", ("change: First version.", 'change: ""'), status="draft")
    prompt = probe(tmp_path, "1.1.0")
    with pytest.raises(ConfigurationError, match="must say what it changed"):
        editing.activate(tmp_path, prompt, performance(prompt))
    assert perf.read(tmp_path, prompt) is None and prompt.place not in (lock.read(tmp_path) or {})
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"))
    with pytest.raises(ConfigurationError, match="was edited after it became active"):
        editing.activate(tmp_path, probe(tmp_path), None)


def test_a_folder_without_a_lock_begins_one_with_its_first_promotion(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, name="other")
    draft(tmp_path)
    prompt = probe(tmp_path, "1.1.0")
    editing.activate(tmp_path, prompt, performance(prompt))
    assert in_force(tmp_path) == "1.1.0" and checking.problems(tmp_path) == []


def test_the_last_version_that_is_asked_with_is_not_deprecated(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "1.1.0", variant="auditor")
    locked(tmp_path)
    with pytest.raises(ConfigurationError, match="only active version") as caught:
        editing.deprecate(tmp_path, probe(tmp_path))
    assert "radar prompts new probe@1.0.0" in caught.value.remedy
    assert editing.deprecate(tmp_path, probe(tmp_path, "1.1.0")).status is Status.DEPRECATED
    draft(tmp_path, "1.2.0")
    with pytest.raises(ConfigurationError, match="is a draft"):
        editing.deprecate(tmp_path, probe(tmp_path, "1.2.0"))


def test_the_lock_takes_first_versions_only_and_changes_no_line(tmp_path: Path) -> None:
    write(tmp_path)
    assert [p.place for p in editing.take_into_lock(tmp_path)] == ["judge/probe/1.0.0"]
    before = lock.read(tmp_path)
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"))
    write(tmp_path, "1.1.0")
    assert editing.take_into_lock(tmp_path) == () and lock.read(tmp_path) == before
    write(tmp_path, "1.2.0", variant="auditor")
    assert [p.version for p in editing.take_into_lock(tmp_path)] == ["1.2.0"]


def test_a_new_draft_is_a_copy_with_a_free_number_and_a_change_to_fill_in(tmp_path: Path) -> None:
    write(tmp_path, "1.0.0", NOTED)
    write(tmp_path, "1.1.0", variant="auditor")
    locked(tmp_path)
    path = drafting.new(tmp_path, probe(tmp_path), Part.MINOR)
    assert path.name == "1.2.0.prompt.yaml" and "# since the spring" in path.read_text()
    made = read(tmp_path, path)
    assert (made.status, made.variant, made.parts) == (Status.DRAFT, "", probe(tmp_path).parts)
    assert made.changelog == ("1.0.0 (2026-11-29): First version.", "1.2.0: ")
    assert checking.problems(tmp_path) == [] and in_force(tmp_path) == "1.0.0"
    names = [drafting.new(tmp_path, probe(tmp_path), part).name for part in (Part.PATCH, Part.MAJOR)]
    assert names == ["1.0.1.prompt.yaml", "2.0.0.prompt.yaml"]


def test_a_new_draft_may_begin_or_leave_a_variant(tmp_path: Path) -> None:
    write(tmp_path, variant="auditor")
    variants = {
        v: read(tmp_path, drafting.new(tmp_path, probe(tmp_path), Part.MINOR, v)).variant
        for v in (None, "", "risk")
    }
    assert variants == {None: "auditor", "": "", "risk": "risk"}
    with pytest.raises(ConfigurationError, match="variant"):
        drafting.new(tmp_path, probe(tmp_path), Part.MINOR, "../x")


@pytest.mark.parametrize("name", ["coverage", "answer", "elements", "passages", "grade"])
def test_a_draft_of_what_ships_changes_no_word(tmp_path: Path, name: str) -> None:
    use_case = next(p.parent.parent.name for p in (PROJECT / "prompts").glob(f"*/{name}/1.0.0.prompt.yaml"))
    source = PROJECT / "prompts" / use_case / name / "1.0.0.prompt.yaml"
    copy = tmp_path / use_case / name / source.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(source.read_bytes())
    origin = load(tmp_path, UseCase(use_case), name)
    lines = drafting.new(tmp_path, origin, Part.MINOR).read_text().splitlines()
    changed = {"version: 1.1.0", "status: draft", "  - version: 1.1.0", '    change: ""'}
    assert set(lines) - set(source.read_text().splitlines()) <= {*changed, "    change: ''"}
