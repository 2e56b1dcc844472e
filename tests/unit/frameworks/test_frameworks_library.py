"""A catalog is read whole or refused with the place and the remedy."""

from pathlib import Path

import pytest
import yaml

from radar_pipeline import frameworks
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.frameworks.decompose import decompose
from radar_pipeline.models import Role
from radar_pipeline.settings import PROJECT
from tests.support.world import World

OURS = PROJECT / "data" / "frameworks"


def mangled(world: World, change: str, to: str) -> Path:
    path = world.data / "frameworks" / "rules.yaml"
    text = path.read_text()
    assert change in text
    path.write_text(text.replace(change, to, 1))
    return path.parent


@pytest.mark.parametrize("framework_id", frameworks.available(OURS))
def test_every_requirement_of_ours_is_complete(framework_id: str) -> None:
    framework = frameworks.load(OURS, framework_id)
    for requirement in framework.requirements:
        assert requirement.citation and requirement.domain and requirement.title, requirement.ref
        assert len(requirement.text) > 30, requirement.ref
        assert requirement.importance in (1, 2, 3, 5)
        assert any(e.role is Role.ACTION for e in requirement.elements), requirement.ref
        assert len({e.element_id for e in requirement.elements}) == len(requirement.elements)


def test_gdpr_has_at_least_seventy_duties() -> None:
    assert len(frameworks.load(OURS, "gdpr").requirements) >= 70


def test_an_unknown_framework_names_the_known_ones(world: World) -> None:
    with pytest.raises(UnknownNameError, match="rules"):
        frameworks.load(world.data / "frameworks", "gpdr")


def test_broken_yaml_names_the_line(world: World) -> None:
    folder = mangled(world, "name: House rules", "name: [House rules")
    with pytest.raises(ConfigurationError, match=r"rules\.yaml, line \d+"):
        frameworks.load(folder, "rules")


def test_an_unknown_key_names_its_line(world: World) -> None:
    folder = mangled(world, "importance: 5", "imprtance: 5")
    with pytest.raises(ConfigurationError, match=r"line \d+: .*imprtance"):
        frameworks.load(folder, "rules")


def test_a_framework_without_assessable_requirements_is_refused(world: World) -> None:
    path = world.data / "frameworks" / "rules.yaml"
    path.write_text(path.read_text().replace("assessable: true", "assessable: false"))
    with pytest.raises(ConfigurationError, match="no assessable requirement"):
        frameworks.load(path.parent, "rules")


def test_a_ref_that_occurs_twice_is_refused(world: World) -> None:
    folder = mangled(world, "ref_id: R2", "ref_id: R1")
    with pytest.raises(ConfigurationError, match="'R1' occurs twice"):
        frameworks.load(folder, "rules")


def test_the_content_hash_moves_with_the_text_and_not_with_the_importance(world: World) -> None:
    before = frameworks.load(world.data / "frameworks", "rules").requirements[0]
    body = yaml.safe_load((world.data / "frameworks" / "rules.yaml").read_text())
    body["objects"]["framework"]["requirement_nodes"][0]["importance"] = 1
    (world.data / "frameworks" / "rules.yaml").write_text(yaml.safe_dump(body))
    lighter = frameworks.load(world.data / "frameworks", "rules").requirements[0]
    assert lighter.content_hash == before.content_hash
    body["objects"]["framework"]["requirement_nodes"][0]["description"] += " At once."
    (world.data / "frameworks" / "rules.yaml").write_text(yaml.safe_dump(body))
    assert (
        frameworks.load(world.data / "frameworks", "rules").requirements[0].content_hash
        != before.content_hash
    )


def test_a_duty_without_a_list_is_one_element() -> None:
    text = "The firm must notify the regulator of a data breach, its causes and its effects."
    assert [e.text for e in decompose(text)] == [text]


def test_a_listed_duty_becomes_one_element_per_part() -> None:
    text = (
        "The firm must: (a) encrypt data at rest; (b) train its staff; and (c) review access every 90 days."
    )
    parts = decompose(text)
    assert [e.text for e in parts if e.role is Role.ACTION] == [
        "encrypt data at rest",
        "train its staff",
        "review access every 90 days",
    ]
    (deadline,) = [e for e in parts if e.role is Role.DEADLINE]
    assert deadline.limit is not None and deadline.limit.hours == 90 * 24
