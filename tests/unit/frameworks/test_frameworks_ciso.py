"""CISO Assistant libraries: old and new keys, and requirements that can be judged by themselves."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.formats import read_publication
from radar_pipeline.frameworks.library import RequirementNode
from radar_pipeline.frameworks.publication import Publication

URN = "urn:acme:risk:req_node:rules:"


def node(tail: str, description: str | None = None, parent: str = "", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"urn": URN + tail, "assessable": True, "depth": 2, **more}
    if description is not None:
        body["description"] = description
    if parent:
        body["parent_urn"] = URN + parent
    return body


def heading(tail: str, **more: Any) -> dict[str, Any]:
    return node(tail, **more) | {"assessable": False, "depth": 1}


def framework(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "urn": "urn:acme:risk:framework:rules",
        "ref_id": "Acme Rules 1.0",
        "name": "Acme Rules",
        "requirement_nodes": list(nodes),
        **more,
    }


def library(objects: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "urn": "urn:acme:risk:library:rules",
        "ref_id": "Acme Rules 1.0",
        "name": "Acme Rules",
        "version": 3,
        "provider": "Acme",
        "packager": "acme",
        "a_key_of_next_year": {"x": 1},
        "translations": {"fr": {"name": "Règles"}},
        "objects": objects,
        **more,
    }


def mapping_set(**more: Any) -> dict[str, Any]:
    return {
        "urn": "urn:acme:risk:req_mapping_set:rules-to-other",
        "ref_id": "Rules to Other",
        "name": "Rules -> Other",
        "source_framework_urn": "urn:acme:risk:framework:rules",
        "target_framework_urn": "urn:other:risk:framework:other-2.0",
        "requirement_mappings": [
            {
                "source_requirement_urn": URN + "1.1",
                "target_requirement_urn": "urn:other:risk:req_node:other-2.0:o.1",
                "relationship": "subset",
                "rationale": "semantic",
                "strength_of_relationship": 7,
            }
        ],
        **more,
    }


def read(tmp_path: Path, body: Any) -> Publication:
    path = tmp_path / "rules.yaml"
    text = body if isinstance(body, str) else yaml.safe_dump(body, sort_keys=False, allow_unicode=True)
    path.write_text(text, "utf-8")
    return read_publication(path)[1]


def nodes(publication: Publication) -> dict[str, RequirementNode]:
    assert publication.library is not None
    return {n.ref_id: n for n in publication.library.objects.framework.requirement_nodes}


ONE = node("1.1", "Backups shall be made every day.", ref_id="1.1")


@pytest.mark.parametrize("objects", [{"framework": framework(ONE)}, {"frameworks": [framework(ONE)]}])
def test_old_and_new_keys_read_the_same(tmp_path: Path, objects: dict[str, Any]) -> None:
    publication = read(tmp_path, library(objects))
    assert list(nodes(publication)) == ["1.1"] and publication.library is not None
    assert (publication.library.ref_id, publication.library.version) == ("acme-rules-1-0", "3")


@pytest.mark.parametrize("key", ["requirement_mapping_set", "requirement_mapping_sets"])
def test_mapping_sets_are_read_under_either_key(tmp_path: Path, key: str) -> None:
    body = mapping_set() if key.endswith("set") else [mapping_set()]
    (found,) = read(tmp_path, library({key: body})).mappings
    assert (found.ref_id, found.source.framework, found.target.framework) == (
        "rules-to-other",
        "rules",
        "other-2-0",
    )
    assert found.pairs == (("1.1", "o.1", "subset"),)


def test_a_node_without_a_ref_has_the_last_part_of_its_urn(tmp_path: Path) -> None:
    assert list(nodes(read(tmp_path, library({"framework": framework(node("node7", "Do it."))})))) == [
        "node7"
    ]


def test_a_ref_that_the_publisher_gave_twice_gives_way_to_the_urn(tmp_path: Path) -> None:
    twins = [node("a", "Do it.", ref_id="1"), node("b", "Do that.", ref_id="1")]
    assert list(nodes(read(tmp_path, library({"framework": framework(*twins)})))) == ["a", "b"]


def test_implementation_groups_have_their_labels(tmp_path: Path) -> None:
    body = framework(
        node("1", "Do it.", implementation_groups=["R", "X"]),
        implementation_groups_definition=[{"ref_id": "R", "name": "Required", "description": None}],
    )
    assert nodes(read(tmp_path, library({"framework": body})))["1"].implementation_groups == ("required", "x")


def test_importance_is_three_unless_the_source_says_otherwise(tmp_path: Path) -> None:
    body = framework(node("1", "Do it."), node("2", "Do that.", importance="mandatory"))
    found = nodes(read(tmp_path, library({"framework": body})))
    assert (found["1"].importance, found["2"].importance) == (3, 5)


def test_a_fragment_is_told_with_the_words_it_hangs_on(tmp_path: Path) -> None:
    body = framework(
        heading("ch", ref_id="Chapter 2", description="Backups"),
        heading("art", name="Article 9", description="Keeping copies", parent="ch"),
        node("9.1", "The firm shall:", "art", ref_id="9.1"),
        node("9.1.a", "make copies of:", "9.1", ref_id="9.1.a"),
        node("9.1.a.i", "its ledgers; and", "9.1.a", ref_id="9.1.a.i"),
        node("9.1.b", "test the copies;", "9.1", ref_id="9.1.b"),
        node("9.2", "Copies shall be encrypted.", "9.1", ref_id="9.2"),
    )
    found = nodes(read(tmp_path, library({"framework": body})))
    assert found["9.1.a.i"].description == "The firm shall: make copies of: its ledgers"
    assert found["9.1.b"].description == "The firm shall: test the copies"
    assert found["9.1"].description.split("\n")[:2] == ["The firm shall:", "(a) make copies of:"]
    assert (found["9.1.b"].name, found["9.1.b"].domain) == ("Keeping copies", "Backups")
    assert found["9.1.b"].citation == "Acme Rules, 9.1.b"


def test_the_lead_in_of_a_parent_that_is_not_assessed_is_told_too(tmp_path: Path) -> None:
    body = framework(
        heading("art", ref_id="Article 9", description="Keeping copies"),
        heading("lead", description="The board shall:", parent="art"),
        node("9.a", "approve the plan;", "lead"),
        node("9.b", "Staff are trained.", "art"),
    )
    found = nodes(read(tmp_path, library({"framework": body})))
    assert found["9.a"].description == "The board shall: approve the plan"
    assert found["9.a"].name == "Keeping copies"
    assert found["9.b"].description == "Staff are trained."


def test_recitals_and_withdrawn_requirements_are_left_out_and_counted(tmp_path: Path) -> None:
    body = framework(
        heading("recitals", name="Preamble"),
        heading("r1", description="Whereas copies matter.", parent="recitals"),
        node("1", "Do it."),
        node("2", "[Withdrawn: Incorporated into 1.]"),
    )
    publication = read(tmp_path, library({"framework": body}))
    assert list(nodes(publication)) == ["1"]
    assert dict(publication.left_out) == {"withdrawn": 1, "groupings with nothing to assess": 2}


def test_control_characters_and_markup_leave_the_names(tmp_path: Path) -> None:
    wild = node("1", "Do\x1b[31m it.", name="Co\u202epies <script>x</script>", ref_id="1\x07.1")
    text = yaml.safe_dump(library({"framework": framework(wild)}))
    found = nodes(read(tmp_path, text))["1.1"]
    assert (found.name, found.description) == ("Copies x", "Do[31m it.")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("urn: u\nversion: 1\nobjects:\n  framework: [x\n", r"rules\.yaml, line \d+"),
        (library({"framework": framework(ONE | {"assessable": "perhaps"})}), r"line \d+: .*assessable"),
        (library({"framework": framework(ONE | {"description": ["a", "b"]})}), r"line \d+: .*description"),
        (library({"framework": framework(node("1", "Do it.", "nowhere"))}), "parent_urn names no node"),
        (library({"frameworks": [framework(ONE), framework(ONE)]}), "several frameworks"),
        (library({"threats": []}), "neither a framework nor"),
        (library({"requirement_mapping_sets": [mapping_set(requirement_mappings=[])]}), "pairs"),
        (
            library(
                {
                    "requirement_mapping_sets": [
                        mapping_set(
                            requirement_mappings=[
                                {
                                    "source_requirement_urn": "a",
                                    "target_requirement_urn": "b",
                                    "relationship": "friendly",
                                }
                            ]
                        )
                    ]
                }
            ),
            "'friendly' is no relationship",
        ),
        ("urn: u\nversion: 1\nobjects: " + "{a: " * 300 + "1" + "}" * 300 + "\n", "nested too deeply"),
        ("urn: u\nversion: 1\nobjects:\n  a: &a {x: 1}\n  b:\n    <<: [*a, *a]\n", "line 6: merge keys"),
    ],
)
def test_a_malformed_library_names_the_place(tmp_path: Path, body: Any, place: str) -> None:
    with pytest.raises(ConfigurationError, match=place) as refused:
        read(tmp_path, body)
    assert refused.value.remedy


def test_a_bomb_of_aliases_costs_nothing(tmp_path: Path) -> None:
    bomb = "bomb:\n  - &a0 [x, x]\n" + "".join(
        f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
    )
    body = yaml.safe_dump(library({"framework": framework(ONE)})) + bomb
    assert list(nodes(read(tmp_path, body))) == ["1.1"]
