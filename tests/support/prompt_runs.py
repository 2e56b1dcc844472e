"""A world with two prompts and a case for each, and runs of their evaluations on a Dagster instance."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from radar_pipeline.defs.assemble import build_definitions
from radar_pipeline.defs.evals_automation import JOB
from radar_pipeline.defs.evals_specs import COMPARISON_KEY, PARTITIONS, RESULTS_KEY, SCORES_KEY, VERSIONS_KEY
from radar_pipeline.defs.evals_versions import sync_versions
from radar_pipeline.defs.partitions import range_tags
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import PROJECT
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluation_inputs import roster
from tests.support.benches import passage
from tests.support.world import World

KEYS = ("passages@1.0.0", "coverage@1.0.0", "local@rules-4")  # in the order of the registry
EVALUATION = (RESULTS_KEY, SCORES_KEY, COMPARISON_KEY)
NOTICE = "The firm notifies the regulator of every data breach within 72 hours of becoming aware of it."
LETTER = ("copied letter for letter", "told in your own words")  # an edit that drops the rule


@dataclass
class Prompted:
    """``folder``: a copy of the prompts with one of the judge's and the contradictions'."""

    world: World
    folder: Path
    instance: dg.DagsterInstance
    change: Callable[[Environment], Environment] = lambda environment: environment

    def environment(self) -> Environment:
        return self.change(self.world.environment())

    def case(self, name: str, use_case: UseCase = UseCase.JUDGE, **given: Any) -> None:
        """Add a case; of the judge one about R1, which the local judge gets right."""
        pair = {"first": passage(), "second": passage(f"Visitors wear a badge, {name}.")}
        mine = use_case is UseCase.JUDGE
        body = {
            "case_id": name,
            "inputs": {"framework": "rules", "ref": "R1", "passages": [passage(NOTICE)]} if mine else pair,
            "expected": {"verdict": "covered"} if mine else {"contradicts": False},
            "source": "made-up",
            "why": "It is made up.",
            "severity": "major",
            "tags": ["deadline"],
            **given,
        }
        path = self.world.data / "eval_cases" / use_case.value / "own.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as stream:
            stream.write(json.dumps(body) + "\n")

    def version(self, version: str, status: str, *edits: tuple[str, str]) -> Path:
        """Another version of the judge's prompt, with other instructions."""
        home = self.folder / "judge" / "coverage"
        text = (home / "1.0.0.prompt.yaml").read_text("utf-8")
        for old, new in [("1.0.0", version), ("status: active", f"status: {status}"), *edits]:
            assert old in text, old
            text = text.replace(old, new)
        path = home / f"{version}.prompt.yaml"
        path.write_text(text, "utf-8")
        return path

    def tags(self, *keys: str) -> dict[str, str]:
        """The tags of a run over those partitions; none named: all."""
        order = self.instance.get_dynamic_partitions(PARTITIONS)
        wanted = [key for key in order if key in (keys or order)]
        return range_tags(wanted[0], wanted[-1])

    def run(
        self, tags: Mapping[str, str] | None = None, assets: Sequence[dg.AssetKey] = (), **config: Any
    ) -> dg.ExecuteInProcessResult:
        job = build_definitions(self.environment()).resolve_job_def(JOB)
        return job.execute_in_process(
            instance=self.instance,
            tags=dict(tags or {}),
            asset_selection=list(assets) or None,
            run_config={"ops": {"prompt_evaluation": {"config": config}}} if config else {},
            raise_on_error=False,
        )

    def evaluate(self, *keys: str) -> dg.ExecuteInProcessResult:
        """Evaluate in one run, with all versions as partitions."""
        sync_versions(self.instance, roster(self.environment()).keys)
        return self.run(self.tags(*keys), assets=EVALUATION)

    def register(self) -> dg.ExecuteInProcessResult:
        """Read the registry in a run."""
        return self.run(assets=[VERSIONS_KEY])


def prompted(world: World, root: Path, instance: dg.DagsterInstance, patch: pytest.MonkeyPatch) -> Prompted:
    """The world with its prompts, which RADAR_PROMPTS names, and its cases."""
    folder = root / "prompts"
    for name in ("judge/coverage", "contradict/passages"):
        (folder / name).mkdir(parents=True)
        shutil.copy(PROJECT / "prompts" / name / "1.0.0.prompt.yaml", folder / name)
    lines = (PROJECT / "prompts" / "lock").read_text().splitlines(keepends=True)
    kept = ("judge/coverage/1.0.0 ", "contradict/passages/1.0.0 ")
    (folder / "lock").write_text("".join(line for line in lines if line.startswith(kept)))
    patch.setenv("RADAR_PROMPTS", str(folder))
    made = Prompted(world, folder, instance)
    made.case("breach")
    made.case("badges", UseCase.CONTRADICT)
    return made


def told(result: dg.ExecuteInProcessResult, asset: str) -> dict[str | None, dict[str, Any]]:
    """Metadata of an asset's materialisations in a run, by partition."""
    found = [e.step_materialization_data.materialization for e in result.get_asset_materialization_events()]
    return {
        m.partition: {"description": m.description, **{name: plain(v) for name, v in m.metadata.items()}}
        for m in found
        if m.asset_key == dg.AssetKey(asset)
    }


def plain(value: dg.MetadataValue[Any]) -> Any:
    return [r.data for r in value.records] if isinstance(value, dg.TableMetadataValue) else value.value


def failures(result: dg.ExecuteInProcessResult) -> str:
    """What the run's failed steps say."""
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    return "\n".join(f"{error.message} {error.cause}" for error in errors if error is not None)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {found.check_name: found for found in result.get_asset_check_evaluations()}
