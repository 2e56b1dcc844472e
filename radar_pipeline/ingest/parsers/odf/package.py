"""An OpenDocument file: its content and its styles, once it is known to be one of the kind asked for."""

import zipfile
from dataclasses import dataclass
from typing import Any

from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.odf.styles import Styles
from radar_pipeline.ingest.parsers.office import opened
from radar_pipeline.ingest.parsers.properties import properties
from radar_pipeline.ingest.parsers.xml import child, each, tree
from radar_pipeline.models import UnreadableReason

LARGEST_PART = 150 * 1024 * 1024  # bytes of XML; its tree takes about ten times as many


@dataclass(frozen=True, slots=True)
class Package:
    """``body``: the element of the kind asked for. ``running``: headers and footers."""

    body: Any
    styles: Styles
    running: list[Any]
    properties: dict[str, str]


def read(data: bytes, kind: str) -> Package:
    """Read a file whose body is of a kind (``text``, ``spreadsheet``).

    Raises ParseProblem: those of ``office.opened``; ``mismatch`` for another office file;
    ``malformed``; ``too_large``.
    """
    with opened(data) as archive:
        content = _part(archive, "content.xml")
        if content is None:
            raise ParseProblem(UnreadableReason.MISMATCH)
        common = _part(archive, "styles.xml")
        known = properties(archive)
    body = child(content, "body", kind)
    if body is None:
        raise ParseProblem(UnreadableReason.MISMATCH)
    running: list[Any] = []
    for page in each(common, "master-page") if common is not None else ():
        running += [part for name in _RUNNING if (part := child(page, name)) is not None]
    return Package(body, Styles(common, content), running, known)


_RUNNING = ("header", "header-first", "header-left", "footer", "footer-first", "footer-left")


def _part(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        if archive.getinfo(name).file_size > LARGEST_PART:
            raise ParseProblem(UnreadableReason.TOO_LARGE)
        return tree(archive.read(name))
    except KeyError:
        return None
