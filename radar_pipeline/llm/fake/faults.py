"""The faults that the server can play, by name, and which requests each can befall."""

from enum import StrEnum

from radar_pipeline.llm.fake.requests import BATCH_CREATING, EMBEDDING, GENERATING, Endpoint, Request


class Fault(StrEnum):
    """What goes wrong with a request. A fault that can't befall a request leaves it alone."""

    # Refused with a status; the model was not run, nothing is billed.
    RATE_LIMIT = "rate_limit"  # 429 with Retry-After: 1
    RATE_LIMIT_MS = "rate_limit_ms"  # 429 with retry-after-ms: 20
    RATE_LIMIT_DATE = "rate_limit_date"  # 429 with Retry-After as an HTTP date, long past
    RATE_LIMIT_BARE = "rate_limit_bare"  # 429 without a word on when
    RATE_LIMIT_LONG = "rate_limit_long"  # 429 with Retry-After: 3600
    INSUFFICIENT_QUOTA = "insufficient_quota"  # OpenAI: 429 insufficient_quota; others: 402
    REQUEST_TIMEOUT = "request_timeout"  # 408
    CONFLICT = "conflict"  # 409
    SERVER_ERROR = "server_error"  # 500
    BAD_GATEWAY = "bad_gateway"  # 502
    UNAVAILABLE = "unavailable"  # 503
    GATEWAY_TIMEOUT = "gateway_timeout"  # 504
    OVERLOADED = "overloaded"  # 529
    WRONG_KEY = "wrong_key"  # 401
    NO_PERMISSION = "no_permission"  # 403
    UNKNOWN_MODEL = "unknown_model"  # 404
    BAD_REQUEST = "bad_request"  # 400
    CONTEXT_OVERFLOW = "context_overflow"  # 400 in each provider's own code or words
    TOO_LARGE = "too_large"  # 413
    UNPROCESSABLE = "unprocessable"  # 422

    # On the wire.
    SLOW_HEADERS = "slow_headers"  # ``slow_seconds`` before the first byte, then a good answer
    SLOW_BODY = "slow_body"  # a good answer, its body spread over ``slow_seconds``
    HANG = "hang"  # no byte ever; ends when the client leaves or the server closes; nothing billed
    HANG_UP = "hang_up"  # closes before the headers; nothing billed
    RESET = "reset"  # the connection is reset before the headers; nothing billed
    HANG_UP_MID_BODY = "hang_up_mid_body"  # half of the body, then closes; billed, unreported

    # The HTTP body.
    TRUNCATED_BODY = "truncated_body"  # half of the JSON in a complete response; billed, unreported
    HTML_OK = "html_ok"  # a proxy's HTML page with status 200; nothing billed
    HTML_BAD_GATEWAY = "html_bad_gateway"  # the same with 502
    EMPTY_BODY = "empty_body"  # 200 and not a byte; nothing billed
    WRONG_CONTENT_TYPE = "wrong_content_type"  # a good answer called text/plain
    MISSING_USAGE = "missing_usage"  # billed, unreported
    NULL_USAGE = "null_usage"  # billed, unreported

    # What the model says; billed.
    EMPTY_ANSWER = "empty_answer"  # the text is empty
    NO_OUTPUT = "no_output"  # not even an empty text: no output item, choice or content block
    MISSING_FIELD = "missing_field"  # the first required field is left out
    EXTRA_FIELD = "extra_field"  # a field that the schema does not have
    WRONG_ENUM = "wrong_enum"  # a value outside the first enum
    WRONG_TYPE = "wrong_type"  # the first field is of another type
    INVALID_JSON = "invalid_json"  # cut short, but called complete
    PROSE = "prose"  # the JSON between two sentences
    CODE_FENCE = "code_fence"  # the JSON in a Markdown fence
    TRUNCATED_ANSWER = "truncated_answer"  # half of it: incomplete, length, max_tokens
    REFUSAL = "refusal"  # in each provider's own form
    CONTENT_FILTER = "content_filter"  # OpenAI: incomplete, content_filter; Anthropic: 400, not billed
    FAILED_RESPONSE = "failed_response"  # Responses only: 200 with status failed; nothing billed
    HUGE_ANSWER = "huge_answer"  # 10 MB in the first text of the answer

    # Streams.
    DUPLICATE_EVENTS = "duplicate_events"  # every piece of text twice
    STREAM_BREAKS_OFF = "stream_breaks_off"  # closes half-way; billed, unreported
    STREAM_ENDS_EARLY = "stream_ends_early"  # ends in order, without its last events; likewise
    STREAM_ERROR = "stream_error"  # an error event half-way; likewise
    UNKNOWN_EVENT = "unknown_event"  # an event of a kind that no client knows

    # Vectors.
    MISSING_VECTOR = "missing_vector"  # one fewer than asked for
    WRONG_DIMENSIONS = "wrong_dimensions"  # one number too many in each
    SHUFFLED_VECTORS = "shuffled_vectors"  # last one first, each with its index; OpenAI only

    # Batches: befall the request that makes the batch.
    BATCH_EXPIRED = "batch_expired"  # no line done in time
    BATCH_PARTLY_EXPIRED = "batch_partly_expired"  # every second line done in time
    BATCH_INVALID = "batch_invalid"  # OpenAI: status failed; Anthropic: 400 at once
    BATCH_MISSING_LINES = "batch_missing_lines"  # the last result is left out; billed, unreported
    BATCH_DUPLICATE_IDS = "batch_duplicate_ids"  # the first result twice; billed once
    BATCH_UNKNOWN_IDS = "batch_unknown_ids"  # one more result, of nobody's; nothing billed
    BATCH_SHUFFLED = "batch_shuffled"  # last result first
    BATCH_ERROR_LINES = "batch_error_lines"  # every second line failed with a server error
    BATCH_MALFORMED_LINE = "batch_malformed_line"  # half of the first result; billed, unreported
    BATCH_NEVER_ENDS = "batch_never_ends"  # whatever time passes
    BATCH_CANCELLED = "batch_cancelled"  # by somebody else, before a line was done
    BATCH_RESULTS_GONE = "batch_results_gone"  # 404 where its results should be; billed, unreported


def _from(first: Fault, last: Fault) -> frozenset[Fault]:
    names = list(Fault)
    return frozenset(names[names.index(first) : names.index(last) + 1])


STATUS_FAULTS = _from(Fault.RATE_LIMIT, Fault.UNPROCESSABLE)
WIRE_FAULTS = _from(Fault.SLOW_HEADERS, Fault.HANG_UP_MID_BODY)
SLOW_FAULTS = frozenset({Fault.SLOW_HEADERS, Fault.SLOW_BODY})
BODY_FAULTS = _from(Fault.TRUNCATED_BODY, Fault.WRONG_CONTENT_TYPE)
USAGE_FAULTS = frozenset({Fault.MISSING_USAGE, Fault.NULL_USAGE})
ANSWER_FAULTS = _from(Fault.EMPTY_ANSWER, Fault.HUGE_ANSWER)
STREAM_FAULTS = _from(Fault.DUPLICATE_EVENTS, Fault.UNKNOWN_EVENT)
VECTOR_FAULTS = _from(Fault.MISSING_VECTOR, Fault.SHUFFLED_VECTORS)
BATCH_FAULTS = _from(Fault.BATCH_EXPIRED, Fault.BATCH_RESULTS_GONE)

UNREPORTED = USAGE_FAULTS | {
    Fault.HANG_UP_MID_BODY,
    Fault.TRUNCATED_BODY,
    Fault.STREAM_BREAKS_OFF,
    Fault.STREAM_ENDS_EARLY,
    Fault.STREAM_ERROR,
}
NOT_RUN = STATUS_FAULTS | {
    Fault.HANG,
    Fault.HANG_UP,
    Fault.RESET,
    Fault.HTML_OK,
    Fault.HTML_BAD_GATEWAY,
    Fault.EMPTY_BODY,
}

_OF_SCHEMAS = _from(Fault.MISSING_FIELD, Fault.CODE_FENCE)


def befalls(fault: Fault, request: Request) -> bool:
    """Whether ``fault`` can happen to ``request``."""
    endpoint = request.endpoint
    if fault in _OF_ENDPOINTS and endpoint not in _OF_ENDPOINTS[fault]:
        return False
    if fault in _OF_SCHEMAS:
        return request.schema is not None
    if fault in STREAM_FAULTS:
        return request.stream and not request.batch
    if fault is Fault.TRUNCATED_BODY and request.stream:
        return False
    return not request.batch or fault in _OF_LINES


_OF_LINES = STATUS_FAULTS | USAGE_FAULTS | ANSWER_FAULTS | VECTOR_FAULTS
_MODELS = GENERATING | EMBEDDING
_OF_ENDPOINTS: dict[Fault, frozenset[Endpoint]] = {
    **dict.fromkeys(USAGE_FAULTS | {Fault.UNKNOWN_MODEL, Fault.CONTEXT_OVERFLOW}, _MODELS),
    **dict.fromkeys(ANSWER_FAULTS | STREAM_FAULTS, GENERATING),
    **dict.fromkeys(VECTOR_FAULTS, EMBEDDING),
    **dict.fromkeys(BATCH_FAULTS, BATCH_CREATING),
    Fault.FAILED_RESPONSE: frozenset({Endpoint.RESPONSES}),
    Fault.SHUFFLED_VECTORS: frozenset({Endpoint.EMBEDDINGS}),
}
