"""Requests refused with a status: each provider's own status, code, words and headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.requests import Endpoint, Request
from radar_pipeline.llm.fake.tokens import count_parts
from radar_pipeline.llm.fake.values import JsonObject

_RETRY_HEADERS: dict[Fault, dict[str, str]] = {
    Fault.RATE_LIMIT: {"Retry-After": "1"},
    Fault.RATE_LIMIT_MS: {"retry-after-ms": "20"},
    Fault.RATE_LIMIT_DATE: {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
    Fault.RATE_LIMIT_LONG: {"Retry-After": "3600"},
}
_RATE = (429, "Rate limit reached, try again later.")
_MEANING: dict[Fault, tuple[int, str]] = {
    Fault.RATE_LIMIT: _RATE,
    Fault.RATE_LIMIT_MS: _RATE,
    Fault.RATE_LIMIT_DATE: _RATE,
    Fault.RATE_LIMIT_BARE: _RATE,
    Fault.RATE_LIMIT_LONG: _RATE,
    Fault.INSUFFICIENT_QUOTA: (402, "The account has no credit left."),
    Fault.REQUEST_TIMEOUT: (408, "The request took too long."),
    Fault.CONFLICT: (409, "The resource is locked by another request."),
    Fault.SERVER_ERROR: (500, "Internal server error."),
    Fault.BAD_GATEWAY: (502, "Bad gateway."),
    Fault.UNAVAILABLE: (503, "The service is unavailable."),
    Fault.GATEWAY_TIMEOUT: (504, "The upstream did not answer in time."),
    Fault.OVERLOADED: (529, "Overloaded."),
    Fault.WRONG_KEY: (401, "The API key is not valid."),
    Fault.NO_PERMISSION: (403, "The API key has no permission for this."),
    Fault.UNKNOWN_MODEL: (404, "The model does not exist."),
    Fault.BAD_REQUEST: (400, "A parameter has an invalid value."),
    Fault.CONTEXT_OVERFLOW: (400, ""),
    Fault.TOO_LARGE: (413, "The request is too large."),
    Fault.UNPROCESSABLE: (422, "The request can't be processed."),
}
_OPENAI_CODES: dict[Fault, str] = {
    Fault.INSUFFICIENT_QUOTA: "insufficient_quota",
    Fault.WRONG_KEY: "invalid_api_key",
    Fault.UNKNOWN_MODEL: "model_not_found",
    Fault.BAD_REQUEST: "invalid_value",
    Fault.CONTEXT_OVERFLOW: "context_length_exceeded",
}
_OPENAI_TYPES = {402: "insufficient_quota", 429: "requests"}
_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_ANTHROPIC = frozenset(
    {
        Endpoint.MESSAGES,
        Endpoint.MESSAGE_BATCH,
        Endpoint.MESSAGE_BATCH_CANCEL,
        Endpoint.MESSAGE_BATCH_CREATE,
        Endpoint.MESSAGE_BATCH_DELETE,
        Endpoint.MESSAGE_BATCH_LIST,
        Endpoint.MESSAGE_BATCH_RESULTS,
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status, the provider's error body, and headers."""

    status: int
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)


def refuse(request: Request, fault: Fault) -> Refusal:
    """How the provider of ``request`` refuses it for ``fault``."""
    status, message = _MEANING[fault]
    if fault is Fault.CONTEXT_OVERFLOW:
        message = _overflow(request)
    if fault is Fault.INSUFFICIENT_QUOTA and not _speaks_other(request):
        status = 429
    body = error_body(request, status, message, code=_OPENAI_CODES.get(fault))
    return Refusal(status, body, _RETRY_HEADERS.get(fault, {}))


def reject(request: Request, status: int, message: str, code: str | None = None) -> Refusal:
    """A refusal in the provider's form, for a reason of our own."""
    return Refusal(status, error_body(request, status, message, code=code))


def error_body(request: Request, status: int, message: str, *, code: str | None = None) -> JsonObject:
    """The provider's error object."""
    if request.endpoint is Endpoint.COHERE_EMBED:
        return {"id": f"req-{request.ordinal}", "message": message}
    if request.endpoint in _ANTHROPIC:
        kind = _ANTHROPIC_TYPES.get(status, "api_error")
        return {
            "type": "error",
            "error": {"type": kind, "message": message},
            "request_id": f"req_{request.ordinal:06d}",
        }
    kind = "insufficient_quota" if code == "insufficient_quota" else _OPENAI_TYPES.get(status, "")
    kind = kind or ("server_error" if status >= 500 else "invalid_request_error")
    code = code or ("rate_limit_exceeded" if status == 429 else None)
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _speaks_other(request: Request) -> bool:
    return request.endpoint in _ANTHROPIC or request.endpoint is Endpoint.COHERE_EMBED


def _overflow(request: Request) -> str:
    used = count_parts(request.parts)
    if request.endpoint is Endpoint.MESSAGES:  # no code of its own: clients know it by these words
        return f"prompt is too long: {used + 200_000} tokens > 200000 maximum"
    if request.endpoint is Endpoint.CHAT:
        return f"This model's maximum context length is {used // 2} tokens; the messages have {used}."
    return "Your input exceeds the context window of this model."
