"""What a case asks, looked up: its requirement, its documents' bytes, and a digest of all of it."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from radar_pipeline import frameworks, ids
from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.evals.values import digest_of
from radar_pipeline.models import Element, Limit, Requirement, Role
from radar_pipeline.prompts.use_cases import UseCase

OWN = "case"  # the framework of a requirement that stands in the case itself
MOST_BYTES = 50_000_000  # of one document


class NotFoundError(ValueError):
    """What a case names is not there; the message names it."""


def requirement_of(inputs: Mapping[str, Any], data: Path) -> Requirement:
    """The requirement of a judge case: that of the catalog it names, or its own.

    Raises NotFoundError if no catalog of ``data``/frameworks has it.
    """
    if "requirement" in inputs:
        return _own(inputs["requirement"])
    try:
        found = _by_ref(data / "frameworks", inputs["framework"]).get(inputs["ref"])
    except ConfigurationError:
        raise
    except RadarError as error:
        raise NotFoundError(error.message) from None
    if found is None:
        raise NotFoundError(f"The catalog {inputs['framework']} has no requirement {inputs['ref'][:80]!r}.")
    return found


def document_bytes(document: Mapping[str, Any], data: Path) -> bytes:
    """The bytes of a document that a case names, or of the text that it gives.

    Raises NotFoundError if there is no such file within ``data``, links followed.
    """
    if "text" in document:
        return str(document["text"]).encode("utf-8")
    path: Path = (data / document["path"]).resolve()
    try:
        if path.is_relative_to(data.resolve()) and path.is_file() and path.stat().st_size <= MOST_BYTES:
            return path.read_bytes()
    except OSError:
        pass  # said below
    raise NotFoundError(f"{document['path'][:200]} is no file of the folder of data that can be read.")


def inputs_sha(use_case: UseCase, inputs: Mapping[str, Any], data: Path) -> str:
    """16 digits over all that is asked: the texts of the requirement and the documents included.

    Raises NotFoundError as the two above.
    """
    shown: dict[str, Any] = dict(inputs)
    if use_case is UseCase.JUDGE and "requirement" not in inputs:
        shown["requirement"] = requirement_of(inputs, data).content_hash
    if "documents" in inputs:
        shown["documents"] = [_told(document, data) for document in inputs["documents"]]
    return digest_of([use_case.value, shown])


def _told(document: Mapping[str, Any], data: Path) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if name != "text"}
    text = document.get("text")
    return kept | {"sha": _text_sha(text) if text is not None else _file_sha(document, data)}


@lru_cache(maxsize=64)
def _text_sha(text: str) -> str:
    """Kept, because the cases of a labelled set share a long document's text."""
    return ids.digest(text)


def _file_sha(document: Mapping[str, Any], data: Path) -> str:
    return ids.digest(document_bytes(document, data))


def _by_ref(folder: Path, framework_id: str) -> Mapping[str, Requirement]:
    return {r.ref: r for r in frameworks.load(folder, framework_id).requirements}


def _own(entry: Mapping[str, Any]) -> Requirement:
    return Requirement(
        requirement_id=ids.requirement_id(OWN, entry["ref"]),
        framework_id=OWN,
        ref=entry["ref"],
        title=entry["title"],
        text=entry["text"],
        domain="",
        importance=3,
        citation=entry["ref"],
        elements=tuple(_element(e) for e in entry["elements"]),
    )


def _element(entry: Mapping[str, Any]) -> Element:
    limit = entry.get("limit")
    return Element(
        entry["id"],
        Role(entry["role"]),
        entry["text"],
        Limit(float(limit["amount"]), limit["unit"], limit.get("minimum", False)) if limit else None,
    )
