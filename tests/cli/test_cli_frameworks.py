"""``radar frameworks``: what a data team types when a publisher ships a catalog."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from radar_pipeline.cli import main
from tests.support.world import World

TABLE = "ref,title,text,groups\nA-1,Backups,Backups are made daily.,core\nA-2,Logs,Logs are kept.,\n"
NEWER = "ref,title,text,groups\nA-1,Backups,Backups are made hourly.,core\nA-3,Doors,Doors are locked.,\n"


def radar(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["frameworks", *arguments], catch_exceptions=False)


def answer(*arguments: str) -> Any:
    result = radar(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "house.csv"
    path.write_text(text, "utf-8")
    return str(path)


def test_list_tells_version_size_groups_and_whom_a_framework_binds(world: World, tmp_path: Path) -> None:
    world.tenant("acme")
    radar("import", table(tmp_path, TABLE), "--version", "1")
    house, rules = answer("list")
    assert (house["framework"], house["version"], house["requirements"]) == ("house", "1", 2)
    assert (house["groups"], house["tenants"], rules["tenants"]) == ({"core": 1}, [], ["acme"])
    shown = radar("list").output
    assert "7 requirements" in shown and "binds acme" in shown and "binds nobody" in shown


def test_list_shows_a_broken_catalog_beside_the_good_ones(world: World) -> None:
    world.tenant("acme")
    (world.data / "frameworks" / "broken.yaml").write_text("urn: [\n")
    result = radar("list")
    assert result.exit_code == 2
    assert "broken.yaml, line" in result.output and "binds acme" in result.output


def test_import_says_what_it_wrote_kept_and_changed(world: World, tmp_path: Path) -> None:
    first = answer("import", table(tmp_path, TABLE), "--version", "1")
    assert (first["state"], first["requirements"], first["archived"]) == ("new", 2, None)
    assert answer("import", table(tmp_path, TABLE), "--version", "1")["state"] == "unchanged"
    assert "the same as before" in radar("import", table(tmp_path, TABLE), "--version", "1").output
    shown = radar("import", table(tmp_path, NEWER), "--version", "2")
    for expected in (
        "house@1.yaml",
        "1 added, 1 removed",
        "A-1  (text, elements)",
        "A-3  Doors",
        "next sweep",
    ):
        assert expected in shown.output, shown.output
    found = answer("diff", "house@1", "house")
    assert (found["added"], found["removed"]) == ({"A-3": "Doors"}, {"A-2": "Logs"})
    assert answer("diff", "house", table(tmp_path, TABLE))["added"] == {"A-2": "Logs"}
    assert "A-2  Logs" in radar("diff", "house@1", "house").output
    assert answer("show", "house")["older_versions"] == ["house@1"]


def test_show_tells_the_tree_and_one_requirement_with_what_maps_to_it(world: World, tmp_path: Path) -> None:
    radar("import", table(tmp_path, TABLE), "--version", "1")
    folder = world.data / "frameworks" / "mappings"
    folder.mkdir()
    (folder / "house-to-rules.yaml").write_text(
        "urn: urn:test:map\nref_id: house-to-rules\nname: House to rules\nversion: '1'\n"
        "source: {framework: house}\ntarget: {framework: rules, urn: 'urn:test:rules'}\n"
        "pairs:\n- [A-1, r4, subset]\n- [A-2, R1, not_related]\n"
    )
    assert [n["ref"] for n in answer("show", "house")["nodes"]] == ["A-1", "A-2"]
    assert "A-1  Backups" in radar("show", "house").output
    one = answer("show", "house", "a-1")
    assert one["citation"] == "house, A-1" and one["elements"][0]["text"] == "Backups are made daily."
    (mapped,) = one["mapped"]
    assert (mapped["ref"], mapped["title"], mapped["relationship"]) == ("R4", "Backups", "subset")
    (back,) = answer("show", "rules", "rules:R4")["mapped"]
    assert (back["framework"], back["ref"], back["relationship"]) == ("house", "A-1", "superset")
    assert "R4 Backups (subset)" in radar("show", "house", "A-1").output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", "nope"), "Known are: rules"),
        (("show", "../rules"), "There is no framework"),
        (("show", "rules", "R77"), "rules has no requirement 'R77'"),
        (("diff", "rules", "rules@9"), "no archived version"),
        (("diff", "rules", "../rules"), "no archived version"),
        (("import", "absent.csv"), "cannot be read"),
    ],
)
def test_a_wrong_word_is_told_with_its_remedy(
    world: World, arguments: tuple[str, ...], expected: str
) -> None:
    result = radar(*arguments)
    assert result.exit_code == 2, result.output
    assert expected in result.output and "→" in result.output


def test_a_malformed_file_leaves_the_folder_as_it_was(world: World, tmp_path: Path) -> None:
    before = sorted(world.data.rglob("*"))
    result = radar("import", table(tmp_path, TABLE + "A-1,Again,Twice.,\n"))
    assert result.exit_code == 2 and "line 4" in result.output and "nothing was imported" in result.output
    assert sorted(world.data.rglob("*")) == before


def test_escape_sequences_of_a_publisher_never_reach_the_terminal(world: World, tmp_path: Path) -> None:
    wild = "ref,title,text\nA-1,\x1b[31mRed\x1b[0m [bold]title[/bold],Backups \u202eare made.\n"
    radar("import", table(tmp_path, wild))
    for arguments in (("show", "house"), ("show", "house", "A-1"), ("list",)):
        shown = radar(*arguments).output
        assert "\x1b[31m" not in shown and "\u202e" not in shown
    assert "[bold]title[/bold]" in radar("show", "house", "A-1").output
