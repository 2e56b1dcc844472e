"""A model's turn: its text, how it ended and what it cost, before a protocol gives it a form."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from radar_pipeline.llm.call import Usage
from radar_pipeline.llm.fake import schemas
from radar_pipeline.llm.fake.faults import Fault
from radar_pipeline.llm.fake.requests import Request
from radar_pipeline.llm.fake.tokens import CHARACTERS, count
from radar_pipeline.llm.fake.values import dumps

HUGE = 10_000_000  # characters


class Ending(StrEnum):
    """Why the model stopped."""

    DONE = "done"
    CUT = "cut"  # at the output limit
    REFUSED = "refused"
    FILTERED = "filtered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model said. ``text`` None: no output at all. ``fault`` still has to be played by the
    protocol or the wire."""

    request: Request
    text: str | None
    usage: Usage
    ending: Ending = Ending.DONE
    fault: Fault | None = None


def generate(request: Request, text: str, charged: Usage, fault: Fault | None) -> Turn:
    """The turn that ``text`` makes under ``fault``; ``charged`` is the input side of its usage.

    A text longer than the request's output limit is cut there, as a provider would.
    """
    ending = _ENDINGS.get(fault, Ending.DONE) if fault else Ending.DONE
    said: str | None = _altered(text, request, fault)
    limit = request.max_output_tokens
    if fault is Fault.NO_OUTPUT or ending is Ending.FAILED:
        said = None
    elif ending is Ending.DONE and fault is not Fault.HUGE_ANSWER and limit and count(text) > limit:
        said, ending = text[: limit * CHARACTERS], Ending.CUT
    usage = replace(charged, output_tokens=count(said or ""))
    if limit and usage.output_tokens > limit:  # nobody bills more than was allowed
        usage = replace(usage, output_tokens=limit)
    if ending is Ending.FAILED:
        usage = Usage()
    return Turn(request, said, usage, ending, fault)


def _altered(text: str, request: Request, fault: Fault | None) -> str:
    if fault in _VALUE_FAULTS and request.schema is not None:
        return dumps(_VALUE_FAULTS[fault](_value(text), request.schema))
    if fault is Fault.HUGE_ANSWER:
        return text.ljust(HUGE, "x")
    return _TEXT_FAULTS[fault](text) if fault in _TEXT_FAULTS else text


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}


_ENDINGS = {
    Fault.TRUNCATED_ANSWER: Ending.CUT,
    Fault.REFUSAL: Ending.REFUSED,
    Fault.CONTENT_FILTER: Ending.FILTERED,
    Fault.FAILED_RESPONSE: Ending.FAILED,
}
_VALUE_FAULTS: dict[Fault | None, Callable[[object, Mapping[str, object]], object]] = {
    Fault.MISSING_FIELD: schemas.missing_field,
    Fault.EXTRA_FIELD: lambda value, schema: schemas.extra_field(value),
    Fault.WRONG_ENUM: schemas.wrong_enum,
    Fault.WRONG_TYPE: lambda value, schema: schemas.wrong_type(value),
    Fault.HUGE_ANSWER: lambda value, schema: schemas.longer(value, schema, HUGE),
}
_TEXT_FAULTS: dict[Fault | None, Callable[[str], str]] = {
    Fault.EMPTY_ANSWER: lambda text: "",
    Fault.INVALID_JSON: lambda text: text[: max(1, len(text) * 2 // 3)] + ",,",
    Fault.PROSE: lambda text: f"Here is what I found:\n\n{text}\n\nLet me know if you need more.",
    Fault.CODE_FENCE: lambda text: f"```json\n{text}\n```",
    Fault.TRUNCATED_ANSWER: lambda text: text[: len(text) // 2],
    Fault.REFUSAL: lambda text: "I can't help with that.",
    Fault.CONTENT_FILTER: lambda text: text[: len(text) // 4],
}
