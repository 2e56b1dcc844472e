"""What language models may cost and did: ``radar usage`` and ``radar models``. A key is never shown."""

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console

from radar_pipeline import ids, tenancy
from radar_pipeline.console import terminal
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.report.budgets import Level, Standing, amount
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations.records import ALL, EVALUATIONS

if TYPE_CHECKING:
    from radar_pipeline.llm.catalog import Deployment

WHOSE = {ALL: "all", EVALUATIONS: "evaluations of prompts"}
STYLE = {Level.WARNING: "yellow", Level.REACHED: "red"}
_COLUMNS = ("whose", "queries\nthis month", "left", "$ today", "left", "$ this\nmonth", "left")


def usage(settings: Settings, slug: str | None) -> Answer:
    """This month and today (UTC), per tenant, of evaluations of prompts and of all together: used, left, and
    which limits press."""
    from radar_pipeline.storage.operations.counters import periods
    from radar_pipeline.sweep import budgets
    from radar_pipeline.sweep.environment import open_environment

    environment = open_environment(settings)
    if slug is not None:
        tenancy.select(environment.tenants, (ids.tenant_slug(slug),))
    slugs = [slug] if slug is not None else [tenant.slug for tenant in environment.tenants]
    found = budgets.standing(environment, slugs)
    month, day = periods(environment.clock())
    spending = environment.operations.spending
    limits: dict[str, dict[tuple[str, str], Standing]] = defaultdict(dict)
    for standing in found:
        limits[standing.scope][standing.unit, standing.period] = standing
    scopes = []
    for scope in (*slugs, *budgets.SHARED):
        in_month, in_day = spending.spent(scope, month), spending.spent(scope, day)
        scopes.append(
            {
                "scope": scope,
                "queries_month": _use(in_month.queries, limits[scope].get(("queries", month))),
                "usd_day": _use(float(in_day.usd), limits[scope].get(("usd", day))),
                "usd_month": _use(float(in_month.usd), limits[scope].get(("usd", month))),
            }
        )
    pressing = [s for s in found if s.level is not Level.HOLDS]
    warnings = [
        {"scope": s.scope, "level": s.level.value, "message": s.says, "remedy": s.remedy} for s in pressing
    ]

    def render(console: Console) -> None:
        rows = [[WHOSE.get(str(row["scope"]), str(row["scope"])), *_cells(row)] for row in scopes]
        console.print(terminal.rows_table(_COLUMNS, rows))
        show_warnings(console, pressing)
        if environment.models is None:
            console.print("There is no models.yaml: no language model is asked, and nothing is spent.")

    return Answer({"month": month, "day": day, "scopes": scopes, "warnings": warnings}, render)


def warnings(settings: Settings) -> list[Standing]:
    """The limits that press now, for commands that tell of other things; none while that can't be seen."""
    from radar_pipeline.sweep import budgets
    from radar_pipeline.sweep.environment import open_environment

    try:
        return [s for s in budgets.standing(open_environment(settings)) if s.level is not Level.HOLDS]
    except RadarError:  # what is wrong with the files is `radar doctor`'s to tell
        return []


def show_warnings(console: Console, pressing: list[Standing]) -> None:
    """One line for each limit."""
    for standing in pressing:
        style = STYLE[standing.level]
        console.print(f"[{style}]{plain(standing.says)}[/] {plain(standing.remedy)}", soft_wrap=True)


def models(settings: Settings) -> Answer:
    """Routes, and each deployment: its model, whether its key is there, its circuit, its prices."""
    from radar_pipeline.llm.catalog import load_catalog
    from radar_pipeline.storage.operations import Operations
    from radar_pipeline.sweep.judges import MODELS

    path = settings.data / MODELS
    if not path.exists():
        raise ConfigurationError(
            f"There is no {path}: no language model is asked.",
            remedy="Restore models.yaml to ask models; without it the local judge assesses.",
        )
    catalog = load_catalog(path)
    circuits = {state.alias: state for state in Operations(settings.operations).breakers.states()}
    deployments = []
    for alias, deployment in catalog.deployments.items():
        circuit = circuits.get(alias)
        deployments.append(
            {
                "alias": alias,
                "model": deployment.name,
                "key": deployment.provider.key,
                "key_is": _key(deployment.provider.key),
                "circuit": circuit.state if circuit else "closed",
                "failures": circuit.failures if circuit else 0,
                "open_until": circuit.open_until if circuit else None,
                **_prices(deployment),
            }
        )
    routes = [
        {"feature": feature, "tier": tier, "aliases": list(aliases)}
        for (feature, tier), aliases in catalog.routes.items()
    ]

    def render(console: Console) -> None:
        named = ("alias", "model", "key", "key_is", "circuit", "usd_input", "usd_output")
        rows = [[deployment[name] for name in named] for deployment in deployments]
        titles = ("alias", "model", "key", "is", "circuit", "$/M in", "$/M out")
        console.print(terminal.rows_table(titles, rows))
        for deployment in deployments:
            if deployment["problem"]:
                said = f"{deployment['alias']}: {deployment['problem']}"
                console.print(f"[yellow]{plain(said)}[/]", soft_wrap=True)
        for route in routes:
            who = " → ".join(route["aliases"])
            console.print(plain(f"{route['feature']} ({route['tier']}): {who}"), soft_wrap=True)

    return Answer({"deployments": deployments, "routes": routes}, render)


def _use(used: float, standing: Standing | None) -> dict[str, Any]:
    """What is used beside its limit; None is without one. ``left`` has calls under way taken off."""
    if standing is None:
        return {"used": used, "limit": None, "left": None, "level": Level.HOLDS.value}
    limit, left = (float(value) for value in (standing.limit, standing.left))
    return {"used": used, "limit": limit, "left": left, "level": standing.level.value}


def _cells(row: dict[str, Any]) -> list[str]:
    cells = []
    for name, unit in (("queries_month", "queries"), ("usd_day", "usd"), ("usd_month", "usd")):
        use = row[name]
        left = "no limit" if use["left"] is None else amount(unit, Decimal(str(use["left"])))
        cells += [amount(unit, Decimal(str(use["used"]))), left]
    return cells


def _key(name: str) -> str:
    """Whether a key is there: set, missing, unreadable, or not needed."""
    from radar_pipeline.llm import keys

    if not name:
        return "not needed"
    try:
        return "set" if keys.resolve(name) else "missing"
    except RadarError:
        return "unreadable"


def _prices(deployment: "Deployment") -> dict[str, Any]:
    """Dollars per million tokens of a short prompt, or why there is no price: such a model is not asked."""
    from radar_pipeline.llm import prices
    from radar_pipeline.llm.call import Usage

    try:
        each = [prices.cost(deployment, usage) * 1000 for usage in (Usage(1000, 0), Usage(0, 1000))]
    except RadarError as error:
        return {"usd_input": None, "usd_output": None, "problem": f"{error.message} {error.remedy}"}
    return {"usd_input": f"{each[0]:.2f}", "usd_output": f"{each[1]:.2f}", "problem": ""}
