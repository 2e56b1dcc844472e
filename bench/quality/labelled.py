"""Labelled sets in the common form: requirements.jsonl, labels.jsonl, documents/<id>.txt."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.frameworks.decompose import decompose
from radar_pipeline.ids import requirement_id
from radar_pipeline.models import Requirement, Verdict


@dataclass(frozen=True, slots=True)
class Label:
    """What a careful reader said about one document and one requirement."""

    document_id: str
    ref: str
    verdict: Verdict
    evidence: tuple[tuple[int, int], ...]  # offsets into the document's text


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One set: its requirements by ref, its labels, and where each document lies."""

    name: str
    requirements: Mapping[str, Requirement]
    labels: tuple[Label, ...]
    documents: Mapping[str, Path]


def read_set(folder: Path, limit: int | None = None) -> LabelledSet:
    """Read a labelled set; ``limit``: only so many documents, drawn with a fixed seed.

    Raises ConfigurationError if the folder is no labelled set.
    """
    for name in ("requirements.jsonl", "labels.jsonl", "documents"):
        if not (folder / name).exists():
            raise ConfigurationError(
                f"{folder} holds no {name}.",
                remedy="Point to a folder with requirements.jsonl, labels.jsonl and documents/<id>.txt.",
            )
    paths = {p.stem: p for p in sorted((folder / "documents").glob("*.txt"))}
    if limit is not None and limit < len(paths):
        chosen = set(random.Random(0).sample(sorted(paths), limit))
        paths = {name: path for name, path in paths.items() if name in chosen}
    labels = tuple(
        label for row in _rows(folder / "labels.jsonl") if (label := _label(row)).document_id in paths
    )
    requirements = {
        str(r["requirement_id"]): _requirement(folder.name, r) for r in _rows(folder / "requirements.jsonl")
    }
    return LabelledSet(folder.name, requirements, labels, paths)


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _label(row: dict[str, object]) -> Label:
    spans = row.get("evidence") or []
    assert isinstance(spans, list)
    return Label(
        str(row["document_id"]),
        str(row["requirement_id"]),
        Verdict(str(row["verdict"])),
        tuple((int(s["start"]), int(s["end"])) for s in spans),
    )


def _requirement(framework: str, row: dict[str, object]) -> Requirement:
    ref, text = str(row["requirement_id"]), str(row["text"])
    return Requirement(
        requirement_id=requirement_id(framework, ref),
        framework_id=framework,
        ref=ref,
        title=str(row["title"]),
        text=text,
        domain="",
        importance=3,
        citation=ref,
        elements=decompose(text),
    )
