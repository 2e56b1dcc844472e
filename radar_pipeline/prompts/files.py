"""Prompt files, ``<use_case>/<name>/<semver>.prompt.yaml``: found, read strictly and checked whole."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.llm.call import Role
from radar_pipeline.prompts import template
from radar_pipeline.prompts.clean import clean
from radar_pipeline.prompts.form import NAME, VERSION, MessageEntry, PromptFile
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.yaml_files import lines_of, read_yaml

SUFFIX = ".prompt.yaml"
MOST_VALUES = 100_000  # of a file
_NAME = re.compile(NAME)
_VERSION = re.compile(VERSION)
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
    """One version of a prompt, checked. Two files that say the same have the same ``sha``, whatever their
    status: that a version becomes active or deprecated does not change what it asks."""

    use_case: UseCase
    name: str
    version: str  # major.minor.patch
    description: str
    variables: Mapping[str, str]  # name -> what is to be given
    data_variables: frozenset[str]  # those that hold documents' text
    parts: tuple[Part, ...]
    repair: str  # said once after an answer that is not of the schema; empty: never
    max_output_tokens: int
    parameters: Mapping[str, str | int | float]
    sha: str  # SHA-256 of the parsed content without its status, 64 hex digits
    variant: str = ""  # empty: the default one
    status: Status = Status.DRAFT
    model: str = "judge"  # the use case's route in models.yaml whose models are asked
    framework: str = "any"  # the framework it is written for
    owner: str = ""
    changelog: tuple[str, ...] = ()  # "version (date): change", oldest first
    input_schema: Mapping[str, Any] = field(default_factory=dict)  # variable -> JSON Schema of its value
    output_schema: Mapping[str, Any] = field(default_factory=dict)  # JSON Schema of the answer
    test_data: Mapping[str, Any] = field(default_factory=dict)  # values that render

    @property
    def key(self) -> str:
        """``name@version``: what commands call it."""
        return f"{self.name}@{self.version}"

    @property
    def ref(self) -> str:
        """``name@version#sha``, the sha cut to 12 digits: how records name the prompt."""
        return f"{self.key}#{self.sha[:12]}"

    @property
    def place(self) -> str:
        """``use_case/name/version``: how the lock names it."""
        return f"{self.use_case.value}/{self.name}/{self.version}"


def path_of(folder: Path, prompt: Prompt) -> Path:
    """The file of a version."""
    return folder / f"{prompt.place}{SUFFIX}"


def order(version: str) -> tuple[int, ...]:
    """What versions are sorted by: 1.10.0 comes after 1.9.0."""
    return tuple(int(number) for number in version.split("."))


def load(folder: Path, use_case: UseCase, name: str, version: str | None = None) -> Prompt:
    """The prompt of that version; of the highest, if none is given, whatever their status and
    variant.

    Raises ConfigurationError for a file that is wrong, naming its line, and UnknownNameError where
    there is none.
    """
    found = versions_of(folder, use_case, name)
    wanted = version or next(reversed(found), "")
    if wanted not in found:
        raise unknown(use_case, f"{name} {version}" if version else name, tuple(found))
    return read(folder, found[wanted])


def versions_of(folder: Path, use_case: UseCase, name: str) -> dict[str, Path]:
    """The files of a prompt by their versions, lowest first; none of them is read.

    What is no file, or is called otherwise, is left to ``available``, which tells: an editor's leftovers
    beside the versions must not stop those who ask with one.
    """
    home = folder / use_case.value / name
    paths = home.glob(f"*{SUFFIX}") if _NAME.fullmatch(name) else ()
    found = {path.name.removesuffix(SUFFIX): path for path in paths if path.is_file()}
    return {version: found[version] for version in sorted(filter(_VERSION.fullmatch, found), key=order)}


def unknown(use_case: UseCase, named: str, have: tuple[str, ...]) -> UnknownNameError:
    """The error for a prompt that is not there."""
    return UnknownNameError(
        f"There is no prompt {named} for {use_case.value}; versions found: {', '.join(have) or 'none'}.",
        remedy=f"Add {_PLACE} to the folder of prompts, or set RADAR_PROMPTS to the folder that has it.",
    )


def all_files(folder: Path) -> list[Path]:
    """Every YAML file of the folder, in order of names. Raises ConfigurationError if there is no folder."""
    if not folder.is_dir():
        raise ConfigurationError(
            f"The folder of prompts {folder} does not exist.", remedy="Set RADAR_PROMPTS to the one to use."
        )
    return sorted(p for end in ("*.yaml", "*.yml") for p in folder.rglob(end))


def available(folder: Path) -> tuple[Prompt, ...]:
    """All prompts of the folder, by use case, name and version, lowest first.

    Raises ConfigurationError for the first file that is wrong or lies where no prompt is looked for, and
    for a name that two use cases share.
    """
    prompts = [read(folder, path) for path in all_files(folder)]
    if shared := shared_names(prompts):
        raise ConfigurationError(
            f"The prompt name {shared[0]} is used for more than one use case.",
            remedy="Rename one of them: commands and records call a prompt by name and version alone.",
        )
    return tuple(sorted(prompts, key=lambda p: (p.use_case.value, p.name, order(p.version))))


def readable(folder: Path) -> tuple[Prompt, ...]:
    """The same without those that are wrong, for who must not wait for the mending of a file."""
    found = []
    for path in all_files(folder):
        with suppress(ConfigurationError):
            found.append(read(folder, path))
    return tuple(sorted(found, key=lambda p: (p.use_case.value, p.name, order(p.version))))


def shared_names(prompts: list[Prompt]) -> list[str]:
    """Names that stand for prompts of more than one use case."""
    named = {(p.name, p.use_case) for p in prompts}
    names = [name for name, _ in named]
    return sorted({name for name in names if names.count(name) > 1})


def read(folder: Path, path: Path) -> Prompt:
    """The prompt in one file of the folder. Raises ConfigurationError with the line of what is wrong."""
    _checked_place(folder, path)
    entry = read_yaml(path, PromptFile, most=MOST_VALUES)
    use_case = path.parent.parent.name
    lies = (path.parent.name, path.name.removesuffix(SUFFIX))
    for key, inside, outside in zip(("name", "version"), (entry.name, entry.version), lies, strict=True):
        if inside != outside:
            raise _wrong(path, [key], f"{key} is {inside!r}, but the file's place says {outside!r}")
    _check_changelog(path, entry)
    # what is left at its default is left out, so that a key added to the form changes no sha
    content = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"status"})
    text = json.dumps({"use_case": use_case, **content}, ensure_ascii=False, sort_keys=True)
    variables = entry.input.variables
    shown = {name: v.model_dump(mode="json", exclude_defaults=True) for name, v in variables.items()}
    return Prompt(
        use_case=UseCase(use_case),
        name=entry.name,
        version=entry.version,
        description=entry.description.strip(),
        variables={name: v.description for name, v in variables.items()},
        data_variables=frozenset(name for name, v in variables.items() if v.data),
        parts=_parts(path, entry),
        repair=entry.repair.strip(),
        max_output_tokens=entry.config.max_output_tokens,
        parameters=dict(entry.config.parameters),
        sha=ids.digest(text, length=64),
        variant=entry.variant,
        status=entry.status,
        model=entry.model,
        framework=entry.framework,
        owner=entry.owner,
        changelog=tuple(
            f"{c.version}{f' ({c.date.isoformat()})' if c.date else ''}: {c.change.strip()}"
            for c in entry.changelog
        ),
        input_schema=shown,
        output_schema=dict(entry.output.form),
        test_data=dict(entry.test_data),
    )


def _checked_place(folder: Path, path: Path) -> None:
    version = path.name.removesuffix(SUFFIX)
    parts = path.relative_to(folder).parts
    known = len(parts) == 3 and parts[0] in {use_case.value for use_case in UseCase}
    if not known or version == path.name or not _VERSION.fullmatch(version):
        raise ConfigurationError(
            f"{path.relative_to(folder)} is not where or not what a prompt is called.",
            remedy=f"Move it to {_PLACE}, with a version such as 1.0.0 and a use case out of "
            f"{', '.join(UseCase)}.",
        )


def _check_changelog(path: Path, entry: PromptFile) -> None:
    last = len(entry.changelog) - 1
    if entry.changelog[last].version != entry.version:
        raise _wrong(path, ["changelog", last], f"the last change must be that of {entry.version}")
    for index, change in enumerate(entry.changelog):
        if not change.change.strip() and entry.status is not Status.DRAFT:
            raise _wrong(
                path, ["changelog", index], "a version that is to be active must say what it changed"
            )


def _parts(path: Path, entry: PromptFile) -> tuple[Part, ...]:
    """The messages, each with a check that document text stands only where it may."""
    variables = entry.input.variables
    if template.MARK in variables:
        raise _wrong(path, _declared(template.MARK), f"{template.MARK} is not free as a variable's name")
    if clean(entry.repair) != entry.repair:
        raise _wrong(path, ["repair"], _HIDDEN)
    used: set[str] = set()
    parts = []
    for index, message in enumerate(entry.messages):
        names = _names(path, index, message)
        used |= names
        data = any(v.data for name, v in variables.items() if name in names)
        if problem := _problem(index, message, names, data=data, known=set(variables)):
            raise _wrong(path, ["messages", index, "text"], problem)
        parts.append(Part(Role(message.role), message.text, data))
    for name in variables:
        if name not in used:
            raise _wrong(path, _declared(name), f"the variable {name} is declared and not used")
    return tuple(parts)


def _declared(name: str) -> list[str | int]:
    return ["input", "schema", name]


def _names(path: Path, index: int, message: MessageEntry) -> frozenset[str]:
    try:
        return template.variables_of(message.text)
    except template.BrokenTemplateError as error:
        problem = f"the template cannot be read: {error}"
        raise _wrong(path, ["messages", index, "text"], problem, below=error.line) from None


def _problem(index: int, message: MessageEntry, names: frozenset[str], *, data: bool, known: set[str]) -> str:
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
