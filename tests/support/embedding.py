"""Embedders of a model client at a local server, and what was asked of it."""

from collections.abc import Callable
from typing import Any

from radar_pipeline.retrieval.embedder import bound, load_embedder
from tests.support.modelling import Models

SERVICES = ["embedding", "languages"]  # OpenAI's and Cohere's, 8 dimensions each
TEXTS = ["Backups are tested every quarter.", "Pilots hold a licence.", "Visitors sign the log."]
Open = Callable[..., Models]


def embedder(models: Models, name: str = "embedding", tenant: str = "acme", *, query: bool = False) -> Any:
    return bound(load_embedder(name, models.client), tenant, query=query)


def requests(models: Models) -> list[Any]:
    return [entry.request for entry in models.server.books]
