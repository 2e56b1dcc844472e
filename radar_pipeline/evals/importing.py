"""Labelled sets in their common form become cases: ``requirements.jsonl``, ``labels.jsonl`` and
``documents/<id>.txt``; each label is a case, and its document is the cluster."""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals import json_lines
from radar_pipeline.evals.cases import case_of
from radar_pipeline.evals.cases_inputs import Strict, Text
from radar_pipeline.evals.cases_schema import Told
from radar_pipeline.evals.values import Case, Severity
from radar_pipeline.frameworks.decompose import decompose
from radar_pipeline.prompts.use_cases import UseCase

LABELS, REQUIREMENTS, DOCUMENTS = "labels.jsonl", "requirements.jsonl", "documents"
_REMEDY = f"Point to a folder with {REQUIREMENTS}, {LABELS} and {DOCUMENTS}/<id>.txt."
_MEND = "Mend that line, or leave it out, and import again."
Form = TypeVar("Form", bound=Strict)
_NO_SLUG = re.compile(r"[^a-z0-9]+")


class _Requirement(Strict):
    requirement_id: Text
    title: str
    text: Text


class _Span(Strict):
    start: int = Field(ge=0)
    end: int = Field(ge=1)


class _Label(Strict):
    document_id: Text
    requirement_id: Text
    verdict: Told
    evidence: tuple[_Span, ...] | None = None


def import_labelled(folder: Path, *, limit: int | None = None) -> tuple[Case, ...]:
    """The set's labels as cases, sorted by id; ``limit``: only of so many documents, drawn with a fixed seed.

    A case holds its requirement, taken apart by the program's own decomposer, and its document's text.
    The spans of the evidence are its required quotes. Labels about a document or a requirement that the set
    does not hold are left out. Raises ConfigurationError if the folder is no labelled set, if no label is
    left, and for a line that is wrong, naming it.
    """
    for name in (REQUIREMENTS, LABELS, DOCUMENTS):
        if not (folder / name).exists():
            raise ConfigurationError(f"{folder} holds no {name}.", remedy=_REMEDY)
    requirements = _requirements(folder / REQUIREMENTS)
    known = {path.stem: path for path in sorted((folder / DOCUMENTS).glob("*.txt"))}
    texts = {name: _text(known[name]) for name in _drawn(sorted(known), limit)}
    cases: dict[str, Case] = {}
    for place, label in _labels(folder / LABELS):
        if label.document_id not in texts or label.requirement_id not in requirements:
            continue
        text = texts[label.document_id]
        body = _body(folder.name, place, label, requirements[label.requirement_id], text)
        if body["case_id"] in cases:
            json_lines.fail(place, "its document and requirement have a label already", _MEND)
        cases[body["case_id"]] = case_of(UseCase.JUDGE, body, folder)
    if not cases:
        raise ConfigurationError(f"No label of {folder} is about a text that it holds.", remedy=_REMEDY)
    return tuple(cases[case_id] for case_id in sorted(cases))


def _drawn(names: Sequence[str], limit: int | None) -> Sequence[str]:
    if limit is None or limit >= len(names):
        return names
    return random.Random(0).sample(names, max(0, limit))


def _requirements(path: Path) -> Mapping[str, _Requirement]:
    found: dict[str, _Requirement] = {}
    for place, body in json_lines.objects(path, _MEND):
        entry = _checked(_Requirement, place, body)
        if entry.requirement_id in found:
            json_lines.fail(place, "its requirement is in the set already", _MEND)
        found[entry.requirement_id] = entry
    return found


def _labels(path: Path) -> Iterator[tuple[str, _Label]]:
    return ((place, _checked(_Label, place, body)) for place, body in json_lines.objects(path, _MEND))


def _checked(form: type[Form], place: str, body: Mapping[str, Any]) -> Form:
    try:
        return form.model_validate_json(json.dumps(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        json_lines.fail(place, f"{where or 'the line'}: {first['msg']}", _MEND)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # as it is: evidence is told by offsets into it
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read ({type(error).__name__}).", remedy="Make it a readable UTF-8 file."
        ) from None


def _body(name: str, place: str, label: _Label, requirement: _Requirement, text: str) -> dict[str, Any]:
    spans = label.evidence or ()
    if any(not span.start < span.end <= len(text) for span in spans):
        json_lines.fail(place, "its evidence is not within its document", _MEND)
    return {
        "case_id": _case_id(label.document_id, label.requirement_id),
        "source": _case_id(label.document_id),
        "severity": Severity.MAJOR.value,
        "why": f"A label of the set {name}.",
        "tags": [_slug(name)],
        "inputs": {
            "requirement": _asked(requirement),
            "documents": [{"path": f"{_case_id(label.document_id)}.txt", "text": text}],
        },
        "expected": {"verdict": label.verdict.value},
        "required_quotes": [quote for s in spans if (quote := text[s.start : s.end].strip())],
    }


def _asked(requirement: _Requirement) -> dict[str, Any]:
    title = requirement.title or requirement.requirement_id
    elements = [
        {"id": e.element_id, "role": e.role.value, "text": e.text}
        | ({"limit": asdict(e.limit)} if e.limit else {})
        for e in decompose(requirement.text)
    ]
    return {"ref": requirement.requirement_id, "title": title, "text": requirement.text, "elements": elements}


def _case_id(*names: str) -> str:
    """Readable, and unique though what the set calls a thing may be long and hold any character."""
    read = "-".join(_slug(name)[:32].strip("-") for name in names)
    return f"{read}-{ids.digest(*names, length=8)}"


def _slug(name: str) -> str:
    return _NO_SLUG.sub("-", name.lower()).strip("-") or "set"
