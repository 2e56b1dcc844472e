"""Anthropic's message batches. They bear no key of ours: one is known by its number of requests and, once
it ended, by the ids of its results."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from radar_pipeline.llm.batches.base import (
    TRANSFER_SECONDS,
    BatchRequest,
    BatchResult,
    BatchState,
    Candidate,
    error_of,
    json_lines,
    read_answer,
)
from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.providers.anthropic import ADDRESS
from radar_pipeline.llm.providers.base import Provider, part, words
from radar_pipeline.llm.providers.sdk import Clients

if TYPE_CHECKING:
    from anthropic import Anthropic

CLOCKS = timedelta(minutes=10)  # between ours and theirs, at most
_STATUS = {  # of the errors that a result reports, where only their type is told
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class AnthropicBatches:
    """Batches of the Messages interface."""

    most_requests = 100_000
    most_bytes = 256_000_000

    def __init__(self, clients: Clients, provider: Provider) -> None:
        self._clients, self._provider = clients, provider

    def create(self, deployment: Deployment, batch_key: str, requests: Sequence[BatchRequest]) -> str:
        """Send a batch; returns its id."""
        del batch_key
        sent = [{"custom_id": r.custom_id, "params": r.body} for r in requests]
        batches = self._client(deployment).messages.batches
        return batches.create(requests=sent, timeout=TRANSFER_SECONDS).id  # type: ignore[arg-type]

    def find(
        self, deployment: Deployment, batch_key: str, requests: int, since: datetime
    ) -> Iterator[Candidate]:
        """Every batch of so many requests since then: whose it is shows when it ended."""
        for batch in self._client(deployment).messages.batches.list(limit=100):
            if batch.created_at < since - CLOCKS:
                return
            counts = batch.request_counts
            ended = counts.succeeded + counts.errored + counts.canceled + counts.expired
            if counts.processing + ended == requests:
                yield Candidate(batch.id, certain=False)

    def look(self, deployment: Deployment, batch_id: str) -> BatchState:
        """How the batch stands. One that ended tells of every request whether it was run."""
        batch = self._client(deployment).messages.batches.retrieve(batch_id)
        return BatchState.ENDED if batch.processing_status == "ended" else BatchState.RUNNING

    def results(self, deployment: Deployment, batch_id: str) -> Iterator[BatchResult | None]:
        """The lines of its results."""
        batches = self._clients.anthropic(deployment.provider, ADDRESS, large=True).messages.batches
        with batches.with_streaming_response.results(batch_id, timeout=TRANSFER_SECONDS) as response:
            yield from (self._result(value) for value in json_lines(response.iter_bytes()))

    def cancel(self, deployment: Deployment, batch_id: str) -> None:
        """Ask the provider to stop."""
        self._client(deployment).messages.batches.cancel(batch_id)

    def forget(self, deployment: Deployment, batch_id: str) -> None:
        """Delete it with its results; only one that ended can be."""
        self._client(deployment).messages.batches.delete(batch_id)

    def _result(self, line: object) -> BatchResult | None:
        custom_id, kind = words(line, "custom_id"), words(line, "result", "type")
        message = part(line, "result", "message")
        if not custom_id:
            return None
        if kind == "succeeded" and isinstance(message, dict):
            return read_answer(self._provider, custom_id, message)
        if kind in ("expired", "canceled"):
            return BatchResult(custom_id, None, ErrorClass.TIMEOUT, unrun=True)
        error = part(line, "result", "error")
        told = words(error, "error", "type") or words(error, "type")
        return BatchResult(custom_id, None, error_of(_STATUS.get(told, 500), error))

    def _client(self, deployment: Deployment) -> "Anthropic":
        return self._clients.anthropic(deployment.provider, ADDRESS)
