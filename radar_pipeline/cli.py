"""``radar``: thin commands, each calls one room. Heavy imports happen inside the commands.

Exit codes: 0 done; 1 unexpected; 2 wrong name, option or file; 3 another sweep holds the tenant;
4 a document source cannot be read; 5 a store cannot be read or written; 6 some tenant or evaluation
failed; 7 the gate blocks a prompt or the local judge; 130 interrupted.
"""

import sys
from datetime import date, datetime
from typing import Any

import click

from radar_pipeline.console import (
    evaluation_commands,
    experiment_commands,
    feedback_commands,
    model_commands,
    prompt_commands,
)
from radar_pipeline.console.commands import JSON, told
from radar_pipeline.errors import ConfigurationError


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=__doc__)
@click.version_option(package_name="radar-pipeline")
def main() -> None:
    """Blindspot Radar: where documents fall short of the rules that bind them."""


for _command in (*model_commands.COMMANDS, *feedback_commands.COMMANDS, *prompt_commands.COMMANDS):
    main.add_command(_command)
for _command in (
    *evaluation_commands.COMMANDS,
    *experiment_commands.COMMANDS,
    *feedback_commands.CASE_COMMANDS,
):
    prompt_commands.prompts_group.add_command(_command)


@main.command()
@click.option("--tenant", "tenants", multiple=True, help="Only this tenant; may be repeated.")
@click.option("--framework", "frameworks", multiple=True, help="Only this framework; may be repeated.")
@click.option("--as-of", metavar="DATE", help="Judge clocks by this date (YYYY-MM-DD), not by today.")
@click.option(
    "--dagster/--no-dagster", default=True, help="Record the sweep as a run in the Dagster instance."
)
@click.option("--debug", is_flag=True, help="Let unexpected errors through with their traceback.")
@JSON
@told
def sweep(
    tenants: tuple[str, ...],
    frameworks: tuple[str, ...],
    as_of: str | None,
    dagster: bool,
    debug: bool,
    as_json: bool,
) -> None:
    """Read what is new, assess what it touches, publish the reports."""
    from radar_pipeline.console import sweeping

    day = _date(as_of) if as_of else None
    sys.exit(sweeping.run(tenants, frameworks, day, dagster=dagster, debug=debug, as_json=as_json))


@main.command()
@click.option("--limit", default=5, show_default=True, help="How many sweeps to list.")
@JSON
@told
def status(limit: int, as_json: bool) -> None:
    """The last sweeps, what is published of each tenant, and who is working now."""
    from radar_pipeline.console import inspecting

    inspecting.status(_settings(), limit).show(as_json)


@main.command()
@click.argument("tenant")
@click.argument("ref")
@click.option("--framework", help="Needed only if two frameworks use the same ref.")
@JSON
@told
def explain(tenant: str, ref: str, framework: str | None, as_json: bool) -> None:
    """The decision record of one verdict: quotes, elements, candidates, or the search made."""
    from radar_pipeline.console import inspecting

    inspecting.explain(_settings(), tenant, ref, framework).show(as_json)


@main.command()
@click.argument("tenant")
@JSON
@told
def report(tenant: str, as_json: bool) -> None:
    """The published report of a tenant: scores, gravest blindspots, where its page and tables lie."""
    from radar_pipeline.console import inspecting

    inspecting.report(_settings(), tenant).show(as_json)


@main.command()
@click.argument("sql")
@click.option("--tenant", help="Ask this tenant's report tables (with quotes) instead of the portfolio.")
@JSON
@told
def query(sql: str, tenant: str | None, as_json: bool) -> None:
    """Run SQL, read-only, on the published tables (docs/tables.md)."""
    from radar_pipeline.console import inspecting

    inspecting.query(_settings(), sql, tenant).show(as_json)


@main.command()
@JSON
@told
def doctor(as_json: bool) -> None:
    """Check files, stores, model and every published quote; each problem names its remedy."""
    from radar_pipeline.console import inspecting

    answer = inspecting.doctor(_settings())
    answer.show(as_json)
    sys.exit(0 if answer.healthy else 5)


@main.command()
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@told
def ui(arguments: tuple[str, ...]) -> None:
    """Start the Dagster UI and its daemon; further ARGUMENTS go to `dagster dev`."""
    from radar_pipeline.console import starting

    starting.ui(_settings(), arguments)


@main.group()
def tenants() -> None:
    """The organisations in tenants.yaml."""


@tenants.command()
@JSON
@told
def check(as_json: bool) -> None:
    """Check tenants.yaml, its frameworks, and that every document source can be listed."""
    from radar_pipeline.console import inspecting

    answer = inspecting.check_tenants(_settings())
    answer.show(as_json)
    sys.exit(0 if answer.healthy else 4)


@tenants.command()
@click.argument("slug")
@click.option(
    "--documents",
    required=True,
    help="The folder that holds its documents, or s3://bucket/prefix.",
)
@click.option("--frameworks", required=True, help="What binds it, such as gdpr,soc2 (radar frameworks list).")
@click.option("--name", default="", help="What people call it.")
@click.option("--industry", default="", help="One word, for grouping.")
@click.option("--jurisdictions", default="", help="Where its duties come from, such as EU,IE.")
@click.option("--plan", default="", help="Its quota, one of plans.yaml.")
@click.option("--persona", default="", help="Whose variant of the prompts judges it, such as auditor.")
@click.option("--sweep/--no-sweep", "then_sweep", default=True, help="Sweep it at once.")
@told
def add(slug: str, documents: str, frameworks: str, then_sweep: bool, **about: str) -> None:
    """Add a tenant to tenants.yaml, from the place of its documents, and sweep it."""
    from radar_pipeline.console import joining, sweeping
    from radar_pipeline.tenancy.places import place_named
    from radar_pipeline.tenancy.register import NewTenant

    places = _listed(about.pop("jurisdictions"))
    new = NewTenant(slug, place_named(documents), _listed(frameworks), jurisdictions=places, **about)
    joining.join(_settings(), new)
    if then_sweep:
        sys.exit(sweeping.run((slug,), (), None, dagster=True, debug=False, as_json=False))


@tenants.command()
@click.argument("tenant")
@click.option("--yes", is_flag=True, help="Don't ask.")
@told
def erase(tenant: str, yes: bool) -> None:
    """Forget a tenant: every byte the radar stored of it. Its source folder is its owner's to delete."""
    from radar_pipeline.console import erasing

    if not yes:
        click.confirm(f"Erase all that the radar stores of tenant {tenant!r}?", abort=True)
    click.echo(erasing.erase(_settings(), tenant))


@tenants.command()
@click.argument("tenant")
@told
def readmit(tenant: str) -> None:
    """Let an erased tenant be swept again."""
    from radar_pipeline.console import erasing

    click.echo(erasing.readmit(_settings(), tenant))


@main.group(name="documents")
def documents_group() -> None:
    """What tenants bring: what could not be read, and what seems to be gone."""


@documents_group.command(name="list")
@click.argument("tenant")
@JSON
@told
def list_documents(tenant: str, as_json: bool) -> None:
    """Every document of a tenant: where it stands, its version, owner, dates and language."""
    from radar_pipeline.console import shelving

    shelving.list_documents(_settings(), tenant).show(as_json)


@documents_group.command()
@click.argument("tenants", nargs=-1)
@JSON
@told
def quarantined(tenants: tuple[str, ...], as_json: bool) -> None:
    """What could not be read, of these TENANTS or of all: why, since when, and what mends it."""
    from radar_pipeline.console import shelving

    shelving.quarantined(_settings(), tenants).show(as_json)


@documents_group.command()
@click.argument("tenant")
@click.argument("paths", nargs=-1)
@told
def retry(tenant: str, paths: tuple[str, ...]) -> None:
    """Let the next sweep read again what could not be read: these PATHS, or everything."""
    from radar_pipeline.console import shelving

    click.echo(shelving.retry(_settings(), tenant, paths))


@documents_group.command(name="confirm-removals")
@click.argument("tenant")
@click.option("--yes", is_flag=True, help="Don't ask.")
@told
def confirm_removals(tenant: str, yes: bool) -> None:
    """Let documents go that are held in the report because their files disappeared from the source."""
    from radar_pipeline.console import removing

    asked = None if yes else lambda question: click.confirm(question, abort=True)
    click.echo(removing.confirm(_settings(), tenant, asked))


@main.group(name="frameworks")
def catalogs() -> None:
    """The catalogs of requirements (docs/frameworks.md)."""


@catalogs.command(name="list")
@JSON
@told
def list_frameworks(as_json: bool) -> None:
    """Every framework: version, requirements, publisher, and the tenants it binds."""
    from radar_pipeline.console import cataloguing

    answer = cataloguing.list_frameworks(_settings())
    answer.show(as_json)
    sys.exit(0 if answer.healthy else 2)


@catalogs.command(name="show")
@click.argument("framework")
@click.argument("ref", required=False)
@JSON
@told
def show_framework(framework: str, ref: str | None, as_json: bool) -> None:
    """A framework as a tree, or one requirement with its elements and what maps to it."""
    from radar_pipeline.console import catalog_page

    catalog_page.show(_settings(), framework, ref).show(as_json)


@catalogs.command(name="diff")
@click.argument("old")
@click.argument("new")
@JSON
@told
def diff_frameworks(old: str, new: str, as_json: bool) -> None:
    """What NEW adds, removes, renames and changes; each an id, an id@version, or a file."""
    from radar_pipeline.console import cataloguing

    cataloguing.diff(_settings(), old, new).show(as_json)


@catalogs.command(name="import")
@click.argument("file")
@click.option("--id", "framework_id", default="", help="Id of the framework; else its publisher's ref.")
@click.option("--name", default="", help="Name of the framework, where the file has none (CSV).")
@click.option("--version", default="", help="Version of the framework, where the file has none (CSV).")
@JSON
@told
def import_framework(file: str, framework_id: str, name: str, version: str, as_json: bool) -> None:
    """Take over a publisher's catalog or mapping: OSCAL JSON, CISO Assistant YAML, CSV, or our own form."""
    from radar_pipeline.console import cataloguing

    cataloguing.import_catalog(_settings(), file, framework_id, name, version).show(as_json)


@catalogs.command(name="decompose")
@click.argument("framework")
@click.argument("refs", nargs=-1)
@click.option("--write", "target", default="", help="Write a copy of the catalog that has them to this file.")
@JSON
@told
def decompose_framework(framework: str, refs: tuple[str, ...], target: str, as_json: bool) -> None:
    """Let a model propose elements: for these REFS, or for all that have only those of the rules."""
    from radar_pipeline.console import decomposing

    decomposing.decompose(_settings(), framework, refs, target).show(as_json)


def _settings() -> Any:
    from radar_pipeline.settings import load_settings

    return load_settings()


def _listed(text: str) -> tuple[str, ...]:
    """Words parted by commas, each once, in order."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise ConfigurationError(f"{text!r} is not a date.", remedy="Write it as YYYY-MM-DD.") from None


if __name__ == "__main__":
    main()
