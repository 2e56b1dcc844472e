"""OpenAI: the Responses interface with a strict JSON schema; nothing is kept there (``store`` is off)."""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel

from radar_pipeline.llm.call import ErrorClass, Usage
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.providers.base import (
    AnswerFailedError,
    Body,
    Json,
    RawAnswer,
    RawVectors,
    Request,
    Stop,
    is_simulated,
    part,
    parts,
    usage_of,
    words,
)
from radar_pipeline.llm.providers.sdk import Clients

if TYPE_CHECKING:
    from openai import OpenAI

ADDRESS = "https://api.openai.com/v1"
REFUSED = frozenset({"content_filter", "bio_policy", "misalignment_policy_violation", "invalid_prompt"})


class OpenAIProvider:
    """Answers and embeddings of OpenAI's own models."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def body(self, request: Request) -> Body:
        """The JSON body of one request, live or of a batch."""
        text: Body = {
            "format": {
                "type": "json_schema",
                "name": "answer",
                "schema": strict_schema(request.answer),
                "strict": True,
            }
        }
        body: Body = {
            "model": request.deployment.model,
            "input": [{"role": m.role.value, "content": m.text} for m in request.messages],
            "text": text,
            "max_output_tokens": request.max_output_tokens,
            "store": False,
            "service_tier": "default",  # a project's setting could make it the dearer one
        }
        chosen = request.parameters
        if "verbosity" in chosen:
            text["verbosity"] = chosen["verbosity"]
        if "reasoning_effort" in chosen:
            body["reasoning"] = {"effort": chosen["reasoning_effort"]}
        if "temperature" in chosen:
            body["temperature"] = chosen["temperature"]
        return body

    def complete(self, deployment: Deployment, body: Body, timeout: float) -> RawAnswer:
        """The whole answer, within ``timeout`` seconds."""
        create = self._client(deployment).responses.with_raw_response.create
        answered = create(**body, timeout=timeout)  # type: ignore[call-overload]
        return self.read(answered.http_response.json())

    def stream(self, deployment: Deployment, body: Body, timeout: float) -> Iterator[str | RawAnswer]:
        """Pieces of its text as they come, and last the whole answer."""
        create = self._client(deployment).responses.create
        with create(**body, stream=True, timeout=timeout) as events:  # type: ignore[call-overload]
            for event in events:
                if event.type == "response.output_text.delta":
                    yield event.delta or ""
                elif event.type in ("response.completed", "response.incomplete", "response.failed"):
                    yield self.read(event.response.to_dict())
                    return
                elif event.type == "error":
                    raise AnswerFailedError(_failure(event.code or ""))
        raise AnswerFailedError(ErrorClass.CONNECTION)  # it ended without its end

    def read(self, response: Json) -> RawAnswer:
        """The answer in a response's JSON body. Raises AnswerFailedError."""
        usage = _usage(response)
        status, reason = words(response, "status"), words(response, "incomplete_details", "reason")
        if status in ("failed", "cancelled"):
            raise AnswerFailedError(_failure(words(response, "error", "code")), usage)
        if status not in ("completed", "incomplete"):
            raise AnswerFailedError(ErrorClass.SERVER, usage)
        content = [
            piece
            for item in parts(response, "output")
            if part(item, "type") == "message"
            for piece in parts(item, "content")
        ]
        text = "".join(words(piece, "text") for piece in content if part(piece, "type") == "output_text")
        stop = Stop.FINISHED
        if any(part(piece, "type") == "refusal" for piece in content) or reason in REFUSED:
            stop = Stop.REFUSED
        elif status == "incomplete":
            stop = Stop.TRUNCATED
        simulated = is_simulated(words(response, "id"))
        return RawAnswer(text, usage, stop, words(response, "model"), simulated)

    def embed(self, deployment: Deployment, texts: Sequence[str], timeout: float, query: bool) -> RawVectors:
        """One vector per text; questions and documents are embedded alike."""
        del query
        return embed(self._client(deployment), deployment, texts, timeout)

    def _client(self, deployment: Deployment) -> "OpenAI":
        return self._clients.openai(deployment.provider, ADDRESS)


def embed(client: "OpenAI", deployment: Deployment, texts: Sequence[str], timeout: float) -> RawVectors:
    """Vectors by OpenAI's embeddings interface, in the order of the texts."""
    create = client.embeddings.with_raw_response.create
    more = {"dimensions": deployment.dimensions} if deployment.provider.kind == "openai" else {}
    body: Body = {"model": deployment.model, "input": list(texts), "encoding_format": "float", **more}
    answered = create(**body, timeout=timeout)  # type: ignore[arg-type]
    body = answered.http_response.json()
    usage = usage_of(part(body, "usage", "prompt_tokens"), 0)
    answered_rows = parts(body, "data")
    by_index = {part(row, "index"): parts(row, "embedding") for row in answered_rows}
    rows = [by_index.get(n, []) for n in range(max(len(texts), len(answered_rows)))]
    vectors = checked(rows, deployment, len(texts), usage)
    return RawVectors(vectors, usage, words(body, "model"))


def checked(
    rows: list[list[object]], deployment: Deployment, texts: int, usage: Usage
) -> tuple[tuple[float, ...], ...]:
    """The rows as vectors: as many as texts, of the dimensions set, all numbers. Raises AnswerFailedError."""
    vectors = tuple(
        tuple(float(x) for x in row if isinstance(x, int | float) and math.isfinite(x)) for row in rows
    )
    if len(vectors) != texts or {len(vector) for vector in vectors} - {deployment.dimensions}:
        raise AnswerFailedError(ErrorClass.INVALID_ANSWER, usage)
    return vectors


@cache
def strict_schema(answer: type[BaseModel]) -> object:
    """The JSON schema as OpenAI's strict mode wants it."""
    from openai import pydantic_function_tool

    return pydantic_function_tool(answer)["function"]["parameters"]


def _usage(response: Json) -> Usage:
    usage = part(response, "usage")
    return usage_of(
        part(usage, "input_tokens"),
        part(usage, "output_tokens"),
        part(usage, "input_tokens_details", "cached_tokens"),
        part(usage, "input_tokens_details", "cache_write_tokens"),
    )


def _failure(code: str) -> ErrorClass:
    if code == "rate_limit_exceeded":
        return ErrorClass.RATE_LIMIT
    if code in REFUSED:
        return ErrorClass.REFUSAL
    return ErrorClass.CONTEXT_OVERFLOW if code == "context_length_exceeded" else ErrorClass.SERVER
