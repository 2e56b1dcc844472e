"""Prompt files, ``<use_case>/<name>/<semver>.prompt.yaml``: found, read strictly and checked whole."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.llm.call import Feature, Role
from radar_pipeline.prompts import template
from radar_pipeline.prompts.clean import clean
from radar_pipeline.yaml_files import lines_of, read_yaml

SUFFIX = ".prompt.yaml"
_NAME = r"[a-z][a-z0-9_-]{0,62}"
_VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")
_HIDDEN = "the text holds invisible or control characters"
_PLACE = f"<use_case>/<name>/<version>{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Part:
    """The template of one message. ``data``: it shows documents' text, and is sent as such."""

    role: Role
    template: str
    data: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt, checked. Two files that say the same have the same ``sha``."""

    use_case: Feature
    name: str
    version: str  # major.minor.patch
    description: str
    variables: Mapping[str, str]  # name -> what is to be given
    data_variables: frozenset[str]  # those that hold documents' text
    parts: tuple[Part, ...]
    repair: str  # said once after an answer that is not of the schema; empty: never
    max_output_tokens: int
    parameters: Mapping[str, str | int | float]
    sha: str  # SHA-256 of the parsed content, 64 hex digits

    @property
    def ref(self) -> str:
        """``name@version#sha``, the sha cut to 12 digits: how records name the prompt."""
        return f"{self.name}@{self.version}#{self.sha[:12]}"


def load(folder: Path, use_case: Feature, name: str, version: str | None = None) -> Prompt:
    """The prompt of that version; of the highest, if none is given.

    Raises ConfigurationError for a file that is wrong, naming its line, and UnknownNameError where
    there is none.
    """
    home = folder / use_case.value / name
    found = {p.name.removesuffix(SUFFIX): p for p in home.glob(f"*{SUFFIX}")}
    for path in found.values():
        _checked_place(folder, path)
    wanted = version or max(found, key=_order, default="")
    if wanted not in found:
        named = f"{name} {version}" if version else name
        have = ", ".join(sorted(found, key=_order)) or "none"
        raise UnknownNameError(
            f"There is no prompt {named} for {use_case.value}; versions found: {have}.",
            remedy=f"Add {_PLACE} to the folder of prompts, or set RADAR_PROMPTS to the folder that has it.",
        )
    return _read(folder, found[wanted])


def available(folder: Path) -> tuple[Prompt, ...]:
    """All prompts of the folder, by use case, name and version, lowest first.

    Raises ConfigurationError for the first file that is wrong or lies where no prompt is looked for.
    """
    if not folder.is_dir():
        raise ConfigurationError(
            f"The folder of prompts {folder} does not exist.", remedy="Set RADAR_PROMPTS to the one to use."
        )
    paths = sorted(p for end in ("*.yaml", "*.yml") for p in folder.rglob(end))
    prompts = [_read(folder, path) for path in paths]
    return tuple(sorted(prompts, key=lambda p: (p.use_case.value, p.name, _order(p.version))))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _VariableEntry(_Strict):
    description: str = Field(min_length=1)
    data: bool = False


class _MessageEntry(_Strict):
    role: Literal["system", "user"]
    text: str = Field(min_length=1)


_Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]


class _PromptFile(_Strict):
    name: str = Field(pattern=rf"^{_NAME}$")
    version: str
    description: str = Field(min_length=1)
    use_case: Literal["judge", "ask", "evaluate"]
    variables: dict[_Identifier, _VariableEntry] = {}
    messages: list[_MessageEntry] = Field(min_length=1)
    repair: str = ""
    max_output_tokens: int = Field(ge=1, le=100_000)
    parameters: dict[_Identifier, str | int | float] = {}


def _read(folder: Path, path: Path) -> Prompt:
    _checked_place(folder, path)
    entry = read_yaml(path, _PromptFile)
    said = (entry.use_case, entry.name, entry.version)
    lies = (path.parent.parent.name, path.parent.name, path.name.removesuffix(SUFFIX))
    for field, inside, outside in zip(("use_case", "name", "version"), said, lies, strict=True):
        if inside != outside:
            raise _wrong(path, [field], f"{field} is {inside!r}, but the file's place says {outside!r}")
    content = json.dumps(entry.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return Prompt(
        use_case=Feature(entry.use_case),
        name=entry.name,
        version=entry.version,
        description=entry.description,
        variables={name: v.description for name, v in entry.variables.items()},
        data_variables=frozenset(name for name, v in entry.variables.items() if v.data),
        parts=_parts(path, entry),
        repair=entry.repair.strip(),
        max_output_tokens=entry.max_output_tokens,
        parameters=dict(entry.parameters),
        sha=ids.digest(content, length=64),
    )


def _checked_place(folder: Path, path: Path) -> None:
    version = path.name.removesuffix(SUFFIX)
    depth = len(path.relative_to(folder).parts)
    if depth != 3 or version == path.name or not _VERSION.fullmatch(version):
        raise ConfigurationError(
            f"{path.relative_to(folder)} is not where or not what a prompt is called.",
            remedy=f"Move it to {_PLACE}, with a version such as 1.0.0.",
        )


def _parts(path: Path, entry: _PromptFile) -> tuple[Part, ...]:
    """The messages, each with a check that document text stands only where it may."""
    if template.MARK in entry.variables:
        raise _wrong(path, ["variables", template.MARK], f"{template.MARK} is not free as a variable's name")
    if clean(entry.repair) != entry.repair:
        raise _wrong(path, ["repair"], _HIDDEN)
    used: set[str] = set()
    parts = []
    for index, message in enumerate(entry.messages):
        names = _names(path, index, message)
        used |= names
        data = any(v.data for name, v in entry.variables.items() if name in names)
        if problem := _problem(index, message, names, data=data, known=set(entry.variables)):
            raise _wrong(path, ["messages", index, "text"], problem)
        parts.append(Part(Role(message.role), message.text, data))
    for name in entry.variables:
        if name not in used:
            raise _wrong(path, ["variables", name], f"the variable {name} is declared and not used")
    return tuple(parts)


def _names(path: Path, index: int, message: _MessageEntry) -> frozenset[str]:
    try:
        return template.variables_of(message.text)
    except template.BrokenTemplateError as error:
        problem = f"the template cannot be read: {error}"
        raise _wrong(path, ["messages", index, "text"], problem, below=error.line) from None


def _problem(
    index: int, message: _MessageEntry, names: frozenset[str], *, data: bool, known: set[str]
) -> str:
    """What is wrong with one message; empty if nothing."""
    unknown = sorted(names - known - {template.MARK})
    if unknown:
        return f"the variable {unknown[0]} is used and not declared"
    if data and message.role != "user":
        return "documents' text may stand in messages of the role user only"
    if template.MARK in names and not data:
        return f"{template.MARK} is for messages with documents' text only"
    if index == 0 and (names or message.role != "system"):
        return "the first message must be of the role system and without variables, so that it can be reused"
    if clean(message.text) != message.text:
        return _HIDDEN
    return ""


def _wrong(path: Path, place: list[str | int], problem: str, below: int = 0) -> ConfigurationError:
    line = lines_of(path)(place) + below
    return ConfigurationError(
        f"{path.name}, line {line}: {problem}.", remedy=f"Mend {path.parent.name}/{path.name} and run again."
    )
