"""A small world to sweep: one framework of seven duties, tenants as folders of Markdown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from radar_pipeline.models import JudgeIdentity, Judgement, Question
from radar_pipeline.settings import Settings
from radar_pipeline.storage.warehouse import TenantReport
from radar_pipeline.sweep.environment import Environment, SweepRequest, open_environment
from radar_pipeline.sweep.events import Event, StageDone, SweepFinished, TenantFailed
from radar_pipeline.sweep.runner import sweep

DUTIES = [
    ("R1", "Breach notice", "The firm must notify the regulator of a data breach within 72 hours.", 5),
    ("R2", "Encryption", "Customer records must be encrypted at rest.", 3),
    ("R3", "Training", "Staff must complete privacy training every year.", 2),
    ("R4", "Backups", "Backups must be restored as a test every quarter.", 3),
    ("R5", "Access review", "Access rights must be reviewed every 90 days.", 3),
    ("R6", "Drone flights", "Drone pilots must hold a licence for night flights over harbours.", 1),
    ("R7", "Visitor log", "Visitors must be entered in a log at the reception desk.", 1),
]

POLICY = """---
title: Security policy
owner: Head of Security
status: approved
review_by: 2031-01-31
---

# Security policy

## Breaches

The firm notifies the regulator of every data breach within 72 hours of becoming aware of it.
The Head of Security signs the notice.

## Encryption

All customer records are encrypted at rest with AES-256.

## Training

All staff must complete privacy training every year and sign for it.
"""

PROCEDURE = """# Access procedure

Access rights of all staff are reviewed every 90 days by the system owner.
Leavers lose their access on their last day.

# Backups

Backups are restored as a test every quarter, and the result is written down.
"""

UNRELATED = """# Canteen menu

On Mondays there is lentil soup with bread. On Fridays the kitchen serves fish with potatoes.
Coffee is free of charge until ten in the morning.
"""


@dataclass
class World:
    """``data`` holds tenants.yaml, the framework and the corpora; ``home`` what sweeps write."""

    data: Path
    home: Path
    tenants: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.framework(DUTIES)

    def framework(self, duties: list[tuple[str, str, str, int]], name: str = "rules") -> None:
        nodes = [
            {
                "urn": f"urn:test:{name}:{ref}",
                "ref_id": ref,
                "name": title,
                "description": text,
                "assessable": True,
                "importance": importance,
                "domain": "Security",
                "expected_document": "Security policy",
            }
            for ref, title, text, importance in duties
        ]
        body = {
            "urn": f"urn:test:library:{name}",
            "ref_id": name,
            "name": "House rules",
            "version": 1,
            "objects": {
                "framework": {
                    "urn": f"urn:test:{name}",
                    "ref_id": name,
                    "name": "House rules",
                    "requirement_nodes": nodes,
                }
            },
        }
        folder = self.data / "frameworks"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(body, sort_keys=False))

    def tenant(self, slug: str, documents: Mapping[str, str | bytes] | None = None, **extra: Any) -> Path:
        """Add a tenant; returns its source folder."""
        source = self.data / "corpus" / slug
        source.mkdir(parents=True, exist_ok=True)
        chosen = {"policy.md": POLICY, "procedure.md": PROCEDURE} if documents is None else documents
        for name, content in chosen.items():
            self.write(slug, name, content)
        self.tenants[slug] = {
            "slug": slug,
            "name": slug.title(),
            "documents": f"corpus/{slug}",
            "frameworks": [{"id": "rules"}],
            **extra,
        }
        self.save()
        return source

    def save(self) -> None:
        body = {"tenants": list(self.tenants.values())}
        (self.data / "tenants.yaml").write_text(yaml.safe_dump(body, sort_keys=False))

    def write(self, slug: str, name: str, content: str | bytes) -> Path:
        path = self.data / "corpus" / slug / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def settings(self, **changes: Any) -> Settings:
        return Settings(data=self.data, home=self.home, embedder="hashing", **changes)

    def environment(self, **changes: Any) -> Environment:
        return open_environment(self.settings(**changes))

    def sweep(
        self,
        *tenants: str,
        as_of: date | None = None,
        frameworks: tuple[str, ...] = (),
        change: Callable[[Environment], Environment] = lambda e: e,
    ) -> "Swept":
        request = SweepRequest(tenants, frameworks, as_of or date(2026, 11, 22))
        return Swept(list(sweep(request, change(self.environment()))))

    def report(self, slug: str) -> dict[str, list[dict[str, Any]]]:
        return TenantReport.current(self.home / "tenants" / slug / "published")

    def verdicts(self, slug: str) -> dict[str, str]:
        return {r["requirement_id"].split(":", 1)[1]: r["verdict"] for r in self.report(slug)["assessments"]}


@dataclass
class Swept:
    """The events of one sweep, and questions one asks of them."""

    events: list[Event]

    @property
    def totals(self) -> Mapping[str, Any]:
        last = self.events[-1]
        assert isinstance(last, SweepFinished)
        return last.totals

    @property
    def state(self) -> str:
        last = self.events[-1]
        assert isinstance(last, SweepFinished)
        return last.state

    @property
    def failures(self) -> list[TenantFailed]:
        return [e for e in self.events if isinstance(e, TenantFailed)]

    def counts(self, tenant: str, stage: str) -> Mapping[str, Any]:
        return next(
            e.counts
            for e in self.events
            if isinstance(e, StageDone) and (e.tenant, e.stage) == (tenant, stage)
        )


class ScriptedJudge:
    """Wraps a judge: remembers what it was asked, and fails where it is told to."""

    def __init__(self, inner: Any, fails_on: Callable[[Question], bool] = lambda _: False) -> None:
        self._inner = inner
        self._fails_on = fails_on
        self.asked: list[str] = []

    concurrency = 1

    @property
    def identity(self) -> JudgeIdentity:
        identity: JudgeIdentity = self._inner.identity
        return identity

    def identity_for(self, requirement_id: str) -> JudgeIdentity:
        identity: JudgeIdentity = self._inner.identity_for(requirement_id)
        return identity

    def judge(self, question: Question) -> Judgement:
        if self._fails_on(question):
            raise RuntimeError("the judge died")
        self.asked.append(question.requirement.ref)
        judgement: Judgement = self._inner.judge(question)
        return judgement


class CountingEmbedder:
    """Wraps an embedder and remembers every text it was given."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.identity = inner.identity
        self.dimensions = inner.dimensions
        self.max_tokens = inner.max_tokens
        self.texts: list[str] = []

    def embed(self, texts: Any) -> Any:
        self.texts += list(texts)
        return self._inner.embed(texts)


def with_judge(judge: ScriptedJudge) -> Callable[[Environment], Environment]:
    """A change for ``World.sweep``."""
    return lambda environment: replace(environment, judge=judge)
