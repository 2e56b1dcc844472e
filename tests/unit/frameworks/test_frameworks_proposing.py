"""Better elements for a catalog: which requirements want them, and the copy that a person reads first."""

from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.frameworks.importing import import_file
from radar_pipeline.frameworks.library import read_library
from radar_pipeline.frameworks.proposing import check_target, read_catalog, write_copy
from radar_pipeline.models import Element, Limit, Role

HOUSE = """# Our own rules. Never renumber.
urn: urn:radar:library:house
ref_id: house
name: House
version: 1
objects:
  framework:
    urn: urn:radar:framework:house
    ref_id: house
    name: House
    requirement_nodes:
      - {urn: 'urn:h:top', ref_id: top, name: Top, assessable: false}
      - urn: urn:h:1
        ref_id: A 1   # the first
        name: "Leaks: telling"
        description: >-
          The operator reports leaks to the authority
          within 72 hours.
        assessable: true
        terms: [leak, 'no', breach]
      - urn: urn:h:2
        ref_id: A 2
        name: Logs
        description: Logs are kept and read every week.
        assessable: true
        elements:
          - {id: action-1, role: action, text: keep logs}
          - {id: action-2, role: action, text: read logs every week}
"""
TABLE = "ref,title,text\nA-1,Backups,Backups are made daily.\nA-2,Logs,Logs are kept.\n"
NEW = (
    Element("action-1", Role.ACTION, "no: report leaks"),
    Element("deadline-1", Role.DEADLINE, "within 72 hours", Limit(72, "hours")),
    Element("deadline-2", Role.DEADLINE, "at least 1.5 days", Limit(1.5, "days", minimum=True)),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "frameworks"
    place.mkdir()
    (place / "house.yaml").write_text(HOUSE)
    return place


def test_those_with_elements_by_rule_are_wanted_or_those_that_are_named(folder: Path) -> None:
    catalog = read_catalog(folder, "house")
    assert [r.ref for r in catalog.wanted(())] == ["A 1"]
    assert [r.ref for r in catalog.wanted(["a-2", "house:A 1", "A 2"])] == ["A 2", "A 1"]


@pytest.mark.parametrize(("name", "refs"), [("home", ()), ("../house", ()), ("house", ["A 1", "top"])])
def test_a_framework_or_a_ref_that_is_not_there_is_told(folder: Path, name: str, refs: list[str]) -> None:
    with pytest.raises(UnknownNameError):
        read_catalog(folder, name).wanted(refs)


def test_the_copy_has_the_new_elements_and_is_else_the_catalog_with_its_comments(
    folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "review" / "house.yaml"
    write_copy(read_catalog(folder, "house"), {"A 1": NEW}, target)
    assert (folder / "house.yaml").read_text() == HOUSE
    first, second = read_library(target).requirements
    old_first, old_second = read_library(folder / "house.yaml").requirements
    assert first.elements == NEW and (first.text, first.terms) == (old_first.text, ("leak", "no", "breach"))
    assert second == old_second
    text = target.read_text()
    assert text.startswith("# Our own rules. Never renumber.\n") and "# the first" in text


def test_a_copy_is_taken_over_by_an_import_and_the_older_file_kept(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(TABLE)
    import_file(folder, tmp_path / "list.csv", framework_id="list", version="1")
    catalog = read_catalog(folder, "list")
    assert [r.ref for r in catalog.wanted(())] == ["A-1", "A-2"]
    made = (Element("action-1", Role.ACTION, "make backups"), Element("object-1", Role.OBJECT, "daily"))
    write_copy(catalog, {"A-1": made}, tmp_path / "read.yaml")
    done = import_file(folder, tmp_path / "read.yaml")
    assert (done.format, done.change and done.change.state) == ("Blindspot Radar library", "updated")
    assert done.change and done.change.archived and done.change.archived.exists()
    assert read_catalog(folder, "list").requirements[0].elements == made


def test_a_copy_of_a_catalog_in_a_foreign_looking_form_says_that_it_is_ours(
    folder: Path, tmp_path: Path
) -> None:
    keys = "ref_id: B {n}", "name: N", "description: Do {n}", "assessable: true"
    node = "      - urn: urn:n:{n}\n" + "".join(f"        {key}\n" for key in keys)
    text = HOUSE.replace("urn:radar:", "urn:other:") + "".join(node.replace("{n}", str(n)) for n in range(9))
    (folder / "house.yaml").write_text(text)
    write_copy(read_catalog(folder, "house"), {"A 1": NEW}, tmp_path / "read.yaml")
    done = import_file(folder, tmp_path / "read.yaml")
    assert done.format == "Blindspot Radar library"
    assert read_catalog(folder, "house").requirements[0].elements == NEW


def test_a_copy_is_never_written_over_a_catalog_in_force_or_over_anything(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.yaml").write_text("read by somebody")
    (tmp_path / "link").symlink_to(folder)
    places = ["frameworks/house.yaml", "frameworks/new.yaml", "frameworks/archive/a.yaml", "link/new.yaml"]
    for place in [*places, "there.yaml", "new.txt"]:
        with pytest.raises(ConfigurationError, match=place.rpartition("/")[2]) as caught:
            check_target(folder, tmp_path / place)
        assert caught.value.remedy
        with pytest.raises(ConfigurationError):
            write_copy(read_catalog(folder, "house"), {"A 1": NEW}, tmp_path / place)
    assert (folder / "house.yaml").read_text() == HOUSE
    assert [p.name for p in folder.iterdir()] == ["house.yaml"]
    assert (tmp_path / "there.yaml").read_text() == "read by somebody"
