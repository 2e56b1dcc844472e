"""Cohere: embeddings in many languages. Its SDK is an optional extra."""

from collections.abc import Iterator, Sequence

from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.errors import ModelSetupError
from radar_pipeline.llm.providers.base import Body, Json, RawAnswer, RawVectors, Request, usage_of
from radar_pipeline.llm.providers.openai import checked
from radar_pipeline.llm.providers.sdk import Clients

ADDRESS = "https://api.cohere.com"


class CohereProvider:
    """Embeddings only."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def body(self, request: Request) -> Body:
        """It is not asked questions: models.yaml is checked for it."""
        raise NotImplementedError

    def complete(self, deployment: Deployment, body: Body, timeout: float) -> RawAnswer:
        """It is not asked questions."""
        raise NotImplementedError

    def stream(self, deployment: Deployment, body: Body, timeout: float) -> Iterator[str | RawAnswer]:
        """It is not asked questions."""
        raise NotImplementedError

    def read(self, response: Json) -> RawAnswer:
        """It is not asked questions."""
        raise NotImplementedError

    def embed(self, deployment: Deployment, texts: Sequence[str], timeout: float, query: bool) -> RawVectors:
        """One vector per text, cut nowhere: a text that is too long is an error."""
        try:
            client = self._clients.cohere(deployment.provider, ADDRESS)
        except ImportError:
            raise not_installed(deployment) from None
        answered = client.embed(
            model=deployment.model,
            texts=list(texts),
            input_type="search_query" if query else "search_document",
            embedding_types=["float"],
            output_dimension=deployment.dimensions,
            truncate="NONE",
            request_options={"timeout_in_seconds": max(1, int(timeout)), "max_retries": 0},
        )
        billed = answered.meta.billed_units if answered.meta else None
        usage = usage_of(int(billed.input_tokens or 0) if billed else 0, 0)
        rows = [list[object](row) for row in answered.embeddings.float_ or ()]
        return RawVectors(checked(rows, deployment, len(texts), usage), usage, deployment.model)


def not_installed(deployment: Deployment) -> ModelSetupError:
    """The optional extra is missing."""
    return ModelSetupError(
        f"The deployment {deployment.alias} needs the package cohere, which is not installed.",
        remedy="Run pip install 'radar-pipeline[cohere]', or set RADAR_EMBEDDER to another embedder.",
        error_class=ErrorClass.CONFIGURATION,
    )
