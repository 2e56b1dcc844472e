"""``radar feedback``: what people say of assessments, what becomes of it, and how well confidence fits it."""

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.console.published import published_tables
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals.reliability import FEWEST, Reliability, reliability
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.sweep import feedback, feedback_cases
from radar_pipeline.sweep.feedback import Told
from radar_pipeline.sweep.feedback_cases import Line, Wanted
from radar_pipeline.tenancy import feedback as notes

ALL = "all judges"


def say(settings: Settings, slug: str, ref: str, opinion: str, **words: str | None) -> str:
    """Note one opinion; ``words``: verdict, why, name and framework, each None if it was left out."""
    given = {key: words.get(key) or "" for key in ("verdict", "why", "name", "framework")}
    tables = published_tables(settings, slug)
    said = notes.said(ref, opinion, **given | {"name": given["name"] or _user()})
    home = settings.tenant_home(slug)
    [noted] = feedback.give(Operations(settings.operations), home, tables, slug, [said])
    if not noted.suggested_verdict:
        return f"Noted of {noted.requirement_id}, {noted.verdict}: {said.name} says {noted.opinion}."
    return (
        f"Noted of {noted.requirement_id}, {noted.verdict}: {said.name} says {noted.opinion}, "
        f"{noted.suggested_verdict}.\n"
        f"To make an evaluation case of it: radar feedback case {slug} {ref!r}"
    )


def load(settings: Settings, slug: str, path: str, name: str | None) -> str:
    """Note the opinions of a CSV file, all or none; ``name``: who speaks where it does not say."""
    tables = published_tables(settings, slug)
    said = feedback.from_table(tables, slug, Path(path), name or _user())
    feedback.give(Operations(settings.operations), settings.tenant_home(slug), tables, slug, said)
    return f"Noted: {len(said)} opinion{'' if len(said) == 1 else 's'} of {slug}."


def listing(settings: Settings, slug: str) -> Answer:
    """What was said of a tenant's assessments, newest first."""
    published_tables(settings, slug)  # says so if there is none
    found = feedback.told(Operations(settings.operations), settings.tenant_home(slug), slug)

    def render(console: Console) -> None:
        if not found:
            console.print(
                f"Nobody has said anything of {slug}: radar feedback {slug} REF agree|disagree|unsure"
            )
        show(console, found, whose=True)

    return Answer(values(found), render)


def values(found: Sequence[Told]) -> list[dict[str, Any]]:
    """Opinions as JSON values, each with its words."""
    return [asdict(one.opinion) | {"name": one.name, "why": one.why, "counts": one.counts} for one in found]


def show(console: Console, found: Sequence[Told], *, whose: bool = False) -> None:
    """Two lines an opinion, that it was taken back included; ``whose``: name the requirement, too."""
    for one in found:
        o = one.opinion
        about = f"{o.requirement_id} · " if whose else ""
        should = f" → {o.suggested_verdict}" if o.suggested_verdict else ""
        said = f"{about}{o.verdict} ({o.confidence:.2f}): {o.opinion}{should}"
        old = "" if one.counts else " (said something newer since)"
        console.print(
            f"  {o.at:%Y-%m-%d %H:%M}  {plain(said)} · {plain(one.name or o.who[:8])}{old}", soft_wrap=True
        )
        if one.why:
            console.print(f"    [dim]“{plain(' '.join(one.why.split()))}”[/]", soft_wrap=True)


# ── Calibration ───────────────────────────────────────────────────────────────────────────────


def calibration(settings: Settings) -> Answer:
    """How often people agree, by stated confidence: of all judges, and of each if there are several."""
    rows = feedback.calibration(Operations(settings.operations))
    judges = sorted({row.judge for row in rows})
    found = {ALL: reliability(rows)} | {
        judge: reliability([row for row in rows if row.judge == judge]) for judge in judges if len(judges) > 1
    }

    def render(console: Console) -> None:
        for name, one in found.items():
            _show_reliability(console, name, one)
        console.print(
            "[dim]Assessments that people spoke of, each once, by what most of them say. They were not drawn "
            "at random, so this is no estimate for all.[/]",
            soft_wrap=True,
        )

    return Answer({name: asdict(one) for name, one in found.items()}, render)


def _show_reliability(console: Console, name: str, found: Reliability) -> None:
    error = (
        f"not enough data: {FEWEST - found.n} more are needed"
        if found.error is None
        else f"expected calibration error {found.error:.3f}"
    )
    console.print(f"[bold]{plain(name)}[/]: n = {found.n}, agreed {found.agreed}; {error}")
    if not found.bands:
        return
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("confidence", "n", "mean", "agreed", "95% interval"):
        table.add_column(column, justify="right")
    for band in found.bands:
        table.add_row(
            f"{band.above:.1f} to {band.up_to:.1f}",
            str(band.n),
            f"{band.confidence:.2f}",
            f"{band.agreed:.2f}",
            f"{band.low:.2f} to {band.high:.2f}",
        )
    console.print(table)


# ── Cases ─────────────────────────────────────────────────────────────────────────────────────


def make_case(settings: Settings, slug: str, wanted: Wanted) -> str:
    """Write a case; returns where it is and what is left to do."""
    tables = published_tables(settings, slug)
    line = feedback_cases.make(settings, Operations(settings.operations), tables, slug, wanted)
    path = feedback_cases.path_of(settings.tenant_home(slug))
    told = f"{line['case_id']}: expected {line['expected']['verdict']}, in {path}"
    if line["reviewed"]:
        return f"{told}\nIt is reviewed, and asked from now on."
    return f"{told}\nRead it there. To accept it: radar feedback cases {slug} --review {line['case_id']}"


def list_cases(settings: Settings, slug: str) -> Answer:
    """A tenant's cases, reviewed or not."""
    published_tables(settings, slug)
    lines = feedback_cases.listed(settings.tenant_home(slug))

    def render(console: Console) -> None:
        if not lines:
            console.print(f"{slug} has no case of its own: radar feedback case {slug} REF")
        for line in lines:
            console.print(f"  {_state(line)}  {plain(line['case_id'])}: {_expected(line)}", soft_wrap=True)
            console.print(f"    [dim]{plain(' '.join(str(line.get('why', '')).split()))}[/]", soft_wrap=True)

    return Answer(lines, render)


def review(settings: Settings, slug: str, case_id: str) -> str:
    """Accept a case."""
    published_tables(settings, slug)
    line = feedback_cases.accept(settings, slug, case_id)
    return f"{line['case_id']} is reviewed, and asked from now on."


def _state(line: Line) -> str:
    return "[green]reviewed[/]" if line.get("reviewed") is True else "[yellow]to review[/]"


def _expected(line: Line) -> str:
    """A line may be written by hand, so nothing about it is sure."""
    try:
        asked = line["inputs"].get("requirement") or line["inputs"]
        return plain(f"{asked['ref']} is {line['expected']['verdict']}, {line['severity']}")
    except (AttributeError, KeyError, TypeError):
        return "not of the form that data/eval_cases/README.md tells"


def _user() -> str:
    """Who is logged in."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        raise ConfigurationError("Nobody is known to speak.", remedy="Say who, with --as NAME.") from None
