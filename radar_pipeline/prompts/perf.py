"""``<semver>.perf.json`` beside a prompt's version: what an evaluation with a real model found, each figure
with its interval. Made by the program, read by people and by the registry; never edited."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts import files
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.storage.files import read_json, write_json

SUFFIX = ".perf.json"
FIGURES = (
    "accuracy",
    "citation_rate",
    "hallucination_rate",
    "latency_p50_ms",
    "latency_p95_ms",
    "cost_per_request_usd",
    "satisfaction",
)
NOT_EVALUATED = "not evaluated"
_MEASURED_AGAIN = "Evaluate the version again with a real model; the file is made by the program."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Figure(_Strict):
    """A value with its 95% interval over ``n`` cases; ``low`` and ``high`` None: too few for one."""

    value: float = Field(ge=0.0)
    low: float | None
    high: float | None
    n: int = Field(ge=1)


class Share(Figure):
    """A figure between 0 and 1."""

    value: float = Field(ge=0.0, le=1.0)


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Performance(_Strict):
    """What was found of the version whose content is ``sha``; a figure is None where it was not measured."""

    sha: str = Field(pattern=r"^[0-9a-f]{64}$")
    dataset: Digest  # of the cases
    n: int = Field(ge=1)  # cases
    accuracy: Share | None  # share of cases answered as expected
    citation_rate: Share | None  # share of the answers that need a quote and have a verified one
    hallucination_rate: Share | None  # share of the quotes that are in no document
    latency_p50_ms: Figure | None
    latency_p95_ms: Figure | None
    cost_per_request_usd: Figure | None
    satisfaction: Share | None  # share of analysts' opinions that agree
    judge_version: str = Field(max_length=200)  # of what told right from wrong
    date: datetime.date
    model: str = Field(min_length=1, max_length=2000)  # the route: its models and their parameters
    note: str = Field(default="", max_length=1000)  # why more cost or time was worth it; absent without one

    @model_validator(mode="after")
    def _ordered(self) -> "Performance":
        for name in FIGURES:
            figure: Figure | None = getattr(self, name)
            if figure is None or (figure.low is None and figure.high is None):
                continue
            if figure.low is None or figure.high is None or not figure.low <= figure.value <= figure.high:
                raise ValueError(f"{name}: the value lies outside its interval")
        return self


def path_of(folder: Path, prompt: Prompt) -> Path:
    """Where the figures of a version lie."""
    path = files.path_of(folder, prompt)
    return path.with_name(path.name.removesuffix(files.SUFFIX) + SUFFIX)


def read(folder: Path, prompt: Prompt) -> Mapping[str, Any] | None:
    """The figures of a version; None where it was not evaluated, or these are of another content.

    Raises ConfigurationError for a file that is wrong.
    """
    path = path_of(folder, prompt)
    if (body := read_json(path)) is None:
        return None
    found = checked(path, body)
    return found.model_dump(mode="json", exclude_defaults=True) if found.sha == prompt.sha else None


def write(folder: Path, prompt: Prompt, body: Mapping[str, Any]) -> None:
    """Write the figures of a version, whole or not at all.

    Raises ConfigurationError for figures of a simulated provider, of another content, or not of the form.
    """
    path = path_of(folder, prompt)
    if body.get("simulated"):
        raise ConfigurationError(
            f"The figures of {prompt.key} are simulated: no real model was asked.",
            remedy="Set a provider's key and evaluate it again.",
        )
    found = checked(path, {name: value for name, value in body.items() if name != "simulated"})
    if found.sha != prompt.sha:
        raise ConfigurationError(
            f"The figures are of another content than {prompt.ref}.", remedy=_MEASURED_AGAIN
        )
    write_json(path, found.model_dump(mode="json", exclude_defaults=True))


def told(body: Mapping[str, Any] | None) -> str:
    """The figures in a line, as ``accuracy 0.81 (0.74–0.87), n 131, 2026-11-30``; NOT_EVALUATED for none."""
    if body is None or body["accuracy"] is None:
        return NOT_EVALUATED
    figure = body["accuracy"]
    between = "" if figure["low"] is None else f" ({figure['low']:.2f}–{figure['high']:.2f})"
    return f"accuracy {figure['value']:.2f}{between}, n {figure['n']}, {body['date']}"


def checked(path: Path, body: Any) -> Performance:
    """The body of a file, read strictly. Raises ConfigurationError naming the key that is wrong."""
    try:
        return Performance.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationError(
            f"{path.parent.name}/{path.name}: {place}: {first['msg']}.", remedy=_MEASURED_AGAIN
        ) from None
