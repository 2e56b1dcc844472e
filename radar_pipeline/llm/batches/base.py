"""What a provider's batch interface is asked and gives back. Raises what its SDK raises."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from radar_pipeline.llm.call import ErrorClass, Usage
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.classify import classify
from radar_pipeline.llm.providers.base import AnswerFailedError, Body, Json, Provider, RawAnswer

TRANSFER_SECONDS = 600.0  # wall limit of sending or reading a whole batch
LONGEST_LINE = 32_000_000  # bytes; a longer one is no answer of ours


class BatchState(StrEnum):
    """How a batch stands at its provider."""

    RUNNING = "running"
    ENDED = "ended"
    CUT_SHORT = "cut_short"  # expired or cancelled: what has no result was not run
    REFUSED = "refused"  # not one request was run


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request of a batch, its body as a live one's."""

    custom_id: str
    body: Body


@dataclass(frozen=True, slots=True)
class Candidate:
    """A batch that may be the one sought; ``certain`` if it bears our key."""

    batch_id: str
    certain: bool


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of one request: an answer, or how it failed.

    ``unrun`` if the provider says that it never ran, so that it is not billed.
    """

    custom_id: str
    answer: RawAnswer | None = None
    error_class: ErrorClass | None = None
    usage: Usage = field(default_factory=Usage)
    unrun: bool = False


class BatchService(Protocol):
    """The batch interface of one kind of provider. Nothing is tried twice here."""

    most_requests: int
    most_bytes: int

    def create(self, deployment: Deployment, batch_key: str, requests: Sequence[BatchRequest]) -> str:
        """Send a batch; returns the provider's id."""

    def find(
        self, deployment: Deployment, batch_key: str, requests: int, since: datetime
    ) -> Iterator[Candidate]:
        """Batches made since then that may be ours, newest first."""

    def look(self, deployment: Deployment, batch_id: str) -> BatchState:
        """How the batch stands."""

    def results(self, deployment: Deployment, batch_id: str) -> Iterator[BatchResult | None]:
        """The results there are, in any order; None for a line that cannot be read."""

    def cancel(self, deployment: Deployment, batch_id: str) -> None:
        """Ask the provider to stop. It takes a while, and what was done by then is billed."""

    def forget(self, deployment: Deployment, batch_id: str) -> None:
        """Remove from the provider's store what was sent and answered, as far as it lets us."""


def size_of(request: BatchRequest) -> int:
    """Bytes of a request in a batch, with some room for what surrounds it."""
    return len(dumped(request.body)) + len(request.custom_id) + 200


def dumped(value: object) -> bytes:
    """JSON as it is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def json_lines(pieces: Iterable[bytes]) -> Iterator[object | None]:
    """The values of JSON lines that arrive in pieces; None for a line that is none.

    Only a line feed ends a line: a text may hold any other separator that Unicode knows.
    """
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n") if b"\n" in piece else (rest + piece,)
        yield from map(_value, filter(bytes.strip, lines))
        if len(rest) > LONGEST_LINE:
            rest = b"!"  # what follows up to the next line feed is no JSON either
    if rest.strip():
        yield _value(rest)


def read_answer(provider: Provider, custom_id: str, response: Json) -> BatchResult:
    """The result of a request that was answered with this body."""
    try:
        raw = provider.read(response)
    except AnswerFailedError as error:
        return BatchResult(custom_id, None, error.error_class, error.usage)
    return BatchResult(custom_id, raw, None, raw.usage)


class AnsweredError(Exception):
    """A request of a batch that was answered with a status, in the form ``classify`` reads."""

    def __init__(self, status_code: int, body: object) -> None:
        super().__init__(str(status_code))
        self.status_code = status_code
        self.body = body


def error_of(status: int, body: object) -> ErrorClass:
    """The class of an error that a batch's result reports, by the same rules as a live one."""
    return classify(AnsweredError(status, body)).error_class


def _value(line: bytes) -> object | None:
    try:
        return json.loads(line)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None
