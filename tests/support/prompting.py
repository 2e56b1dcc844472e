"""Folders of small prompts, written as people write them."""

from pathlib import Path
from typing import Any

from radar_pipeline.prompts import files, lock
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase

GOOD = """\
name: probe
description: For the tests.
version: 1.0.0
status: active
framework: any
owner: the tests
model: judge
config:
  max_output_tokens: 100
input:
  schema:
    subject: {description: what it is about, type: string}
    passages:
      description: what was found
      data: true
      type: array
      items: {type: object, required: [number, text]}
output:
  schema: {type: object, required: [verdict], properties: {verdict: {type: string}}}
messages:
  - role: system
    text: Judge. Quote literally.
  - role: user
    text: |
      About {{ subject }}.
  - role: user
    text: |
      {% for p in passages %}
      {{ boundary }} {{ p.number }}: {{ p.text }}
      {% endfor %}
test_data:
  subject: backups
  passages: [{number: 1, text: Backups are tested.}]
changelog:
  - version: 1.0.0
    date: 2026-11-29
    change: First version.
"""


def write(
    folder: Path,
    version: str = "1.0.0",
    *replacements: tuple[str, str],
    name: str = "probe",
    use_case: str = "judge",
    status: str = "active",
    variant: str = "",
) -> Path:
    """A version of a small prompt with parts of its text replaced; each must be there."""
    text = GOOD.replace("1.0.0", version).replace("status: active", f"status: {status}")
    text = text.replace("name: probe", f"name: {name}" + (f"\nvariant: {variant}" if variant else ""))
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / use_case / name / f"{version}.prompt.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def locked(folder: Path) -> None:
    """Write the lock of all that is no draft, as it is."""
    released = [p for p in files.available(folder) if p.status is not Status.DRAFT]
    lock.write(folder, {p.place: p.sha for p in released})


def probe(folder: Path, version: str = "1.0.0") -> Prompt:
    """That version of the small prompt."""
    return files.load(folder, UseCase.JUDGE, "probe", version)


def performance(prompt: Prompt, **changes: Any) -> dict[str, Any]:
    """The body of a perf file as an evaluation makes it."""
    share = {"value": 0.81, "low": 0.74, "high": 0.87, "n": 131}
    time = {"value": 900.0, "low": 800.0, "high": 1000.0, "n": 131}
    return {
        "sha": prompt.sha,
        "dataset": "0123456789abcdef",
        "n": 131,
        "accuracy": share,
        "citation_rate": share,
        "hallucination_rate": {"value": 0.01, "low": 0.0, "high": 0.03, "n": 300},
        "latency_p50_ms": time,
        "latency_p95_ms": {**time, "value": 950.0},
        "cost_per_request_usd": {"value": 0.004, "low": 0.003, "high": 0.005, "n": 131},
        "satisfaction": None,
        "judge_version": "verdict_match#1a2b3c4d",
        "date": "2026-11-30",
        "model": "openai/gpt-test",
        **changes,
    }
