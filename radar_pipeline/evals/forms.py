"""What a model is asked for by the prompts whose answers no room below reads, as strict forms."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ElementForm(_Strict):
    """One atomic part of a requirement. ``limit_amount`` None: it has no numeric limit, and then
    ``limit_unit`` is empty; ``minimum``: the limit is "at least", not "at most"."""

    role: Literal["actor", "action", "object", "deadline", "condition"]
    text: str
    limit_amount: float | None
    limit_unit: Literal["", "hours", "days", "months", "years"]
    minimum: bool


class ElementsForm(_Strict):
    """A requirement taken apart, in the order of its text."""

    elements: list[ElementForm]


class ContradictionKind(StrEnum):
    """What two passages disagree about; ``none`` where they do not."""

    DEADLINE = "deadline"
    DUTY = "duty"
    SCOPE = "scope"
    VALUE = "value"
    RESPONSIBILITY = "responsibility"
    NONE = "none"


class ContradictionForm(_Strict):
    """Whether two passages contradict each other; the quotes are verbatim, and empty where they do not."""

    reasoning: str
    contradicts: bool
    kind: ContradictionKind
    first_quote: str
    second_quote: str


class CriterionForm(_Strict):
    """One criterion, word for word, and whether the answer meets it."""

    criterion: str
    met: bool
    note: str


class GradeForm(_Strict):
    """An evaluator's judgement of an answer; ``reasoning`` comes first, so that it precedes the verdict."""

    reasoning: str
    criteria: list[CriterionForm]
    passes: bool
    score: Share
