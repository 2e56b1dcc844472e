"""Versions are told apart by requirement and part; a rename map is checked and carries ids over."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from radar_pipeline import frameworks
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.models import Framework
from tests.support.world import World


def with_renames(world: World, renames: object) -> Path:
    path = world.data / "frameworks" / "rules.yaml"
    body = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(body | {"renames": renames}, sort_keys=False))
    return path.parent


def test_a_rename_map_becomes_requirement_ids(world: World) -> None:
    framework = frameworks.load(with_renames(world, {"Old 1": "R1"}), "rules")
    assert dict(framework.renames) == {"Old 1": "R1"}
    assert frameworks.renamed_ids(framework) == {"rules:Old 1": "rules:R1"}


@pytest.mark.parametrize(
    ("renames", "problem"),
    [
        ({"R2": "R1"}, "'R2' is renamed .* still there"),
        ({"Old": "R99"}, "'R99', which is no requirement"),
        (["Old"], "renames"),
    ],
)
def test_a_wrong_rename_map_is_refused(world: World, renames: object, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        frameworks.load(with_renames(world, renames), "rules")


def test_nodes_that_are_each_others_parents_are_refused(world: World) -> None:
    path = world.data / "frameworks" / "rules.yaml"
    body = yaml.safe_load(path.read_text())
    first, second = body["objects"]["framework"]["requirement_nodes"][:2]
    first["parent_urn"], second["parent_urn"] = second["urn"], first["urn"]
    path.write_text(yaml.safe_dump(body))
    with pytest.raises(ConfigurationError, match="R1 is its own ancestor"):
        frameworks.load(path.parent, "rules")


def test_a_difference_names_what_and_which_parts(world: World) -> None:
    old = frameworks.load(world.data / "frameworks", "rules")
    one, two, three, *rest = old.requirements
    new = Framework(
        "rules",
        "House rules",
        "2",
        "",
        (
            replace(one, text="Other.", importance=1),
            replace(two, ref="S2", title="Ciphers"),
            *rest,
            replace(three, ref="N1"),
        ),
        {"R2": "S2"},
    )
    found = frameworks.difference(old, new)
    assert (found.old, found.new) == ("rules@1", "rules@2")
    assert dict(found.changed) == {"R1": ("text", "importance"), "S2": ("title",)}
    assert (dict(found.renamed), list(found.added), list(found.removed)) == ({"R2": "S2"}, ["N1"], ["R3"])
    assert found.unchanged == len(rest) and not found.empty
    assert frameworks.difference(old, old).empty


def test_only_the_catalog_asked_for_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world.data / "frameworks"
    (folder / "broken.yaml").write_text("urn: [")
    read: list[str] = []
    from radar_pipeline.frameworks import catalog

    genuine = catalog.read_library
    monkeypatch.setattr(catalog, "read_library", lambda path: read.append(path.stem) or genuine(path))
    assert frameworks.available(folder) == ("broken", "rules")
    for _ in range(2):
        frameworks.load(folder, "rules")
    assert read == ["rules"]
