"""The commands about prompt files: list, show, diff, new, render, check, lock, deprecate."""

from pathlib import Path
from typing import Any

from pydantic import JsonValue, RootModel
from rich.console import Console

from radar_pipeline.console import terminal
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm.call import BOUNDARY, Message
from radar_pipeline.prompts import checking, diff, drafting, editing, files, naming, perf
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.render import render as rendered
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.versions import Part
from radar_pipeline.settings import Settings
from radar_pipeline.yaml_files import read_yaml

_COLUMNS = ("prompt", "variant", "status", "asked for", "evaluation")
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


class _Values(RootModel[dict[str, JsonValue]]):
    """What a person gives a prompt's variables."""


def list_prompts(settings: Settings) -> Answer:
    """Every version of every prompt: variant, status, and what an evaluation with a real model found."""
    prompts = files.available(settings.prompts)
    rows = [_facts(settings.prompts, prompt) for prompt in prompts]

    def render(console: Console) -> None:
        cells = [
            (r["prompt"], r["variant"] or "default", r["status"], r["use_case"], r["evaluation"])
            for r in rows
        ]
        console.print(terminal.rows_table(_COLUMNS, cells))

    return Answer(rows, render)


def show(settings: Settings, reference: str) -> Answer:
    """One version, all of it."""
    prompt = naming.named(settings.prompts, reference)
    value = {
        **_facts(settings.prompts, prompt),
        "description": prompt.description,
        "framework": prompt.framework,
        "owner": prompt.owner,
        "model": prompt.model,
        "config": {"max_output_tokens": prompt.max_output_tokens, "parameters": dict(prompt.parameters)},
        "input": dict(prompt.input_schema),
        "output": dict(prompt.output_schema),
        "messages": [{"role": p.role.value, "data": p.data, "text": p.template} for p in prompt.parts],
        "repair": prompt.repair,
        "changelog": list(prompt.changelog),
        "performance": perf.read(settings.prompts, prompt),
        "file": str(files.path_of(settings.prompts, prompt)),
    }

    def render(console: Console) -> None:
        _show_head(console, value)
        for part in prompt.parts:
            _show_message(console, part.role.value, part.template, data=part.data)
        if prompt.repair:
            console.print(f"\n[bold]repair[/]\n{plain(prompt.repair)}", soft_wrap=True)

    return Answer(value, render)


def compare(settings: Settings, old: str, new: str) -> Answer:
    """What changed from one version to another, and the number that has to rise for it."""
    found = diff.between(naming.named(settings.prompts, old), naming.named(settings.prompts, new))
    value = {
        "old": found.old.ref,
        "new": found.new.ref,
        "required": found.required.value if found.required else None,
        "settings": list(found.settings),
        "schema": list(found.schema),
        "messages": list(found.messages),
    }

    def render(console: Console) -> None:
        for line in (*found.settings, *found.schema):
            console.print(plain(line), soft_wrap=True)
        for line in found.messages:
            console.print(plain(line), style=_COLOURS.get(line[:1], ""), soft_wrap=True)
        says = f"a {found.required.value} change" if found.required else "no change"
        console.print(f"[bold]{plain(found.old.key)} → {plain(found.new.key)}:[/] {says}")

    return Answer(value, render)


def new(settings: Settings, reference: str, part: str, variant: str | None) -> str:
    """Write a draft copied from a version, and tell where it lies."""
    origin = naming.named(settings.prompts, reference)
    if variant and "@" not in reference:
        own = [p for p in files.available(settings.prompts) if (p.name, p.variant) == (origin.name, variant)]
        origin = next((p for p in own if p.status is Status.ACTIVE), own[-1] if own else origin)
    path = drafting.new(settings.prompts, origin, Part(part), variant)
    made = path.name.removesuffix(files.SUFFIX)
    return (
        f"{path} is a draft copied from {origin.key}. Edit it, say in its changelog what it changes, and see "
        f"`radar prompts diff {origin.key} {origin.name}@{made}`."
    )


def render(settings: Settings, reference: str, values: Path | None) -> Answer:
    """The messages of a version, filled in with its test data or a file's values."""
    prompt = naming.named(settings.prompts, reference)
    messages = rendered(prompt, _given(values) if values else prompt.test_data)
    value = [{"role": m.role.value, "data": m.data, "text": _visible(m)} for m in messages]

    def show_them(console: Console) -> None:
        for message in messages:
            _show_message(console, message.role.value, _visible(message), data=message.data)

    return Answer(value, show_them)


def check(settings: Settings) -> Answer:
    """Everything that must hold of the folder of prompts; unhealthy if something does not."""
    from radar_pipeline.evals import contracts

    found = checking.problems(settings.prompts)
    if not any(problem.place.endswith(files.SUFFIX) for problem in found):  # all can be read
        found += [p for prompt in files.available(settings.prompts) for p in contracts.problems(prompt)]
    count = len(files.all_files(settings.prompts))
    value = [{"place": p.place, "says": p.says, "remedy": p.remedy} for p in found]

    def show_them(console: Console) -> None:
        for problem in found:
            console.print(f"[red]{plain(problem.place)}[/]: {plain(problem.says)}", soft_wrap=True)
            console.print(f"  → {plain(problem.remedy)}", soft_wrap=True)
        if not found:
            console.print(f"{count} versions of prompts, nothing to mend.")

    return Answer(value, show_them, healthy=not found)


def deprecate(settings: Settings, reference: str) -> str:
    """Take a version out of use."""
    prompt = editing.deprecate(settings.prompts, naming.named(settings.prompts, reference))
    return f"{prompt.key} is deprecated; what was made with it stays as it is."


def take_into_lock(settings: Settings) -> str:
    """Add first versions to the lock."""
    added = editing.take_into_lock(settings.prompts)
    return (
        "\n".join(f"{prompt.place} is in the lock now." for prompt in added)
        or "Nothing is missing in the lock."
    )


def _facts(folder: Path, prompt: Prompt) -> dict[str, Any]:
    return {
        "prompt": prompt.key,
        "ref": prompt.ref,
        "use_case": prompt.use_case.value,
        "variant": prompt.variant,
        "status": prompt.status.value,
        "evaluation": perf.told(perf.read(folder, prompt)),
    }


def _given(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ConfigurationError(f"{path} is not a file.", remedy="Give a YAML or JSON file of values.")
    return read_yaml(path, _Values).root


def _visible(message: Message) -> str:
    """The text with a word for the mark that each request replaces by a random one."""
    return message.text.replace(BOUNDARY, "BOUNDARY")


def _show_head(console: Console, value: dict[str, Any]) -> None:
    console.print(
        f"[bold]{plain(value['ref'])}[/]  {plain(value['use_case'])}, {value['status']}", soft_wrap=True
    )
    console.print(plain(value["description"]), soft_wrap=True)
    for name in ("variant", "framework", "owner", "model", "evaluation", "file"):
        console.print(f"[dim]{name:<11}[/] {plain(str(value[name] or 'default'))}", soft_wrap=True)
    console.print(f"[dim]{'answer':<11}[/] at most {value['config']['max_output_tokens']} tokens")
    for name, schema in value["input"].items():
        data = ", documents' text" if schema.get("data") else ""
        console.print(
            f"[dim]{'variable':<11}[/] {name}{data}: {plain(schema['description'])}", soft_wrap=True
        )
    for line in value["changelog"]:
        console.print(f"[dim]{'change':<11}[/] {plain(line)}", soft_wrap=True)


def _show_message(console: Console, role: str, text: str, *, data: bool) -> None:
    console.print(f"\n[bold]{role}[/]{' [yellow](data)[/]' if data else ''}")
    console.print(plain(text), soft_wrap=True)
