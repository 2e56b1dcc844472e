"""The version asked with is the highest active one that says what the lock says; and what a change costs."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.prompts import lock, versions
from radar_pipeline.prompts.files import Prompt, available
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.prompts.versions import Part
from tests.support.prompting import locked, probe, write


def in_force(folder: Path, variant: str = "") -> str:
    return versions.active(folder, UseCase.JUDGE, "probe", variant).version


def test_the_highest_active_version_is_used_whatever_else_lies_there(tmp_path: Path) -> None:
    for version, status in (("1.0.0", "deprecated"), ("1.9.0", "active"), ("1.10.0", "active")):
        write(tmp_path, version, status=status)
    write(tmp_path, "2.0.0", status="draft")
    write(tmp_path, "2.1.0", variant="auditor")
    locked(tmp_path)
    assert in_force(tmp_path) == "1.10.0"
    assert in_force(tmp_path, "auditor") == "2.1.0"


def test_a_broken_version_never_stops_the_one_in_force(tmp_path: Path) -> None:
    write(tmp_path)
    locked(tmp_path)
    for version in ("0.9.0", "1.1.0"):
        write(tmp_path, version).write_text("name: [", "utf-8")
    assert in_force(tmp_path) == "1.0.0"


def test_what_an_editor_leaves_beside_a_version_never_stops_it(tmp_path: Path) -> None:
    path = write(tmp_path)
    locked(tmp_path)
    path.with_name(".#1.0.0.prompt.yaml").symlink_to("me@host.4711")
    path.with_name("latest.prompt.yaml").write_text("name: [", "utf-8")
    path.with_name("1.2.0.prompt.yaml").mkdir()
    os.mkfifo(path.with_name("1.3.0.prompt.yaml"))
    assert in_force(tmp_path) == "1.0.0"


def test_a_version_edited_after_it_became_active_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "1.1.0")
    locked(tmp_path)
    assert in_force(tmp_path) == "1.1.0"
    write(tmp_path, "1.1.0", ("Quote literally", "Quote freely"))
    assert in_force(tmp_path) == "1.0.0"
    write(tmp_path, "1.0.0", ("Quote literally", "Quote freely"))
    with pytest.raises(ConfigurationError, match=r"1\.1\.0 is not what lock says; 1\.0\.0 is not") as caught:
        in_force(tmp_path)
    assert "radar prompts check" in caught.value.remedy


def test_a_version_that_nobody_locked_is_not_used(tmp_path: Path) -> None:
    write(tmp_path)
    locked(tmp_path)
    write(tmp_path, "1.1.0")
    assert in_force(tmp_path) == "1.0.0"


def test_without_a_lock_only_a_first_version_may_be_active(tmp_path: Path) -> None:
    write(tmp_path, "1.1.0")
    write(tmp_path, "1.0.0", status="draft")
    assert in_force(tmp_path) == "1.1.0"
    write(tmp_path, "1.0.0", status="deprecated")
    with pytest.raises(ConfigurationError, match="Without a lock only a first version may be active"):
        in_force(tmp_path)


def test_no_version_and_no_active_version_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="versions found: none"):
        in_force(tmp_path)
    write(tmp_path, status="draft")
    locked(tmp_path)
    with pytest.raises(ConfigurationError, match="none is active"):
        in_force(tmp_path)
    with pytest.raises(ConfigurationError, match="variant auditor"):
        in_force(tmp_path, "auditor")


@pytest.mark.parametrize("line", ["judge/probe/1.0.0", "judge/probe/1.0.0 abc", "x", "<<<<<<< HEAD"])
def test_a_damaged_lock_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    write(tmp_path)
    locked(tmp_path)
    with (tmp_path / "lock").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(ConfigurationError, match="lock, line 2: it is not of the form"):
        in_force(tmp_path)


def test_the_lock_is_in_order_of_versions_and_reads_as_it_was_written(tmp_path: Path) -> None:
    entries = {f"judge/probe/{v}": "a" * 64 for v in ("1.10.0", "1.9.0")} | {"ask/probe/1.0.0": "b" * 64}
    assert lock.read(tmp_path) is None
    lock.write(tmp_path, entries)
    places = [line.split()[0] for line in (tmp_path / "lock").read_text().splitlines()]
    assert places == ["ask/probe/1.0.0", "judge/probe/1.9.0", "judge/probe/1.10.0"]
    assert lock.read(tmp_path) == entries


def test_what_came_before_is_the_next_lower_one_of_the_variant_that_is_no_draft(tmp_path: Path) -> None:
    for version, status, variant in (
        ("1.0.0", "active", ""),
        ("1.2.0", "draft", ""),
        ("1.3.0", "active", "auditor"),
        ("1.4.0", "draft", ""),
    ):
        write(tmp_path, version, status=status, variant=variant)
    prompts = available(tmp_path)
    before = {p.version: versions.previous(prompts, p) for p in prompts}
    assert {v: p.version if p else None for v, p in before.items()} == {
        "1.0.0": None,
        "1.2.0": "1.0.0",
        "1.3.0": None,
        "1.4.0": "1.0.0",
    }


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("Judge. Quote literally.", "Judge – Quote, literally!", Part.PATCH),
        ("description: For the tests.", "description: For tests.", Part.PATCH),
        ("subject: backups", "subject: keys", Part.PATCH),
        ("description: what was found", "description: what the search found", Part.PATCH),
        ("Quote literally.", "Quote freely.", Part.MINOR),
        ("Quote literally.", "", Part.MINOR),
        ("Judge.", "Judge within 1.5 days.", Part.MINOR),
        ("About {{ subject }}.", "About {{ subject | upper }}.", Part.MINOR),
        ("max_output_tokens: 100", "max_output_tokens: 200", Part.MINOR),
        ("model: judge", "model: ask", Part.MINOR),
        ("required: [number, text]", "required: [number]", Part.MAJOR),
        ("[verdict]", "[]", Part.MAJOR),
        ("{verdict: {type: string}}", "{verdict: {type: string, enum: [yes, no]}}", Part.MAJOR),
    ],
)
def test_the_number_that_must_rise_follows_from_what_changed(
    tmp_path: Path, old: str, new: str, part: Part
) -> None:
    write(tmp_path)
    write(tmp_path, "1.1.0", (old, new), status="draft")
    assert versions.required(probe(tmp_path), probe(tmp_path, "1.1.0")) is part


def test_a_number_a_sign_or_a_condition_is_more_than_typography(tmp_path: Path) -> None:
    write(tmp_path)
    one = probe(tmp_path)

    def saying(text: str) -> Prompt:
        return replace(one, parts=(replace(one.parts[0], template=text), *one.parts[1:]))

    for first, second in (
        ("at most 1.5 days", "at most 15 days"),
        ("score > 3", "score < 3"),
        ("{% if a %}x{% endif %}", "{% if not a %}x{% endif %}"),
        ("{{ subject }}", "subject"),
    ):
        assert versions.required(saying(first), saying(second)) is Part.MINOR
    assert versions.required(saying("a  b\n- c"), saying("a b; c.")) is Part.PATCH
    assert versions.required(one, one) is None


def test_numbers_rise_and_are_compared_as_versions(tmp_path: Path) -> None:
    assert [versions.bumped("1.9.3", part) for part in Part] == ["2.0.0", "1.10.0", "1.9.4"]
    assert [versions.raised("1.9.3", v) for v in ("2.0.0", "1.10.0", "1.9.4")] == list(Part)
    assert versions.enough(Part.MAJOR, Part.MINOR) and not versions.enough(Part.PATCH, Part.MINOR)
