"""Which experiment with the judge's prompt runs today, and whether it can.

An arm may be an active version whose content is in the lock, or a draft: being named in ``experiments.yaml``
is a person's word for that. A version that was deprecated, edited after it was locked, or that the code
cannot ask with, is no arm. Nothing of this blocks a sweep: it is told, and the active version judges alone.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.evals.experiments import FILE, ArmName, Experiment, load, running
from radar_pipeline.prompts import files, lock, versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import Settings
from radar_pipeline.sweep.drawn import Trial
from radar_pipeline.sweep.judges import PROMPT

LOG = logging.getLogger(__name__)
_NO_ARM = "Name another version in data/experiments.yaml, or give the experiment an end."


def current(settings: Settings) -> Trial | None:
    """The experiment that runs today, None if there is none or it cannot run, which is logged."""
    try:
        found = running(load(settings.data), UseCase.JUDGE, PROMPT, today(settings))
        return Trial(found, arms(settings, found)) if found else None
    except RadarError as error:
        LOG.warning("No experiment runs, and the active prompt judges alone: %s", error)
        return None


def today(settings: Settings) -> date:
    """The date now in the configured time zone."""
    return datetime.now(ZoneInfo(settings.timezone)).date()


def check(settings: Settings) -> None:
    """Raises ConfigurationError or UnknownNameError for the first thing that keeps an experiment, now or
    later, from running; one that has ended is nobody's concern."""
    for experiment in load(settings.data):
        if not has_ended(experiment, today(settings)):
            arms(settings, experiment)


def has_ended(experiment: Experiment, day: date) -> bool:
    """Whether nothing is drawn any more."""
    return experiment.ended is not None and experiment.ended <= day


def arms(settings: Settings, experiment: Experiment) -> Mapping[ArmName, Prompt]:
    """The prompts of an experiment's arms.

    Raises ConfigurationError or UnknownNameError if it is about a prompt that cannot be tried, or an arm is
    not there or no arm.
    """
    if (experiment.use_case, experiment.prompt) != (UseCase.JUDGE, PROMPT):
        raise ConfigurationError(
            f"{FILE}: {experiment.id}: {experiment.use_case.value}/{experiment.prompt} cannot be tried.",
            remedy=f"Only versions of {UseCase.JUDGE.value}/{PROMPT} are asked beside each other.",
        )
    return {arm: _arm(settings, experiment, experiment.arms[arm].version) for arm in get_args(ArmName)}


def _arm(settings: Settings, experiment: Experiment, version: str) -> Prompt:
    from radar_pipeline.evals import contracts  # only while there is an experiment

    folder = settings.prompts
    prompt = files.load(folder, experiment.use_case, experiment.prompt, version)
    why = ""
    if prompt.status is Status.DEPRECATED:
        why = "it is deprecated"
    elif prompt.status is Status.ACTIVE and not _is_locked(settings, prompt):
        why = f"it was edited after it became active: prompts/{lock.FILE} has another content"
    elif disagreements := contracts.problems(prompt):
        why = disagreements[0].says.rstrip(".")
    if why:
        raise ConfigurationError(
            f"{FILE}: {experiment.id}: {prompt.key} cannot be an arm: {why}.", remedy=_NO_ARM
        )
    return prompt


def _is_locked(settings: Settings, prompt: Prompt) -> bool:
    """Whether a version that is active says what it said when it became so."""
    locked = lock.read(settings.prompts)
    if locked is None:
        return prompt == versions.active(settings.prompts, prompt.use_case, prompt.name, prompt.variant)
    return locked.get(prompt.place) == prompt.sha
