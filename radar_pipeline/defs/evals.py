"""Evaluations as one multi-asset: every version of a run's range is put to its cases, and Dagster is told.

One step for all versions, as for tenants in ``sweep``: a version that was evaluated gets its
materialisations, one that could not be gets none and keeps its last figures, and the step fails at the end
if any could not. Nothing about a sweep depends on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from pydantic import Field

from radar_pipeline.defs.evals_comparison import compared
from radar_pipeline.defs.evals_metadata import of_results, of_scores, told_of
from radar_pipeline.defs.evals_specs import (
    COMPARISON_KEY,
    RESULTS_KEY,
    SCORES_KEY,
    evaluation_specs,
    gate_check_spec,
)
from radar_pipeline.defs.instance import HOLDER_TAG
from radar_pipeline.errors import RadarError, StoreError
from radar_pipeline.evals import runs
from radar_pipeline.evals.evaluate import evaluate
from radar_pipeline.evals.values import Case, Run, Subject
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.storage import holder
from radar_pipeline.sweep import evaluating, portfolio
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluation_inputs import Roster, roster

OP = "prompt_evaluation"
GONE = "There is no such version any more; its last figures stand."
NO_CASES = "There is no case to put to it."
RETIRED = "Deprecated, and nothing is compared with it; its last figures stand."
MOST_REPEATS = 10

Results = Iterator[dg.AssetMaterialization | dg.MaterializeResult[None] | dg.AssetCheckResult]


class EvaluationConfig(dg.Config):
    """How often every case is put to a version."""

    repeats: int = Field(
        default=1, ge=1, le=MOST_REPEATS, description="More than once shows how much answers vary."
    )


@dataclass(slots=True)
class _Round:
    """What came of a run's versions."""

    failed: dict[str, str] = field(default_factory=dict)  # name@version -> why
    evaluated: int = 0


@dg.multi_asset(
    name=OP,
    specs=evaluation_specs(),
    check_specs=[gate_check_spec()],
    can_subset=True,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def prompt_evaluation(
    context: dg.AssetExecutionContext,
    config: EvaluationConfig,
    environment: dg.ResourceParam[Environment],
) -> Results:
    """Evaluate the run's versions, then compare all. Only what is selected is reported.

    Without partitions, only the comparison is made. Raises Failure if any version could not be evaluated,
    naming it and why.
    """
    context.instance.add_run_tags(context.run.run_id, {HOLDER_TAG: holder.this_holder()})
    done = _Round()
    try:
        if context.has_partition_key or context.has_partition_key_range:
            yield from _versions(context, config, environment, done)
        portfolio.publish_evaluations(environment)
        if COMPARISON_KEY in context.selected_asset_keys:
            yield from compared(environment)
    except RadarError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    if done.failed:
        raise _failure(done)


def _versions(
    context: dg.AssetExecutionContext, config: EvaluationConfig, environment: Environment, done: _Round
) -> Results:
    keys = list(context.partition_keys)
    if not keys:
        raise dg.Failure(
            "The run's range of partitions is empty: its end was added before its start.",
            allow_retries=False,
        )
    who, cases = roster(environment), evaluating.all_cases(environment)
    passed_over = _passing_over(keys, who, cases)
    for key, why in passed_over.items():
        yield from _passed_over(context, environment, key, why)
    bench = evaluating.workbench(environment)
    for subject in who.subjects:
        if subject.key not in keys or subject.key in passed_over:
            continue
        try:
            run = runs.save(environment.settings.home, _evaluated(context, config, bench, subject, cases))
        except RadarError as error:
            done.failed[subject.key] = str(error)
            context.log.error(f"{subject.key}: {error}")
            continue
        done.evaluated += 1
        yield from _told(context, run, {})


def _passing_over(keys: Sequence[str], who: Roster, cases: Sequence[Case]) -> dict[str, str]:
    """Which of the run's versions are not evaluated, and why. A deprecated one that is the run's only one
    is: somebody asked for it."""
    asked = {case.use_case for case in cases}
    idle = {subject.key for subject in who.subjects if subject.use_case not in asked}
    found: dict[str, str] = {}
    for key in keys:
        if key not in who.keys:
            found[key] = GONE
        elif key in who.retired and len(keys) > 1:
            found[key] = RETIRED
        elif key in idle:
            found[key] = NO_CASES
    return found


def _evaluated(
    context: dg.AssetExecutionContext,
    config: EvaluationConfig,
    bench: Workbench,
    subject: Subject,
    cases: Sequence[Case],
) -> Run:
    """The whole run of one version. Raises RadarError if cases are left: answers that came are kept, and
    are not asked for again."""
    notes: list[str] = []
    try:
        with evaluating.with_provider(bench, subject) as at:
            run = evaluate(at, subject, cases, repeats=config.repeats, note=notes.append)
    except RadarError:
        raise
    except Exception as error:  # a defect of ours must not cost the others their evaluation
        if bench.settings.debug:
            raise
        raise StoreError(  # its message may quote what was read
            f"The evaluation stopped with {type(error).__name__}.",
            remedy=f"Set RADAR_DEBUG and run `radar prompts eval {subject.key}` to see where.",
        ) from None
    if run.unasked:
        raise StoreError(
            f"Not asked: {run.unasked} of its cases. {' '.join(notes)}".rstrip(),
            remedy="The next evaluation asks for these alone.",
        )
    if run.simulated:
        context.log.warning(f"{subject.key}: simulated, for want of a provider's key")
    context.log.info(f"{subject.key}: {len(run.results)} answers, of which {_reused(run)} were there")
    return run


def _reused(run: Run) -> int:
    return sum(result.reused for result in run.results)


def _told(context: dg.AssetExecutionContext, run: Run, more: dict[str, Any]) -> Results:
    for key, metadata in ((RESULTS_KEY, of_results), (SCORES_KEY, of_scores)):
        if key in context.selected_asset_keys:
            yield dg.AssetMaterialization(
                key, partition=run.subject.key, description=told_of(run), metadata={**metadata(run), **more}
            )


def _passed_over(context: dg.AssetExecutionContext, environment: Environment, key: str, why: str) -> Results:
    """Told with its last figures, so that a failure of another version does not show as its own."""
    context.log.info(f"{key}: {why}")
    home = environment.settings.home
    last = [head for head in runs.heads(home) if head.subject.key == key]
    run = runs.find(home, last[-1].run_id) if last else None
    if run is not None:
        yield from _told(context, run, {"passed_over": why})
        return
    for asset in (RESULTS_KEY, SCORES_KEY):
        if asset in context.selected_asset_keys:
            yield dg.AssetMaterialization(asset, partition=key, metadata={"passed_over": why})


def _failure(done: _Round) -> dg.Failure:
    told = "; ".join(f"{key}: {why}" for key, why in done.failed.items())
    return dg.Failure(
        f"{len(done.failed)} of {len(done.failed) + done.evaluated} versions were not evaluated and keep "
        f"their last figures. {told}",
        metadata={"failed": len(done.failed), "versions": ", ".join(done.failed)},
        allow_retries=False,
    )
