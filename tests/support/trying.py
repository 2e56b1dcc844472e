"""A world in which two versions of the judge's prompt are tried beside each other."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from radar_pipeline import ids
from radar_pipeline.evals.experiments import ArmName, Experiment, arm_of, load
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.prompts import files
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import PROJECT
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.operations.records import Opinion
from radar_pipeline.sweep import experimenting
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.experimenting import Shown
from tests.support.models import with_models
from tests.support.world import DUTIES, World

REFS = [ref for ref, *_ in DUTIES]


def patient(environment: Environment) -> Environment:
    """Waits between tries are not waited."""
    if environment.models is not None:
        environment.models.client._sleep = lambda _: None
    return environment


class Trying:
    """Nights of a world at one server, and what its experiments show."""

    def __init__(self, world: World, server: FakeServer) -> None:
        self.world, self.server = world, server

    def sweep(self) -> int:
        """How many requirements were judged anew, be it from an answer that a model gave before."""
        found = self.world.sweep(change=patient)
        assert found.state == "succeeded"
        return int(found.totals.get("judged", 0))

    def prompts(self, slug: str = "acme") -> dict[str, str]:
        return {ref: row["prompt_ref"] for ref, row in rows(self.world, slug).items()}

    def shown(self) -> Shown:
        """Where the first experiment stands."""
        with self._opened() as environment:
            return experimenting.shown(environment)[0]

    def give(self, *opinions: Opinion) -> None:
        """Keep what people say, of one tenant or several."""
        with self._opened() as environment:
            for slug in sorted({o.tenant for o in opinions}):
                environment.operations.feedback.give([o for o in opinions if o.tenant == slug])

    def table(self) -> list[dict[str, Any]]:
        """prompt_ab_results as it is published."""
        sql = "SELECT * FROM prompt_ab_results ORDER BY experiment, metric, arm"
        columns, found = warehouse.query(sql, None, self.world.settings().portfolio)
        return [dict(zip(columns, row, strict=True)) for row in found]

    @contextmanager
    def _opened(self) -> Iterator[Environment]:
        environment = self.world.environment()
        try:
            yield environment
        finally:
            environment.operations.close()


def swept(folder: Path, server: FakeServer, *tenants: str, experiment: bool) -> Path:
    """A world whose tenants were judged once by models at the server."""
    world = World(folder / "data", folder / "store")
    for slug in tenants:
        world.tenant(slug)
    if experiment:
        write(world.data, entry())
    with pytest.MonkeyPatch.context() as patch:
        Trying(with_models(world, server, patch), server).sweep()
    return folder


def entry(weights: tuple[float, float] = (1, 1), **changes: Any) -> dict[str, Any]:
    """An experiment with two shipped versions that began long ago."""
    arms = {
        arm: {"version": version, "weight": weight}
        for arm, version, weight in zip("AB", ("1.0.0", "1.1.0"), weights, strict=True)
    }
    given = {"id": "wording", "use_case": "judge", "prompt": "coverage", "arms": arms}
    return {**given, "minimum_difference": 0.5, "started": date(2020, 1, 1), **changes}


def write(data: Path, *entries: dict[str, Any]) -> list[Experiment]:
    """experiments.yaml with these."""
    (data / "experiments.yaml").write_text(yaml.safe_dump({"experiments": list(entries)}), "utf-8")
    return list(load(data))


def drawn(experiment: Experiment, slug: str, arm: ArmName) -> set[str]:
    """The duties of the small world that an arm judges for a tenant."""
    return {ref for ref in REFS if arm_of(experiment, slug, f"rules:{ref}") == arm}


def ref_of(version: str) -> str:
    """``name@version#sha`` of a shipped version of the judge's prompt."""
    return files.load(PROJECT / "prompts", UseCase.JUDGE, "coverage", version).ref


def own_prompts(folder: Path) -> Path:
    """The shipped prompts, to be changed."""
    shutil.copytree(PROJECT / "prompts", folder)
    return folder


def edit(folder: Path, version: str, *replacements: tuple[str, str]) -> None:
    """Change words of a version of the judge's prompt; each must be there."""
    path = folder / "judge" / "coverage" / f"{version}.prompt.yaml"
    text = path.read_text("utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def rows(world: World, slug: str) -> dict[str, dict[str, Any]]:
    """The assessments published of a tenant, by ref."""
    return {r["requirement_id"].split(":")[1]: r for r in world.report(slug)["assessments"]}


def opinion(
    slug: str, row: dict[str, Any], said: str, who: str = "ada", at: datetime | None = None
) -> Opinion:
    """What a person says of a published assessment."""
    return Opinion(
        opinion_id=ids.digest(slug, row["requirement_id"], who, said),
        tenant=slug,
        framework_id=row["framework_id"],
        requirement_id=row["requirement_id"],
        opinion=said,
        suggested_verdict="",
        verdict=row["verdict"],
        confidence=row["confidence"],
        judge=row["judge"],
        prompt_ref=row["prompt_ref"] or "",
        judgement_key=row["judgement_key"],
        who=who,
        at=at or datetime.now(UTC),
    )
