"""The registry of prompts in rows: each version with its life and record, and which is compared with which.

Git is the source, and nothing is ever written back to it from here. Pure: files are read elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from radar_pipeline.evals.lives import Lives
from radar_pipeline.evals.values import Run
from radar_pipeline.prompts import files, perf, versions
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.status import Status

Record = Mapping[str, Any]  # the body of a perf file


@dataclass(frozen=True, slots=True)
class Registry:
    """``records`` by ``name@version#sha``; ``commits`` by the file's path in the folder of prompts;
    ``local``: the newest run of each rule set of the local judge, the newest last."""

    prompts: Sequence[Prompt]
    lives: Lives = field(default_factory=dict)
    commits: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    local: Sequence[Run] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions by ``name@version#sha``; ``active`` is empty where there is nothing to compare with."""

    candidate: str
    active: str


def version_rows(registry: Registry) -> list[dict[str, Any]]:
    """A row for each version of a prompt, and for each rule set of the local judge that was evaluated."""
    newest = registry.local[-1].subject.key if registry.local else ""
    return [
        *(_of_prompt(registry, prompt) for prompt in registry.prompts),
        *(_of_local(registry, run, newest) for run in registry.local),
    ]


def pairs(registry: Registry) -> list[Pair]:
    """Every draft with the active version of its name and variant, and every active one with the version
    before it; the newest rules of the local judge with those before."""
    found = [_pair(registry.prompts, p) for p in registry.prompts if p.status is not Status.DEPRECATED]
    local = [run.subject.ref for run in registry.local]
    if local:
        found.append(Pair(local[-1], local[-2] if len(local) > 1 else ""))
    return found


def _pair(prompts: Sequence[Prompt], prompt: Prompt) -> Pair:
    other = versions.previous(prompts, prompt) if prompt.status is Status.ACTIVE else _active(prompts, prompt)
    return Pair(prompt.ref, other.ref if other is not None else "")


def _active(prompts: Iterable[Prompt], draft: Prompt) -> Prompt | None:
    """The highest active version of the draft's name and variant."""
    place = (draft.use_case, draft.name, draft.variant)
    own = (p for p in prompts if (p.use_case, p.name, p.variant) == place and p.status is Status.ACTIVE)
    return max(own, key=lambda p: files.order(p.version), default=None)


def _of_prompt(registry: Registry, prompt: Prompt) -> dict[str, Any]:
    changes = registry.lives.get(prompt.place, ())
    return {
        "use_case": prompt.use_case.value,
        "name": prompt.name,
        "variant": prompt.variant,
        "version": prompt.version,
        "prompt_key": prompt.key,
        "prompt_ref": prompt.ref,
        "sha": prompt.sha,
        "status": prompt.status.value,
        "status_history": [str(change) for change in changes],
        "first_seen_at": changes[0].at if changes else None,
        "commit": registry.commits.get(f"{prompt.place}{files.SUFFIX}", ""),
        "owner": prompt.owner,
        "framework": prompt.framework,
        "route": prompt.model,
        "description": prompt.description,
        "changelog": list(prompt.changelog),
        **_recorded(registry.records.get(prompt.ref)),
    }


def _of_local(registry: Registry, run: Run, newest: str) -> dict[str, Any]:
    """The local judge has no file: what is known of it is what a run of it tells."""
    subject = run.subject
    return {
        "use_case": subject.use_case.value,
        "name": subject.name,
        "variant": subject.variant,
        "version": subject.version,
        "prompt_key": subject.key,
        "prompt_ref": subject.ref,
        "sha": subject.sha,
        "status": (Status.ACTIVE if subject.key == newest else Status.DEPRECATED).value,
        "status_history": [],
        "first_seen_at": run.evaluated_at,
        "commit": "",
        "owner": "",
        "framework": "any",
        "route": "",
        "description": "Rules, without a language model.",
        "changelog": [],
        **_recorded(registry.records.get(subject.ref)),
    }


def _recorded(record: Record | None) -> dict[str, Any]:
    """The columns of a record; NULL without one."""
    found: dict[str, Any] = {"evaluation": perf.told(record)}
    body: Record = record or {}
    for name in perf.FIGURES:
        figure = body.get(name) or {}
        found |= {
            name: figure.get("value"),
            f"{name}_low": figure.get("low"),
            f"{name}_high": figure.get("high"),
        }
    return found | {
        "n": body.get("n"),
        "dataset": body.get("dataset"),
        "evaluated_model": body.get("model"),
        "judge_version": body.get("judge_version"),
        "evaluated_on": date.fromisoformat(body["date"]) if body else None,
    }
