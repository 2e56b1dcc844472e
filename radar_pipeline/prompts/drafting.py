"""A new draft of a prompt, copied from one of its versions, with a number that nobody has."""

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.prompts import editing, files
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.versions import Part, bumped
from radar_pipeline.storage.files import write_text


def new(folder: Path, origin: Prompt, part: Part, variant: str | None = None) -> Path:
    """Write a draft copied from ``origin``, with that number raised until no version of the name has it.

    ``variant``: another one to begin; None keeps the origin's. Comments and layout stay; the changelog
    gets a line without words, to be filled in. Raises ConfigurationError for a variant's name that is none.
    """
    taken = files.versions_of(folder, origin.use_case, origin.name)
    version = bumped(origin.version, part)
    while version in taken:
        version = bumped(version, part)
    place = f"{origin.use_case.value}/{origin.name}/{version}"
    text = _copied(files.path_of(folder, origin).read_text("utf-8"), version, variant)
    editing.checked(place, text)
    path = folder / f"{place}{files.SUFFIX}"
    if path.exists():
        raise ConfigurationError(f"{place} exists already.", remedy="Run the command again.")
    write_text(path, text)
    return path


def _copied(text: str, version: str, variant: str | None) -> str:
    yaml = YAML()  # round trip: comments, quotes and order stay
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    data: Any = yaml.load(text)
    data["version"], data["status"] = version, Status.DRAFT.value
    if variant is not None:
        data.pop("variant", None)
        if variant:
            data.insert(1, "variant", variant)
    data["changelog"].append({"version": version, "change": ""})
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
