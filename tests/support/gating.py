"""A world with prompts that may be edited and two dozen cases: enough for the gate to decide by."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.prompts import files
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import PROJECT
from tests.support.benches import REQUIREMENT
from tests.support.world import World

COUNT = 24
LITERAL = (  # what a coverage prompt says of copying, and what it says without that
    ("Another program\n      checks every quote letter for letter and draws", "Another program\n      draws"),
    ("copied letter for letter: same\n        words", "or what it says in short: same\n        words"),
)


def said(number: int) -> str:
    hours = 24 + number
    return f"The privacy officer notifies every personal data breach to the authority within {hours} hours."


def world_with_cases(world: World, monkeypatch: pytest.MonkeyPatch, count: int = COUNT) -> World:
    """The world with a tenant, a copy of all prompts, and cases from eight sources; the first is critical."""
    world.tenant("acme")
    folder = world.data.parent / "prompts"
    shutil.copytree(PROJECT / "prompts", folder)
    monkeypatch.setenv("RADAR_PROMPTS", str(folder))
    write_cases(world, [case(number) for number in range(count)])
    return world


def case(number: int, **changes: Any) -> dict[str, Any]:
    """A case about a breach notice that is in time."""
    body = {
        "case_id": f"notice-{number:02d}",
        "inputs": {
            "requirement": REQUIREMENT,
            "passages": [
                {"text": said(number), "kind": "policy", "status": "approved", "heading": "Breaches"}
            ],
        },
        "expected": {"verdict": "covered", "also": ["partial"]},
        "source": f"firm-{number % 8}",
        "required_quotes": [said(number)],
        "severity": "major" if number else "critical",
        "why": "It is in time.",
    }
    return body | changes


def write_cases(world: World, cases: list[dict[str, Any]], use_case: UseCase = UseCase.JUDGE) -> None:
    path = world.data / "eval_cases" / use_case.value / "own.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in cases), "utf-8")


def grading_cases() -> list[dict[str, Any]]:
    """Answers that an expert passed, and every second one failed."""
    return [
        {
            "case_id": f"grade-{number:02d}",
            "inputs": {
                "task": "Say when breaches are notified.",
                "material": said(number),
                "answer": said(number if number % 2 else number + 30),
                "criteria": ["It says what the material says."],
            },
            "expected": {"passes": bool(number % 2)},
            "source": f"firm-{number % 8}",
            "severity": "major",
            "why": "It has the time, or another one.",
        }
        for number in range(COUNT)
    ]


def draft(prompts: Path, version: str, *replacements: tuple[str, str], status: str = "draft") -> Prompt:
    """A draft of the coverage prompt's default variant with parts of its text replaced."""
    text = (prompts / "judge" / "coverage" / f"1.0.0{files.SUFFIX}").read_text("utf-8")
    head, _, log = text.rpartition("changelog:\n")
    head = head.replace("version: 1.0.0", f"version: {version}", 1).replace(
        "status: active", f"status: {status}", 1
    )
    log += f"  - version: {version}\n    date: 2026-11-29\n    change: Tried in a test.\n"
    text = f"{head}changelog:\n{log}"
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = prompts / "judge" / "coverage" / f"{version}{files.SUFFIX}"
    path.write_text(text, "utf-8")
    return files.read(prompts, path)
