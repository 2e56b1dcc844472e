"""What evaluations are made of, as one digest, and who there is to evaluate.

That is every version of a prompt and the local judge, the cases and the scorers. ``stamp`` is cheap and may
change without need; ``digest`` changes only with the content.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.evals import cases as casebook
from radar_pipeline.evals import scorers
from radar_pipeline.evals.cases import FOLDER
from radar_pipeline.evals.values import LOCAL, Case, Subject
from radar_pipeline.evals.workbench import has_key, local_subject, subject_of
from radar_pipeline.prompts import files, versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.storage.files import stamp as file_stamp
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluating import EVALUATED, workbench


@dataclass(frozen=True, slots=True)
class Roster:
    """Who can be evaluated: ``subjects`` in the order in which money is spent on them. Nobody asks with, or
    compares anything to, those in ``retired`` (by key), so no money is spent on them unasked."""

    subjects: tuple[Subject, ...]
    retired: frozenset[str]

    @property
    def keys(self) -> tuple[str, ...]:
        """``name@version`` of each."""
        return tuple(subject.key for subject in self.subjects)

    @property
    def wanted(self) -> frozenset[str]:
        """Keys of those that are not retired."""
        return frozenset(self.keys) - self.retired


def roster(environment: Environment) -> Roster:
    """Active versions first, then drafts, the local judge, and the deprecated.

    A version whose file is broken is left out: its check says so, and the others must not wait for its
    mending. Raises ConfigurationError where there is no folder of prompts.
    """
    prompts = files.readable(environment.settings.prompts)
    ranks = [Status.ACTIVE.value, Status.DRAFT.value, LOCAL, Status.DEPRECATED.value]
    found = [*map(subject_of, prompts), local_subject(workbench(environment))]
    found.sort(key=lambda s: ranks.index(LOCAL if s.name == LOCAL else s.status))
    return Roster(tuple(found), _retired(prompts))


def _retired(prompts: Sequence[Prompt]) -> frozenset[str]:
    before = [versions.previous(prompts, p) for p in prompts if p.status is Status.ACTIVE]
    compared = {prompt.key for prompt in before if prompt is not None}
    return frozenset(p.key for p in prompts if p.status not in EVALUATED and p.key not in compared)


def is_askable(environment: Environment, subjects: Iterable[Subject]) -> bool:
    """Whether a key is there to ask a prompt among them with."""
    bench = workbench(environment)
    return any(has_key(bench, subject) for subject in subjects if subject.name != LOCAL)


def digest(subjects: Iterable[Subject], cases: Iterable[Case]) -> str:
    """16 digits over what every version says and how it stands, the cases and the scorers."""
    told = sorted(f"{s.use_case.value} {s.ref} {s.sha} {s.status}" for s in subjects)
    used = sorted(f"{name}={scorer.sha}" for name, scorer in scorers.ALL.items())
    return ids.digest(*told, casebook.dataset(cases), *used, length=16)


# ── Files ─────────────────────────────────────────────────────────────────────────────────────


def stamp(environment: Environment) -> str:
    """16 digits over names, sizes and dates of the files of prompts and cases, scorers and the local judge.

    Reads no file. Raises ConfigurationError where there is no folder of prompts.
    """
    used = sorted(f"{name}={scorer.sha}" for name, scorer in scorers.ALL.items())
    of_files = file_stamp(paths(environment))
    return ids.digest(of_files, *used, local_subject(workbench(environment)).sha, length=16)


def paths(environment: Environment) -> list[Path]:
    """The files of prompts and cases, and the folders they lie in: a removed file shows only there."""
    settings = environment.settings
    files.all_files(settings.prompts)  # raises
    tenants = (environment.tenant_home(tenant.slug) for tenant in environment.tenants)
    folders = (settings.prompts, settings.data / FOLDER, *(home / FOLDER for home in tenants))
    return sorted(path for folder in folders for path in _below(folder))


def _below(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield folder
        yield from folder.rglob("*")
