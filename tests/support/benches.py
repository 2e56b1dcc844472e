"""Workbenches of evaluations over a fake server, and cases that need no document."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.evals.cases import case_of
from radar_pipeline.evals.subjects.library import Library
from radar_pipeline.evals.values import Case, Subject
from radar_pipeline.evals.workbench import Workbench, subject_of
from radar_pipeline.judge.local import LocalJudge
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.prompts import files
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.retrieval.hashing import HashingEmbedder
from radar_pipeline.settings import PROJECT, Settings
from tests.support.modelling import KEYS, Models

NAMES = {
    UseCase.JUDGE: "coverage",
    UseCase.ASK: "answer",
    UseCase.DECOMPOSE: "elements",
    UseCase.CONTRADICT: "passages",
    UseCase.EVALUATE: "grade",
}
BREACH = "The privacy officer notifies every personal data breach to the authority within 48 hours."
REQUIREMENT = {
    "ref": "R1",
    "title": "Breach notice",
    "text": "A personal data breach must be notified to the authority within 72 hours.",
    "elements": [
        {"id": "action-1", "role": "action", "text": "notify a personal data breach to the authority"},
        {
            "id": "deadline-1",
            "role": "deadline",
            "text": "notify the breach within 72 hours",
            "limit": {"amount": 72.0, "unit": "hours"},
        },
    ],
}


def passage(text: str = BREACH, status: str = "approved", kind: str = "policy") -> dict[str, str]:
    return {"text": text, "kind": kind, "status": status, "heading": "Breaches"}


def judge_case(name: str = "breach", *passages: Mapping[str, str], **changes: Any) -> Case:
    """A case about the breach requirement; covered, unless ``expected`` says otherwise."""
    inputs = {"requirement": REQUIREMENT, "passages": list(passages or (passage(),))}
    return made(UseCase.JUDGE, name, inputs, changes.pop("expected", {"verdict": "covered"}), **changes)


def made(
    use_case: UseCase, name: str, inputs: Mapping[str, Any], expected: Mapping[str, Any], **changes: Any
) -> Case:
    """A case as it is read from a file. ``tenant``: whose it is, ``data``: where its documents lie."""
    tenant, data = changes.pop("tenant", ""), changes.pop("data", Path("nowhere"))
    body = {
        "case_id": name,
        "inputs": inputs,
        "expected": expected,
        "source": "made-up",
        "why": "It is made up.",
        "severity": "major",
        **changes,
    }
    return case_of(use_case, body, data, tenant=tenant)


def coverage(status: str, *quotes: str) -> dict[str, Any]:
    """An answer of the judge's prompt that says the same of both elements."""
    given = [{"passage": 1, "quote": quote} for quote in quotes]
    ids = ("action-1", "deadline-1")
    elements = [{"element_id": name, "status": status, "quotes": given, "note": ""} for name in ids]
    return {"elements": elements, "reasoning": "It is arranged.", "confidence": 0.9}


@dataclass
class Bench:
    """A workbench whose models are a server of ours; ``prompts`` is a copy that may be edited."""

    folder: Path
    server: FakeServer
    edit: Callable[[dict[str, Any]], None] = lambda _: None
    concurrency: int = 1
    models: Models = field(init=False)

    def __post_init__(self) -> None:
        self.models = Models(self.folder / "models", self.server, self._edited)
        self.prompts = self.folder / "prompts"
        self.data = self.folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        if not self.prompts.exists():
            shutil.copytree(PROJECT / "prompts", self.prompts)
        self.settings = Settings(
            data=self.data,
            home=self.folder / "home",
            prompts=self.prompts,
            llm_concurrency=self.concurrency,
        )
        embedder = HashingEmbedder()
        self.work = Workbench(
            settings=self.settings,
            library=Library(self.settings, embedder),
            local=LocalJudge(embedder.identity),
            client=self.models.client,
            clock=self.models.time.clock,
        )

    def _edited(self, body: dict[str, Any]) -> None:
        routes = {"full": ["primary"], "economy": ["primary"]}
        body["routes"] = {"judge": routes, "ask": routes, "evaluate": routes}
        body["breaker"] = {"threshold": 1000, "cooldown": 1}
        self.edit(body)

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def asked(self) -> int:
        """Requests that the server got."""
        return len(self.server.books)

    def subject(self, use_case: UseCase = UseCase.JUDGE) -> Subject:
        return subject_of(files.load(self.prompts, use_case, NAMES[use_case], "1.0.0"))

    def change(self, use_case: UseCase, old: str, new: str = "") -> None:
        """Edit the instructions of the use case's first version."""
        path = self.prompts / use_case.value / NAMES[use_case] / f"1.0.0{files.SUFFIX}"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


def with_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
