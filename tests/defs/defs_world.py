"""A small world to sweep: a framework of three duties, tenants of one or two short documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from radar_pipeline.settings import Settings
from radar_pipeline.sweep.environment import Environment, open_environment

CANARY = "The zebrafish ledger of Quillhaven sleeps under seven amber lanterns."
POLICY = f"""# Data protection policy

## Breaches

The controller notifies the supervisory authority of a personal data breach within 72 hours.

{CANARY}

## Retention

We delete personal data when the purpose ends and review retention periods every year.
"""
DUTIES = {
    "Art. 1": "The controller must notify a personal data breach to the authority within 72 hours.",
    "Art. 2": "The controller must delete personal data that are no longer needed.",
    "Art. 3": "The processor must appoint a representative for maritime salvage operations.",
}


@dataclass(frozen=True)
class World:
    """Folders of one test: what a sweep reads and writes, and Dagster's home."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def home(self) -> Path:
        return self.root / "store"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that make ``radar`` and Dagster live here."""
        return {
            "RADAR_DATA": str(self.data),
            "RADAR_HOME": str(self.home),
            "RADAR_EMBEDDER": "hashing",
            "DAGSTER_HOME": str(self.dagster_home),
        }

    def settings(self) -> Settings:
        return Settings(data=self.data, home=self.home, embedder="hashing")

    def environment(self) -> Environment:
        return open_environment(self.settings())

    def source(self, slug: str) -> Path:
        return self.data / "corpus" / slug

    def tenants(self, slugs: Sequence[str]) -> None:
        """Write tenants.yaml, and a policy for each tenant that has none."""
        for slug in slugs:
            self.source(slug).mkdir(parents=True, exist_ok=True)
            (self.source(slug) / "policy.md").write_text(POLICY, encoding="utf-8")
        entries = [
            {"slug": s, "name": s.title(), "documents": f"corpus/{s}", "frameworks": [{"id": "mini"}]}
            for s in slugs
        ]
        (self.data / "tenants.yaml").write_text(yaml.safe_dump({"tenants": entries}), encoding="utf-8")

    def lose_source(self, slug: str) -> None:
        self.source(slug).rename(self.data / f"lost-{slug}")

    def find_source(self, slug: str) -> None:
        (self.data / f"lost-{slug}").rename(self.source(slug))


def build(root: Path, slugs: Sequence[str]) -> World:
    """A world with these tenants, none of them swept yet."""
    world = World(root)
    for folder in (world.data / "frameworks", world.home, world.dagster_home):
        folder.mkdir(parents=True)
    nodes = [
        {"urn": f"urn:radar:req_node:mini:{n}", "ref_id": ref, "name": f"Duty {n}", "description": text}
        | {"assessable": True, "importance": 3, "domain": "Duties"}
        for n, (ref, text) in enumerate(DUTIES.items(), 1)
    ]
    framework = {"urn": "urn:radar:framework:mini", "ref_id": "mini", "name": "Mini"}
    library = {"urn": "urn:radar:library:mini", "ref_id": "mini", "name": "Mini", "version": 1}
    library["objects"] = {"framework": {**framework, "requirement_nodes": nodes}}
    (world.data / "frameworks" / "mini.yaml").write_text(yaml.safe_dump(library), encoding="utf-8")
    world.tenants(slugs)
    return world
