"""From a folder to a report in one command, and tenants.yaml untouched when that cannot be."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from radar_pipeline.console import sweeping
from tests.support.world import POLICY, World


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "my documents"
    documents.mkdir()
    (documents / "policy.md").write_text(POLICY)
    (documents / "drawing.dwg").write_bytes(b"AC1032")
    return documents


def test_a_folder_becomes_a_report_in_one_command(world: World, folder: Path) -> None:
    world.tenant("acme")
    result = radar("tenants", "add", "my-firm", "--documents", str(folder), "--frameworks", "rules")
    assert result.exit_code == 0, result.output
    assert "2 files, 1 of a format the radar reads" in result.output and ".dwg" in result.output
    assert "Gravest blindspots" in result.output  # a drawing hides no sentence: blindspots stand
    page = world.home / "tenants" / "my-firm" / "published" / "index.html"
    assert "drawing.dwg" in page.read_text()
    assert not (world.home / "tenants" / "acme").exists()  # nobody else was swept


def test_a_format_that_nobody_reads_yet_leaves_blindspots_open(world: World, folder: Path) -> None:
    (folder / "deck.pptx").write_bytes(b"PK")
    radar("tenants", "add", "my-firm", "--documents", str(folder), "--frameworks", "rules")
    verdicts = world.verdicts("my-firm")
    assert verdicts["R6"] == "not_assessed" and "not_addressed" not in verdicts.values()


def test_a_tenant_can_be_added_without_sweeping(world: World, folder: Path) -> None:
    world.tenant("acme")
    arguments = ("--documents", str(folder), "--frameworks", "rules, rules", "--no-sweep")
    assert radar("tenants", "add", "my-firm", *arguments).exit_code == 0
    assert not world.home.exists()
    assert "my-firm" in radar("tenants", "check").output


@pytest.mark.parametrize(
    ("slug", "where", "frameworks", "says", "code"),
    [
        ("My Firm", "my documents", "rules", "not a tenant slug", 2),
        ("acme", "my documents", "rules", "already", 2),
        ("my-firm", "nowhere", "rules", "does not exist", 4),
        ("my-firm", "void", "rules", "no document", 2),
        ("my-firm", "my documents", "rulez", "Name some of: rules", 2),
        ("my-firm", "my documents", " , ", "No framework", 2),
    ],
)
def test_what_cannot_be_added_says_why_and_changes_nothing(
    world: World, folder: Path, slug: str, where: str, frameworks: str, says: str, code: int
) -> None:
    world.tenant("acme")
    (folder.parent / "void").mkdir()
    before = (world.data / "tenants.yaml").read_bytes()
    place = str(folder.parent / where)
    result = radar("tenants", "add", slug, "--documents", place, "--frameworks", frameworks)
    assert (result.exit_code, says in result.output) == (code, True), result.output
    assert (world.data / "tenants.yaml").read_bytes() == before


def test_status_tells_who_is_retired(world: World) -> None:
    world.tenant("acme")
    world.tenant("globex")
    radar("sweep", "--no-dagster")
    del world.tenants["globex"]
    world.save()
    tenants = json.loads(radar("status", "--json").stdout)["tenants"]
    assert {t["tenant_id"]: t["retired"] for t in tenants} == {"acme": False, "globex": True}
    assert "retired" in radar("status").output


def test_many_unchanged_tenants_are_counted_and_not_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "FEW", 1)
    world.tenant("acme")
    world.tenant("globex")
    assert "Where the documents stand" in radar("sweep", "--no-dagster").output
    world.write("acme", "more.md", "# More\n\nDrone pilots hold a licence for night flights over harbours.\n")
    one = radar("sweep", "--no-dagster").output
    assert "acme · rules" in one and "globex · rules" not in one
    none = " ".join(radar("sweep", "--no-dagster").output.split())
    assert "2 tenants unchanged" in none and "Where the documents stand" not in none
