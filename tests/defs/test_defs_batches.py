"""Nights by batch in Dagster: what is sent at two, who is swept when, and that nobody waits for ever."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from radar_pipeline.defs import sensors_batches
from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY, batches_schedule, nightly_schedule
from radar_pipeline.defs.batches import NIGHTLY_BATCHES
from radar_pipeline.defs.instance import open_instance
from radar_pipeline.defs.partitions import range_tags, sync_partitions
from radar_pipeline.defs.sensors_batches import Sent
from radar_pipeline.defs.sensors_differences import Scene
from radar_pipeline.defs.sensors_memory import Memory
from radar_pipeline.defs.specs import JUDGEMENT_BATCHES
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.storage.ledger import Try
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.watch import Look
from tests.support.batching import Nights, charged, routes
from tests.support.models import auditor, with_models
from tests.support.ticking import settle
from tests.support.world import DUTIES, World

DUE = ("rules",)
ORDER = ["acme", "beta", "corvid"]
Make = Callable[..., Nights]


# ── The sensor's decisions, as pure differences ───────────────────────────────────────────────


def scene(now: float = 1000.0, **changes: Any) -> Scene:
    looks = {slug: Look(slug, f"key-{slug}", due=DUE) for slug in ORDER}
    return Scene(**{"now": now, "order": ORDER, "looks": looks, **changes})


def decide(memory: Memory, seen: Scene, over: tuple[str, ...] = (), night: Sent | None = None) -> Any:
    return sensors_batches.judgement_batches(memory, seen, over, night)


def remembering(night: str = "") -> Memory:
    answer = decide(Memory(7), scene(), night=Sent(night, ORDER) if night else None)
    memory: Memory = answer.memory
    return memory


def test_a_first_look_only_remembers_the_last_sending() -> None:
    answer = decide(Memory(7), scene(), night=Sent("run-1", ORDER))
    assert answer.request is None and answer.memory.marks == {"night": "run-1"}


def test_after_a_sending_all_who_wait_for_nothing_are_one_run_even_if_nothing_is_due() -> None:
    idle = {slug: Look(slug, "key") for slug in ORDER}
    seen = scene(looks=idle, busy={"beta": "waits for its batch"})
    answer = decide(remembering("run-1"), seen, night=Sent("run-2", ORDER))
    assert answer.request.tenants == ("acme", "corvid")
    assert (answer.request.first, answer.request.last) == ("acme", "corvid")
    assert decide(answer.memory, seen, night=Sent("run-2", ORDER)).request is None


def test_a_sending_still_under_way_asks_for_nothing() -> None:
    assert decide(remembering("run-1"), scene(), night=None).request is None


def test_a_sending_for_one_tenant_sweeps_that_one_alone() -> None:
    answer = decide(remembering("run-1"), scene(), night=Sent("run-2", ["beta"]))
    assert answer.request.tenants == ("beta",)


def test_a_tenant_whose_batch_is_over_is_asked_for_once_and_again_only_at_growing_pauses() -> None:
    first = decide(remembering(), scene(), over=("beta",))
    assert first.request.tenants == ("beta",)
    assert decide(first.memory, scene(1500.0), over=("beta",)).request is None
    second = decide(first.memory, scene(1700.0), over=("beta",))
    assert second.request.tenants == ("beta",) and second.request.key != first.request.key


def test_a_tenant_that_failed_the_night_before_is_swept_after_its_batch_all_the_same() -> None:
    at = scene().now
    tried = Try("sweep", "failed", "key-beta", "StoreError: x", *(moment(at - 90000),) * 2)
    assert decide(remembering(), scene(tries={"beta": [tried]}), over=("beta",)).request.tenants == ("beta",)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(max(0.0, seconds), UTC)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"busy": {"beta": "is being swept by somebody"}}, "being swept"),
        ({"looks": {"beta": Look("beta", "key", due=DUE, settling=True)}}, "being written"),
        ({"looks": {"beta": Look("beta", "key", problem="its source is lost")}}, "is lost"),
    ],
)
def test_a_tenant_that_cannot_be_swept_now_waits(changes: dict[str, Any], says: str) -> None:
    answer = decide(remembering(), scene(**changes), over=("beta",))
    assert answer.request is None and says in answer.says


def test_a_tenant_that_is_not_due_is_not_asked_for() -> None:
    idle = {slug: Look(slug, "key") for slug in ORDER}
    assert decide(remembering(), scene(looks=idle), over=("beta",)).request is None


# ── On an instance ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def night(two: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    settle(two)
    with FakeServer(auditor()) as server:
        with_models(two, server, monkeypatch, routes=routes("primary"))
        yield Nights(two, server, settings={"batch": True})


def job(environment: Environment, instance: dg.DagsterInstance, name: str, **tags: str) -> Any:
    definitions = build_definitions(environment)
    return definitions.resolve_job_def(name).execute_in_process(
        instance=instance,
        tags={**range_tags("acme", "beta"), "radar/trigger": "schedule", **tags},
        raise_on_error=False,
    )


def tick(
    environment: Environment,
    instance: dg.DagsterInstance,
    cursor: str | None,
    name: str = "judgement_batches",
) -> tuple[list[dg.RunRequest], str, str | None]:
    definitions = build_definitions(environment)
    context = dg.build_sensor_context(instance, cursor=cursor, definitions=definitions)
    found = definitions.resolve_sensor_def(name).evaluate_tick(context)
    return list(found.run_requests or ()), found.skip_message or "", found.cursor


def materialised(result: Any, asset: str = "judgement_batches") -> dict[str, Any]:
    events = [e for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey(asset)]
    return {e.partition: e.step_materialization_data.materialization.metadata for e in events}


def test_a_night_by_batch_from_sending_to_the_report(night: Nights, instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, ["acme", "beta"])
    with night.opened() as environment:
        _, _, cursor = tick(environment, instance, None)
        result = job(environment, instance, NIGHTLY_BATCHES)
        sent = materialised(result)
        assert result.success and sorted(sent) == ["acme", "beta"]
        assert sent["acme"]["submitted"].value == len(DUTIES) == sent["acme"]["missing"].value
        assert sent["acme"]["cost_usd"].value == 0 and "oldest" in sent["acme"]
        requests, says, cursor = tick(environment, instance, cursor)
        assert not requests and not night.asked_live, says
        others, _, _ = tick(environment, instance, None, "changed_sources")
        assert not others  # a change waits for the batch as well

        swept = job(environment, instance, NIGHTLY)  # not by hand: it leaves out who waits
        assert swept.success and not night.asked_live and not materialised(swept, "assessments")

        night.server.finish_batches()
        [request], _, cursor = tick(environment, instance, cursor)
        assert request.tags["dagster/asset_partition_range_start"] == "acme"
        observed = instance.fetch_observations(JUDGEMENT_BATCHES, limit=10).records
        counts = [r.asset_observation.metadata["answered"].value for r in observed if r.asset_observation]
        assert counts == [len(DUTIES)] * 2
        assert job(environment, instance, NIGHTLY, **request.tags).success
        assert night.asked_live == 0 and night.cost() == charged(night.server) > 0
        assert tick(environment, instance, cursor)[0] == []


def test_a_night_without_open_questions_is_swept_by_the_sensor(
    night: Nights, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_JUDGE", "local")
    sync_partitions(instance, ["acme", "beta"])
    night.settings = {"batch": True, "judge": "local"}
    with night.opened() as environment:
        _, _, cursor = tick(environment, instance, None)
        sent = materialised(job(environment, instance, NIGHTLY_BATCHES))
        assert "local judge" in sent["acme"]["passed_over"].value
        [request], says, cursor = tick(environment, instance, cursor)
        assert request.tags["dagster/asset_partition_range_end"] == "beta", says
        assert tick(environment, instance, cursor)[0] == [] and not night.server.books


def test_past_the_deadline_the_tenant_is_swept_live(night: Nights, instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, ["acme", "beta"])
    night.submit("acme")
    night.hours = 6 + timedelta(minutes=16) / timedelta(hours=1)
    with night.opened() as environment:
        requests, says, _ = tick(environment, instance, None)
        assert [r.tags["dagster/partition"] for r in requests] == ["acme"], says


def test_with_batches_on_the_other_schedule_stands_in(two: World) -> None:
    for batch in (False, True):
        environment = two.environment(batch=batch)
        answers = {}
        for name, make in ((NIGHTLY, nightly_schedule), (NIGHTLY_BATCHES, batches_schedule)):
            given = {"environment": environment}
            with open_instance() as kept, dg.build_schedule_context(kept, resources=given) as context:
                answers[name] = make("Europe/Dublin")(context)
        chosen = {name for name, answer in answers.items() if isinstance(answer, dg.RunRequest)}
        assert chosen == {NIGHTLY_BATCHES if batch else NIGHTLY}


def test_batches_stand_before_assessments_and_are_not_sent_by_a_sweep(two: World) -> None:
    definitions = build_definitions(two.environment())
    graph = definitions.resolve_asset_graph()
    assert JUDGEMENT_BATCHES in graph.get(dg.AssetKey("assessments")).parent_keys
    assert JUDGEMENT_BATCHES not in definitions.resolve_job_def(NIGHTLY).asset_layer.selected_asset_keys


def test_a_run_that_sweeps_as_well_sends_nothing_and_sweeps(
    night: Nights, instance: dg.DagsterInstance
) -> None:
    sync_partitions(instance, ["acme", "beta"])
    with night.opened() as environment:
        whole = [dg.AssetKey("assessments"), JUDGEMENT_BATCHES]
        definitions = build_definitions(environment)
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, partition_key="acme", asset_selection=whole, raise_on_error=False
        )
        assert result.success and not environment.operations.batches.open_batches()
    assert night.asked_live == len(DUTIES) and night.asked_in_batches == []
