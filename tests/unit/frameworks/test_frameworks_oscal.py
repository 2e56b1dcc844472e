"""OSCAL: parameters become words, statements keep their items, what is withdrawn is left out."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.formats import read_publication
from radar_pipeline.frameworks.library import RequirementNode
from radar_pipeline.frameworks.publication import Publication


def label(value: str, **more: str) -> dict[str, str]:
    return {"name": "label", "value": value, **more}


def control(identity: str, title: str, prose: str = "Do the thing.", **more: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "title": title,
        "props": [label(identity.upper(), **{"class": "zero-padded"}), label(identity.upper())],
        "parts": [
            {"name": "statement", "prose": prose},
            {"name": "guidance", "prose": "Advice that is not the duty."},
        ],
        **more,
    }


def catalog(*controls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "catalog": {
            "uuid": "1",
            "metadata": {
                "title": "House Controls Revision 2.1",
                "version": "2.1",
                "parties": [{"type": "person", "name": "Ann"}, {"type": "organization", "name": "The House"}],
            },
            "groups": [{"id": "ac", "title": "Access", "controls": list(controls)}],
            **more,
        }
    }


def read(tmp_path: Path, body: Any) -> Publication:
    path = tmp_path / "controls.json"
    path.write_text(body if isinstance(body, str) else json.dumps(body), "utf-8")
    return read_publication(path)[1]


def nodes(publication: Publication) -> dict[str, RequirementNode]:
    assert publication.library is not None
    return {n.ref_id: n for n in publication.library.objects.framework.requirement_nodes}


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ({"id": "p", "label": "a period"}, "[a period]"),
        ({"id": "p", "label": "a period", "values": ["30 days"]}, "30 days"),
        ({"id": "p", "guidelines": [{"prose": "how long it takes;"}]}, "[how long it takes]"),
        ({"id": "p"}, "[p]"),
        ({"id": "p", "select": {"choice": ["lock", "log out"]}}, "[one of: lock; log out]"),
        (
            {
                "id": "p",
                "select": {
                    "how-many": "one-or-more",
                    "choice": ["lock after {{ insert: param, q }}", "log out"],
                },
            },
            "[one or more of: lock after [a pause]; log out]",
        ),
        ({"id": "other"}, "[p]"),
    ],
)
@pytest.mark.parametrize("insert", ["{{ insert: param, p }}", "{{p}}", '<insert type="param" id-ref="p"/>'])
def test_a_parameter_in_prose_becomes_its_words(
    tmp_path: Path, parameter: dict[str, Any], words: str, insert: str
) -> None:
    other = {"id": "q", "label": "a pause"}
    body = catalog(control("ac-1", "Lock", f"Act within {insert} ; then stop.", params=[parameter, other]))
    assert nodes(read(tmp_path, body))["AC-1"].description == f"Act within {words}; then stop."


def test_choices_that_hold_each_other_end(tmp_path: Path) -> None:
    names = "p q r s t u v w x y z p".split()
    ring = [
        {"id": a, "select": {"choice": [f"{{{{ insert: param, {b} }}}}"] * 9}} for a, b in pairwise(names)
    ]
    text = nodes(read(tmp_path, catalog(control("ac-1", "Ring", "{{ insert: param, p }}", params=ring))))
    assert len(text["AC-1"].description) <= 20_000


def test_a_statement_keeps_its_items_and_leaves_the_guidance(tmp_path: Path) -> None:
    statement = {
        "name": "statement",
        "parts": [
            {
                "name": "item",
                "props": [label("a.")],
                "prose": "Write an access policy:",
                "parts": [
                    {"name": "item", "props": [label("1.")], "prose": "that names owners;"},
                ],
            },
            {"name": "item", "props": [label("b.")], "prose": "Review the access policy."},
        ],
    }
    body = catalog(control("ac-1", "Policy") | {"parts": [statement, {"name": "guidance", "prose": "No."}]})
    assert nodes(read(tmp_path, body))["AC-1"].description == (
        "a. Write an access policy:\n1. that names owners;\nb. Review the access policy."
    )


def test_groups_controls_and_enhancements_form_the_tree(tmp_path: Path) -> None:
    inner = control("ac-2.1", "Automation") | {"props": [label("AC-2(1)")]}
    publication = read(
        tmp_path, catalog(control("ac-1", "Policy"), control("ac-2", "Accounts", controls=[inner]))
    )
    found = nodes(publication)
    assert list(found) == ["group ac", "AC-1", "AC-2", "AC-2(1)"]
    assert found["AC-2(1)"].parent_urn == found["AC-2"].urn
    assert found["AC-2(1)"].name == "Accounts | Automation" and found["AC-2(1)"].domain == "Access"
    assert found["AC-1"].citation == "House Controls, AC-1" and found["AC-1"].importance == 3
    library = publication.library
    assert library is not None
    assert (library.ref_id, library.version, library.provider) == ("house-controls", "2.1", "The House")


def test_what_is_withdrawn_is_left_out_and_counted(tmp_path: Path) -> None:
    gone = control("ac-2", "Old") | {"props": [label("AC-2"), {"name": "status", "value": "withdrawn"}]}
    publication = read(tmp_path, catalog(control("ac-1", "Policy"), gone))
    assert "AC-2" not in nodes(publication) and publication.left_out["withdrawn"] == 1


def test_a_label_of_two_controls_gives_way_to_their_ids(tmp_path: Path) -> None:
    twins = [control(i, i) | {"props": [label("1")]} for i in ("a-1", "b-1")]
    assert {"a-1", "b-1"} < nodes(read(tmp_path, catalog(*twins))).keys()


def test_a_profile_that_is_not_resolved_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"not resolved.*resolved profile catalog"):
        read(tmp_path, {"profile": {"imports": []}})
    with pytest.raises(ConfigurationError, match="assessment results"):
        read(tmp_path, {"assessment-results": {}})
    with pytest.raises(ConfigurationError, match="no OSCAL catalog"):
        read(tmp_path, {"anything": 1})


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (json.dumps(catalog(control("ac-1", "P")), indent=1)[:300], r"line \d+, column \d+: not valid JSON"),
        (catalog({"id": "ac-1"}), "/catalog/groups/0/controls/0/title"),
        (catalog(control("ac-1", "P") | {"title": ["x"]}), "/catalog/groups/0/controls/0/title"),
        ('{"catalog": {"a": 1, "a": 2}}', "'a' occurs twice"),
        ('{"catalog":' + "[" * 500 + "]" * 500 + "}", "nested deeper"),
        ("[1, 2]", "/"),
    ],
)
def test_a_malformed_catalog_names_the_place(tmp_path: Path, body: Any, place: str) -> None:
    with pytest.raises(ConfigurationError, match=place) as refused:
        read(tmp_path, body)
    assert refused.value.remedy
