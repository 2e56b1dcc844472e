"""Anthropic: messages with its native structured output; the static part of the system prompt is cached."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel

from radar_pipeline.llm.call import ErrorClass, Role, Usage
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
    from anthropic import Anthropic

ADDRESS = "https://api.anthropic.com"
_STOPS = {
    "end_turn": Stop.FINISHED,
    "stop_sequence": Stop.FINISHED,
    "max_tokens": Stop.TRUNCATED,
    "model_context_window_exceeded": Stop.TRUNCATED,
    "refusal": Stop.REFUSED,
}


class AnthropicProvider:
    """Answers of Anthropic's models. It has no embeddings."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def body(self, request: Request) -> Body:
        """The JSON body of one request, live or of a batch."""
        system: list[Body] = []
        asked: list[Body] = []
        last_static: Body | None = None
        for number, message in enumerate(request.messages):
            block: Body = {"type": "text", "text": message.text}
            (system if message.role is Role.SYSTEM else asked).append(block)
            if message.role is Role.SYSTEM and number < request.static:
                last_static = block
        if last_static is not None:
            last_static["cache_control"] = {"type": "ephemeral"}
        output: Body = {"format": {"type": "json_schema", "schema": native_schema(request.answer)}}
        if "reasoning_effort" in request.parameters:
            output["effort"] = request.parameters["reasoning_effort"]
        body: Body = {
            "model": request.deployment.model,
            "messages": [{"role": "user", "content": asked}],
            "max_tokens": request.max_output_tokens,
            "output_config": output,
            "service_tier": "standard_only",  # the dearer one is never used unasked
        }
        return body | {"system": system} if system else body

    def complete(self, deployment: Deployment, body: Body, timeout: float) -> RawAnswer:
        """The whole answer, within ``timeout`` seconds."""
        create = self._client(deployment).messages.with_raw_response.create
        answered = create(**body, timeout=timeout)  # type: ignore[call-overload]
        return self.read(answered.http_response.json())

    def stream(self, deployment: Deployment, body: Body, timeout: float) -> Iterator[str | RawAnswer]:
        """Pieces of its text as they come, and last the whole answer."""
        create = self._client(deployment).messages.create
        text, reason, counts, model, simulated = "", "", dict[str, object](), "", False
        with create(**body, stream=True, timeout=timeout) as events:  # type: ignore[call-overload]
            for event in events:
                told = event.to_dict()
                kind = words(told, "type")
                if kind == "message_start":
                    model = words(told, "message", "model")
                    simulated = is_simulated(words(told, "message", "id"))
                    counts |= _reported(part(told, "message", "usage"))
                elif kind == "content_block_delta" and (piece := words(told, "delta", "text")):
                    text += piece
                    yield piece
                elif kind == "message_delta":
                    reason = words(told, "delta", "stop_reason") or reason
                    counts |= _reported(part(told, "usage"))  # running totals: the last ones hold
                elif kind == "message_stop":
                    yield RawAnswer(text, _usage(counts), _stop(reason, counts), model, simulated)
                    return
        raise AnswerFailedError(ErrorClass.CONNECTION, _usage(counts))  # it ended without its end

    def read(self, response: Json) -> RawAnswer:
        """The answer in a response's JSON body. Raises AnswerFailedError."""
        counts = _reported(part(response, "usage"))
        text = "".join(
            words(block, "text") for block in parts(response, "content") if part(block, "type") == "text"
        )
        stop, simulated = _stop(words(response, "stop_reason"), counts), is_simulated(words(response, "id"))
        return RawAnswer(text, _usage(counts), stop, words(response, "model"), simulated)

    def embed(self, deployment: Deployment, texts: Sequence[str], timeout: float, query: bool) -> RawVectors:
        """There are none: models.yaml is checked for it."""
        raise NotImplementedError

    def _client(self, deployment: Deployment) -> "Anthropic":
        return self._clients.anthropic(deployment.provider, ADDRESS)


@cache
def native_schema(answer: type[BaseModel]) -> object:
    """The JSON schema as Anthropic's structured output wants it."""
    from anthropic import transform_schema

    return transform_schema(answer)


def _reported(usage: object) -> dict[str, object]:
    return {k: v for k, v in usage.items() if v is not None} if isinstance(usage, Mapping) else {}


def _usage(counts: Json) -> Usage:
    # Its input_tokens leave out what the prompt cache read and wrote; ours are all input.
    plain = usage_of(counts.get("input_tokens"), counts.get("output_tokens"))
    cached = usage_of(counts.get("cache_read_input_tokens"), 0).input_tokens
    written = usage_of(counts.get("cache_creation_input_tokens"), 0).input_tokens
    return Usage(plain.input_tokens + cached + written, plain.output_tokens, cached, written)


def _stop(reason: str, counts: Json) -> Stop:
    stop = _STOPS.get(reason)
    if stop is None:
        raise AnswerFailedError(ErrorClass.SERVER, _usage(counts))
    return stop
