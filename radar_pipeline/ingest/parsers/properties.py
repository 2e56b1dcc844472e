"""What an office file's properties say of it: the built-in ones and those that a person added."""

import re
import zipfile
from typing import Any

from radar_pipeline.ingest.metadata import FILE_PROPERTIES, normalise
from radar_pipeline.ingest.parsers import ParseProblem
from radar_pipeline.ingest.parsers.builder import clean
from radar_pipeline.ingest.parsers.xml import attribute, child, local, tree

_LARGEST = 1024 * 1024  # bytes of a part with properties
_MOST = 200  # properties
_BUILT_IN = {
    "title": "title",
    "version": "version",
    "contentStatus": "status",
    "category": "kind",
    "creator": "author",
    "initial-creator": "author",
    "language": "language",
}
_MADE_UP = re.compile(r"microsoft|untitled|document|workbook|powerpoint|presentation|slide \d", re.I)


def properties(archive: zipfile.ZipFile) -> dict[str, str]:
    """Known fields of ``metadata`` in an OOXML or OpenDocument file. What a person added by name
    (``Document owner``) is believed before what the program filled in."""
    own = _elements(archive, "docProps/custom.xml")
    built_in = [*_elements(archive, "docProps/core.xml"), *_open_document(archive)]
    added = {attribute(e, "name"): _text(e) for e in own if local(e) == "property"}
    added |= {attribute(e, "name"): _text(e) for e in built_in if local(e) == "user-defined"}
    said: dict[str, str] = {}
    for element in sorted(built_in, key=lambda e: local(e) == "creator"):
        label = _BUILT_IN.get(local(element))
        if label:
            said.setdefault(label, _text(element))
    known = normalise(said, FILE_PROPERTIES) | normalise(added, FILE_PROPERTIES)
    made_up = _MADE_UP.match(known.get("title", ""))
    return {name: value for name, value in known.items() if name != "title" or not made_up}


def _elements(archive: zipfile.ZipFile, part: str) -> list[Any]:
    try:
        if archive.getinfo(part).file_size > _LARGEST:
            return []
        return list(tree(archive.read(part)))[:_MOST]
    except (KeyError, ParseProblem):
        return []


def _open_document(archive: zipfile.ZipFile) -> list[Any]:
    """In OpenDocument ``creator`` is who saved it last; who began it is ``initial-creator``."""
    meta = next((e for e in _elements(archive, "meta.xml") if local(e) == "meta"), None)
    return list(meta)[:_MOST] if meta is not None else []


def _text(element: Any) -> str:
    value = element if len(element) == 0 else child(element, local(element[0]))
    return clean("".join(value.itertext()) if value is not None else "").strip()
