"""From a provider's raw answer to a checked value, or to what is wrong with it."""

import re
from typing import Generic

from pydantic import ValidationError

from radar_pipeline.llm.call import Answer, ErrorClass
from radar_pipeline.llm.providers.base import RawAnswer, Stop

LONGEST = 1_000_000  # characters of an answer; no schema of ours needs a tenth of it
MOST_PROBLEMS = 20
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")


class UnusableAnswerError(Exception, Generic[Answer]):
    """An answer that cannot be used; ``problems`` are places and kinds, never values."""

    def __init__(self, error_class: ErrorClass, problems: tuple[str, ...] = ()) -> None:
        super().__init__(error_class.value)
        self.error_class = error_class
        self.problems = problems


def checked(raw: RawAnswer, answer: type[Answer]) -> Answer:
    """The value in the answer's text. Raises UnusableAnswerError."""
    if raw.stop is Stop.REFUSED:
        raise UnusableAnswerError(ErrorClass.REFUSAL)
    if raw.stop is Stop.TRUNCATED:
        raise UnusableAnswerError(ErrorClass.TRUNCATED)
    if len(raw.text) > LONGEST:
        raise UnusableAnswerError(ErrorClass.INVALID_ANSWER, ("the answer: far too long",))
    return parsed(raw.text, answer)


def parsed(text: str, answer: type[Answer]) -> Answer:
    """The JSON text as a value. Raises UnusableAnswerError (INVALID_ANSWER)."""
    try:
        return answer.model_validate_json(text)
    except ValidationError as error:
        problems = tuple(_problem(item["loc"], item["type"]) for item in error.errors()[:MOST_PROBLEMS])
    except (ValueError, RecursionError):
        problems = ("the answer: json_invalid",)
    raise UnusableAnswerError(ErrorClass.INVALID_ANSWER, problems)


def repair_message(asked: str, problems: tuple[str, ...]) -> str:
    """What is said to the model once, after an answer not of the schema."""
    return "\n".join([asked, *(f"- {problem}" for problem in problems)])


def _problem(location: tuple[int | str, ...], kind: str) -> str:
    # A key that the model made up may be anything, so only what looks like a field's name is repeated.
    parts = [str(p) if isinstance(p, int) or _FIELD.fullmatch(p) else "…" for p in location]
    return f"{'.'.join(parts) or 'the answer'}: {kind}"
