"""``radar prompts experiments``: what trying two versions beside each other has shown."""

import click

from radar_pipeline.console.commands import JSON, told
from radar_pipeline.settings import load_settings


@click.command()
@JSON
@told
def experiments(as_json: bool) -> None:
    """Each experiment of data/experiments.yaml: its arms, what they came to, and the verdict."""
    from radar_pipeline.console import experimenting

    experimenting.experiments(load_settings()).show(as_json)


COMMANDS: tuple[click.Command, ...] = (experiments,)  # of `radar prompts`
