"""What the assets of prompts and their evaluations are called, mean, depend on and wait for. No behaviour."""

from typing import Any

import dagster as dg

from radar_pipeline.defs import style
from radar_pipeline.storage.prompts_schema import AB_RESULTS, COMPARISON, PROMPT_VERSIONS, RESULTS, SCORES
from radar_pipeline.sweep.events import Stage

GROUP = "prompts"
VERSIONS_KEY = dg.AssetKey(PROMPT_VERSIONS.name)
RESULTS_KEY = dg.AssetKey(RESULTS.name)
SCORES_KEY = dg.AssetKey(SCORES.name)
COMPARISON_KEY = dg.AssetKey(COMPARISON.name)
AB_RESULTS_KEY = dg.AssetKey(AB_RESULTS.name)
PROMPTS_ARE_SOUND = dg.AssetCheckKey(VERSIONS_KEY, "prompts_are_sound")
GATE_HOLDS = dg.AssetCheckKey(COMPARISON_KEY, "gate_holds")

PARTITIONS = "prompt_versions"
VERSIONS = dg.DynamicPartitionsDefinition(name=PARTITIONS)  # name@version


def when_inputs_change() -> dg.AutomationCondition[Any]:
    """Evaluated once ``prompt_versions`` has another data version: a prompt, a case or a scorer changed.

    Prevents a prompt that was edited at noon being shown beside the scores of its old text until Sunday.
    The first registration of all asks nobody: opening the UI must not spend money, the first night does.
    """
    condition = dg.AutomationCondition
    for_the_first_time = (~condition.missing()).newly_true()
    changed = condition.any_deps_match(condition.data_version_changed() & ~for_the_first_time)
    idle = ~condition.in_progress() & ~condition.any_deps_in_progress()
    return changed.since_last_handled() & idle


def with_results() -> dg.AutomationCondition[Any]:
    """Scored in the run that asks.

    Prevents a second run for the scores alone, which would find the first one's lock.
    """
    return dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())


def after_scores() -> dg.AutomationCondition[Any]:
    """Compared anew once a version was scored, and no sooner than the run that scores has ended.

    Prevents a draft that is blocked for what its last text did, or let through for it.
    """
    condition = dg.AutomationCondition
    scored = condition.any_deps_match(condition.newly_updated())
    return scored.since_last_handled() & ~condition.in_progress() & ~condition.any_deps_in_progress()


def versions_spec() -> dg.AssetSpec:
    """The registry."""
    return dg.AssetSpec(
        VERSIONS_KEY,
        description="Every version of every prompt, and the local judge: status, content and what it was "
        "found to do. Git is the source, mirrored one way. Its data version is that of prompts, cases and "
        "scorers.",
        kinds={"yaml", "duckdb"},
        metadata=style.metadata(
            style.table_schema(PROMPT_VERSIONS), "prompt_tables.py", "evaluation_inputs.py"
        ),
        **_common(),
    )


def versions_check_spec() -> dg.AssetCheckSpec:
    """A broken draft is no reason to stop anything: the last active versions are in force."""
    return dg.AssetCheckSpec(
        PROMPTS_ARE_SOUND.name,
        asset=VERSIONS_KEY,
        description="Every prompt file can be read and rendered, is what the lock says, rises its number as "
        "far as it changed, and was evaluated before it became active; and every case is of its form.",
    )


def evaluation_specs() -> list[dg.AssetSpec]:
    """What one run over a range of versions makes."""
    return [
        dg.AssetSpec(
            RESULTS_KEY,
            deps=[VERSIONS_KEY],
            description="Every case put to a version. What was answered before is not asked again.",
            kinds={"openai", "anthropic", "duckdb"},
            partitions_def=VERSIONS,
            skippable=True,  # a version that could not be evaluated gets no materialisation
            automation_condition=when_inputs_change(),
            metadata=style.metadata(style.table_schema(RESULTS), "evaluating.py", "prompt_tables.py"),
            **_common(),
        ),
        dg.AssetSpec(
            SCORES_KEY,
            deps=[RESULTS_KEY],
            description="How a version did, each figure with its 95% interval, and the cases it fails.",
            kinds={"duckdb"},
            partitions_def=VERSIONS,
            skippable=True,
            automation_condition=with_results(),
            metadata=style.metadata(style.table_schema(SCORES), "evaluating.py", "prompt_tables.py"),
            **_common(),
        ),
        dg.AssetSpec(
            COMPARISON_KEY,
            deps=[dg.AssetDep(SCORES_KEY, partition_mapping=dg.AllPartitionMapping())],
            description="Every draft against the active version, every active version against the one "
            "before it: paired differences on the same cases, and what the gate says.",
            kinds={"duckdb"},
            skippable=True,
            automation_condition=after_scores(),
            metadata=style.metadata(style.table_schema(COMPARISON), "prompt_tables.py"),
            **_common(),
        ),
    ]


def gate_check_spec() -> dg.AssetCheckSpec:
    """What depends on a comparison waits; no sweep does."""
    return dg.AssetCheckSpec(
        GATE_HOLDS.name,
        asset=COMPARISON_KEY,
        blocking=True,
        description="The gate lets every evaluated draft become active. An error if it blocks one; a warning "
        "if a version in force would not pass any more.",
    )


def ab_results_spec() -> dg.AssetSpec:
    """Experiments in production are read off the reports, and change none."""
    assessed = dg.AssetDep(dg.AssetKey(Stage.ASSESSMENTS.value), partition_mapping=dg.AllPartitionMapping())
    return dg.AssetSpec(
        AB_RESULTS_KEY,
        deps=[assessed],
        description="Experiments in production: what analysts said of each arm's assessments, and the "
        "verdict A, B, no difference that matters, or not enough data.",
        kinds={"duckdb"},
        metadata=style.metadata(style.table_schema(AB_RESULTS), "prompt_tables.py"),
        **_common(),
    )


def _common() -> dict[str, Any]:
    return {"owners": style.OWNERS, "tags": style.SHARED, "group_name": GROUP}
