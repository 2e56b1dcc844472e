"""OpenAI's batches: a file of requests is uploaded, and an output and an error file come back."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from radar_pipeline.llm.batches.base import (
    TRANSFER_SECONDS,
    BatchRequest,
    BatchResult,
    BatchState,
    Candidate,
    dumped,
    error_of,
    json_lines,
    read_answer,
)
from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.providers.base import Provider, part, words
from radar_pipeline.llm.providers.openai import ADDRESS
from radar_pipeline.llm.providers.sdk import Clients

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Batch

ENDPOINT: Final = "/v1/responses"
KEY = "radar_batch"  # under which our key stands in a batch's metadata
KEPT_SECONDS = 3 * 86_400  # how long files outlive a process that died before it could remove them
CLOCKS = timedelta(hours=1)  # between ours and theirs, at most
_STATES = {
    "completed": BatchState.ENDED,
    "expired": BatchState.CUT_SHORT,
    "cancelled": BatchState.CUT_SHORT,
    "failed": BatchState.REFUSED,
}
_UNRUN = {"batch_expired", "batch_cancelled"}


class OpenAIBatches:
    """Batches of the Responses interface."""

    most_requests = 50_000
    most_bytes = 200_000_000

    def __init__(self, clients: Clients, provider: Provider) -> None:
        self._clients, self._provider = clients, provider

    def create(self, deployment: Deployment, batch_key: str, requests: Sequence[BatchRequest]) -> str:
        """Send a batch; returns its id. Its key stands in its metadata, by which it is found again."""
        client = self._client(deployment)
        lines = (
            {"custom_id": r.custom_id, "method": "POST", "url": ENDPOINT, "body": r.body} for r in requests
        )
        uploaded = client.files.create(
            file=(f"{batch_key}.jsonl", b"".join(dumped(line) + b"\n" for line in lines)),
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": KEPT_SECONDS},
            timeout=TRANSFER_SECONDS,
        )
        made = client.batches.create(
            input_file_id=uploaded.id,
            endpoint=ENDPOINT,
            completion_window="24h",
            metadata={KEY: batch_key},
            output_expires_after={"anchor": "created_at", "seconds": KEPT_SECONDS},
        )
        return made.id

    def find(
        self, deployment: Deployment, batch_key: str, requests: int, since: datetime
    ) -> Iterator[Candidate]:
        """The batch that bears the key, if there is one."""
        oldest = (since - CLOCKS).timestamp()
        for batch in self._client(deployment).batches.list(limit=100):
            if batch.created_at < oldest:
                return
            if (batch.metadata or {}).get(KEY) == batch_key:
                yield Candidate(batch.id, certain=True)

    def look(self, deployment: Deployment, batch_id: str) -> BatchState:
        """How the batch stands."""
        return _STATES.get(self._batch(deployment, batch_id).status, BatchState.RUNNING)

    def results(self, deployment: Deployment, batch_id: str) -> Iterator[BatchResult | None]:
        """Lines of the output file, then of the error file; one may be absent."""
        batch = self._batch(deployment, batch_id)
        files = self._clients.openai(deployment.provider, ADDRESS, large=True).files
        for file_id in filter(None, (batch.output_file_id, batch.error_file_id)):
            with files.with_streaming_response.content(file_id, timeout=TRANSFER_SECONDS) as response:
                yield from (self._result(value) for value in json_lines(response.iter_bytes()))

    def cancel(self, deployment: Deployment, batch_id: str) -> None:
        """Ask the provider to stop."""
        self._client(deployment).batches.cancel(batch_id)

    def forget(self, deployment: Deployment, batch_id: str) -> None:
        """Delete its files; a batch itself holds no text, and cannot be deleted."""
        batch = self._batch(deployment, batch_id)
        files = self._client(deployment).files
        for file_id in filter(None, (batch.input_file_id, batch.output_file_id, batch.error_file_id)):
            with suppress(_sdk().NotFoundError):
                files.delete(file_id)

    def _result(self, line: object) -> BatchResult | None:
        custom_id = words(line, "custom_id")
        if not custom_id:
            return None
        status, body = part(line, "response", "status_code"), part(line, "response", "body")
        if status == 200 and isinstance(body, dict):
            return read_answer(self._provider, custom_id, body)
        if isinstance(status, int):
            return BatchResult(custom_id, None, error_of(status, body))
        unrun = words(line, "error", "code") in _UNRUN
        return BatchResult(custom_id, None, ErrorClass.TIMEOUT if unrun else ErrorClass.SERVER, unrun=unrun)

    def _batch(self, deployment: Deployment, batch_id: str) -> "Batch":
        return self._client(deployment).batches.retrieve(batch_id)

    def _client(self, deployment: Deployment) -> "OpenAI":
        return self._clients.openai(deployment.provider, ADDRESS)


class _Sdk:
    NotFoundError: type[Exception]


def _sdk() -> _Sdk:
    import openai

    return cast(_Sdk, openai)
