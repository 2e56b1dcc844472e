"""The form of a prompt file, near dotprompt's: what may stand in it, and nothing else."""

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from radar_pipeline.prompts.status import Status

NAME = r"[a-z][a-z0-9_-]{0,62}"
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
VERSION = r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})"
Said = Annotated[str, Field(min_length=1, max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VariableEntry(_Strict):
    """A variable: a JSON Schema of its value, and whether it holds documents' text (``data``)."""

    description: Said
    data: bool = False
    type: Literal["string", "number", "integer", "boolean", "array", "object"]
    enum: list[str] = []
    items: dict[str, JsonValue] = {}
    properties: dict[str, JsonValue] = {}
    required: list[str] = []
    additionalProperties: bool = True  # noqa: N815 - JSON Schema's own word


class InputEntry(_Strict):
    """What a prompt is filled in with."""

    variables: dict[Identifier, VariableEntry] = Field(default={}, alias="schema")


class OutputEntry(_Strict):
    """What a prompt asks for: a JSON Schema."""

    form: dict[str, JsonValue] = Field(min_length=1, alias="schema")


class ConfigEntry(_Strict):
    """How a model is asked."""

    max_output_tokens: int = Field(ge=1, le=100_000)
    parameters: dict[Identifier, str | int | float] = {}


class MessageEntry(_Strict):
    """One message; ``text`` is a template."""

    role: Literal["system", "user"]
    text: str = Field(min_length=1)


class ChangeEntry(_Strict):
    """What a version changed and why; empty only while the version is a draft."""

    version: str = Field(pattern=rf"^{VERSION}$")
    date: datetime.date | None = None
    change: str = Field(default="", max_length=2000)


class PromptFile(_Strict):
    """A prompt file whole. ``model`` is a use case's route in models.yaml; ``framework`` ``any`` or the id of
    the one the prompt is written for."""

    name: str = Field(pattern=rf"^{NAME}$")
    variant: str = Field(default="", pattern=rf"^({NAME})?$")
    description: Said
    version: str = Field(pattern=rf"^{VERSION}$")
    status: Status
    framework: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    owner: Annotated[str, Field(min_length=1, max_length=200)]
    model: Literal["judge", "ask", "evaluate"]
    config: ConfigEntry
    input: InputEntry = InputEntry()
    output: OutputEntry
    messages: list[MessageEntry] = Field(min_length=1)
    repair: str = ""
    test_data: dict[Identifier, JsonValue] = {}
    changelog: list[ChangeEntry] = Field(min_length=1)
