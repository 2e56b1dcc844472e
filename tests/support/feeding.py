"""A swept tenant whose assessments people speak of."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import Opinion
from radar_pipeline.sweep import feedback, feedback_cases
from radar_pipeline.sweep.feedback_cases import Wanted
from radar_pipeline.tenancy import feedback as notes
from tests.support.world import World

AT = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


def swept_world(folder: Path, *tenants: str) -> Path:
    """A world whose tenants were swept once; R1 to R5 are covered, R6 and R7 are not addressed."""
    world = World(folder / "data", folder / "store")
    for slug in tenants:
        world.tenant(slug)
    world.sweep()
    return folder


def copy_of(swept: Path, folder: Path) -> World:
    """That world for one test to change."""
    for name in ("data", "store"):
        shutil.copytree(swept / name, folder / name, symlinks=True)
    return World(folder / "data", folder / "store")


class Bench:
    """One tenant's report, its stores, and what one does with them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.operations = Operations(world.settings().operations)
        self.home = world.home / "tenants" / "acme"

    @property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        return self.world.report("acme")

    def say(self, ref: str, opinion: str, verdict: str = "", why: str = "", name: str = "Ada") -> Opinion:
        said = notes.said(ref, opinion, verdict, why, name, "")
        [noted] = feedback.give(self.operations, self.home, self.tables, "acme", [said], AT)
        return noted

    def load(self, text: str | bytes, name: str = "Ada") -> list[notes.Said]:
        path = self.world.data / "said.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        said = feedback.from_table(self.tables, "acme", path, name)
        feedback.give(self.operations, self.home, self.tables, "acme", said)
        return said

    def accept(self, case_id: str) -> None:
        feedback_cases.accept(self.world.settings(), "acme", case_id)

    def case(self, ref: str, **wanted: Any) -> dict[str, Any]:
        return feedback_cases.make(
            self.world.settings(), self.operations, self.tables, "acme", Wanted(ref, **wanted)
        )
