"""Evaluating prompts and the local judge with what a sweep works with: what is due, and what a report tells.

An evaluation never blocks a sweep: whatever fails here is told, and the last active versions stay in force.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from radar_pipeline.errors import RadarError
from radar_pipeline.evals import cases as casebook
from radar_pipeline.evals import runs
from radar_pipeline.evals.grading import grader_of, scorers_of
from radar_pipeline.evals.simulated.opening import open_simulated
from radar_pipeline.evals.subjects.library import Library
from radar_pipeline.evals.subjects.opening import asker_of
from radar_pipeline.evals.values import Case, Run, Subject
from radar_pipeline.evals.workbench import Workbench, has_key, local_subject, subject_of
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.prompts import files
from radar_pipeline.prompts.status import Status
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluation_lines import prompt_evaluations
from radar_pipeline.tenancy import erase

__all__ = [
    "all_cases",
    "due",
    "prompt_evaluations",
    "with_provider",
    "workbench",
]

EVALUATED = frozenset({Status.ACTIVE, Status.DRAFT})  # nobody asks with a deprecated version any more


def workbench(environment: Environment) -> Workbench:
    """What evaluations work with. Loads no model and asks nobody."""
    local = environment.judge
    return Workbench(
        settings=environment.settings,
        library=Library(environment.settings, environment.embedder),
        local=local if isinstance(local, LocalJudge) else LocalJudge(environment.embedder.identity),
        client=environment.models.client if environment.models else None,
        clock=environment.clock,
    )


@contextmanager
def with_provider(bench: Workbench, subject: Subject) -> Iterator[Workbench]:
    """The bench itself where the subject can be asked for real; else one at which the scripted model
    answers, whose runs are marked as simulated."""
    if has_key(bench, subject):
        yield bench
        return
    with open_simulated(bench) as simulated:
        yield simulated


def all_cases(environment: Environment) -> tuple[Case, ...]:
    """The project's own cases, and those of tenants that somebody has reviewed.

    Raises ConfigurationError for a case of ours that is wrong. A tenant's that is wrong is left out: its own
    commands say so, and the others' evaluation must not wait for its mending.
    """
    found = list(casebook.load(environment.settings.data))
    gone = erase.erased(environment.operations)
    for tenant in environment.tenants:
        if tenant.slug not in gone:
            try:
                found += casebook.load_tenant(environment.settings.home, tenant.slug)
            except RadarError:
                continue
    return tuple(found)


def due(environment: Environment) -> list[Subject]:
    """What can be evaluated for real now and has no complete run of its present content on the present cases
    with the present scorers: active versions first, then drafts, last the local judge.

    Raises ConfigurationError for cases that are wrong; a prompt that is wrong is passed over.
    """
    bench, cases = workbench(environment), all_cases(environment)
    known = {(h.subject.ref, h.model, h.dataset, *_scorers(h)) for h in _live(environment) if h.complete}
    return [subject for subject in _candidates(bench) if _is_due(bench, subject, cases, known)]


def _candidates(bench: Workbench) -> list[Subject]:
    prompts = [p for p in files.readable(bench.settings.prompts) if p.status in EVALUATED]
    prompts.sort(key=lambda prompt: prompt.status is not Status.ACTIVE)
    return [*map(subject_of, prompts), local_subject(bench)]


def _is_due(bench: Workbench, subject: Subject, cases: tuple[Case, ...], known: set[tuple[str, ...]]) -> bool:
    own = [case for case in cases if case.use_case is subject.use_case]
    if not own or not has_key(bench, subject):
        return False
    grader = grader_of(bench, subject.use_case)
    used = {scorer.name: scorer.sha for scorer in scorers_of(subject.use_case, grader)}
    model = asker_of(bench, subject).model
    return (subject.ref, model, casebook.dataset(own), *_flat(used)) not in known


def _live(environment: Environment) -> list[Run]:
    return [head for head in runs.heads(environment.settings.home) if not head.simulated]


def _scorers(run: Run) -> tuple[str, ...]:
    return _flat(run.scorers)


def _flat(used: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}={sha}" for name, sha in sorted(used.items()))
