"""Our own library form, as another installation or a colleague hands it over."""

import re

from radar_pipeline.frameworks.library import Library
from radar_pipeline.frameworks.publication import Publication, Source
from radar_pipeline.yaml_files import read_yaml

_SURE = re.compile(r"(?m)^[\"']?urn[\"']?:\s*[\"']?urn:radar:|^renames\s*:")
_NODES = re.compile(r"(?m)^\s+(?:- )?assessable:\s*true\b")
_OURS = re.compile(r"(?m)^\s+(?:- )?(?:elements|citation|expected_document|terms|domain):")


def recognises(source: Source) -> bool:
    """Whether the YAML file says that it is ours, or most requirements bear keys that only our form has.

    One such word is not enough: a line of a publisher's prose may begin with it.
    """
    if re.search(r"(?m)^objects\s*:", source.text) is None:
        return False
    ours, nodes = len(_OURS.findall(source.text)), len(_NODES.findall(source.text))
    return _SURE.search(source.text) is not None or (nodes > 0 and 2 * ours >= nodes)


def read(source: Source) -> Publication:
    """The library as it stands. Raises ConfigurationError with line and key."""
    library = read_yaml(source.path, Library)
    said = {key: value for key, value in (("name", source.name), ("version", source.version)) if value}
    return Publication(library.model_copy(update=said), verbatim=source.text)
