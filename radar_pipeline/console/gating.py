"""``radar prompts compare``, ``gate``, ``promote``: whether a version may take another's place, and why."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from radar_pipeline.console.answer import Answer
from radar_pipeline.console.evaluating import examiner, publish
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.evals import chosen, commits, ruling, runs
from radar_pipeline.evals.comparison import Comparison
from radar_pipeline.evals.comparison import compare as compared
from radar_pipeline.evals.page import site
from radar_pipeline.evals.page.cases import ORDER
from radar_pipeline.evals.page.comparison import figures
from radar_pipeline.evals.values import LOCAL, Run, Subject
from radar_pipeline.evals.wording import CHANGES
from radar_pipeline.prompts import files, perf
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.settings import Settings
from radar_pipeline.sweep import evaluating, promoting
from radar_pipeline.sweep.environment import open_environment
from radar_pipeline.sweep.promoting import Outcome

LONGEST_NOTE = 300


def compare(settings: Settings, old: str, new: str) -> Answer:
    """Two versions as they were last evaluated by the same kind of provider; asks nobody."""
    bench = evaluating.workbench(open_environment(settings))
    active, candidate = _runs(settings, chosen.evaluated(bench, old), chosen.evaluated(bench, new))
    found, decision = compared(candidate, active), ruling.decide(candidate, active)
    page = site.write_comparison(settings, candidate, active, decision)
    value = {
        "old": active.subject.ref,
        "new": candidate.subject.ref,
        "simulated": found.simulated,
        "figures": {
            name: {**asdict(each.estimate), "needed": each.needed} for name, each in found.differences.items()
        },
        "cases": {
            row.name: {"change": row.change.value, "severity": row.case.severity.value} for row in found.rows
        },
        "passed": decision.passed,
        "says": decision.paragraph,
        "page": str(page),
    }

    def render(console: Console) -> None:
        _show_figures(console, found)
        console.print(_counts(found), soft_wrap=True)
        console.print(f"\n{plain(decision.paragraph)}", soft_wrap=True)
        console.print(f"Page: {page}", soft_wrap=True)

    return Answer(value, render)


def _runs(settings: Settings, old: Subject, new: Subject) -> tuple[Run, Run]:
    """The newest runs of both, live ones if there are two."""
    for simulated in (False, True):
        pair = [runs.latest(settings.home, subject, simulated) for subject in (old, new)]
        if pair[0] is not None and pair[1] is not None:
            return pair[0], pair[1]
    newest = [runs.latest(settings.home, subject) for subject in (old, new)]
    if newest[0] is not None and newest[1] is not None:
        return newest[0], newest[1]  # said to be no pair by whoever compares them
    missing = [s.key for s, run in zip((old, new), newest, strict=True) if run is None]
    raise UnknownNameError(
        f"{' and '.join(missing)} {'was' if len(missing) == 1 else 'were'} not evaluated yet.",
        remedy=f"Evaluate first: radar prompts eval {old.key} {new.key}.",
    )


def gate(
    settings: Settings,
    references: Sequence[str],
    *,
    changed_since: str | None = None,
    accept: bool = False,
    repeats: int = 1,
) -> Answer:
    """What the gate says of each version named, of every draft, or of what changed; unhealthy if one is
    blocked."""
    local = [name for name in references if name.partition("@")[0] == LOCAL]
    if accept and (not local or len(local) < len(references)):
        raise ConfigurationError("Only the local judge has a reference.", remedy="Say: gate local --accept.")
    prompts = _prompts(settings, [n for n in references if n not in local], changed_since, bool(local))
    with examiner(settings, repeats) as made:
        found = [promoting.gate_prompt(made, prompt) for prompt in prompts]
        if local:
            chosen.named(made.bench, local[0])
            found.append(promoting.gate_local(made, accept=accept))
        problems = publish(made) if prompts else []
    value = {"decisions": [_value(outcome) for outcome in found], "problems": problems}

    def render(console: Console) -> None:
        for outcome in found:
            _show_outcome(console, outcome)
        if not found:
            console.print("No version to decide about: there is no draft, or no file of one changed.")
        for problem in problems:
            console.print(f"[red]{plain(problem)}[/]", soft_wrap=True)

    return Answer(value, render, healthy=all(outcome.passed for outcome in found))


def _prompts(
    settings: Settings, names: Sequence[str], changed_since: str | None, others: bool
) -> list[Prompt]:
    """The versions to decide about. ``others``: something else is decided about, too."""
    prompts = files.available(settings.prompts)
    if changed_since is not None:
        return _changed(settings, prompts, changed_since)
    if names:
        return [promoting.draft_named(settings.prompts, name) for name in names]
    return [] if others else [p for p in prompts if p.status is Status.DRAFT]


def _changed(settings: Settings, prompts: Sequence[Prompt], revision: str) -> list[Prompt]:
    """Versions whose files changed; what is deprecated is asked by nobody any more."""
    paths = commits.changed_since(settings.prompts, revision)
    if paths is None:
        raise ConfigurationError(
            f"Git cannot tell what changed in {settings.prompts} since {revision[:80]!r}.",
            remedy="Name a revision that the repository has; a shallow clone may lack it.",
        )
    kept = (p for p in prompts if p.status is not Status.DEPRECATED)
    return [p for p in kept if f"{p.place}{files.SUFFIX}" in paths]


def promote(
    settings: Settings, name: str, *, note: str = "", dry_run: bool = False, repeats: int = 1
) -> Answer:
    """Make a draft active if it has earned it; unhealthy if it is refused."""
    if len(note) > LONGEST_NOTE:
        raise ConfigurationError(
            f"The note has {len(note)} characters.", remedy=f"Say it in at most {LONGEST_NOTE}."
        )
    prompt = promoting.draft_named(settings.prompts, name)
    with examiner(settings, repeats) as made:
        outcome = promoting.promote(made, prompt, note=note, dry_run=dry_run)
        problems = publish(made)
    written = perf.path_of(settings.prompts, prompt) if outcome.promoted else None
    value = {**_value(outcome), "problems": problems}

    def render(console: Console) -> None:
        _show_outcome(console, outcome)
        if written is not None and written.exists():
            console.print(f"Figures: {written}", soft_wrap=True)
        for problem in problems:
            console.print(f"[red]{plain(problem)}[/]", soft_wrap=True)

    return Answer(value, render, healthy=outcome.passed)


# ── What is shown ─────────────────────────────────────────────────────────────────────────────


def _value(outcome: Outcome) -> dict[str, Any]:
    return {
        "version": outcome.subject.key,
        "measured_by": outcome.measured_by,
        "passed": outcome.passed,
        "promoted": outcome.promoted,
        "simulated": outcome.simulated,
        "says": outcome.says,
        "page": str(outcome.page) if outcome.page else None,
    }


def _show_outcome(console: Console, outcome: Outcome) -> None:
    if outcome.decided:
        verdict = "[green]passes[/]" if outcome.passed else "[red]blocked[/]"
        beside = f" beside {plain(outcome.measured_by)}" if outcome.measured_by else ""
        console.print(f"[bold]{plain(outcome.subject.key)}[/]{beside}: {verdict}")
    console.print(plain(outcome.says), soft_wrap=True)
    if outcome.page:
        console.print(f"Page: {outcome.page}", soft_wrap=True)


def _show_figures(console: Console, found: Comparison) -> None:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(
        ("figure", found.active.version, found.candidate.version, "difference", "to decide")
    ):
        table.add_column(plain(name), overflow="fold", no_wrap=number == 0)
    for view in figures(found):
        cells = (view.name, view.before, view.now, view.difference, view.needed)
        table.add_row(*(plain(cell).replace(" (", "\n(") for cell in cells))
    console.print(table)


def _counts(found: Comparison) -> str:
    told = [f"{len(found.changed_to(change))} {CHANGES[change]}" for change in ORDER]
    simulated = " [yellow]Simulated.[/]" if found.simulated else ""
    return f"{len(found.rows)} cases: {', '.join(told)}.{simulated}"
