"""Anything that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, a proxy."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from radar_pipeline.llm.call import ErrorClass, Usage
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.providers import openai
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

_STOPS = {"length": Stop.TRUNCATED, "content_filter": Stop.REFUSED}


class CompatibleProvider:
    """Answers and embeddings of a server at its own address."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def body(self, request: Request) -> Body:
        """The JSON body of one request."""
        return {
            "model": request.deployment.model,
            "messages": [{"role": m.role.value, "content": m.text} for m in request.messages],
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "answer",
                    "schema": openai.strict_schema(request.answer),
                    "strict": True,
                },
            },
            "max_tokens": request.max_output_tokens,  # the newer name is not known to all of them
            **request.parameters,
        }

    def complete(self, deployment: Deployment, body: Body, timeout: float) -> RawAnswer:
        """The whole answer, within ``timeout`` seconds."""
        create = self._client(deployment).chat.completions.with_raw_response.create
        answered = create(**body, timeout=timeout)  # type: ignore[call-overload]
        return self.read(answered.http_response.json())

    def stream(self, deployment: Deployment, body: Body, timeout: float) -> Iterator[str | RawAnswer]:
        """Pieces of its text as they come, and last the whole answer."""
        body = {**body, "stream": True, "stream_options": {"include_usage": True}}
        create = self._client(deployment).chat.completions.create
        text, finish, refused, usage, model, simulated = "", "", False, Usage(), "", False
        with create(**body, timeout=timeout) as events:  # type: ignore[call-overload]
            for event in events:
                chunk = event.to_dict()
                model = words(chunk, "model") or model
                simulated = simulated or is_simulated(words(chunk, "id"))
                usage = _usage(chunk) if part(chunk, "usage") else usage
                for choice in parts(chunk, "choices")[:1]:
                    piece = words(choice, "delta", "content")
                    refused = refused or bool(words(choice, "delta", "refusal"))
                    finish = words(choice, "finish_reason") or finish
                    text += piece
                    if piece:
                        yield piece
        if not finish:
            raise AnswerFailedError(ErrorClass.CONNECTION, usage)  # it ended without its end
        stop = Stop.REFUSED if refused else _STOPS.get(finish, Stop.FINISHED)
        yield RawAnswer(text, usage, stop, model, simulated)

    def read(self, response: Json) -> RawAnswer:
        """The answer in a response's JSON body. Raises AnswerFailedError."""
        usage = _usage(response)
        choices = parts(response, "choices")
        if not choices:
            raise AnswerFailedError(ErrorClass.SERVER, usage)
        stop = _STOPS.get(words(choices[0], "finish_reason"), Stop.FINISHED)
        if words(choices[0], "message", "refusal"):
            stop = Stop.REFUSED
        text, simulated = words(choices[0], "message", "content"), is_simulated(words(response, "id"))
        return RawAnswer(text, usage, stop, words(response, "model"), simulated)

    def embed(self, deployment: Deployment, texts: Sequence[str], timeout: float, query: bool) -> RawVectors:
        """One vector per text; questions and documents are embedded alike."""
        del query
        return openai.embed(self._client(deployment), deployment, texts, timeout)

    def _client(self, deployment: Deployment) -> "OpenAI":
        return self._clients.openai(deployment.provider, deployment.provider.base_url)


def _usage(body: Json) -> Usage:
    usage = part(body, "usage")
    return usage_of(
        part(usage, "prompt_tokens"),
        part(usage, "completion_tokens"),
        part(usage, "prompt_tokens_details", "cached_tokens"),
    )
