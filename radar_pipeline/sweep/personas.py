"""Which version of a prompt is asked with for a tenant: its persona's, where the prompt has one in force.

A persona is a point of view (an auditor, a risk analyst) that a prompt may have a variant for. A prompt
without one is asked with in its default words.
"""

from pathlib import Path

from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.models import Tenant
from radar_pipeline.prompts import versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.use_cases import UseCase

JUDGING, ANSWERING = (UseCase.JUDGE, "coverage"), (UseCase.ASK, "answer")  # what tenants are asked for with


def prompt_for(folder: Path, use_case: UseCase, name: str, tenant: Tenant) -> Prompt:
    """The version in force of the tenant's persona; of the default variant, where there is none of that.

    Raises UnknownNameError where there is no such prompt, ConfigurationError where no version can be used.
    """
    if tenant.persona:
        try:
            return versions.active(folder, use_case, name, tenant.persona)
        except ConfigurationError:
            pass  # no version of that persona is in force
    return versions.active(folder, use_case, name)


def check(folder: Path, tenant: Tenant) -> None:
    """Raises ConfigurationError for a persona that no prompt has a version in force for."""
    if tenant.persona and not any(_has(folder, *asked, tenant) for asked in (JUDGING, ANSWERING)):
        names = " and ".join(name for _, name in (JUDGING, ANSWERING))
        raise ConfigurationError(
            f"No prompt has a version in force for the persona {tenant.persona}, so it changes nothing.",
            remedy=f"Name a variant of {names} (radar prompts list), or take persona out of tenants.yaml.",
        )


def _has(folder: Path, use_case: UseCase, name: str, tenant: Tenant) -> bool:
    try:
        return prompt_for(folder, use_case, name, tenant).variant == tenant.persona
    except RadarError:
        return False  # `radar prompts check` says why
