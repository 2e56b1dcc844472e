"""What a client asked, read from any of the protocols into one shape."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from radar_pipeline.llm.fake.values import JsonObject, array, integer, mapping, string


class Endpoint(StrEnum):
    """What is asked of: a closed set; ``UNKNOWN`` is answered 404."""

    RESPONSES = "openai.responses"
    CHAT = "openai.chat"
    EMBEDDINGS = "openai.embeddings"
    FILE_CREATE = "openai.file.create"
    FILE = "openai.file"
    FILE_CONTENT = "openai.file.content"
    FILE_DELETE = "openai.file.delete"
    BATCH_CREATE = "openai.batch.create"
    BATCH_LIST = "openai.batch.list"
    BATCH = "openai.batch"
    BATCH_CANCEL = "openai.batch.cancel"
    MESSAGES = "anthropic.messages"
    MESSAGE_BATCH_CREATE = "anthropic.batch.create"
    MESSAGE_BATCH_LIST = "anthropic.batch.list"
    MESSAGE_BATCH = "anthropic.batch"
    MESSAGE_BATCH_CANCEL = "anthropic.batch.cancel"
    MESSAGE_BATCH_RESULTS = "anthropic.batch.results"
    MESSAGE_BATCH_DELETE = "anthropic.batch.delete"
    COHERE_EMBED = "cohere.embed"
    UNKNOWN = "unknown"


GENERATING = frozenset({Endpoint.RESPONSES, Endpoint.CHAT, Endpoint.MESSAGES})
EMBEDDING = frozenset({Endpoint.EMBEDDINGS, Endpoint.COHERE_EMBED})
BATCH_CREATING = frozenset({Endpoint.BATCH_CREATE, Endpoint.MESSAGE_BATCH_CREATE})

_ROUTES = tuple(
    (method, re.compile(path + r"/?\Z"), endpoint)
    for method, path, endpoint in (
        ("POST", r"/v1/responses", Endpoint.RESPONSES),
        ("POST", r"/v1/chat/completions", Endpoint.CHAT),
        ("POST", r"/v1/embeddings", Endpoint.EMBEDDINGS),
        ("POST", r"/v1/files", Endpoint.FILE_CREATE),
        ("GET", r"/v1/files/([^/]+)/content", Endpoint.FILE_CONTENT),
        ("GET", r"/v1/files/([^/]+)", Endpoint.FILE),
        ("DELETE", r"/v1/files/([^/]+)", Endpoint.FILE_DELETE),
        ("POST", r"/v1/batches", Endpoint.BATCH_CREATE),
        ("GET", r"/v1/batches", Endpoint.BATCH_LIST),
        ("GET", r"/v1/batches/([^/]+)", Endpoint.BATCH),
        ("POST", r"/v1/batches/([^/]+)/cancel", Endpoint.BATCH_CANCEL),
        ("POST", r"/v1/messages", Endpoint.MESSAGES),
        ("POST", r"/v1/messages/batches", Endpoint.MESSAGE_BATCH_CREATE),
        ("GET", r"/v1/messages/batches", Endpoint.MESSAGE_BATCH_LIST),
        ("GET", r"/v1/messages/batches/([^/]+)", Endpoint.MESSAGE_BATCH),
        ("POST", r"/v1/messages/batches/([^/]+)/cancel", Endpoint.MESSAGE_BATCH_CANCEL),
        ("GET", r"/v1/messages/batches/([^/]+)/results", Endpoint.MESSAGE_BATCH_RESULTS),
        ("DELETE", r"/v1/messages/batches/([^/]+)", Endpoint.MESSAGE_BATCH_DELETE),
        ("POST", r"/v2/embed", Endpoint.COHERE_EMBED),
    )
)
_NAMED = re.compile(r"/as/([a-z0-9][a-z0-9-]*)(/.*)")
_SECRET_HEADERS = frozenset({"authorization", "x-api-key"})


@dataclass(frozen=True, slots=True)
class Part:
    """One text of the prompt: a message, or one content part of it, in order.

    ``role`` is system, user or assistant. ``breakpoint`` marks the end of a prefix that Anthropic
    was asked to cache.
    """

    role: str
    text: str
    breakpoint: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request, or one line of a batch.

    ``ordinal`` counts HTTP requests from 1; a line of a batch bears that of the request which made the
    batch, and its ``custom_id``. ``target`` is the file or batch that the path names. ``headers`` have
    lower-case names and hold no key. ``schema`` is the JSON schema asked for, None for plain text.
    """

    ordinal: int
    provider: str
    endpoint: Endpoint
    method: str = "POST"
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)
    target: str = ""
    custom_id: str | None = None
    model: str = ""
    parts: tuple[Part, ...] = ()
    schema: Mapping[str, object] | None = None
    inputs: tuple[str, ...] = ()
    max_output_tokens: int | None = None
    stream: bool = False
    confesses: bool = False  # the answer's id says that it is made up

    @property
    def batch(self) -> bool:
        """Whether this is a line of a batch."""
        return self.custom_id is not None

    @property
    def text(self) -> str:
        """All of the prompt."""
        return "\n".join(part.text for part in self.parts)


def locate(method: str, path: str) -> tuple[str, Endpoint, str]:
    """Provider, endpoint and target of a path.

    ``/as/<name>/v1/…`` speaks OpenAI's protocol under another provider's name.
    """
    named = _NAMED.fullmatch(path)
    plain = named.group(2) if named else path
    for verb, pattern, endpoint in _ROUTES:
        if verb == method and (found := pattern.match(plain)):
            provider = named.group(1) if named else endpoint.value.split(".")[0]
            return provider, endpoint, found.group(1) if found.groups() else ""
    return (named.group(1) if named else "openai"), Endpoint.UNKNOWN, ""


def read(
    *,
    ordinal: int,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    content: bytes,
) -> Request:
    """The HTTP request in our shape; a body that is no JSON reads as an empty one."""
    provider, endpoint, target = locate(method, path)
    body: JsonObject = {}
    if "json" in headers.get("content-type", "json"):
        try:
            body = mapping(json.loads(content or b"{}"))
        except ValueError:
            body = {}
    request = build(ordinal=ordinal, provider=provider, endpoint=endpoint, body=body)
    return replace(
        request,
        method=method,
        path=path,
        query=query,
        headers={name: value for name, value in headers.items() if name not in _SECRET_HEADERS},
        target=target,
    )


def build(
    *,
    ordinal: int,
    provider: str,
    endpoint: Endpoint,
    body: JsonObject,
    custom_id: str | None = None,
) -> Request:
    """A request from its parsed body: an HTTP request's, or a batch line's."""
    asks = endpoint in GENERATING
    return Request(
        ordinal=ordinal,
        provider=provider,
        endpoint=endpoint,
        body=body,
        custom_id=custom_id,
        model=string(body.get("model")),
        parts=tuple(_parts(endpoint, body)) if asks else (),
        schema=_schema(endpoint, body) if asks else None,
        inputs=tuple(_inputs(endpoint, body)) if endpoint in EMBEDDING else (),
        max_output_tokens=_limit(body) if asks else None,
        stream=body.get("stream") is True,
    )


def _parts(endpoint: Endpoint, body: JsonObject) -> Iterator[Part]:
    if endpoint is Endpoint.RESPONSES:
        yield from _content("system", body.get("instructions"))
        asked = body.get("input")
        yield from _content("user", asked) if isinstance(asked, str) else _messages(asked)
    elif endpoint is Endpoint.CHAT:
        yield from _messages(body.get("messages"))
    else:
        parts = [*_content("system", body.get("system")), *_messages(body.get("messages"))]
        if body.get("cache_control") and parts:  # the whole prompt, up to its last part
            parts[-1] = Part(parts[-1].role, parts[-1].text, breakpoint=True)
        yield from parts


def _messages(messages: object) -> Iterator[Part]:
    for message in map(mapping, array(messages)):
        yield from _content(string(message.get("role")) or "user", message.get("content"))


def _content(role: str, content: object) -> Iterator[Part]:
    role = "system" if role == "developer" else role
    if isinstance(content, str):
        yield Part(role, content)
        return
    for part in map(mapping, array(content)):
        yield Part(role, string(part.get("text")), breakpoint=bool(part.get("cache_control")))


def _schema(endpoint: Endpoint, body: JsonObject) -> JsonObject | None:
    if endpoint is Endpoint.RESPONSES:
        wanted = mapping(mapping(body.get("text")).get("format"))
    elif endpoint is Endpoint.CHAT:
        wanted = mapping(mapping(body.get("response_format")).get("json_schema"))
    else:
        wanted = mapping(mapping(body.get("output_config")).get("format"))
    return mapping(wanted.get("schema")) or None


def _limit(body: JsonObject) -> int | None:
    for name in ("max_output_tokens", "max_completion_tokens", "max_tokens"):
        if (limit := integer(body.get(name))) is not None:
            return limit
    return None


def _inputs(endpoint: Endpoint, body: JsonObject) -> Iterator[str]:
    asked = body.get("texts" if endpoint is Endpoint.COHERE_EMBED else "input")
    texts = [asked] if isinstance(asked, str) or _are_tokens(asked) else array(asked)
    for text in texts:
        yield text if isinstance(text, str) else " ".join(map(str, array(text)))
    for item in map(mapping, array(body.get("inputs"))):
        yield " ".join(part.text for part in _content("user", item.get("content")))


def _are_tokens(asked: object) -> bool:
    return bool(array(asked)) and all(isinstance(token, int) for token in array(asked))
