"""What Dagster is told of the program, before anything runs."""

import json
import subprocess
import sys

import dagster as dg
import pytest

from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY, nightly_schedule
from radar_pipeline.defs.evals_specs import GATE_HOLDS, VERSIONS
from radar_pipeline.defs.instance import open_instance
from radar_pipeline.defs.partitions import NAME, TENANTS, forget_tenant, ranges, sync_partitions
from radar_pipeline.defs.specs import BLOCKING, CHECKS
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.settings import PROJECT
from radar_pipeline.storage.lance_tables import CHUNKS, vector_schema
from radar_pipeline.storage.schema import BY_NAME
from radar_pipeline.sweep.events import Stage
from tests.support.world import World

HEAVY = ("torch", "lancedb", "great_expectations", "sentence_transformers", "matplotlib", "pandas")


@pytest.fixture
def definitions(two: World) -> dg.Definitions:
    return build_definitions(settings=two.settings())


def test_every_asset_says_whose_it_is_and_what_it_means(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert set(specs) == {
        *("documents", "chunks", "embeddings", "assessments", "standing_answers", "blindspot_report"),
        *("frameworks", "report_tables", "report_site", "quote_verification"),
        *("llm_metrics_daily", "usage_daily", "judgement_batches"),
        *("prompt_versions", "prompt_eval_results", "prompt_eval_scores"),
        *("prompt_comparison", "prompt_ab_results"),
    }
    for spec in specs.values():
        assert spec.owners and spec.description and spec.kinds and spec.group_name


def test_the_stages_are_partitioned_by_tenant_evaluations_by_version_and_what_is_shared_is_not(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    partitioned = {
        key.to_user_string(): graph.get(key).partitions_def
        for key in graph.get_all_asset_keys()
        if graph.get(key).is_partitioned
    }
    assert {name for name, by in partitioned.items() if by == TENANTS} == {
        *("documents", "chunks", "embeddings", "assessments", "standing_answers", "blindspot_report"),
        "judgement_batches",
    }
    assert {name for name, by in partitioned.items() if by == VERSIONS} == {
        *("prompt_eval_results", "prompt_eval_scores"),
    }
    parents = {key.to_user_string() for key in graph.get(dg.AssetKey("assessments")).parent_keys}
    assert parents == {"embeddings", "frameworks", "judgement_batches", "prompt_versions"}
    # Without this edge a backfill from the UI would cut the stages into two runs.
    assert graph.get(dg.AssetKey("documents")).parent_keys == {dg.AssetKey("frameworks")}


def columns(definitions: dg.Definitions, asset: str) -> dict[str, dg.TableColumn]:
    [spec] = [s for s in definitions.resolve_all_asset_specs() if s.key == dg.AssetKey(asset)]
    found = spec.metadata["dagster/column_schema"]
    assert isinstance(found, dg.TableSchema | dg.TableSchemaMetadataValue)
    schema = found.value if isinstance(found, dg.TableSchemaMetadataValue) else found
    return {column.name: column for column in schema.columns}


def test_the_assets_that_are_tables_show_their_columns_and_each_column_its_meaning(
    definitions: dg.Definitions,
) -> None:
    for asset in (*(stage.value for stage in Stage), "report_tables", "frameworks"):
        found = columns(definitions, asset)
        assert found and all(column.description and column.type for column in found.values()), asset
    for asset, stored in (("chunks", CHUNKS), ("embeddings", vector_schema(1))):
        found = columns(definitions, asset)
        assert list(found) == stored.names, asset
        for name, column in found.items():
            assert column.type.split("<")[0] in str(stored.field(name).type), (asset, name)


def test_the_portfolio_shows_no_column_that_holds_a_tenants_text(definitions: dg.Definitions) -> None:
    shown = set(columns(definitions, "report_tables"))
    of_tenants = columns(definitions, "blindspot_report")
    private = {name for name, column in of_tenants.items() if "private" in column.tags}
    assert private >= {"evidence.quote", "evidence.path", "documents.title"}
    assert not shown & private
    assert shown - {name for name in shown if name.startswith("tenants.")} == of_tenants.keys() - private
    assert {n for n in shown if n.startswith("evidence.")} == {
        f"evidence.{column.name}" for column in BY_NAME["evidence"].shared
    }
    [spec] = [s for s in definitions.resolve_all_asset_specs() if s.key == dg.AssetKey("report_tables")]
    lineage = spec.metadata["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column.keys() == of_tenants.keys() - private
    assert lineage.deps_by_column["evidence.page"] == [
        dg.TableColumnDep(dg.AssetKey("blindspot_report"), "evidence.page")
    ]


def test_every_asset_of_ours_says_whether_it_holds_tenants_text_and_where_its_code_is(
    definitions: dg.Definitions,
) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    holds = {name: spec.tags.get("radar/holds") for name, spec in specs.items()}
    stages = {stage.value for stage in Stage}
    assert {name for name, what in holds.items() if what == "tenant-text"} == stages | {"judgement_batches"}
    assert {n for n, what in holds.items() if what == "numbers"} >= {
        "frameworks",
        "report_tables",
        "report_site",
    }
    for name in (*stages, "judgement_batches", "frameworks", "report_tables", "report_site"):
        for module in str(specs[name].metadata["code"]).split(", "):
            assert (PROJECT / module).is_file(), (name, module)


def test_every_stage_has_checks_and_only_two_keep_the_page_and_one_a_prompt_back(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    checks = {key: graph.get(key) for key in graph.asset_check_keys}
    assert {key.asset_key.to_user_string() for key in checks} >= {stage.value for stage in Stage}
    assert {key.name for key in checks} >= {key.name for key in CHECKS}
    assert {key for key, check in checks.items() if check.blocking} == {*BLOCKING, GATE_HOLDS}
    assert all(check.description for check in checks.values())


def test_loading_the_definitions_imports_nothing_heavy() -> None:
    code = f"import sys, json, radar_pipeline.definitions; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(loaded.stdout) == []


def tick(world: World) -> dg.RunRequest | dg.SkipReason:
    """What the schedule answers now."""
    with (
        open_instance() as instance,
        dg.build_schedule_context(instance, resources={"environment": world.environment()}) as context,
    ):
        answer = nightly_schedule("Europe/Dublin")(context)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def test_the_schedule_asks_for_one_run_over_all_tenants(two: World) -> None:
    with open_instance() as instance:
        sync_partitions(instance, ["zeta"])  # a tenant that left tenants.yaml since
    request = tick(two)
    assert isinstance(request, dg.RunRequest)
    assert request.tags["dagster/asset_partition_range_start"] == "acme"
    assert request.tags["dagster/asset_partition_range_end"] == "beta"
    with open_instance() as instance:
        assert instance.get_dynamic_partitions(NAME) == ["zeta", "acme", "beta"]


def test_the_schedule_says_why_it_skips_when_there_is_no_tenant(two: World) -> None:
    two.tenants.clear()
    two.save()
    answer = tick(two)
    assert isinstance(answer, dg.SkipReason) and "no tenant" in str(answer.skip_message)


def test_an_erased_tenants_partition_is_forgotten(two: World) -> None:
    forget_tenant("acme")  # there is no instance yet
    with open_instance() as instance:
        sync_partitions(instance, ["acme", "beta"])
    forget_tenant("acme")
    with open_instance() as instance:
        assert instance.get_dynamic_partitions(NAME) == ["beta"]


def test_the_schedule_is_on_at_two_at_night_in_the_configured_zone(
    two: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_TIMEZONE", "Europe/Dublin")
    schedule = build_definitions().resolve_schedule_def(f"{NIGHTLY}_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Europe/Dublin")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_a_slug_that_could_leave_its_folder_never_becomes_a_partition(instance: dg.DagsterInstance) -> None:
    for slug in ("", "..", "a/b", "Acme"):
        with pytest.raises(ConfigurationError):
            sync_partitions(instance, ["good", slug])
    assert instance.get_dynamic_partitions(NAME) == []


def test_ranges_follow_the_order_in_which_partitions_were_added(instance: dg.DagsterInstance) -> None:
    for added in (["mid", "zed"], ["alpha", "gone"], ["beta"]):
        sync_partitions(instance, added)
    known = ["alpha", "beta", "mid", "zed"]
    assert ranges(instance, known, known) == [("mid", "beta")]  # over the one that is gone
    assert ranges(instance, ["mid", "alpha", "beta"], known) == [("mid", "mid"), ("alpha", "beta")]
    assert ranges(instance, ["zed"], known) == [("zed", "zed")]
