"""How commands name a prompt, ``name`` or ``name@version``, and which version that is."""

from collections.abc import Sequence
from pathlib import Path

from radar_pipeline.errors import UnknownNameError
from radar_pipeline.prompts import files
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status


def named(folder: Path, reference: str) -> Prompt:
    """The version a person means: with ``@version`` that one, else the active one of the default variant,
    else the highest. ``#sha`` behind it, as records have it, is passed over.

    Raises ConfigurationError for a folder with a wrong file, UnknownNameError naming what there is.
    """
    prompts = files.available(folder)
    name, _, version = reference.partition("#")[0].partition("@")
    own = [p for p in prompts if p.name == name]
    if not own:
        have = ", ".join(sorted({p.name for p in prompts})) or "none"
        raise UnknownNameError(
            f"There is no prompt {name[:80]!r}.", remedy=f"Name one of these: {have} (radar prompts list)."
        )
    if not version:
        return _usual(own)
    for prompt in own:
        if prompt.version == version:
            return prompt
    raise UnknownNameError(
        f"The prompt {name} has no version {version[:40]!r}.",
        remedy=f"Name one of these: {', '.join(p.version for p in own)}.",
    )


def _usual(own: Sequence[Prompt]) -> Prompt:
    active = [p for p in own if p.status is Status.ACTIVE and not p.variant]
    return (active or own)[-1]
