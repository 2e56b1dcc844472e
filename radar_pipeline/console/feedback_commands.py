"""The commands of what people say: opinions, the cases they become, and how confidence fits them."""

from typing import Any

import click

from radar_pipeline.console.commands import JSON, told
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.settings import load_settings

OPINIONS = ("agree", "disagree", "unsure")
VERDICTS = ("covered", "partial", "contradicted", "not_addressed")


class TenantFirst(click.Group):
    """A group whose first word may be a tenant; a tenant called like a command is reached by ``say``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """``say`` is meant where neither a command nor an option comes first."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["say", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=TenantFirst,
    invoke_without_command=True,
    subcommand_metavar="TENANT [REF OPINION] | COMMAND",
)
@click.option("--calibration", is_flag=True, help="How well confidence fits what people say of verdicts.")
@JSON
@click.pass_context
@told
def feedback(context: click.Context, calibration: bool, as_json: bool) -> None:
    """What people say of assessments: noted with TENANT REF agree|disagree|unsure, listed with TENANT alone.

    `radar feedback say --help` tells the options.
    """
    from radar_pipeline.console import feeding

    if calibration:
        feeding.calibration(load_settings()).show(as_json)
        context.exit()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@feedback.command()
@click.argument("tenant")
@click.argument("ref", required=False)
@click.argument("opinion", required=False, type=click.Choice(OPINIONS))
@click.option("--verdict", type=click.Choice(VERDICTS), help="What it should be, if you do not agree.")
@click.option("--why", help="Your reason; it is kept in the tenant's folder.")
@click.option("--as", "name", help="Who says it; else who is logged in.")
@click.option("--framework", help="Needed only if two frameworks use the same ref.")
@click.option("--csv", "table", metavar="FILE", help="Columns ref, opinion, verdict, why, as, framework.")
@JSON
@told
def say(tenant: str, as_json: bool, **typed: Any) -> None:
    """Say what you think of the published assessment of REF; without REF, list what was said.

    With --csv: everything that the file says, or nothing of it.
    """
    from radar_pipeline.console import feeding

    ref, opinion, table = (typed.pop(key) for key in ("ref", "opinion", "table"))
    settings = load_settings()
    _check(ref, opinion, table, typed)
    if table is not None:
        click.echo(feeding.load(settings, tenant, table, typed["name"]))
    elif ref is not None:
        click.echo(feeding.say(settings, tenant, ref, opinion, **typed))
    else:
        feeding.listing(settings, tenant).show(as_json)


def _check(ref: str | None, opinion: str | None, table: str | None, typed: dict[str, Any]) -> None:
    """Nothing that was typed may be left out silently."""
    if ref is not None and opinion is None:
        raise ConfigurationError(
            f"It is not said what you think of {ref[:80]!r}.", remedy=f"Add one of {', '.join(OPINIONS)}."
        )
    if table is not None and (ref or any(value for key, value in typed.items() if key != "name")):
        raise ConfigurationError(
            "A file says everything itself.", remedy="Give it alone, or with --as for lines without a name."
        )
    if ref is None and table is None and any(typed.values()):
        raise ConfigurationError(
            "It is not said what this is about.", remedy="Name the REF and what you think of it."
        )


@click.command()
@click.argument("tenant")
@click.argument("ref")
@click.option("--framework", default="", help="Needed only if two frameworks use the same ref.")
@click.option("--as", "name", default="", help="Whose word gives the verdict, where people differ.")
@click.option("--reviewed", is_flag=True, help="It needs no second look.")
@click.option("--keep-quotes", is_flag=True, help="The right verdict rests on the published quotes, too.")
@click.option("--severity", type=click.Choice(["critical", "major", "minor"]), default="major")
@told
def case(tenant: str, severity: str, **typed: Any) -> None:
    """Make an evaluation case of an assessment that somebody corrected or confirmed.

    It lies in the tenant's folder and is asked once it is reviewed.
    """
    from radar_pipeline.console import feeding
    from radar_pipeline.evals.values import Severity
    from radar_pipeline.sweep.feedback_cases import Wanted

    click.echo(feeding.make_case(load_settings(), tenant, Wanted(**typed, severity=Severity(severity))))


@click.command()
@click.argument("tenant")
@click.option("--review", metavar="CASE_ID", help="Accept this case: it is asked from now on.")
@JSON
@told
def cases(tenant: str, review: str | None, as_json: bool) -> None:
    """The evaluation cases made of a tenant's assessments, reviewed or not."""
    from radar_pipeline.console import feeding

    if review is not None:
        click.echo(feeding.review(load_settings(), tenant, review))
    else:
        feeding.list_cases(load_settings(), tenant).show(as_json)


CASE_COMMANDS: tuple[click.Command, ...] = (case, cases)  # of `radar prompts`, too
for _command in CASE_COMMANDS:
    feedback.add_command(_command)
COMMANDS: tuple[click.Command, ...] = (feedback,)
