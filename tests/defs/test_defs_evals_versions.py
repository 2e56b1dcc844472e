"""The registry of prompts as an asset: partitions, the warehouse, its data version and its check."""

import dagster as dg

from radar_pipeline.defs.evals_specs import PARTITIONS
from radar_pipeline.storage import warehouse
from tests.support.prompt_runs import KEYS, LETTER, Prompted, checks, failures, told


def test_every_version_becomes_a_partition_and_stands_in_the_warehouse(ready: Prompted) -> None:
    ready.version("1.1.0", "draft", LETTER)
    result = ready.register()
    assert result.success
    assert ready.instance.get_dynamic_partitions(PARTITIONS) == [*KEYS[:2], "coverage@1.1.0", KEYS[2]]
    metadata = told(result, "prompt_versions")[None]
    assert (metadata["versions"], metadata["active"], metadata["draft"], metadata["cases"]) == (3, 2, 1, 2)
    assert [row["evaluation"] for row in metadata["registry"]] == ["not evaluated"] * 3
    published = ready.world.settings().portfolio / "published"
    mirrored = warehouse.TenantReport.table(published, "prompt_versions")
    assert {row["prompt_key"] for row in mirrored} == {*KEYS[:2], "coverage@1.1.0"}
    assert checks(result)["prompts_are_sound"].passed


def version_of(result: dg.ExecuteInProcessResult) -> str:
    """The data version of the registry's materialisation."""
    [event] = result.get_asset_materialization_events()
    tags = event.step_materialization_data.materialization.tags or {}
    return tags["dagster/data_version"]


def test_the_data_version_follows_prompts_and_cases_and_nothing_else(ready: Prompted) -> None:
    first = version_of(ready.register())
    (ready.folder / "README.md").write_text("Read me.")
    assert version_of(ready.register()) == first
    ready.version("1.1.0", "draft")
    second = version_of(ready.register())
    ready.case("another")
    third = version_of(ready.register())
    ready.version("1.1.0", "draft", LETTER)
    assert len({first, second, third, version_of(ready.register())}) == 4


def test_a_broken_draft_fails_the_check_and_nothing_else(ready: Prompted) -> None:
    ready.version("1.1.0", "draft", ("owner:", "owner_of:"))
    ready.register()
    result = ready.run(ready.tags())
    assert result.success, failures(result)
    assert set(told(result, "prompt_eval_scores")) == {*KEYS}
    found = checks(result)["prompts_are_sound"]
    assert not found.passed and not found.blocking and "1.1.0" in str(found.description)


def test_wrong_cases_are_told_and_no_partition_or_data_version_is_touched(ready: Prompted) -> None:
    ready.register()
    ready.case("no", expected={"verdict": "perhaps"})
    result = ready.register()
    assert not result.success and told(result, "prompt_versions") == {}
    found = checks(result)["prompts_are_sound"]
    assert not found.passed and "own.jsonl" in str(found.description)
    assert "own.jsonl" in failures(result)
    assert ready.instance.get_dynamic_partitions(PARTITIONS) == [*KEYS]
