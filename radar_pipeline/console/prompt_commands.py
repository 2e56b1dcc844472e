"""``radar prompts …``: the versioned prompt files."""

import sys
from pathlib import Path

import click

from radar_pipeline.console.commands import JSON, told
from radar_pipeline.settings import load_settings


@click.group(name="prompts")
def prompts_group() -> None:
    """The prompts that models are asked with, version by version (prompts/README.md)."""


@prompts_group.command(name="list")
@JSON
@told
def list_prompts(as_json: bool) -> None:
    """Every version: its variant, status, and what an evaluation found."""
    from radar_pipeline.console import prompting

    prompting.list_prompts(load_settings()).show(as_json)


@prompts_group.command()
@click.argument("prompt")
@JSON
@told
def show(prompt: str, as_json: bool) -> None:
    """All of one version; PROMPT is a name, name@version, or as records have it."""
    from radar_pipeline.console import prompting

    prompting.show(load_settings(), prompt).show(as_json)


@prompts_group.command()
@click.argument("old")
@click.argument("new")
@JSON
@told
def diff(old: str, new: str, as_json: bool) -> None:
    """What changed from OLD to NEW: settings, schemas, messages, and which number has to rise."""
    from radar_pipeline.console import prompting

    prompting.compare(load_settings(), old, new).show(as_json)


@prompts_group.command()
@click.argument("prompt")
@click.option(
    "--part",
    type=click.Choice(["major", "minor", "patch"]),
    default="minor",
    show_default=True,
    help="major: variables or the answer's schema; minor: instructions; patch: typography.",
)
@click.option("--variant", help="Write it for this variant, such as auditor; a new name begins one.")
@told
def new(prompt: str, part: str, variant: str | None) -> None:
    """Write a draft copied from PROMPT (a name, or name@version), with the next free number."""
    from radar_pipeline.console import prompting

    click.echo(prompting.new(load_settings(), prompt, part, variant))


@prompts_group.command()
@click.argument("prompt")
@click.option(
    "--values",
    type=click.Path(path_type=Path),
    help="A YAML or JSON file with a value for each variable; else the file's own test data.",
)
@JSON
@told
def render(prompt: str, values: Path | None, as_json: bool) -> None:
    """The messages as they are sent, each with its role and whether it is documents' text."""
    from radar_pipeline.console import prompting

    prompting.render(load_settings(), prompt, values).show(as_json)


@prompts_group.command()
@JSON
@told
def check(as_json: bool) -> None:
    """Check every file, the lock, the numbers and the code's side; exit code 2 if something is wrong."""
    from radar_pipeline.console import prompting

    answer = prompting.check(load_settings())
    answer.show(as_json)
    sys.exit(0 if answer.healthy else 2)


@prompts_group.command()
@told
def lock() -> None:
    """Take first versions that are active into prompts/lock; no line that is there changes."""
    from radar_pipeline.console import prompting

    click.echo(prompting.take_into_lock(load_settings()))


@prompts_group.command()
@click.argument("prompt")
@told
def deprecate(prompt: str) -> None:
    """Take a version out of use, where another is active."""
    from radar_pipeline.console import prompting

    click.echo(prompting.deprecate(load_settings(), prompt))


COMMANDS: tuple[click.Command, ...] = (prompts_group,)
