"""A tenant joins, and what people wrote in tenants.yaml stays as it was."""

from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.tenancy import load_tenants
from radar_pipeline.tenancy.register import NewTenant, add

FILE = """# Who we look at.
tenants:
  # Our oldest customer.
  - slug: acme
    name: "Acme: the first"
    documents: corpus/acme  # relative to this file
    frameworks:
      - id: rules
        not_applicable:
          - {ref: R6, why: "No drones."}
    jurisdictions: [EU, IE]
"""


def file(folder: Path, text: str = FILE) -> Path:
    (folder / "tenants.yaml").write_text(text)
    return folder / "tenants.yaml"


def test_comments_quotes_and_order_stay(tmp_path: Path) -> None:
    path = file(tmp_path)
    tenant = add(path, NewTenant("globex", tmp_path / "docs", ("rules",)), ["rules"])
    assert path.read_text().startswith(FILE)
    assert tenant.documents == tmp_path / "docs"
    assert [t.slug for t in load_tenants(path, ["rules"])] == ["acme", "globex"]


@pytest.mark.parametrize(
    "text", ["", "tenants: []\n", "tenants: [{slug: ab, name: B, documents: b, frameworks: [{id: rules}]}]"]
)
def test_a_file_that_is_missing_or_empty_or_in_one_line_will_do(tmp_path: Path, text: str) -> None:
    path = file(tmp_path, text) if text else tmp_path / "tenants.yaml"
    add(
        path,
        NewTenant("globex", tmp_path / "docs", ("rules",), "Globex – *ltd*: #1", "oil", ("EU",)),
        ["rules"],
    )
    last = load_tenants(path, ["rules"])[-1]
    assert (last.slug, last.name, last.industry, last.jurisdictions) == (
        "globex",
        "Globex – *ltd*: #1",
        "oil",
        ("EU",),
    )


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (NewTenant("acme", Path("/x"), ("rules",)), "already"),
        (NewTenant("../etc", Path("/x"), ("rules",)), "not a tenant slug"),
        (NewTenant("globex", Path("/x"), ("nope",)), "unknown framework"),
        (NewTenant("globex", Path("/x"), ()), "frameworks"),
        (NewTenant("globex", Path("/x"), ("rules",), plan="gold"), "no plan 'gold'"),
    ],
)
def test_an_entry_that_would_not_load_leaves_the_file_alone(
    tmp_path: Path, new: NewTenant, what: str
) -> None:
    path = file(tmp_path)
    (tmp_path / "plans.yaml").write_text("plans: {free: {}}\n")
    with pytest.raises(ConfigurationError, match=what):
        add(path, new, ["rules"])
    assert path.read_text() == FILE
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_broken_file_is_not_made_worse(tmp_path: Path) -> None:
    path = file(tmp_path, FILE + "  - slug: [\n")
    with pytest.raises(ConfigurationError, match="line"):
        add(path, NewTenant("globex", tmp_path / "docs", ("rules",)), ["rules"])
    assert path.read_text().endswith("[\n")


def test_a_persona_is_written_and_none_is_left_out(tmp_path: Path) -> None:
    path = file(tmp_path)
    add(path, NewTenant("globex", tmp_path / "docs", ("rules",), persona="auditor"), ["rules"])
    add(path, NewTenant("initech", tmp_path / "other", ("rules",)), ["rules"])
    assert [t.persona for t in load_tenants(path, ["rules"])] == ["", "auditor", ""]
    assert path.read_text().count("persona:") == 1
