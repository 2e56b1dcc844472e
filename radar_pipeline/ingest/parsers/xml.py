"""XML of office files: no entities, no network, no huge trees; names without their namespaces."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.models import UnreadableReason


def tree(source: bytes) -> Any:
    """The root element. Raises ParseProblem ``malformed``; nesting beyond 256 levels is malformed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseProblem(UnreadableReason.MALFORMED) from error


def local(element: Any) -> str:
    """An element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """An attribute by its local name, empty if it is not there."""
    found = element.get(name)
    if found is not None:
        return str(found)
    return next((str(v) for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")


def each(root: Any, name: str) -> Iterator[Any]:
    """All elements under ``root`` with a local name, in document order."""
    return (element for element in root.iter(f"{{*}}{name}"))


def child(element: Any, *path: str) -> Any:
    """The first child, grandchild … by local names; None if there is none."""
    for name in path:
        element = next((c for c in element if local(c) == name), None) if element is not None else None
    return element
