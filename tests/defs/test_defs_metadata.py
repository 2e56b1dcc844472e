"""What a data engineer reads in the UI: what ran, for whom, what changed, what failed, the cost, why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg
import pytest

from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY
from radar_pipeline.defs.partitions import range_tags, sync_partitions
from radar_pipeline.models import Judgement, Question
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage
from tests.support.two_tenants import CANARY, FILE, POLICY, TITLE, lose_source, source
from tests.support.world import ScriptedJudge, World

MONEY = 0.25


class Costly(ScriptedJudge):
    """A judge that sends a bill."""

    def judge(self, question: Question) -> Judgement:
        return replace(super().judge(question), cost_usd=MONEY, tokens_in=100, tokens_out=10)


@dataclass
class Shown:
    """A run as the UI shows it."""

    result: dg.ExecuteInProcessResult

    def of(self, asset: str, partition: str | None = None) -> dict[str, Any]:
        found = [
            e.step_materialization_data.materialization
            for e in self.result.get_asset_materialization_events()
        ]
        [one] = [m for m in found if m.asset_key == dg.AssetKey(asset) and m.partition == partition]
        return plain(one.metadata)

    @property
    def observed(self) -> list[tuple[str, str | None, dict[str, Any]]]:
        found = [
            e.asset_observation_data.asset_observation
            for e in self.result.all_events
            if e.event_type is dg.DagsterEventType.ASSET_OBSERVATION
        ]
        return [(o.asset_key.to_user_string(), o.partition, plain(o.metadata)) for o in found]

    @property
    def tenants(self) -> dict[tuple[str, str], dict[str, Any]]:
        rows = self.of("report_tables")["tenants_table"]
        return {(row["tenant"], row["framework"]): row for row in rows}


def plain(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, Any]:
    return {
        name: [r.data for r in value.records] if isinstance(value, dg.TableMetadataValue) else value.value
        for name, value in metadata.items()
    }


def run(instance: dg.DagsterInstance, environment: Environment, first: str, last: str, **tags: str) -> Shown:
    sync_partitions(instance, [tenant.slug for tenant in environment.tenants])
    job = build_definitions(environment).resolve_job_def(NIGHTLY)
    told = {name.replace("__", "/"): value for name, value in tags.items()}
    return Shown(
        job.execute_in_process(
            instance=instance, tags={**range_tags(first, last), **told}, raise_on_error=False
        )
    )


def amend(world: World, slug: str) -> None:
    """The tenant's policy no longer says when a breach is told of."""
    text = POLICY.replace("The firm must notify the regulator of every data breach within 72 hours.", "")
    (source(world, slug) / FILE).write_text(text, encoding="utf-8")


def test_a_changed_tenant_shows_what_changed_and_why_and_what_it_cost(
    two: World, instance: dg.DagsterInstance
) -> None:
    plainly = two.environment()
    environment = replace(plainly, judge=Costly(plainly.judge))
    first = run(instance, environment, "acme", "beta")
    assessed = first.of("assessments", "acme")
    assert assessed["cost_usd"] == pytest.approx(7 * MONEY)
    assert (assessed["tokens_in"], assessed["tokens_out"], assessed["judged"]) == (700, 70, 7)
    assert assessed["seconds"] > 0 and assessed["frameworks_due"] == "rules"
    tables = first.of("report_tables")
    assert tables["cost_usd"] == pytest.approx(14 * MONEY) and tables["tokens_in"] == 1400
    assert first.tenants["acme", "rules"]["delta"] is None  # nothing to compare with

    amend(two, "acme")
    cause = {"radar__trigger": "sensor/changed_sources", "radar__cause": "changed_sources"}
    second = run(instance, environment, "acme", "beta", **cause)
    report = second.of("blindspot_report", "acme")
    assert (report["trigger"], report["cause"]) == ("sensor/changed_sources", "changed_sources")
    assert report["changes"] == report["changes_document_changed"] == 1
    assert report["verdict_changes"] == [
        {
            "framework": "rules",
            "requirement": "rules:R1",
            "before": "covered",
            "now": "not_addressed",
            "causes": "document_changed",
        }
    ]
    assert report["findings_new"] == 1 and report["delta_rules"] < 0
    row = second.tenants["acme", "rules"]
    assert (row["outcome"], row["due"], row["changes"]) == ("published", True, 1)
    assert row["delta"] == pytest.approx(report["delta_rules"], abs=0.01) and row["seconds"] > 0
    still = second.tenants["beta", "rules"]
    assert (still["outcome"], still["due"], still["changes"], still["cost_usd"]) == ("unchanged", False, 0, 0)
    tables = second.of("report_tables")
    assert (tables["tenants_published"], tables["tenants_unchanged"], tables["changes"]) == (1, 1, 1)


def test_numbers_keep_their_names_so_that_an_unchanged_night_is_a_point_in_their_plots(
    two: World, instance: dg.DagsterInstance
) -> None:
    environment = two.environment()
    first, second = (run(instance, environment, "acme", "beta") for _ in range(2))
    for stage in Stage:
        done, again = first.of(stage.value, "acme"), second.of(stage.value, "acme")
        assert not done["unchanged"] and again["unchanged"] and again["seconds"] == 0
        assert done["dagster/partition_row_count"] > 0 or stage is Stage.STANDING_ANSWERS  # none is asked
        spent = {
            "parsed",
            "embedded",
            "judged",
            "cost_usd",
            "tokens_in",
            "changes",
            "documents_cut",
        } & done.keys()
        assert spent and all(again[name] == 0 for name in spent), stage
    for asset, name in (("documents", "documents"), ("assessments", "requirements")):
        assert first.of(asset, "acme")[name] == second.of(asset, "acme")[name] > 0
    scores = [shown.of("blindspot_report", "acme")["score_rules"] for shown in (first, second)]
    assert scores[0] == scores[1] and second.of("blindspot_report", "acme")["delta_rules"] == 0
    tables = second.of("report_tables")
    assert tables["dagster/row_count"] == sum(row["rows"] for row in tables["rows"])
    assert (tables["tenants_unchanged"], tables["tenants_failed"], tables["cost_usd"]) == (2, 0, 0)


def test_a_failed_and_a_skipped_tenant_say_where_why_and_what_mends_them(
    two: World, instance: dg.DagsterInstance
) -> None:
    two.tenant("gamma")
    environment = two.environment()
    environment.operations.acquire_lease("gamma", "elsewhere:0:1:1", "s", 60, lambda _: True)
    lose_source(two, "beta")
    shown = run(instance, environment, "acme", "gamma")
    failed, skipped = shown.observed
    assert failed[:2] == ("documents", "beta") and skipped[:2] == ("documents", "gamma")
    assert failed[2]["reason"] == "SourceUnreadableError" and "tenants.yaml" in failed[2]["remedy"]
    assert skipped[2]["skipped"] and "elsewhere" in skipped[2]["holder"]
    row = shown.tenants["beta", ""]
    assert row["outcome"] == "failed" and row["failure"] == "SourceUnreadableError in documents"
    assert row["remedy"] == failed[2]["remedy"] and row["score"] is None
    [event] = [event for event in shown.result.all_events if event.is_step_failure]
    told = event.step_failure_data.user_failure_data
    assert told is not None
    [named] = plain(told.metadata)["failures"]
    assert (named["tenant"], named["stage"]) == ("beta", "documents") and named["remedy"]
    tables = shown.of("report_tables")
    assert [tables[f"tenants_{end}"] for end in ("published", "failed", "skipped")] == [1, 1, 1]


def test_nothing_that_is_shown_quotes_a_document(two: World, instance: dg.DagsterInstance) -> None:
    (source(two, "acme") / f"broken-{FILE}.pdf").write_bytes(b"%PDF-1.7 broken " + CANARY.encode())
    lose_source(two, "beta")
    shown = run(instance, two.environment(), "acme", "beta")
    amend(two, "acme")
    for told in (shown, run(instance, two.environment(), "acme", "beta")):
        text = repr(told.result.all_events)
        assert "acme" in text
        for secret in (CANARY, TITLE, FILE):
            assert secret not in text
