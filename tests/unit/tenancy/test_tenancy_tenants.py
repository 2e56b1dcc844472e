"""tenants.yaml is right, or told where it is wrong; a tenant's name is never a path."""

from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.ids import tenant_slug
from radar_pipeline.tenancy import load_tenants, select
from tests.support.world import World


def test_the_sample_file_is_valid() -> None:
    from radar_pipeline.settings import PROJECT

    tenants = load_tenants(PROJECT / "data" / "tenants.yaml", ["gdpr"])
    assert [t.slug for t in tenants] == ["meridian-pay"]
    assert tenants[0].documents.is_dir()


@pytest.mark.parametrize("slug", ["../etc", "a/b", "", "A", "x" * 64, "a b", "-a", "a\n", "ä", "a"])
def test_a_slug_that_is_not_one_is_refused_at_the_door(slug: str) -> None:
    with pytest.raises(ConfigurationError, match="not a tenant slug"):
        tenant_slug(slug)


def test_a_bad_slug_in_the_file_names_its_line(world: World) -> None:
    world.tenant("acme")
    world.tenants["acme"]["slug"] = "../acme"
    world.save()
    with pytest.raises(ConfigurationError, match=r"line \d+: tenants\.0\.slug"):
        load_tenants(world.data / "tenants.yaml", ["rules"])


def test_every_problem_is_named(world: World) -> None:
    world.tenant("acme", frameworks=[{"id": "nope"}])
    body = (world.data / "tenants.yaml").read_text()
    (world.data / "tenants.yaml").write_text(body + body.split("tenants:\n")[1])
    with pytest.raises(ConfigurationError) as caught:
        load_tenants(world.data / "tenants.yaml", ["rules"])
    assert "'acme' occurs twice" in caught.value.message
    assert "unknown framework 'nope' (known: rules)" in caught.value.message


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="RADAR_DATA"):
        load_tenants(tmp_path / "tenants.yaml", [])


def test_an_unknown_tenant_names_the_known_ones(world: World) -> None:
    world.tenant("acme")
    tenants = load_tenants(world.data / "tenants.yaml", ["rules"])
    with pytest.raises(UnknownNameError, match="acme"):
        select(tenants, ["acmee"])
