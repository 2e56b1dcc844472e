"""What starts evaluations: Sundays, the first night with a key, a change; and what never waits for them."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.automation import NIGHTLY as SWEEP
from radar_pipeline.defs.batches import NIGHTLY_BATCHES
from radar_pipeline.defs.evals_automation import JOB, NIGHTLY, WEEKLY
from radar_pipeline.defs.evals_specs import (
    AB_RESULTS_KEY,
    COMPARISON_KEY,
    GROUP,
    PARTITIONS,
    RESULTS_KEY,
    SCORES_KEY,
    VERSIONS_KEY,
)
from radar_pipeline.defs.instance import open_instance
from radar_pipeline.defs.sensors_memory import Memory
from radar_pipeline.defs.sensors_prompts import changed_prompts
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.sweep import evaluation_inputs
from tests.support.models import auditor, with_models
from tests.support.prompt_runs import KEYS, LETTER, Prompted, failures, told
from tests.support.rounds import evaluate_due
from tests.support.ticking import Ticking, settle

OURS = {VERSIONS_KEY, RESULTS_KEY, SCORES_KEY, COMPARISON_KEY, AB_RESULTS_KEY}
ZONE = ZoneInfo("Europe/Dublin")
RANGE = {"dagster/asset_partition_range_start": KEYS[0], "dagster/asset_partition_range_end": KEYS[2]}


@pytest.fixture
def key(ready: Prompted, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """A provider that is taken for real, and a key for it."""

    def says(request: Any) -> Any:
        if "ELEMENTS" in request.text:
            return auditor()(request)
        return {
            "reasoning": "",
            "contradicts": False,
            "kind": "none",
            "first_quote": "",
            "second_quote": "",
        }

    with FakeServer(says, confess=False) as server:
        with_models(ready.world, server, monkeypatch)
        yield server


def tick(ready: Prompted, name: str) -> dg.RunRequest | str:
    """What a schedule answers now: its run, or why there is none."""
    definitions = build_definitions(settings=ready.world.settings())
    with (
        open_instance() as instance,
        dg.build_schedule_context(instance, resources={"environment": ready.environment()}) as context,
    ):
        found = definitions.resolve_schedule_def(name).evaluate_tick(context)
    requests = list(found.run_requests or ())
    return requests[0] if requests else str(found.skip_message)


# ── Nothing of a sweep waits ──────────────────────────────────────────────────────────────────


def test_no_night_holds_an_evaluation_and_no_asset_of_a_sweep_needs_a_score() -> None:
    definitions = build_definitions()
    for job in (SWEEP, NIGHTLY_BATCHES):
        found = definitions.resolve_job_def(job)
        assert not OURS & set(found.asset_layer.selected_asset_keys)
        assert not {"prompt_evaluation", "prompt_versions"} & {node.name for node in found.nodes}
    assert set(definitions.resolve_job_def(JOB).asset_layer.selected_asset_keys) == OURS
    graph = definitions.resolve_asset_graph()
    others = {key for key in graph.get_all_asset_keys() if graph.get(key).group_name != GROUP}
    parents = {parent for key in others for parent in graph.get(key).parent_keys}
    assert parents & OURS == {VERSIONS_KEY}
    assert VERSIONS_KEY in graph.get(dg.AssetKey("assessments")).parent_keys


def test_a_night_is_swept_whatever_became_of_prompts_and_cases(ready: Prompted) -> None:
    ready.version("1.1.0", "draft", ("owner:", "owner_of:"))
    ready.case("no", expected={"verdict": "perhaps"})
    assert not ready.register().success
    result = ready.world.sweep()
    assert result.state == "succeeded"


# ── Schedules ─────────────────────────────────────────────────────────────────────────────────


def test_both_schedules_are_on_in_the_configured_zone_and_never_meet(ready: Prompted) -> None:
    definitions = build_definitions(settings=ready.world.settings(timezone=ZONE.key))
    found = [definitions.resolve_schedule_def(name) for name in (WEEKLY, NIGHTLY)]
    assert [schedule.cron_schedule for schedule in found] == ["0 5 * * 0", "30 4 * * 1-6"]
    for schedule in found:
        assert schedule.job_name == JOB and schedule.execution_timezone == ZONE.key
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_sundays_run_goes_over_every_version_and_makes_new_ones_partitions(ready: Prompted) -> None:
    request = tick(ready, WEEKLY)
    assert isinstance(request, dg.RunRequest)
    assert request.tags.items() >= {**RANGE, "radar/trigger": "schedule"}.items()
    with open_instance() as instance:
        assert instance.get_dynamic_partitions(PARTITIONS) == [*KEYS]


def test_without_a_key_no_night_evaluates(ready: Prompted) -> None:
    assert "No provider's key" in str(tick(ready, NIGHTLY))


def test_the_first_night_with_a_key_evaluates_and_the_next_has_nothing_to_do(
    ready: Prompted, key: FakeServer
) -> None:
    request = tick(ready, NIGHTLY)
    assert isinstance(request, dg.RunRequest) and request.tags.items() >= RANGE.items()
    assert key.books == ()  # looking costs nothing
    assert ready.evaluate().success
    assert len(key.books) == 2
    assert "has its evaluation" in str(tick(ready, NIGHTLY))


def test_a_night_goes_over_what_is_due_alone(ready: Prompted, key: FakeServer) -> None:
    evaluate_due(ready.environment())
    ready.case("more", UseCase.CONTRADICT)
    request = tick(ready, NIGHTLY)
    assert isinstance(request, dg.RunRequest)
    assert request.tags["dagster/partition"] == "passages@1.0.0"


def test_a_night_without_anything_due_tells_how_a_running_experiment_stands(ready: Prompted) -> None:
    started = ready.environment().today()
    (ready.world.data / "experiments.yaml").write_text(
        f"experiments: [{{id: shorter, use_case: judge, prompt: coverage, started: {started}, "
        "arms: {A: {version: 1.0.0, weight: 1}, B: {version: 1.1.0, weight: 1}}}]"
    )
    ready.version("1.1.0", "draft", LETTER)
    request = tick(ready, NIGHTLY)
    assert isinstance(request, dg.RunRequest)
    assert list(request.asset_selection or ()) == [AB_RESULTS_KEY]
    result = ready.run(assets=[AB_RESULTS_KEY])
    assert result.success, failures(result)
    assert told(result, "prompt_ab_results")[None]["experiments"] == 1


def test_what_cannot_be_looked_at_is_told_at_the_tick(ready: Prompted, key: FakeServer) -> None:
    ready.case("no", expected={"verdict": "perhaps"})
    said = str(tick(ready, NIGHTLY))
    assert "Could not look" in said and "own.jsonl" in said


# ── Conditions ────────────────────────────────────────────────────────────────────────────────


def asked(ready: Prompted, cursor: Any) -> tuple[dict[str, int], Any]:
    """How many partitions each condition asks for now, and the cursor after."""
    found = dg.evaluate_automation_conditions(build_definitions(), ready.instance, cursor=cursor)
    counts = {key.to_user_string(): found.get_num_requested(key) for key in OURS}
    return {name: count for name, count in counts.items() if count}, found.cursor


EVERY = {"prompt_eval_results": 3, "prompt_eval_scores": 3}


def test_a_change_evaluates_every_version_once_and_then_compares(ready: Prompted) -> None:
    nothing, cursor = asked(ready, None)
    assert ready.register().success
    first, cursor = asked(ready, cursor)  # to open the UI for the first time costs nothing
    assert nothing == first == {}
    ready.case("more")
    ready.register()
    changed, cursor = asked(ready, cursor)
    again, cursor = asked(ready, cursor)
    assert (changed, again) == (EVERY, {})
    assert ready.run(ready.tags(), assets=[RESULTS_KEY, SCORES_KEY]).success
    compared, cursor = asked(ready, cursor)
    assert compared == {"prompt_comparison": 1}
    ready.run(assets=[COMPARISON_KEY])
    assert asked(ready, cursor)[0] == {}


def test_a_registry_that_is_read_anew_without_a_change_asks_nobody(ready: Prompted) -> None:
    ready.register()
    cursor = asked(ready, None)[1]
    ready.register()
    assert asked(ready, cursor)[0] == {}


def test_a_new_draft_is_evaluated_with_the_others(ready: Prompted) -> None:
    ready.register()
    cursor = asked(ready, None)[1]
    ready.version("1.1.0", "draft", LETTER)
    ready.register()
    assert asked(ready, cursor)[0] == {"prompt_eval_results": 4, "prompt_eval_scores": 4}


def test_a_whole_run_leaves_nothing_to_ask_for(ready: Prompted) -> None:
    ready.register()
    cursor = asked(ready, None)[1]
    ready.case("more")
    assert ready.run(ready.tags()).success
    assert asked(ready, cursor)[0] == {}


def test_the_conditions_are_looked_at_without_anybody_switching_that_on() -> None:
    sensor = build_definitions().resolve_sensor_def("prompt_changes")
    assert isinstance(sensor, dg.AutomationConditionSensorDefinition)
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert sensor.run_tags["radar/trigger"] == "sensor/prompt_changes"


# ── The sensor ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ticking(ready: Prompted) -> Ticking:
    still(ready)
    return Ticking(ready.world, ready.instance)


def still(ready: Prompted) -> None:
    """Let a minute pass since everything was written."""
    settle(ready.world)
    for path in [ready.folder, *ready.folder.rglob("*")]:
        stat = path.stat()
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - 60_000_000_000))


def test_a_change_asks_for_one_run_of_the_registry_alone(ready: Prompted, ticking: Ticking) -> None:
    [first] = ticking.tick("changed_prompts")[0]
    assert list(first.asset_selection or ()) == [VERSIONS_KEY]
    assert first.tags["radar/cause"] == "changed_prompts"
    assert ticking.tick("changed_prompts")[0] == []
    ready.version("1.1.0", "draft", LETTER)
    written = ticking.tick("changed_prompts")
    assert written[0] == [] and "being written" in written[1]
    still(ready)
    [second] = ticking.tick("changed_prompts")[0]
    assert second.run_key != first.run_key
    assert ticking.tick("changed_prompts")[0] == []


def test_no_second_run_is_asked_for_while_one_is_pending(ready: Prompted, ticking: Ticking) -> None:
    ticking.pending(**{"radar/cause": "changed_prompts"})
    requests, says = ticking.tick("changed_prompts")
    assert requests == [] and "of this cause" in says


@pytest.mark.parametrize("edit", ["case", "tenant_case", "removed", "lock"])
def test_whatever_an_evaluation_depends_on_is_seen(ready: Prompted, edit: str) -> None:
    before = evaluation_inputs.stamp(ready.environment())
    assert evaluation_inputs.stamp(ready.environment()) == before
    edits: dict[str, Callable[[], Any]] = {
        "case": lambda: ready.case("more"),
        "tenant_case": lambda: tenant_case(ready),
        "removed": (ready.folder / "contradict" / "passages" / "1.0.0.prompt.yaml").unlink,
        "lock": lambda: (ready.folder / "lock").write_text(""),
    }
    edits[edit]()
    assert evaluation_inputs.stamp(ready.environment()) != before


def tenant_case(ready: Prompted) -> None:
    folder = ready.world.settings().tenant_home("acme") / "eval_cases"
    folder.mkdir(parents=True)
    (folder / "judge.jsonl").write_text("")


def test_a_folder_of_prompts_that_is_gone_is_told_and_nothing_is_forgotten(
    ready: Prompted, ticking: Ticking
) -> None:
    ticking.tick("changed_prompts")
    away = ready.folder.rename(ready.folder.with_name("away"))
    requests, says = ticking.tick("changed_prompts")
    assert requests == [] and "Could not look" in says
    away.rename(ready.folder)
    assert ticking.tick("changed_prompts")[0] == []


def test_the_memory_of_a_request_is_that_of_what_was_seen() -> None:
    first = changed_prompts(Memory(7), "a")
    assert first.request is not None and first.request.key == "7-a" and not first.request.first
    assert changed_prompts(first.memory, "a").request is None
    again = changed_prompts(first.memory, "b")
    assert again.request is not None and again.request.key == "8-b"
