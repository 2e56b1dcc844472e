"""The commands about language models: questions and their ratings, usage, routes, batches."""

import click

from radar_pipeline.console.commands import JSON, told
from radar_pipeline.settings import load_settings


@click.command()
@click.argument("tenant")
@click.argument("question", required=False)
@JSON
@told
def ask(tenant: str, question: str | None, as_json: bool) -> None:
    """Answer QUESTION about a tenant from its documents and assessments, each sentence with its source.

    Without a QUESTION: the standing questions of tenants.yaml with their latest answers.
    """
    from radar_pipeline.console import asking

    if question is None:
        asking.standing(load_settings(), tenant).show(as_json)
    else:
        asking.ask(load_settings(), tenant, question, as_json=as_json)


@click.command()
@click.argument("tenant")
@click.argument("answer_id")
@click.argument("rating", type=click.Choice(["up", "down"]))
@told
def rate(tenant: str, answer_id: str, rating: str) -> None:
    """Say whether an answer of `radar ask` was of use; the newest rating of an answer counts."""
    from radar_pipeline.console import asking

    click.echo(asking.rate(load_settings(), tenant, answer_id, up=rating == "up"))


@click.command()
@click.option("--tenant", help="Only this tenant.")
@JSON
@told
def usage(tenant: str | None, as_json: bool) -> None:
    """What models were asked and cost this month and today, what is left, and which limits press."""
    from radar_pipeline.console import spending

    spending.usage(load_settings(), tenant).show(as_json)


@click.command()
@JSON
@told
def models(as_json: bool) -> None:
    """The language models of models.yaml: routes, which keys are there, circuits, prices."""
    from radar_pipeline.console import spending

    spending.models(load_settings()).show(as_json)


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
@told
def batches(context: click.Context, as_json: bool) -> None:
    """Batches that are open at the models' providers: their age, counts and deadline."""
    from radar_pipeline.console import batching

    if context.invoked_subcommand is None:
        batching.batches(load_settings()).show(as_json)


@batches.command()
@click.argument("key")
@told
def abandon(key: str) -> None:
    """Give a batch up: it is stopped at its provider, and the next sweep asks live."""
    from radar_pipeline.console import batching

    click.echo(batching.abandon(load_settings(), key))


COMMANDS: tuple[click.Command, ...] = (ask, rate, usage, models, batches)
