"""What an evaluation works with, as plain objects, and what its subjects are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from radar_pipeline import ids
from radar_pipeline.errors import UnknownNameError
from radar_pipeline.evals.subjects.library import Library
from radar_pipeline.evals.values import LOCAL, Subject
from radar_pipeline.judge.local import RULES, LocalJudge
from radar_pipeline.llm.call import Feature
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.prompts import files
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import Settings

TIER = "full"  # of the plans: the models that evaluations ask


@dataclass(frozen=True, slots=True)
class Workbench:
    """The seam for tests: every part can be handed in. ``client`` None: no models.yaml, so no prompt can be
    asked. ``simulated``: a fake provider answers. ``library`` is shared by all evaluations of a bench, so
    that a document is read once."""

    settings: Settings
    library: Library
    local: LocalJudge
    client: ModelClient | None = None
    tier: str = TIER
    simulated: bool = False
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


def subject_of(prompt: Prompt) -> Subject:
    """A version of a prompt as what is evaluated."""
    return Subject(
        use_case=prompt.use_case,
        name=prompt.name,
        version=prompt.version,
        sha=prompt.sha,
        variant=prompt.variant,
        status=prompt.status.value,
    )


def local_subject(bench: Workbench) -> Subject:
    """The local judge, whose version is that of its rules and whose sha is that of all that makes it."""
    made = bench.local.identity
    sha = ids.digest(made.judge, made.model, made.calibration, length=64)
    return Subject(UseCase.JUDGE, LOCAL, RULES.replace("@", "-"), sha, status="active")


def prompt_of(bench: Workbench, subject: Subject) -> Prompt:
    """The prompt that a subject is. Raises UnknownNameError if there is none of that content any more."""
    prompt = files.load(bench.settings.prompts, subject.use_case, subject.name, subject.version)
    if prompt.sha != subject.sha:
        raise UnknownNameError(
            f"The prompt {subject.ref} is not there any more: its file says something else now.",
            remedy="Evaluate the version as it is now.",
        )
    return prompt


def has_key(bench: Workbench, subject: Subject) -> bool:
    """Whether somebody could answer the subject's calls; the local judge needs nobody.

    Raises as ``prompt_of``.
    """
    if subject.name == LOCAL:
        return True
    route = Feature(prompt_of(bench, subject).model)
    return bench.client is not None and bool(bench.client.catalog.available(route, bench.tier))
