"""What a person names as the subjects of an evaluation, and which version each is measured by."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.evals import runs
from radar_pipeline.evals.values import LOCAL, Subject
from radar_pipeline.evals.workbench import Workbench, local_subject, subject_of
from radar_pipeline.prompts import files, naming, versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase

_LOCAL = re.compile(rf"{LOCAL}(@(?P<version>[^#]+))?(#.*)?\Z")


def chosen(
    bench: Workbench,
    references: Collection[str] = (),
    *,
    use_case: UseCase | None = None,
    every: bool = False,
) -> list[Subject]:
    """The subjects named, each once; without a name the active versions and the local judge, with ``every``
    all versions. ``use_case``: only its.

    Raises ConfigurationError for a prompt file that is wrong, UnknownNameError for a name that nothing has.
    """
    if references:
        found = list(dict.fromkeys(named(bench, reference) for reference in references))
    else:
        prompts = files.available(bench.settings.prompts)
        kept = [p for p in prompts if every or p.status is Status.ACTIVE]
        found = [*map(subject_of, kept), local_subject(bench)]
    return [subject for subject in found if use_case in (None, subject.use_case)]


def named(bench: Workbench, reference: str) -> Subject:
    """The subject of ``name``, ``name@version`` or ``local``. Raises as ``chosen``."""
    if local := _LOCAL.match(reference):
        subject = local_subject(bench)
        if local["version"] in (None, subject.version):
            return subject
        raise UnknownNameError(
            f"The local judge is {subject.key}: there is no {reference[:80]!r} any more to be asked.",
            remedy=f"Name {subject.key}; what older rules answered can be compared with it.",
        )
    return subject_of(naming.named(bench.settings.prompts, reference))


def evaluated(bench: Workbench, reference: str) -> Subject:
    """As ``named``; of the local judge also older rules that were evaluated once."""
    if local := _LOCAL.match(reference):
        heads = reversed(runs.heads(bench.settings.home))
        old = [h.subject for h in heads if h.subject.name == LOCAL and h.subject.version == local["version"]]
        if old and local["version"] != local_subject(bench).version:
            return old[0]
    return named(bench, reference)


def measured_by(prompts: Iterable[Prompt], folder: Path, prompt: Prompt) -> Prompt | None:
    """The version that one has to hold its own against: for a draft the active one of its name and variant,
    for another the one that was in force before; None for a first version."""
    if prompt.status is not Status.DRAFT:
        return versions.previous(prompts, prompt)
    try:
        return versions.active(folder, prompt.use_case, prompt.name, prompt.variant)
    except (ConfigurationError, UnknownNameError):
        return None


def is_first(prompts: Iterable[Prompt], prompt: Prompt) -> bool:
    """Whether no version of the name and variant was ever in force, or only this one."""
    place = (prompt.use_case, prompt.name, prompt.variant)
    return not any(
        (p.use_case, p.name, p.variant) == place and p.status is not Status.DRAFT
        for p in prompts
        if p.version != prompt.version
    )
