"""Catalogs as publishers ship them: what is imported is what the source counts.

Needs RADAR_BENCH_DATA, a folder whose ``frameworks`` holds published files; they are not ours to ship.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from radar_pipeline import frameworks
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.importing import import_file

PUBLISHED = Path(os.environ.get("RADAR_BENCH_DATA", "/nonexistent")) / "frameworks"
FILES = sorted(p for p in PUBLISHED.rglob("*") if p.suffix in (".json", ".yaml"))

pytestmark = pytest.mark.skipif(not FILES, reason="RADAR_BENCH_DATA names no folder with frameworks/")


def controls(holder: dict[str, Any]) -> int:
    inner = [*holder.get("groups", []), *holder.get("controls", [])]
    return len(holder.get("controls", [])) + sum(controls(one) for one in inner)


def expected(path: Path) -> tuple[int, int] | None:
    """Assessable requirements and mapping pairs of the source; None if it states neither."""
    if path.suffix == ".json":
        body = json.loads(path.read_text("utf-8"))
        return (controls(body["catalog"]), 0) if "catalog" in body else None
    objects = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["objects"]
    nodes = objects.get("framework", {}).get("requirement_nodes", [])
    pairs = sum(len(m["requirement_mappings"]) for m in objects.get("requirement_mapping_sets", []))
    return sum(bool(node["assessable"]) for node in nodes), pairs


@pytest.mark.parametrize("path", FILES, ids=[p.name for p in FILES])
def test_every_published_file_is_imported_with_all_that_it_states(path: Path, tmp_path: Path) -> None:
    folder, counts = tmp_path / "frameworks", expected(path)
    if counts is None:
        with pytest.raises(ConfigurationError):
            import_file(folder, path)
        assert not folder.exists()
        return
    done = import_file(folder, path, framework_id="published" if counts[0] else "")
    requirements = done.framework.requirements if done.framework else ()
    assert len(requirements) + done.left_out.get("withdrawn", 0) == counts[0]
    assert sum(len(m.pairs) for m, _ in done.mappings) == counts[1]
    for requirement in requirements:
        assert requirement.text and requirement.elements and requirement.title and requirement.citation
        assert "{{" not in requirement.text and "\n" not in requirement.text
    if counts[0]:
        assert len(frameworks.load(folder, "published").requirements) == len(requirements)
