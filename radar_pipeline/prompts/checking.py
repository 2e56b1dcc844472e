"""Everything that must hold of a folder of prompts before it is used or merged, as a list of problems."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radar_pipeline.errors import RadarError
from radar_pipeline.prompts import files, lock, perf, versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import render
from radar_pipeline.prompts.status import Status

_NEW = "Put the old text back and write a new version: radar prompts new {name}@{version} --part {part}."


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: the prompt or file it is about, what, and what mends it."""

    place: str
    says: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.says} {self.remedy}"


def problems(folder: Path) -> list[Problem]:
    """What is wrong with a folder of prompts, by place; nothing if all is well.

    Raises ConfigurationError if the folder does not exist.
    """
    prompts, found = _read(folder)
    found += [
        Problem(name, "the name is used for more than one use case.", "Rename one of them.")
        for name in files.shared_names(prompts)
    ]
    found += _lock_problems(folder, prompts)
    found += _together(prompts)
    for prompt in prompts:
        found += _own(prompt)
        found += _number(prompts, prompt)
        found += _evaluation(folder, prompts, prompt)
    return sorted([*found, *_strays(folder, prompts)], key=lambda p: (p.place, p.says))


def _read(folder: Path) -> tuple[list[Prompt], list[Problem]]:
    """The versions that can be read, and why the others cannot."""
    prompts, found = [], []
    for path in files.all_files(folder):
        try:
            prompts.append(files.read(folder, path))
        except RadarError as error:
            found.append(Problem(str(path.relative_to(folder)), error.message, error.remedy))
    return prompts, found


def _lock_problems(folder: Path, prompts: list[Prompt]) -> Iterator[Problem]:
    """Versions that are no drafts and not what the lock says they are."""
    try:
        locked = lock.read(folder)
    except RadarError as error:
        yield Problem(lock.FILE, error.message, error.remedy)
        return
    released = [p for p in prompts if p.status is not Status.DRAFT]
    if locked is None:
        if released:
            yield Problem(lock.FILE, "there is no lock.", "Write it: radar prompts lock.")
        return
    for prompt in released:
        if prompt.place not in locked:
            yield Problem(
                prompt.place,
                f"it is {prompt.status.value} and not in the lock.",
                "Make it a draft and promote it, or take a first version into the lock: radar prompts lock.",
            )
        elif locked[prompt.place] != prompt.sha:
            remedy = _NEW.format(name=prompt.name, version=prompt.version, part=versions.Part.MINOR.value)
            yield Problem(prompt.place, f"it is {prompt.status.value} and was edited.", remedy)
    there = {str(path.relative_to(folder)).removesuffix(files.SUFFIX) for path in files.all_files(folder)}
    for place in sorted(set(locked) - there):
        yield Problem(place, "it is in the lock and its file is gone.", "Restore the file: records name it.")


def _together(prompts: list[Prompt]) -> Iterator[Problem]:
    """More than one active version of a name and variant."""
    active = defaultdict(list)
    for prompt in prompts:
        if prompt.status is Status.ACTIVE:
            active[prompt.use_case, prompt.name, prompt.variant].append(prompt)
    for found in active.values():
        ordered = sorted(found, key=lambda p: files.order(p.version))
        for prompt in ordered[:-1]:
            yield Problem(
                prompt.place,
                f"it is active beside {ordered[-1].key} of the same variant.",
                f"Deprecate it: radar prompts deprecate {prompt.key}.",
            )


def _own(prompt: Prompt) -> Iterator[Problem]:
    """What a version says of itself: schemas that are schemas, and values that fit and render."""
    from jsonschema import Draft202012Validator  # not for a night: only checks need it
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(prompt.output_schema)
        for name, schema in prompt.input_schema.items():
            Draft202012Validator.check_schema(schema)
            if name in prompt.test_data:
                for error in Draft202012Validator(schema).iter_errors(prompt.test_data[name]):
                    place = ".".join(str(part) for part in ("test_data", name, *error.absolute_path))
                    yield Problem(
                        prompt.place, f"{place}: {_said(error)}.", "Correct the value or its schema."
                    )
    except SchemaError as error:
        yield Problem(
            prompt.place, f"a schema is no JSON Schema: {_said(error)}.", "Correct input or output."
        )
    try:
        render(prompt, prompt.test_data)
    except RadarError as error:
        yield Problem(
            prompt.place, error.message, "Give every variable a value under test_data that renders."
        )


def _said(error: Any) -> str:
    return str(error.message)[:200].rstrip(".")


def _number(prompts: list[Prompt], prompt: Prompt) -> Iterator[Problem]:
    """A version whose number rises less than its content changes."""
    before = versions.previous(prompts, prompt)
    needed = versions.required(before, prompt) if before else None
    if before and needed and not versions.enough(versions.raised(before.version, prompt.version), needed):
        yield Problem(
            prompt.place,
            f"against {before.version} it is a {needed.value} change.",
            f"Write it as {versions.bumped(before.version, needed)} or higher.",
        )


def _evaluation(folder: Path, prompts: list[Prompt], prompt: Prompt) -> Iterator[Problem]:
    """Figures that are wrong or of another content, and a later version that is active without any."""
    path = perf.path_of(folder, prompt)
    try:
        known = perf.read(folder, prompt)
    except RadarError as error:
        yield Problem(prompt.place, error.message, error.remedy)
        return
    if known is None and path.exists():
        yield Problem(
            prompt.place,
            f"{path.name} is of another content.",
            f"Evaluate it: radar prompts eval {prompt.key}.",
        )
    elif known is None and prompt.status is Status.ACTIVE and versions.previous(prompts, prompt):
        yield Problem(
            prompt.place,
            "it is active, not the first of its variant, and was never evaluated.",
            f"Make it a draft and promote it: radar prompts promote {prompt.key}.",
        )


def _strays(folder: Path, prompts: list[Prompt]) -> Iterator[Problem]:
    """Files of figures without a version."""
    known = {perf.path_of(folder, prompt) for prompt in prompts}
    for path in sorted(folder.rglob(f"*{perf.SUFFIX}")):
        beside = path.with_name(path.name.removesuffix(perf.SUFFIX) + files.SUFFIX)
        if path not in known and not beside.exists():
            yield Problem(str(path.relative_to(folder)), "there is no such version.", "Delete the file.")
