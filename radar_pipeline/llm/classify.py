"""What went wrong with a request: an exception of an SDK, or an answer, as one of a closed set of classes.

By type, status and the provider's codes. Nothing of a provider's words goes further: they may quote the
prompt or a key.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from radar_pipeline.llm.call import RETRIED, ErrorClass, Usage
from radar_pipeline.llm.providers.base import AnswerFailedError, part, words


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed. ``retry`` is whether asking the same deployment again may help;
    ``retry_after`` the seconds it asked for, None if it said nothing; ``usage`` what it reported."""

    error_class: ErrorClass
    retry: bool = False
    retry_after: float | None = None
    status: int | None = None
    usage: Usage = field(default_factory=Usage)


BY_STATUS: Mapping[int, ErrorClass] = {
    401: ErrorClass.AUTH,
    403: ErrorClass.AUTH,
    404: ErrorClass.CONFIGURATION,
    405: ErrorClass.CONFIGURATION,
    408: ErrorClass.TIMEOUT,
    409: ErrorClass.SERVER,
    413: ErrorClass.CONTEXT_OVERFLOW,
    429: ErrorClass.RATE_LIMIT,
    503: ErrorClass.OVERLOAD,
    504: ErrorClass.TIMEOUT,
    529: ErrorClass.OVERLOAD,
}
BY_CODE: Mapping[str, ErrorClass] = {
    "context_length_exceeded": ErrorClass.CONTEXT_OVERFLOW,
    "string_above_max_length": ErrorClass.CONTEXT_OVERFLOW,
    "exceed_context_size_error": ErrorClass.CONTEXT_OVERFLOW,  # llama.cpp
    "request_too_large": ErrorClass.CONTEXT_OVERFLOW,
    "content_filter": ErrorClass.REFUSAL,
    "content_policy_violation": ErrorClass.REFUSAL,
    "invalid_prompt": ErrorClass.REFUSAL,
    "model_not_found": ErrorClass.CONFIGURATION,
    "unsupported_parameter": ErrorClass.CONFIGURATION,
    "unsupported_value": ErrorClass.CONFIGURATION,
    "invalid_api_key": ErrorClass.AUTH,
    "authentication_error": ErrorClass.AUTH,
    "permission_error": ErrorClass.AUTH,
    "rate_limit_error": ErrorClass.RATE_LIMIT,
    "rate_limit_exceeded": ErrorClass.RATE_LIMIT,
    "overloaded_error": ErrorClass.OVERLOAD,
    "overloaded": ErrorClass.OVERLOAD,
    "api_error": ErrorClass.SERVER,
    "server_error": ErrorClass.SERVER,
    "timeout_error": ErrorClass.TIMEOUT,
}
# The account's credit is used up: this passes when somebody pays, so another deployment is asked meanwhile.
UNPAID = frozenset({"insufficient_quota", "billing_error", "billing_hard_limit_reached"})
# Where a provider has no code for it. Read only to tell the class, never copied.
SAYINGS: Mapping[str, ErrorClass] = {
    "prompt is too long": ErrorClass.CONTEXT_OVERFLOW,
    "maximum context length": ErrorClass.CONTEXT_OVERFLOW,
    "exceed context limit": ErrorClass.CONTEXT_OVERFLOW,
    "content filtering policy": ErrorClass.REFUSAL,
}


def classify(error: BaseException, now: datetime | None = None) -> Failure:
    """The failure behind an exception raised while a provider was asked."""
    if isinstance(error, AnswerFailedError):
        return Failure(error.error_class, error.error_class in RETRIED, usage=error.usage)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _of_status(error, status, now or datetime.now(UTC))
    codes = _codes(error)
    known = next((BY_CODE[code] for code in codes if code in BY_CODE), None)
    found = known or _of_transport(error)
    return Failure(found, found in RETRIED)


def _of_status(error: BaseException, status: int, now: datetime) -> Failure:
    codes = _codes(error)
    if status == 402 or UNPAID & set(codes):
        return Failure(ErrorClass.RATE_LIMIT, retry=False, status=status)
    found = _by_status(status)
    if status < 400 or status == 429 or found is ErrorClass.BAD_REQUEST:
        # A stream that failed half-way has the status 200; its code alone tells what happened.
        found = next((BY_CODE[code] for code in codes if code in BY_CODE), found)
    if found is ErrorClass.BAD_REQUEST:
        text = _text(error).lower()
        found = next((told for saying, told in SAYINGS.items() if saying in text), found)
    return Failure(found, found in RETRIED, _retry_after(error, now), status)


def _by_status(status: int) -> ErrorClass:
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status >= 500 or status < 300:
        return ErrorClass.SERVER
    # A redirect is not followed: the address in models.yaml is wrong.
    return ErrorClass.CONFIGURATION if status < 400 else ErrorClass.BAD_REQUEST


def _of_transport(error: BaseException) -> ErrorClass:
    """By the kinds of exceptions in the chain, from whichever HTTP library they come."""
    names = {kind.__name__ for link in _chain(error) for kind in type(link).__mro__}
    if names & {"TimeoutException", "TimeoutError", "APITimeoutError"}:
        return ErrorClass.TIMEOUT
    if names & {"TransportError", "APIConnectionError", "ConnectionError", "OSError", "StreamError"}:
        return ErrorClass.CONNECTION
    return ErrorClass.SERVER  # a body that is no JSON, a shape that the SDK does not know


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found and len(found) < 10:
        found.append(link)
        link = link.__cause__ or link.__context__
    return found


def _codes(error: BaseException) -> list[str]:
    """The provider's own codes for the failure, the most telling first."""
    body = getattr(error, "body", None)
    inner = part(body, "error") or body
    found = [words(inner, "details", "error_code"), words(inner, "code"), words(inner, "type")]
    return [code for code in found if code]


def _text(error: BaseException) -> str:
    body = getattr(error, "body", None)
    try:
        return json.dumps(body)[:20_000]
    except (TypeError, ValueError):
        return str(body)[:20_000]


def _retry_after(error: BaseException, now: datetime) -> float | None:
    """Seconds that the provider asked to wait, whichever way it says so."""
    headers = getattr(getattr(error, "response", None), "headers", None) or getattr(error, "headers", None)
    if headers is None:
        return None
    for name, factor in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * factor
        except (TypeError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
