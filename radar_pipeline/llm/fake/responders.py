"""What the fake model says: a script, the smallest valid answer, or a function of yours."""

import threading
from collections.abc import Callable, Iterable

from pydantic import BaseModel

from radar_pipeline.llm.fake.requests import Request
from radar_pipeline.llm.fake.schemas import instance
from radar_pipeline.llm.fake.values import dumps

Answer = str | dict[str, object] | list[object] | BaseModel | None
"""A text as it is, or a value that is sent as JSON."""

Responder = Callable[[Request], Answer]
"""Gives the answer to a request, or to one line of a batch. Called from several threads."""


class ScriptEndedError(LookupError):
    """More was asked than ``scripted`` has answers for."""


def scripted(answers: Iterable[Answer]) -> Responder:
    """The answers in order, each once; asked for more, it raises, which fails the test."""
    left, lock = iter(list(answers)), threading.Lock()

    def respond(request: Request) -> Answer:
        with lock:
            try:
                return next(left)
            except StopIteration:
                raise ScriptEndedError(
                    f"Request {request.ordinal} wants an answer that the script does not have."
                ) from None

    return respond


def by_schema(request: Request) -> Answer:
    """The smallest value of the requested schema; without a schema, a sentence."""
    if request.schema is None:
        return "This is an answer of the fake model."
    value = instance(request.schema)
    return value if isinstance(value, dict | list) else dumps(value)


def as_text(answer: Answer) -> str:
    """The text that is sent for ``answer``."""
    if isinstance(answer, str):
        return answer
    return answer.model_dump_json() if isinstance(answer, BaseModel) else dumps(answer)
