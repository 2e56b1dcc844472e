"""What every provider is asked and gives back. No retries, no prices, no limits: that is the client's."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel

from radar_pipeline.llm.call import ErrorClass, Message, Usage
from radar_pipeline.llm.catalog import Deployment

Json = Mapping[str, object]
Body = dict[str, object]
MOST_TOKENS = (
    10**9
)  # of one request, whatever a provider reports: more than the ledger's numbers hold is none
_FAKE_ID = re.compile(r"[a-z]+[-_]fake[-_]")  # resp_fake_000001


class Stop(StrEnum):
    """Why an answer ends."""

    FINISHED = "finished"
    TRUNCATED = "truncated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is sent. ``messages`` hold no placeholder any more; the first ``static`` of them
    are equal in every call of the same prompt."""

    deployment: Deployment
    messages: tuple[Message, ...]
    answer: type[BaseModel]
    max_output_tokens: int
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    static: int = 0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back: text that should be JSON of the schema. ``model`` is the name that answered;
    ``simulated``: the fake provider did, and says so in the answer's id."""

    text: str
    usage: Usage
    stop: Stop
    model: str
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class RawVectors:
    """One vector per text."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage
    model: str


class AnswerFailedError(Exception):
    """A provider answered in its own words that it failed. Holds nothing of those words."""

    def __init__(self, error_class: ErrorClass, usage: Usage | None = None) -> None:
        super().__init__(error_class.value)
        self.error_class = error_class
        self.usage = usage or Usage()


class Provider(Protocol):
    """Sends one request, once. Raises what its SDK raises, or AnswerFailedError."""

    def body(self, request: Request) -> Body:
        """The JSON body of one request, live or of a batch."""

    def complete(self, deployment: Deployment, body: Body, timeout: float) -> RawAnswer:
        """The whole answer, within ``timeout`` seconds."""

    def stream(self, deployment: Deployment, body: Body, timeout: float) -> Iterator[str | RawAnswer]:
        """Pieces of the answer's text as they come, and last the whole answer."""

    def read(self, response: Json) -> RawAnswer:
        """The answer in the JSON body of a response, such as a line of a batch's results."""

    def embed(self, deployment: Deployment, texts: Sequence[str], timeout: float, query: bool) -> RawVectors:
        """One vector per text; ``query`` if the texts are to be searched with rather than found."""


def is_simulated(answer_id: str) -> bool:
    """Whether the id of an answer says that the fake provider made it up."""
    return _FAKE_ID.match(answer_id) is not None


def usage_of(total_input: object, output: object, cached: object = 0, written: object = 0) -> Usage:
    """Counts as a provider reports them, made consistent: parts never exceed their whole."""
    whole, from_cache = _count(total_input), _count(cached)
    from_cache = min(from_cache, whole)
    return Usage(whole, _count(output), from_cache, min(_count(written), whole - from_cache))


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(0, value), MOST_TOKENS)


def part(value: object, *path: str) -> object:
    """What lies at the path in nested JSON objects, None where there is no such thing."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def parts(value: object, *path: str) -> list[object]:
    """The list at the path, empty where there is none."""
    found = part(value, *path)
    return list(found) if isinstance(found, list | tuple) else []


def words(value: object, *path: str) -> str:
    """The string at the path, empty where there is none."""
    found = part(value, *path)
    return found if isinstance(found, str) else ""
