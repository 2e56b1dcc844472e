"""A workbench at which the scripted model answers: a server of its own, a ledger that is thrown away."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from radar_pipeline.evals.simulated.model import SCRIPT, respond
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.llm.catalog import Catalog, load_catalog
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.storage.files import write_json
from radar_pipeline.storage.operations import Operations

_NAME = "simulated"


@contextmanager
def open_simulated(bench: Workbench) -> Iterator[Workbench]:
    """The bench with a scripted model behind every route. Its calls enter no ledger and no budget of ours,
    and its answers say that they are simulated."""
    with tempfile.TemporaryDirectory(prefix="radar-simulated-") as folder, FakeServer(respond) as server:
        catalog = _catalog(Path(folder), server)
        operations = Operations(f"sqlite:///{Path(folder) / 'operations.sqlite'}")
        try:
            client = ModelClient(bench.settings, catalog, operations)
            yield replace(bench, client=client, simulated=True)
        finally:
            operations.close()


def _catalog(folder: Path, server: FakeServer) -> Catalog:
    """A models.yaml with one deployment and no limit of money; JSON is YAML."""
    deployment: dict[str, Any] = {
        "provider": _NAME,
        "model": SCRIPT,
        "requests_per_minute": 1_000_000,
        "tokens_per_minute": 1_000_000_000,
        "context_tokens": 1_000_000,
        "max_output_tokens": 16_000,
        "prices": {"input": 1, "output": 5},  # so that a prompt that grows shows in the simulated cost
    }
    routes = {"economy": [_NAME], "full": [_NAME]}
    path = folder / "models.yaml"
    write_json(
        path,
        {
            "providers": {_NAME: {"kind": "openai_compatible", "base_url": server.compatible_url(_NAME)}},
            "deployments": {_NAME: deployment},
            "routes": {"judge": routes, "ask": routes, "evaluate": routes},
            "budgets": {"overall": {}, "tenant": {}, "evaluations": {}},
        },
    )
    return load_catalog(path)
