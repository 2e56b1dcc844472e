"""Which version of a prompt is in force, what came before one, and how far a change raises the number."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts import files, lock
from radar_pipeline.prompts.files import Prompt, order
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase

_TOKENS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\d+(?:[.,:]\d+)*|[^\W_]|[<>=≤≥+±%]", re.DOTALL)
_SPACE = re.compile(r"\s+")


class Part(StrEnum):
    """A number of a version."""

    MAJOR = "major"  # the variables or the answer's schema are others: code has to follow
    MINOR = "minor"  # the instructions are others: answers may be
    PATCH = "patch"  # typography only


_RANK = {Part.PATCH: 0, Part.MINOR: 1, Part.MAJOR: 2}


def active(folder: Path, use_case: UseCase, name: str, variant: str = "") -> Prompt:
    """The version that is asked with: the highest that is active and says what the lock says it says.

    A version that is broken, or was edited after it became active, is passed over, and the next lower
    active one is used. In a folder without a lock only a first version may be active.

    Raises UnknownNameError where there is no such prompt, ConfigurationError where no version is left.
    """
    found = files.versions_of(folder, use_case, name)
    if not found:
        raise files.unknown(use_case, name, ())
    locked = lock.read(folder)
    passed_over: list[str] = []
    own: list[Prompt] = []
    for version in reversed(found):
        try:
            prompt = files.read(folder, found[version])
        except ConfigurationError:
            passed_over.append(f"{version} is broken")
            continue
        if prompt.variant != variant:
            continue
        if locked is None:
            own.append(prompt)
        elif prompt.status is Status.ACTIVE:
            if locked.get(prompt.place) == prompt.sha:
                return prompt
            passed_over.append(f"{version} is not what {lock.FILE} says")
    released = [prompt for prompt in own if prompt.status is not Status.DRAFT]
    if released and released[-1].status is Status.ACTIVE:
        return released[-1]
    raise _none_left(folder, name, variant, passed_over, locked)


def _none_left(
    folder: Path, name: str, variant: str, passed_over: list[str], locked: Mapping[str, str] | None
) -> ConfigurationError:
    named = f"{name}, variant {variant}," if variant else name
    why = "; ".join(passed_over) or "none is active"
    without = "" if locked is not None else " Without a lock only a first version may be active."
    return ConfigurationError(
        f"No version of the prompt {named} in {folder} can be used: {why}.{without}",
        remedy="`radar prompts check` tells what is wrong; restore the version that was in force.",
    )


def previous(prompts: Iterable[Prompt], prompt: Prompt) -> Prompt | None:
    """The next lower version of the same prompt and variant that is no draft; None for a first one."""
    lower = [
        p
        for p in prompts
        if (p.use_case, p.name, p.variant) == (prompt.use_case, prompt.name, prompt.variant)
        and p.status is not Status.DRAFT
        and order(p.version) < order(prompt.version)
    ]
    return max(lower, key=lambda p: order(p.version), default=None)


def required(old: Prompt, new: Prompt) -> Part | None:
    """The number that must rise from ``old`` to ``new``; None if they ask the same with the same words.

    Major: the variables or the answer's schema differ. Minor: what a model is told, or how it is asked.
    Patch: white space, punctuation, or what is told to people only.
    """
    if _contract(old) != _contract(new):
        return Part.MAJOR
    if _told(old) != _told(new):
        return Part.MINOR
    as_old = replace(new, version=old.version, status=old.status, changelog=old.changelog, sha=old.sha)
    return None if as_old == old else Part.PATCH


def raised(old: str, new: str) -> Part:
    """The number by which ``new`` is higher than ``old``."""
    first, second = order(old), order(new)
    return Part.MAJOR if first[0] != second[0] else Part.MINOR if first[1] != second[1] else Part.PATCH


def enough(done: Part, needed: Part) -> bool:
    """Whether raising one number says as much as the other."""
    return _RANK[done] >= _RANK[needed]


def bumped(version: str, part: Part) -> str:
    """The version with one number raised and those behind it set to 0."""
    major, minor, patch = order(version)
    return {
        Part.MAJOR: f"{major + 1}.0.0",
        Part.MINOR: f"{major}.{minor + 1}.0",
        Part.PATCH: f"{major}.{minor}.{patch + 1}",
    }[part]


def _contract(prompt: Prompt) -> tuple[Any, Any]:
    """What code has to agree with: variables and schemas without the words for people."""
    return bare(dict(prompt.input_schema)), bare(dict(prompt.output_schema))


def bare(schema: Any) -> Any:
    """A JSON Schema without titles, descriptions and the order of what is required."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key in ("title", "description") and isinstance(value, str):
            continue
        kept[key] = sorted(value) if key == "required" and isinstance(value, list) else bare(value)
    return kept


def _told(prompt: Prompt) -> tuple[Any, ...]:
    parts = [(part.role, _letters(part.template)) for part in prompt.parts]
    how = (prompt.model, prompt.framework, prompt.max_output_tokens, dict(prompt.parameters))
    return parts, _letters(prompt.repair), how


def _letters(text: str) -> list[str]:
    """Letters, numbers, signs of comparison and what the template does: all but typography."""
    return [_SPACE.sub(" ", token) for token in _TOKENS.findall(text)]
