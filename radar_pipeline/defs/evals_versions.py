"""The asset ``prompt_versions``: which versions there are, mirrored into the warehouse, each a partition."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from radar_pipeline.defs.evals_records import record, rows_of
from radar_pipeline.defs.evals_specs import (
    PARTITIONS,
    PROMPTS_ARE_SOUND,
    VERSIONS_KEY,
    versions_check_spec,
    versions_spec,
)
from radar_pipeline.defs.instance import HOLDER_TAG
from radar_pipeline.errors import RadarError
from radar_pipeline.prompts.checking import Problem, problems
from radar_pipeline.storage import holder
from radar_pipeline.sweep import evaluating, portfolio
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluation_inputs import digest, roster

SHOWN = 200
_CASES = "data/eval_cases"
_ROWS = """SELECT use_case, prompt_key, variant, status, evaluation, accuracy, n, owner, framework, prompt_ref
    FROM prompt_versions ORDER BY use_case, name, first_seen_at, prompt_key"""
_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("use_case", "string", "What it is asked for."),
        dg.TableColumn("prompt_key", "string", "name@version; the partition of its evaluations."),
        dg.TableColumn("variant", "string", "Whose view it takes; empty for the usual one."),
        dg.TableColumn("status", "string", "draft, active or deprecated."),
        dg.TableColumn("evaluation", "string", "What it was found to do, or 'not evaluated'."),
        dg.TableColumn("accuracy", "float", "Of its newest complete live run, 0 to 1."),
        dg.TableColumn("n", "int", "Cases of that run."),
        dg.TableColumn("owner", "string", "Who answers for it."),
        dg.TableColumn("framework", "string", "Framework it is written for, or any."),
        dg.TableColumn("prompt_ref", "string", "name@version#sha, as assessments name it."),
    ]
)
_PROBLEMS = dg.TableSchema(
    columns=[
        dg.TableColumn("place", "string", "The prompt or file it is about."),
        dg.TableColumn("says", "string", "What does not hold."),
        dg.TableColumn("remedy", "string", "What mends it."),
    ]
)
Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


def sync_versions(instance: dg.DagsterInstance, keys: Sequence[str]) -> tuple[str, ...]:
    """Make every version a partition; returns those that are new, in the order they were added.

    Partitions of versions whose file is gone stay, with their history.
    """
    known = set(instance.get_dynamic_partitions(PARTITIONS))
    new = tuple(dict.fromkeys(key for key in keys if key not in known))
    if new:
        instance.add_dynamic_partitions(PARTITIONS, list(new))
    return new


@dg.multi_asset(name="prompt_versions", specs=[versions_spec()], check_specs=[versions_check_spec()])
def prompt_versions(context: dg.AssetExecutionContext, environment: dg.ResourceParam[Environment]) -> Results:
    """Read the registry, make each version a partition and mirror it. Asks nobody anything.

    Raises Failure for cases that are wrong: without them nobody can say whether they changed.
    """
    context.instance.add_run_tags(context.run.run_id, {HOLDER_TAG: holder.this_holder()})
    try:
        found = problems(environment.settings.prompts)
        who = roster(environment)
        new = sync_versions(context.instance, who.keys)
        portfolio.publish_evaluations(environment)
        try:
            cases = evaluating.all_cases(environment)
        except RadarError as error:
            yield _checked([*found, Problem(_CASES, error.message, error.remedy)])
            raise
    except RadarError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    yield dg.MaterializeResult(
        asset_key=VERSIONS_KEY,
        metadata={
            **_counted(environment),
            "new": ", ".join(new) or "none",
            "cases": len(cases),
            **{f"cases_{use_case}": n for use_case, n in Counter(c.use_case.value for c in cases).items()},
            "broken": sum(problem.place.endswith(".yaml") for problem in found),
        },
        check_results=[_checked(found)],
        data_version=dg.DataVersion(digest(who.subjects, cases)),
    )


def _counted(environment: Environment) -> dict[str, Any]:
    rows = rows_of(environment, _ROWS)
    by_status = Counter(row["status"] for row in rows)
    return {
        "dagster/row_count": len(rows),
        "versions": len(rows),
        "active": by_status["active"],
        "draft": by_status["draft"],
        "deprecated": by_status["deprecated"],
        "not_evaluated": sum(row["evaluation"] == "not evaluated" for row in rows),
        "registry": dg.MetadataValue.table([record(row) for row in rows[:SHOWN]], schema=_SCHEMA),
    }


def _checked(found: Sequence[Problem]) -> dg.AssetCheckResult:
    shown = [dg.TableRecord({"place": p.place, "says": p.says, "remedy": p.remedy}) for p in found[:SHOWN]]
    return dg.AssetCheckResult(
        asset_key=VERSIONS_KEY,
        check_name=PROMPTS_ARE_SOUND.name,
        passed=not found,
        description=" ".join(str(problem) for problem in found[:3]) or "All that must hold of them holds.",
        metadata={
            "problems": len(found),
            **({"found": dg.MetadataValue.table(shown, schema=_PROBLEMS)} if shown else {}),
        },
    )
