"""An import is whole or never happened; older versions are kept; no publisher replaces another's catalog."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from radar_pipeline import frameworks
from radar_pipeline.errors import ConfigurationError, StoreError
from radar_pipeline.frameworks import importing
from radar_pipeline.frameworks.importing import import_file
from radar_pipeline.frameworks.versions import archived, find_version
from tests.support.world import World


def ciso(version: int, nodes: list[tuple[str, str, str]], **objects: Any) -> dict[str, Any]:
    """A small CISO Assistant library; a node is (last part of its urn, ref, text)."""
    return {
        "urn": "urn:acme:risk:library:acme",
        "ref_id": "ACME",
        "name": "Acme Rules",
        "version": version,
        "provider": "Acme",
        "objects": {
            "framework": {
                "urn": "urn:acme:risk:framework:acme",
                "ref_id": "ACME",
                "name": "Acme Rules",
                "requirement_nodes": [
                    {
                        "urn": f"urn:acme:risk:req_node:acme:{tail}",
                        "ref_id": ref,
                        "name": ref,
                        "description": text,
                        "assessable": True,
                        "depth": 1,
                    }
                    for tail, ref, text in nodes
                ],
            },
            **objects,
        },
    }


def mapping(relationship: str = "equal") -> dict[str, Any]:
    return {
        "urn": "urn:acme:risk:req_mapping_set:acme-to-rules",
        "ref_id": "acme-to-rules",
        "name": "Acme -> Rules",
        "source_framework_urn": "urn:acme:risk:framework:acme",
        "target_framework_urn": "urn:test:rules",
        "requirement_mappings": [
            {
                "source_requirement_urn": "urn:acme:risk:req_node:acme:1",
                "target_requirement_urn": "urn:test:rules:R2",
                "relationship": relationship,
            }
        ],
    }


FIRST = [("1", "A.1", "Backups are made daily."), ("2", "A.2", "Logs are kept."), ("3", "A.3", "Staff sign.")]
SECOND = [
    ("1", "A.1", "Backups are made hourly."),
    ("2", "B.2", "Logs are kept."),
    ("4", "A.4", "Doors lock."),
]


@pytest.fixture
def folder(world: World) -> Path:
    return world.data / "frameworks"


def write(tmp_path: Path, body: dict[str, Any], name: str = "acme.yaml") -> Path:
    path = tmp_path / name
    path.write_text(yaml.safe_dump(body, sort_keys=False), "utf-8")
    return path


def everything(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_an_import_can_be_loaded_like_any_framework(folder: Path, tmp_path: Path) -> None:
    done = import_file(folder, write(tmp_path, ciso(1, FIRST)))
    assert done.change is not None and done.change.state == "new"
    framework = frameworks.load(folder, "acme")
    assert [r.requirement_id for r in framework.requirements] == ["acme:A.1", "acme:A.2", "acme:A.3"]
    assert framework == done.framework
    assert frameworks.available(folder) == ("acme", "rules")


def test_the_same_content_again_writes_nothing(folder: Path, tmp_path: Path) -> None:
    import_file(folder, write(tmp_path, ciso(1, FIRST, requirement_mapping_sets=[mapping()])))
    stamps = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    again = import_file(folder, write(tmp_path, ciso(1, FIRST, requirement_mapping_sets=[mapping()])))
    assert again.change is not None and again.change.state == "unchanged"
    assert [change.state for _, change in again.mappings] == ["unchanged"]
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == stamps


def test_a_newer_version_archives_the_older_and_tells_the_difference(folder: Path, tmp_path: Path) -> None:
    import_file(folder, write(tmp_path, ciso(1, FIRST)))
    before = (folder / "acme.yaml").read_text()
    done = import_file(folder, write(tmp_path, ciso(2, SECOND)))
    assert done.change is not None and done.difference is not None
    assert done.change.archived == folder / "archive" / "acme@1.yaml"
    assert done.change.archived.read_text() == before
    assert dict(done.difference.renamed) == {"A.2": "B.2"}  # its urn is the same
    assert (list(done.difference.added), list(done.difference.removed)) == (["A.4"], ["A.3"])
    assert done.difference.changed["A.1"] == ("text", "elements")
    assert frameworks.renamed_ids(frameworks.load(folder, "acme")) == {"acme:A.2": "acme:B.2"}
    assert frameworks.available(folder) == ("acme", "rules")  # the archive binds nobody
    assert find_version(folder, "acme@1").version == "1" and find_version(folder, "acme@2").version == "2"
    assert find_version(folder, str(write(tmp_path, ciso(3, FIRST)))).version == "3"


def test_an_archived_version_is_never_overwritten_by_another_text(folder: Path, tmp_path: Path) -> None:
    for nodes in (FIRST, SECOND, FIRST, SECOND):  # a publisher that never changes its version
        import_file(folder, write(tmp_path, ciso(1, nodes)))
    kept = [folder / "archive" / f"{name}.yaml" for name in archived(folder, "acme")]
    texts = [path.read_text() for path in kept]
    assert len(kept) >= 2 and len(set(texts)) == len(texts)
    assert any("made daily" in text for text in texts) and any("made hourly" in text for text in texts)


def test_a_rename_that_a_person_wrote_outlives_the_next_import(folder: Path, tmp_path: Path) -> None:
    import_file(folder, write(tmp_path, ciso(1, FIRST)))
    path = folder / "acme.yaml"
    path.write_text(path.read_text().replace("objects:", "renames: {Z.9: A.2}\nobjects:", 1))
    import_file(folder, write(tmp_path, ciso(2, SECOND)))
    assert dict(frameworks.load(folder, "acme").renames) == {"Z.9": "B.2", "A.2": "B.2"}


def test_another_publishers_catalog_is_never_replaced(folder: Path, tmp_path: Path) -> None:
    before = everything(folder)
    body = ciso(1, FIRST, requirement_mapping_sets=[mapping()])
    body["ref_id"] = body["objects"]["framework"]["ref_id"] = "Rules"
    with pytest.raises(ConfigurationError, match=r"another publisher's.*--id acme-rules"):
        import_file(folder, write(tmp_path, body))
    assert everything(folder) == before
    assert import_file(folder, write(tmp_path, body), framework_id="acme-rules").framework is not None
    found = import_file(folder, write(tmp_path, body)).framework  # it is known by its urn from now on
    assert found is not None and found.framework_id == "acme-rules"


@pytest.mark.parametrize("wrong", ["../acme", "a/b", "Acme", "x", "acme\n", "-acme", "a" * 64, ".."])
def test_an_id_that_could_be_a_path_is_refused(folder: Path, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="not a framework id"):
        import_file(folder, write(tmp_path, ciso(1, FIRST)), framework_id=wrong)


def test_nothing_in_a_file_becomes_a_path(folder: Path, tmp_path: Path) -> None:
    set_ = mapping() | {"ref_id": "../../evil"}
    body = ciso(1, [("1", "../../etc/passwd", "Do it.")], requirement_mapping_sets=[set_])
    body["ref_id"] = body["objects"]["framework"]["ref_id"] = "../../evil"
    for version in ("../../../v1", "../../../v2"):
        import_file(folder, write(tmp_path, body | {"version": version}))
    assert sorted(everything(folder)) == [
        "archive/evil@v1.yaml",
        "evil.yaml",
        "mappings/archive/evil@v1.yaml",
        "mappings/evil.yaml",
        "rules.yaml",
    ]
    assert not list(tmp_path.rglob("passwd*"))


@pytest.mark.parametrize(
    ("nodes", "place"),
    [
        ([("1", "A.1", "Do it."), ("1", "A.1", "Do that.")], r"b\.yaml: .*occurs twice"),
        ([("1", "", "\x07")], r"b\.yaml, urn:acme:.*:1: it is assessable but has no name"),
    ],
)
def test_a_file_that_fails_a_late_check_leaves_nothing_behind(
    folder: Path, tmp_path: Path, nodes: list[tuple[str, str, str]], place: str
) -> None:
    before = everything(folder)
    body = ciso(1, [*FIRST[1:], *nodes], requirement_mapping_sets=[mapping()])
    with pytest.raises(ConfigurationError, match=place):
        import_file(folder, write(tmp_path, body, "b.yaml"))
    assert everything(folder) == before


def test_a_disk_that_fills_midway_puts_everything_back(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(folder, write(tmp_path, ciso(1, FIRST, requirement_mapping_sets=[mapping()])))
    before = everything(folder)
    write_text = importing.write_text

    def full(path: Path, text: str) -> None:
        if path.name == "acme.yaml" and "version: '2'" in text:
            raise StoreError(f"No space left to write {path}.", remedy="Free space.")
        write_text(path, text)

    monkeypatch.setattr(importing, "write_text", full)
    newer = ciso(2, SECOND, requirement_mapping_sets=[mapping("subset")])
    with pytest.raises(StoreError):
        import_file(folder, write(tmp_path, newer))
    after = everything(folder)
    assert {name: after[name] for name in before} == before
    assert {name.split("/")[-2] for name in after.keys() - before.keys()} <= {"archive"}


def test_our_own_form_is_taken_over_as_its_author_wrote_it(folder: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "handed-over.yaml"
    text = (folder / "rules.yaml").read_text().replace("version: 1", "version: 2  # the second", 1)
    theirs.write_text(text)
    done = import_file(folder, theirs)
    assert done.format == "Blindspot Radar library"
    assert (folder / "rules.yaml").read_text() == text
    assert import_file(folder, theirs, framework_id="house").framework is not None
    assert frameworks.load(folder, "house").requirements[0].requirement_id == "house:R1"


def test_a_broken_catalog_beside_it_does_not_stop_an_import(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.yaml").write_text("urn: [")
    assert import_file(folder, write(tmp_path, ciso(1, FIRST))).framework is not None
    with pytest.raises(ConfigurationError, match="cannot be read"):
        import_file(folder, write(tmp_path, ciso(1, FIRST)), framework_id="broken")


def test_a_file_in_no_format_is_told_which_there_are(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Backups are made daily.")
    with pytest.raises(ConfigurationError, match=r"OSCAL.*CSV.*CISO"):
        import_file(folder, tmp_path / "notes.txt")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        import_file(folder, tmp_path / "absent.csv")


def test_an_id_for_a_file_without_a_framework_is_refused(folder: Path, tmp_path: Path) -> None:
    body = ciso(1, FIRST) | {"objects": {"requirement_mapping_sets": [mapping()]}}
    with pytest.raises(ConfigurationError, match="mapping sets and no framework"):
        import_file(folder, write(tmp_path, body), framework_id="acme")
    assert import_file(folder, write(tmp_path, body)).framework is None


def test_a_file_beyond_all_size_is_refused_unread(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radar_pipeline.frameworks.formats.LARGEST", 100)
    with pytest.raises(ConfigurationError, match="larger than"):
        import_file(folder, write(tmp_path, ciso(1, FIRST)))
