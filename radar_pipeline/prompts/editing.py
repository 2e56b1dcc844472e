"""Edits of prompt files: a version's status, a new draft, and the step by which a draft becomes active.

Each file is replaced whole, and only by one that reads well; what people wrote beside stays as it is.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts import files, lock, perf
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.storage.files import write_text


def set_status(folder: Path, prompt: Prompt, status: Status) -> Prompt:
    """Write a version's status into its file; nothing else in it changes.

    Raises ConfigurationError if the file was changed meanwhile, or may not have that status.
    """
    path = files.path_of(folder, prompt)
    text = path.read_text("utf-8")
    written = replaced(text, "status", status.value)
    edited = checked(prompt.place, written)
    if edited.sha != prompt.sha:
        raise _changed(prompt)
    if written != text:
        write_text(path, written)
    return edited


def activate(folder: Path, prompt: Prompt, performance: Mapping[str, Any] | None) -> Prompt:
    """Make a version the active one of its name and variant, in place of the one that was.

    ``performance``: the body of its perf file; None for a first version that was not evaluated. In an
    order that may break off anywhere: figures, lock, status, and last the former one's deprecation; while
    two are active the higher one is used. Whether it has earned it is the gate's to say.

    Raises ConfigurationError for a version that was locked with another content or says no change.
    """
    prompts = files.available(folder)
    _lockable(folder, prompt)
    edited = checked(prompt.place, replaced(_text(folder, prompt), "status", Status.ACTIVE.value))
    if edited.sha != prompt.sha:  # before anything is written: what was measured is another text
        raise _changed(prompt)
    if performance is not None:
        perf.write(folder, prompt, performance)
    _lock(folder, prompts, prompt)
    made = set_status(folder, prompt, Status.ACTIVE)
    for other in _active(prompts, prompt):
        set_status(folder, other, Status.DEPRECATED)
    return made


def deprecate(folder: Path, prompt: Prompt) -> Prompt:
    """Take an active version out of use.

    Raises ConfigurationError for a draft, and for the last active version that calls can fall back on:
    the only one of its variant, where it is the default variant or that has no active version.
    """
    if prompt.status is Status.DRAFT:
        raise ConfigurationError(
            f"{prompt.key} is a draft: nothing was made with it.", remedy="Delete its file instead."
        )
    prompts = files.available(folder)
    default = [p for p in _named(prompts, prompt) if not p.variant and p.status is Status.ACTIVE]
    others = _active(prompts, prompt) or ([] if not prompt.variant else default)
    if prompt.status is Status.ACTIVE and not others:
        raise ConfigurationError(
            f"{prompt.key} is the only active version that is asked with.",
            remedy=f"Promote another first: radar prompts new {prompt.key}, then radar prompts promote.",
        )
    return set_status(folder, prompt, Status.DEPRECATED)


def take_into_lock(folder: Path) -> tuple[Prompt, ...]:
    """Add the first versions that are no drafts and not in the lock yet; no line that is there changes.

    Later versions come into it by their promotion alone. Returns what was added.
    """
    prompts = files.available(folder)
    locked = dict(lock.read(folder) or {})
    added = tuple(p for p in prompts if p.place not in locked and _first(prompts, p))
    if added or not (folder / lock.FILE).exists():
        lock.write(folder, {**locked, **{p.place: p.sha for p in added}})
    return added


def replaced(text: str, key: str, value: str) -> str:
    """The text with the value of one of its uppermost keys replaced, byte by byte the same around it."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    for name, node in pairs:
        if name.value == key and isinstance(node, yaml.ScalarNode):
            return text[: node.start_mark.index] + value + text[node.end_mark.index :]
    raise ConfigurationError(f"The prompt file has no line {key}.", remedy=f"Add `{key}:` to it.")


def checked(place: str, text: str) -> Prompt:
    """The prompt that a file at ``use_case/name/version`` with this text would be.

    Raises ConfigurationError for a text that does not read.
    """
    with tempfile.TemporaryDirectory(prefix="radar-prompt-") as trial:
        path = Path(trial) / f"{place}{files.SUFFIX}"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8", newline="")
        return files.read(Path(trial), path)


def _changed(prompt: Prompt) -> ConfigurationError:
    return ConfigurationError(
        f"{prompt.place} was changed by somebody else meanwhile.", remedy="Run the command again."
    )


def _text(folder: Path, prompt: Prompt) -> str:
    return files.path_of(folder, prompt).read_text("utf-8")


def _lockable(folder: Path, prompt: Prompt) -> None:
    known = (lock.read(folder) or {}).get(prompt.place)
    if known not in (None, prompt.sha) and prompt.status is not Status.DRAFT:
        raise ConfigurationError(
            f"{prompt.key} was edited after it became active.",
            remedy=f"Restore it, and write a new version: radar prompts new {prompt.key}.",
        )


def _lock(folder: Path, prompts: tuple[Prompt, ...], prompt: Prompt) -> None:
    """The lock with the version in it; a folder without one begins it with the first versions it has."""
    locked = lock.read(folder)
    if locked is None:
        locked = {p.place: p.sha for p in prompts if _first(prompts, p)}
    if locked.get(prompt.place) != prompt.sha:
        lock.write(folder, {**locked, prompt.place: prompt.sha})


def _first(prompts: tuple[Prompt, ...], prompt: Prompt) -> bool:
    """Whether it is the lowest version of its variant that is no draft."""
    own = [p for p in _named(prompts, prompt) if p.variant == prompt.variant]
    released = [p for p in own if p.status is not Status.DRAFT]
    return bool(released) and released[0].place == prompt.place


def _active(prompts: tuple[Prompt, ...], prompt: Prompt) -> list[Prompt]:
    """The other active versions of the same name and variant."""
    return [
        p
        for p in _named(prompts, prompt)
        if p.variant == prompt.variant and p.version != prompt.version and p.status is Status.ACTIVE
    ]


def _named(prompts: tuple[Prompt, ...], prompt: Prompt) -> list[Prompt]:
    return [p for p in prompts if (p.use_case, p.name) == (prompt.use_case, prompt.name)]
