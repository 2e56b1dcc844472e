"""What changed between two versions of a prompt: messages line by line, schemas by place, and what number
has to rise for it."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radar_pipeline.prompts import versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.versions import Part


@dataclass(frozen=True, slots=True)
class Difference:
    """``messages``: a unified diff; ``schema``, ``settings``: one line for each change; ``required``: the
    number that must rise, None if both say the same."""

    old: Prompt
    new: Prompt
    required: Part | None
    messages: tuple[str, ...]
    schema: tuple[str, ...]
    settings: tuple[str, ...]


def between(old: Prompt, new: Prompt) -> Difference:
    """The difference of two versions, or of two prompts."""
    lines = difflib.unified_diff(_lines(old), _lines(new), old.key, new.key, lineterm="", n=2)
    schema = [
        *_changed(
            "input",
            _flat(versions.bare(dict(old.input_schema))),
            _flat(versions.bare(dict(new.input_schema))),
        ),
        *_changed(
            "output",
            _flat(versions.bare(dict(old.output_schema))),
            _flat(versions.bare(dict(new.output_schema))),
        ),
    ]
    settings = _changed("", _settings(old), _settings(new))
    return Difference(old, new, versions.required(old, new), tuple(lines), tuple(schema), tuple(settings))


def _lines(prompt: Prompt) -> list[str]:
    lines = []
    for part in prompt.parts:
        lines.append(f"[{part.role.value}{', data' if part.data else ''}]")
        lines += part.template.splitlines()
    return [*lines, "[repair]", prompt.repair] if prompt.repair else lines


def _settings(prompt: Prompt) -> dict[str, str]:
    parameters = {f"parameters.{name}": str(value) for name, value in prompt.parameters.items()}
    return {
        "variant": prompt.variant or "default",
        "model": prompt.model,
        "framework": prompt.framework,
        "max_output_tokens": str(prompt.max_output_tokens),
        **parameters,
    }


def _flat(schema: Any, place: str = "") -> dict[str, str]:
    """The leaves of a schema by their dotted places."""
    if isinstance(schema, Mapping) and schema:
        return {k: v for name, item in schema.items() for k, v in _flat(item, f"{place}.{name}").items()}
    if isinstance(schema, list) and any(isinstance(item, Mapping) for item in schema):
        return {k: v for n, item in enumerate(schema) for k, v in _flat(item, f"{place}.{n}").items()}
    return {place: str(schema)}


def _changed(side: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    found = []
    for place in sorted({*old, *new}):
        if old.get(place) != new.get(place):
            found.append(f"{side}{place}: {old.get(place, 'absent')} → {new.get(place, 'absent')}")
    return found
