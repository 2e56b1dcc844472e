"""The answer that a model is asked for: a status and quotes for each element, and no overall verdict.

The verdict is derived in code, so a model can neither be talked into one nor contradict its own elements.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator


class Claim(StrEnum):
    """What a model says of one element."""

    MET = "met"
    PARTLY = "partly"
    MISSING = "missing"
    CONTRADICTED = "contradicted"
    NOT_NEEDED = "not_needed"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuoteAnswer(_Strict):
    """A quote as the model gives it: the passage's number from 1, and the words."""

    passage: int
    quote: str


class ElementAnswer(_Strict):
    """One element's status with its quotes."""

    element_id: str
    status: Claim
    quotes: list[QuoteAnswer]
    note: str


class CoverageAnswer(_Strict):
    """The whole answer; ``confidence`` is the model's own and one sign among several."""

    elements: list[ElementAnswer]
    reasoning: str
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]


@lru_cache(maxsize=1024)
def answer_about(element_ids: tuple[str, ...]) -> type[CoverageAnswer]:
    """The same form, valid only if each of these elements is told of once and no other.

    The JSON schema is that of ``CoverageAnswer``, whatever the elements: providers prepare a schema once
    and keep it.
    """

    def each_once(elements: list[ElementAnswer]) -> list[ElementAnswer]:
        told = [element.element_id for element in elements]
        if sorted(told) != sorted(element_ids):
            raise ValueError(f"elements must be exactly these, each once: {', '.join(element_ids)}")
        return elements

    return create_model(
        CoverageAnswer.__name__,
        __base__=CoverageAnswer,
        __doc__=CoverageAnswer.__doc__,
        __validators__={"each_once": field_validator("elements")(each_once)},
    )
