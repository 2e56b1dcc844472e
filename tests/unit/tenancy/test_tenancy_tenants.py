"""tenants.yaml is right, or told where it is wrong; a tenant's name is never a path."""

import re
from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.frameworks import available, load
from radar_pipeline.ids import tenant_slug
from radar_pipeline.sweep.plan import resolved
from radar_pipeline.tenancy import load_tenants, select
from tests.support.world import World


def test_the_sample_file_is_valid() -> None:
    from radar_pipeline.settings import PROJECT

    tenants = load_tenants(PROJECT / "data" / "tenants.yaml", available(PROJECT / "data" / "frameworks"))
    assert tenants[0].slug == "meridian-pay"
    assert all(tenant.documents.is_dir() and tenant.quota for tenant in tenants)


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
    assert re.search(r"line \d+: the slug 'acme' occurs twice", caught.value.message)
    assert "unknown framework 'nope' (known: rules)" in caught.value.message


def test_each_problem_has_the_line_where_it_stands(world: World) -> None:
    world.tenant("acme")
    world.tenant("globex", frameworks=[{"id": "rules"}, {"id": "rules"}], plan="gold")
    (world.data / "plans.yaml").write_text("plans: {free: {documents: 10}}\n")
    lines = (world.data / "tenants.yaml").read_text().splitlines()
    with pytest.raises(ConfigurationError) as caught:
        load_tenants(world.data / "tenants.yaml", ["rules"])
    told = dict(re.findall(r"line (\d+): (there is no plan|tenant 'globex')", caught.value.message))
    assert {lines[int(line) - 1].strip(): what for line, what in told.items()} == {
        "plan: gold": "there is no plan",
        "- id: rules": "tenant 'globex'",
    }


def test_a_tenant_that_brings_more_than_its_plan_allows_fails_and_keeps_its_report(world: World) -> None:
    world.tenant("acme")
    assert world.sweep().state == "succeeded"
    before = world.report("acme")["assessments"]
    (world.data / "plans.yaml").write_text("plans: {free: {documents: 1}}\n")
    [failure] = world.sweep().failures
    assert failure.reason == "QuotaExceededError"
    assert "2 documents (allowed: 1)" in failure.message
    assert world.report("acme")["assessments"] == before


def test_a_glob_takes_a_group_of_requirements_out_and_an_exact_ref_goes_before_it(world: World) -> None:
    scope = {"id": "rules", "not_applicable": [{"ref": "R*", "why": "none"}, {"ref": "R1", "why": "one"}]}
    world.tenant("acme", frameworks=[scope])
    [tenant] = load_tenants(world.data / "tenants.yaml", ["rules"])
    found = resolved(tenant, load(world.data / "frameworks", "rules"), tenant.frameworks[0])
    assert found.not_applicable["R1"] == "one"
    assert {found.not_applicable[f"R{n}"] for n in range(2, 8)} == {"none"}


def test_a_glob_that_matches_nothing_is_told(world: World) -> None:
    world.tenant("acme", frameworks=[{"id": "rules", "not_applicable": [{"ref": "Q*", "why": "none"}]}])
    [tenant] = load_tenants(world.data / "tenants.yaml", ["rules"])
    with pytest.raises(ConfigurationError, match=r"Q\*"):
        resolved(tenant, load(world.data / "frameworks", "rules"), tenant.frameworks[0])


@pytest.mark.parametrize("place", ["corpus/acme", "corpus", "corpus/acme/inner"])
def test_a_tenants_documents_do_not_lie_in_anothers_unless_both_say_so(world: World, place: str) -> None:
    world.tenant("acme")
    world.tenant("globex", documents={}, shared=True)
    world.tenants["globex"]["documents"] = place
    world.save()
    with pytest.raises(ConfigurationError, match=r"line \d+: the documents of .* lie in those of"):
        load_tenants(world.data / "tenants.yaml", ["rules"])
    world.tenants["acme"]["shared"] = True
    world.save()
    assert len(load_tenants(world.data / "tenants.yaml", ["rules"])) == 2


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="RADAR_DATA"):
        load_tenants(tmp_path / "tenants.yaml", [])


def test_an_unknown_tenant_names_the_known_ones(world: World) -> None:
    world.tenant("acme")
    tenants = load_tenants(world.data / "tenants.yaml", ["rules"])
    with pytest.raises(UnknownNameError, match="acme"):
        select(tenants, ["acmee"])


@pytest.mark.parametrize(
    "persona", ["Auditor", "risk-analyst", "1st", "", "a b", "../x", "a" * 42, 3, ["auditor"]]
)
def test_a_persona_that_is_no_word_is_refused_with_its_line(world: World, persona: object) -> None:
    world.tenant("acme", persona=persona)
    with pytest.raises(ConfigurationError, match=r"line \d+: tenants\.0\.persona"):
        load_tenants(world.data / "tenants.yaml", ["rules"])


def test_a_persona_is_a_word_whatever_the_prompts_have(world: World) -> None:
    world.tenant("acme", persona="risk_analyst")
    world.tenant("beta")
    acme, beta = load_tenants(world.data / "tenants.yaml", ["rules"])
    assert (acme.persona, beta.persona) == ("risk_analyst", "")
