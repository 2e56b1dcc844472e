"""OpenAI's bodies: responses, chat completions, embeddings."""

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import vectors
from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.generation import Ending, Turn
from radar_pipeline.llm.fake.requests import Endpoint, Request
from radar_pipeline.llm.fake.tokens import count
from radar_pipeline.llm.fake.values import JsonObject, integer, mapping

NOW = 1_790_000_000  # the clock of everything made here


def suffix(request: Request) -> str:
    """What makes the ids of one answer unlike those of all others, and says that it is made up."""
    number = f"{request.ordinal:06d}" + (f"-{request.custom_id}" if request.batch else "")
    return f"fake_{number}" if request.confesses else number


def response(turn: Turn) -> JsonObject:
    """A Response object."""
    status, reason = {
        Ending.CUT: ("incomplete", "max_output_tokens"),
        Ending.FILTERED: ("incomplete", "content_filter"),
        Ending.FAILED: ("failed", None),
    }.get(turn.ending, ("completed", None))
    body: JsonObject = {
        **response_start(turn.request),
        "status": status,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [] if turn.text is None else [message(turn)],
        "usage": response_usage(turn.usage),
    }
    if turn.ending is Ending.FAILED:
        body |= {"error": {"code": "server_error", "message": "The model failed."}, "usage": None}
    return without_usage(body, turn.fault)


def response_start(request: Request) -> JsonObject:
    """The Response object before anything is said."""
    return {
        "id": f"resp_{suffix(request)}",
        "object": "response",
        "created_at": NOW,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": request.body.get("instructions"),
        "max_output_tokens": request.max_output_tokens,
        "metadata": mapping(request.body.get("metadata")),
        "model": request.model,
        "output": [],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "text": request.body.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": None,
    }


def message(turn: Turn) -> JsonObject:
    """The output item that holds the text."""
    return {
        "id": f"msg_{suffix(turn.request)}",
        "type": "message",
        "role": "assistant",
        "status": "incomplete" if turn.ending in (Ending.CUT, Ending.FILTERED) else "completed",
        "content": [part(turn)],
    }


def part(turn: Turn) -> JsonObject:
    """The content part: text, or a refusal."""
    if turn.ending is Ending.REFUSED:
        return {"type": "refusal", "refusal": turn.text}
    return {"type": "output_text", "text": turn.text or "", "annotations": [], "logprobs": []}


def response_usage(usage: Usage) -> JsonObject:
    """Usage as the Responses API (and a batch of any endpoint) tells it."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def chat_usage(usage: Usage) -> JsonObject:
    """Usage as chat completions tell it."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def finish_reason(turn: Turn) -> str:
    """Why a chat completion stopped."""
    return {Ending.CUT: "length", Ending.FILTERED: "content_filter"}.get(turn.ending, "stop")


def completion(turn: Turn) -> JsonObject:
    """A chat completion."""
    refused = turn.ending is Ending.REFUSED
    said: JsonObject = {
        "role": "assistant",
        "content": None if refused else turn.text,
        "refusal": turn.text if refused else None,
        "annotations": [],
    }
    choice: JsonObject = {
        "index": 0,
        "message": said,
        "logprobs": None,
        "finish_reason": finish_reason(turn),
    }
    body: JsonObject = {
        "id": f"chatcmpl-{suffix(turn.request)}",
        "object": "chat.completion",
        "created": NOW,
        "model": turn.request.model,
        "choices": [] if turn.text is None else [choice],
        "usage": chat_usage(turn.usage),
    }
    return without_usage(body, turn.fault)


def generated(turn: Turn) -> JsonObject:
    """The body for the endpoint that was asked."""
    return response(turn) if turn.request.endpoint is Endpoint.RESPONSES else completion(turn)


def embeddings(request: Request, fault: Fault | None) -> tuple[JsonObject, Usage]:
    """The vectors of the inputs, and what they cost."""
    length = vectors.dimensions(request.model, integer(request.body.get("dimensions")))
    made = [vectors.embed(text, length) for text in request.inputs]
    if fault is Fault.WRONG_DIMENSIONS:
        made = [[*vector, 0.0] for vector in made]
    packed = request.body.get("encoding_format") == "base64"
    data: list[object] = [
        {
            "object": "embedding",
            "index": index,
            "embedding": vectors.encode(vector) if packed else vector,
        }
        for index, vector in enumerate(made)
    ]
    if fault is Fault.MISSING_VECTOR:
        data.pop()
    if fault is Fault.SHUFFLED_VECTORS:
        data.reverse()
    usage = Usage(input_tokens=sum(map(count, request.inputs)))
    body: JsonObject = {
        "object": "list",
        "data": data,
        "model": request.model,
        "usage": {"prompt_tokens": usage.input_tokens, "total_tokens": usage.input_tokens},
    }
    return without_usage(body, fault), usage


def without_usage(body: JsonObject, fault: Fault | None) -> JsonObject:
    """``body`` as the faults of usage leave it."""
    if fault is Fault.MISSING_USAGE:
        return {name: value for name, value in body.items() if name != "usage"}
    return {**body, "usage": None} if fault is Fault.NULL_USAGE else body
