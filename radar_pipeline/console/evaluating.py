"""``radar prompts eval`` and ``calibrate``: evaluations in a terminal, as tables, and as a page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from radar_pipeline.console import evaluation_table
from radar_pipeline.console.answer import Answer
from radar_pipeline.console.plain import plain
from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.evals import calibration, chosen, importing, reference, ruling, runs
from radar_pipeline.evals import cases as casebook
from radar_pipeline.evals.page import site
from radar_pipeline.evals.scoreboard import Line, line_of
from radar_pipeline.evals.values import LOCAL, Case, Run, Subject
from radar_pipeline.evals.workbench import prompt_of, subject_of
from radar_pipeline.prompts import files
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import Settings
from radar_pipeline.sweep import portfolio
from radar_pipeline.sweep.environment import open_environment
from radar_pipeline.sweep.examining import Examiner


@contextmanager
def examiner(settings: Settings, repeats: int = 1) -> Iterator[Examiner]:
    """Who evaluates, with a bar for each subject on a terminal; what was left unasked is told on stderr."""
    console = Console(stderr=True, highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:

        def bar(subject: Subject) -> Any:
            task = progress.add_task(plain(subject.key), total=None)
            return lambda done, total: progress.update(task, completed=done, total=total)

        def note(said: str) -> None:
            console.print(plain(said), soft_wrap=True)

        with Examiner(open_environment(settings), repeats=repeats, progress=bar, note=note) as made:
            yield made


def evaluate(
    settings: Settings,
    references: Sequence[str],
    *,
    repeats: int = 1,
    use_case: UseCase | None = None,
    labelled: Path | None = None,
    every: bool = False,
) -> Answer:
    """Evaluate what is named and show each version in a line; unhealthy if one could not be evaluated.

    Runs on the project's cases are kept and published; those on a labelled set are shown and forgotten.
    """
    with examiner(settings, repeats) as made:
        cases = importing.import_labelled(labelled) if labelled is not None else made.cases
        subjects = _subjects(made, references, use_case, every, cases)
        evaluated, problems = _evaluated(made, subjects, cases, keep=labelled is None)
        lines = [_line(settings, run, evaluated, labelled is None) for run in evaluated]
        page = None
        if labelled is None and evaluated:
            page = site.write_overview(settings, lines, made.environment.clock())
            problems += publish(made)
    value = {
        "versions": [line_value(line) for line in lines],
        "problems": problems,
        "page": str(page) if page else None,
    }

    def render(console: Console) -> None:
        evaluation_table.show(console, lines)
        for problem in problems:
            console.print(f"[red]{plain(problem)}[/]", soft_wrap=True)
        if page:
            console.print(f"Page: {page}", soft_wrap=True)

    return Answer(value, render, healthy=not problems)


def _subjects(
    made: Examiner,
    references: Sequence[str],
    use_case: UseCase | None,
    every: bool,
    cases: Sequence[Case],
) -> list[Subject]:
    """What is evaluated: what was named, or else all of which there are cases."""
    found = chosen.chosen(made.bench, references, use_case=use_case, every=every)
    asked = {case.use_case for case in cases}
    if not references:
        found = [subject for subject in found if subject.use_case in asked]
    if not found:
        raise ConfigurationError(
            "There is nothing to evaluate: no version, or no case of its use case.",
            remedy="Name a version (radar prompts list), or add cases to data/eval_cases.",
        )
    return found


def _evaluated(
    made: Examiner, subjects: Sequence[Subject], cases: Sequence[Case], *, keep: bool
) -> tuple[list[Run], list[str]]:
    """The runs, and why the others failed. Raises the failure if there is but one subject."""
    found, problems = [], []
    for subject in subjects:
        try:
            found.append(made.run(subject, cases, keep=keep))
        except RadarError as error:
            if len(subjects) == 1:
                raise
            problems.append(f"{subject.key} was not evaluated: {error}")
    return found, problems


def _line(settings: Settings, run: Run, others: Sequence[Run], known: bool) -> Line:
    """``known``: on cases of the project, so that other runs and the reference may be beside it."""
    active = _beside(settings, run, others) if known else None
    if active is not None and run.subject.name == LOCAL:
        ours, theirs = reference.alike(run, active)
        return line_of(run, ruling.decide(ours, theirs), "its reference")
    if active is None and run.simulated:
        return line_of(run, None)  # a scripted model's own failures say nothing of the prompt
    decision = ruling.decide(run, active)
    if active is not None:
        site.write_comparison(settings, run, active, decision)
    return line_of(run, decision, active.subject.key if active is not None else "")


def _beside(settings: Settings, run: Run, others: Sequence[Run]) -> Run | None:
    """The run that the gate measures one by, on the same cases; of the local judge its reference."""
    if run.subject.name == LOCAL:
        try:
            return reference.read(settings.data, [result.case for result in run.results])
        except RadarError:
            return None
    prompts = files.available(settings.prompts)
    prompt = files.load(settings.prompts, run.subject.use_case, run.subject.name, run.subject.version)
    other = chosen.measured_by(prompts, settings.prompts, prompt)
    if other is None:
        return None
    subject = subject_of(other)
    fresh = [r for r in others if r.subject == subject and r.simulated == run.simulated]
    found = fresh[0] if fresh else runs.latest(settings.home, subject, run.simulated)
    return found if found is not None and found.dataset == run.dataset else None


def publish(made: Examiner) -> list[str]:
    """Bring the tables up to the runs; what keeps it from that, if anything."""
    try:
        portfolio.publish_evaluations(made.environment)
    except RadarError as error:
        return [f"The evaluations are kept, but the tables could not be published: {error}"]
    return []


def line_value(line: Line) -> dict[str, Any]:
    """A line for machines."""
    figures = ("accuracy", "cost_weighted", "recall", "citations", "p50", "p95", "cost")
    return {
        "version": line.subject.key,
        "ref": line.subject.ref,
        "variant": line.subject.variant,
        "status": line.subject.status,
        "use_case": line.subject.use_case.value,
        "asked": line.asked,
        "simulated": line.simulated,
        "cases": line.cases,
        **{name: asdict(getattr(line, name)) for name in figures},
        "critical": line.critical,
        "critical_failed": [asdict(failure) for failure in line.failures],
        "unasked": line.unasked,
        "gate": line.gate,
        "measured_by": line.measured_by,
    }


def calibrate(settings: Settings, name: str) -> Answer:
    """Whether the evaluator's grades count, by experts' labels."""
    with examiner(settings) as made:
        subject = chosen.named(made.bench, name)
        if subject.use_case is not UseCase.EVALUATE:
            raise ConfigurationError(
                f"{subject.key} judges no answers: it is for {subject.use_case.value}.",
                remedy="Name a prompt of the use case evaluate, such as grade.",
            )
        prompt_of(made.bench, subject)
        run = made.run(subject, casebook.load(settings.data, UseCase.EVALUATE))
    found = calibration.of_run(run)
    value = {"version": subject.key, "simulated": run.simulated, **asdict(found)}

    def render(console: Console) -> None:
        evaluation_table.show_calibration(console, run, found)

    return Answer(value, render)
