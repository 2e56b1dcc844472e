"""No requirement is cut silently: what the model can't read at once it reads in windows."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from radar_pipeline.frameworks import load
from radar_pipeline.ingest import tokens
from radar_pipeline.retrieval.embedder import load_embedder
from radar_pipeline.sweep.embeddings import RequirementVectors
from tests.support.world import CountingEmbedder, World


def test_a_long_requirement_is_read_to_its_end(world: World, tmp_path: Path) -> None:
    requirement = load(world.data / "frameworks", "rules").requirements[0]
    words = " ".join(f"word{n} of the long article" for n in range(300))
    embedder = CountingEmbedder(load_embedder("hashing"))
    embedder.max_tokens = 64
    vectors = RequirementVectors(tmp_path, embedder)
    ends = [replace(requirement, text=f"{words} {end}") for end in ("about ferries.", "about harbours.")]
    vectors.prepare(ends)
    first, second = (vectors.of(r)[0] for r in ends)
    assert max(tokens.count(t) for t in embedder.texts) <= 62
    assert "ferries" in " ".join(embedder.texts)
    assert not np.array_equal(first, second)
    assert abs(float(np.linalg.norm(first)) - 1.0) < 1e-5
