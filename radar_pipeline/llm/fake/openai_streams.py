"""OpenAI's streams: the events of a response, the chunks of a chat completion."""

from collections.abc import Iterator

from radar_pipeline.llm.fake import openai_bodies as bodies
from radar_pipeline.llm.fake.events import Event, disturb, pieces
from radar_pipeline.llm.fake.faults import USAGE_FAULTS
from radar_pipeline.llm.fake.generation import Ending, Turn
from radar_pipeline.llm.fake.requests import Endpoint
from radar_pipeline.llm.fake.values import JsonObject, mapping


def streamed(turn: Turn) -> list[Event]:
    """The events for the endpoint that was asked, as the turn's fault leaves them."""
    if turn.request.endpoint is Endpoint.RESPONSES:
        events = [_numbered(number, data) for number, data in enumerate(_response(turn))]
        error: JsonObject = {"type": "error", "code": "server_error", "message": "The model failed."}
        return disturb(
            events,
            turn.fault,
            error=_numbered(len(events), {**error, "param": None}),
            unknown=_numbered(len(events), {"type": "response.thing_of_the_future", "thing": {}}),
        )
    failed: JsonObject = {"message": "The model failed.", "type": "server_error", "param": None, "code": None}
    return disturb(
        [*_chunks(turn), Event(None, "[DONE]")],
        turn.fault,
        error=Event(None, {"error": failed}),
        unknown=Event("thing_of_the_future", _chunk(turn, [])),
    )


def _numbered(number: int, data: JsonObject) -> Event:
    kind = str(data["type"])
    return Event(kind, {**data, "sequence_number": number}, delta=kind.endswith(".delta"))


def _response(turn: Turn) -> Iterator[JsonObject]:
    start, end = bodies.response_start(turn.request), bodies.response(turn)
    yield {"type": "response.created", "response": start}
    yield {"type": "response.in_progress", "response": start}
    if turn.text is not None:
        yield from _item(turn)
    yield {"type": f"response.{end['status']}", "response": end}


def _item(turn: Turn) -> Iterator[JsonObject]:
    item, part = bodies.message(turn), bodies.part(turn)
    kind = "refusal" if turn.ending is Ending.REFUSED else "output_text"
    held = "refusal" if kind == "refusal" else "text"
    place: JsonObject = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    more: JsonObject = {} if kind == "refusal" else {"logprobs": []}
    yield {
        "type": "response.output_item.added",
        "output_index": 0,
        "item": {**item, "status": "in_progress", "content": []},
    }
    yield {"type": "response.content_part.added", **place, "part": {**part, held: ""}}
    for piece in pieces(turn.text or ""):
        yield {"type": f"response.{kind}.delta", **place, "delta": piece, **more}
    yield {"type": f"response.{kind}.done", **place, held: turn.text, **more}
    yield {"type": "response.content_part.done", **place, "part": part}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}


def _chunks(turn: Turn) -> Iterator[Event]:
    refused = turn.ending is Ending.REFUSED
    if turn.text is not None:
        opening: JsonObject = {"role": "assistant", "content": None if refused else "", "refusal": None}
        yield Event(None, _chunk(turn, [_choice(opening)]))
        for piece in pieces(turn.text):
            said: JsonObject = {"refusal": piece} if refused else {"content": piece}
            yield Event(None, _chunk(turn, [_choice(said)]), delta=True)
        yield Event(None, _chunk(turn, [_choice({}, bodies.finish_reason(turn))]))
    options = mapping(turn.request.body.get("stream_options"))
    if options.get("include_usage") is True and turn.fault not in USAGE_FAULTS:
        yield Event(None, {**_chunk(turn, []), "usage": bodies.chat_usage(turn.usage)})


def _choice(delta: JsonObject, finish: str | None = None) -> JsonObject:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def _chunk(turn: Turn, choices: list[object]) -> JsonObject:
    return {
        "id": f"chatcmpl-{bodies.suffix(turn.request)}",
        "object": "chat.completion.chunk",
        "created": bodies.NOW,
        "model": turn.request.model,
        "choices": choices,
        "usage": None,
    }
