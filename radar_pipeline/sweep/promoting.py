"""The way of a draft into force: what is wrong with its file, its evaluation, the gate, and then the files.

The same decision without the last step is what CI asks for drafts, and for the local judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.evals import cases as casebook
from radar_pipeline.evals import chosen, contracts, reference, ruling
from radar_pipeline.evals.alone import alone
from radar_pipeline.evals.gate import Decision
from radar_pipeline.evals.page import site
from radar_pipeline.evals.performance import performance
from radar_pipeline.evals.values import Run, Subject
from radar_pipeline.evals.workbench import local_subject, subject_of
from radar_pipeline.prompts import checking, editing, files, lock, naming
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.examining import Examiner

REFERENCE = "reference"
# Two at once would each be measured by what the other takes out of force, and lose a line of the lock.
LOCK = "promote.lock"
HELD = "Another version is being promoted."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided of a version. ``says`` tells all of it to a person, in one paragraph; ``page``: where
    it is shown case by case; ``promoted``: its files say now that it is active; ``decided``: False where
    there was nothing to decide."""

    subject: Subject
    passed: bool
    says: str
    simulated: bool = False
    measured_by: str = ""
    page: Path | None = None
    promoted: bool = False
    decided: bool = True


def gate_prompt(examiner: Examiner, prompt: Prompt) -> Outcome:
    """What the gate says of a version beside the one it has to hold its own against.

    A first version that is in force already has nothing to earn; nor can a scripted model tell anything of
    one that nothing is compared with. Raises as evaluations do.
    """
    settings = examiner.environment.settings
    prompts, subject = files.available(settings.prompts), subject_of(prompt)
    other = chosen.measured_by(prompts, settings.prompts, prompt)
    if other is None and (prompt.status is not Status.DRAFT or not examiner.is_live(subject)):
        why = (
            "is the first of its variant, and in force without an evaluation"
            if prompt.status is not Status.DRAFT
            else "has no active version beside it, and no key is set to ask a real model with"
        )
        return Outcome(subject, True, f"{prompt.key} {why}: there is nothing to decide.", decided=False)
    run, active = examiner.pair(subject, subject_of(other) if other is not None else None)
    return _outcome(examiner, run, active, ruling.decide(run, active))


def gate_local(examiner: Examiner, *, accept: bool = False) -> Outcome:
    """What the gate says of the local judge beside its reference; ``accept``: its answers become that.

    Only the project's own cases count, and of those the ones that both answered. Raises ConfigurationError
    where there is no reference.
    """
    settings = examiner.environment.settings
    cases = casebook.load(settings.data, UseCase.JUDGE)
    run = examiner.run(local_subject(examiner.bench), cases, keep=False)
    if accept:
        path = reference.write(settings.data, run)
        says = f"The answers of {run.subject.key} to {len(run.results)} cases are the reference now: {path}."
        return Outcome(run.subject, True, says, decided=False)
    ours, theirs = reference.alike(run, reference.read(settings.data, cases))
    decision = ruling.decide(ours, theirs)
    page = site.write_comparison(settings, ours, theirs, decision, (f"{REFERENCE} {theirs.subject.key}", ""))
    new = len(run.results) - len(ours.results)
    told = [f"Beside the reference of {theirs.evaluated_at:%Y-%m-%d}: {decision.paragraph}"]
    told += [f"{new} cases are not in the reference yet, or changed since."] if new else []
    told += [] if decision.passed else [f"If that is meant, accept it: {reference.ACCEPT}."]
    key = f"{REFERENCE} of {theirs.evaluated_at:%Y-%m-%d}"
    return Outcome(run.subject, decision.passed, " ".join(told), measured_by=key, page=page)


def promote(examiner: Examiner, prompt: Prompt, *, note: str = "", dry_run: bool = False) -> Outcome:
    """Make a draft the active version of its name and variant, if it has earned it.

    Its file and the lock come first, then a live evaluation of it and of the version in force, then the gate.
    ``note``: why more cost or time is worth it; it is kept with the figures. ``dry_run``: all but the last.
    A first version needs no evaluation, but if there is a key it gets one, and has to hold.

    Raises ConfigurationError for a file, a number or a lock that is wrong, LeaseHeldError while another
    version is promoted.
    """
    with alone(examiner.environment.settings.home, LOCK, HELD):
        return _promote(examiner, prompt, note, dry_run)


def _promote(examiner: Examiner, prompt: Prompt, note: str, dry_run: bool) -> Outcome:
    settings = examiner.environment.settings
    prompts, subject = files.available(settings.prompts), subject_of(prompt)
    check(settings.prompts, prompt)
    other = chosen.measured_by(prompts, settings.prompts, prompt)
    if not examiner.is_live(subject):
        if not chosen.is_first(prompts, prompt):
            return _nobody(subject, prompt)
        says = (
            f"{prompt.key} is the first of its variant: it needs no evaluation, and is shown as having none."
        )
        return _done(examiner, Outcome(subject, True, says), prompt, None, dry_run)
    run, active = examiner.pair(subject, subject_of(other) if other is not None else None)
    if run.simulated or (active is not None and active.simulated):
        return _nobody(subject, prompt)
    outcome = _outcome(examiner, run, active, ruling.decide(run, active, note=note))
    if not outcome.passed:
        return outcome
    return _done(examiner, outcome, prompt, _figures(examiner.environment, run, note), dry_run)


def draft_named(folder: Path, name: str) -> Prompt:
    """The version that a person means to promote: ``name@version``, or the only draft of a name.

    Raises UnknownNameError where a name has no draft or several, and as ``naming.named``.
    """
    found = naming.named(folder, name)
    if "@" in name:
        return found
    drafts = [p for p in files.available(folder) if p.name == found.name and p.status is Status.DRAFT]
    if len(drafts) == 1:
        return drafts[0]
    if drafts:
        raise UnknownNameError(
            f"{found.name} has {len(drafts)} drafts.", remedy=f"Name one: {', '.join(p.key for p in drafts)}."
        )
    raise UnknownNameError(
        f"{found.name} has no draft.", remedy=f"Write one: radar prompts new {found.name}; or name a version."
    )


def check(folder: Path, prompt: Prompt) -> None:
    """Raises ConfigurationError for the first thing that keeps a version from becoming active, whatever it
    answers: it is no draft, its number, its file, those beside it, or the lock."""
    if prompt.status is not Status.DRAFT:
        raise ConfigurationError(
            f"{prompt.key} is {prompt.status.value}, and only a draft can be promoted.",
            remedy=f"Write a new version: radar prompts new {prompt.key}.",
        )
    place = f"{prompt.use_case.value}/{prompt.name}/"
    found = [
        problem
        for problem in checking.problems(folder)
        if problem.place in (prompt.name, lock.FILE) or problem.place.startswith(place)
    ]
    if found := [*found, *contracts.problems(prompt)]:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ConfigurationError(
            f"{prompt.key} cannot be promoted{more}: {found[0].place}: {found[0].says}",
            remedy=f"{found[0].remedy} `radar prompts check` tells all of it.",
        )
    text = files.path_of(folder, prompt).read_text("utf-8")
    editing.checked(prompt.place, editing.replaced(text, "status", Status.ACTIVE.value))
    active = chosen.measured_by(files.available(folder), folder, prompt)
    if active is not None and files.order(active.version) > files.order(prompt.version):
        raise ConfigurationError(
            f"{prompt.key} has a lower number than {active.version}, which is active.",
            remedy=f"Write it as a new version: radar prompts new {prompt.key}.",
        )


def _outcome(examiner: Examiner, run: Run, active: Run | None, decision: Decision) -> Outcome:
    settings = examiner.environment.settings
    page = site.write_comparison(settings, run, active, decision) if active is not None else None
    return Outcome(
        subject=run.subject,
        passed=decision.passed,
        says=decision.paragraph,
        simulated=run.simulated,
        measured_by=active.subject.key if active is not None else "",
        page=page,
    )


def _nobody(subject: Subject, prompt: Prompt) -> Outcome:
    says = (
        f"{prompt.key} is not promoted: only the fake provider could answer, because no key is set for the "
        f"route {prompt.model}, and simulated figures earn nothing. What to do: set a key of models.yaml and "
        f"promote it again; `radar prompts gate {prompt.key}` shows what the scripted model makes of it."
    )
    return Outcome(subject, False, says, simulated=True)


def _figures(environment: Environment, run: Run, note: str) -> Mapping[str, Any]:
    opinions = environment.operations.feedback.opinions()
    said = [o.opinion for o in opinions if o.prompt_ref == run.subject.ref]
    agreed = said.count("agree")
    body = performance(run, (agreed, agreed + said.count("disagree")))
    return {**body, **({"note": " ".join(note.split())} if note.strip() else {})}


def _done(
    examiner: Examiner, outcome: Outcome, prompt: Prompt, body: Mapping[str, Any] | None, dry_run: bool
) -> Outcome:
    if dry_run:
        return replace(outcome, says=f"{outcome.says} Nothing was changed: this was a dry run.")
    editing.activate(examiner.environment.settings.prompts, prompt, body)
    return replace(outcome, says=f"{outcome.says} It is active now.", promoted=True)
