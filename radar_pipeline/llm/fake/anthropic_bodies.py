"""Anthropic's message, whole and as a stream of events."""

from collections.abc import Iterator

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake.events import Event, disturb, pieces
from radar_pipeline.llm.fake.generation import Ending, Turn
from radar_pipeline.llm.fake.openai_bodies import suffix, without_usage
from radar_pipeline.llm.fake.values import JsonObject

_STOPS = {Ending.CUT: "max_tokens", Ending.REFUSED: "refusal"}


def message(turn: Turn) -> JsonObject:
    """A Message object."""
    body: JsonObject = {
        **_start(turn),
        "content": [] if _silent(turn) else [{"type": "text", "text": turn.text, "citations": None}],
        "stop_reason": _STOPS.get(turn.ending, "end_turn"),
        "usage": usage_of(turn.usage, batch=turn.request.batch),
    }
    if turn.ending is Ending.REFUSED:
        body["stop_details"] = {"type": "refusal", "category": None, "explanation": turn.text}
    return without_usage(body, turn.fault)


def usage_of(usage: Usage, *, batch: bool = False) -> JsonObject:
    """Usage as Anthropic tells it: ``input_tokens`` without those read from or written to the cache."""
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    return {
        "input_tokens": fresh,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_tokens,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": usage.output_tokens,
        "service_tier": "batch" if batch else "standard",
    }


def streamed(turn: Turn) -> list[Event]:
    """The events of a message, as the turn's fault leaves them."""
    failure: JsonObject = {"type": "overloaded_error", "message": "Overloaded."}
    return disturb(
        list(_events(turn)),
        turn.fault,
        error=Event("error", {"type": "error", "error": failure}),
        unknown=Event("thing_of_the_future", {"type": "thing_of_the_future", "thing": {}}),
    )


def _events(turn: Turn) -> Iterator[Event]:
    usage = {**usage_of(turn.usage), "output_tokens": 1}
    start = without_usage({**_start(turn), "usage": usage}, turn.fault)
    yield _event({"type": "message_start", "message": start})
    if not _silent(turn):
        block: JsonObject = {"type": "text", "text": "", "citations": None}
        yield _event({"type": "content_block_start", "index": 0, "content_block": block})
        yield _event({"type": "ping"})
        for piece in pieces(turn.text or ""):
            delta: JsonObject = {"type": "text_delta", "text": piece}
            yield _event({"type": "content_block_delta", "index": 0, "delta": delta})
        yield _event({"type": "content_block_stop", "index": 0})
    whole = message(turn)
    ended: JsonObject = {
        "type": "message_delta",
        "delta": {
            "stop_reason": whole["stop_reason"],
            "stop_sequence": None,
            "stop_details": whole.get("stop_details"),
        },
        "usage": {"output_tokens": turn.usage.output_tokens},
    }
    yield _event(without_usage(ended, turn.fault))
    yield _event({"type": "message_stop"})


def _event(data: JsonObject) -> Event:
    return Event(str(data["type"]), data, delta=data["type"] == "content_block_delta")


def _silent(turn: Turn) -> bool:
    """A refusal says nothing in its content."""
    return turn.text is None or turn.ending is Ending.REFUSED


def _start(turn: Turn) -> JsonObject:
    return {
        "id": f"msg_{suffix(turn.request)}",
        "type": "message",
        "role": "assistant",
        "model": turn.request.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": None,
    }
