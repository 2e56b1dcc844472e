"""A model client of one's own: the real SDKs, the fake server, a catalog, a ledger, no real waiting."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from radar_pipeline.llm.call import BOUNDARY, Feature, Message, ModelCall, Role
from radar_pipeline.llm.catalog import load_catalog
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.llm.fake import FakeServer
from radar_pipeline.models import Quota
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import CallRecord
from radar_pipeline.storage.tenant_store import TenantStore

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
KEYS = {
    "OPENAI_API_KEY": "sk-test-openai-0123456789",
    "ANTHROPIC_API_KEY": "sk-ant-test-0123456789",
    "COHERE_API_KEY": "co-test-0123456789",
}


class Verdict(BaseModel):
    """A small structured answer."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["covered", "not_addressed"]
    quotes: list[str]


ANSWER = {"verdict": "covered", "quotes": ["Backups are tested."]}


def call(tenant: str = "acme", text: str = "Backups are tested.", **changes: Any) -> ModelCall[Verdict]:
    """A question with one document, of the full tier."""
    plain = ModelCall(
        tenant=tenant,
        feature=Feature.JUDGE,
        tier="full",
        prompt_ref="judge@1.0.0#abc123",
        messages=(
            Message(Role.SYSTEM, "You judge documents."),
            Message(Role.USER, f"<{BOUNDARY}>{text}</{BOUNDARY}>", data=True),
        ),
        answer=Verdict,
        max_output_tokens=500,
        repair="The answer was not of the form asked for:",
    )
    return replace(plain, **changes)


def models_file(server: FakeServer) -> dict[str, Any]:
    """models.yaml as a dictionary: two providers' models and a local one, all at the server."""
    limits = {"requests_per_minute": 10_000, "tokens_per_minute": 100_000_000, "max_output_tokens": 8000}
    wide = {**limits, "context_tokens": 1_000_000}
    return {
        "providers": {
            "openai": {"kind": "openai", "key": "OPENAI_API_KEY", "base_url": server.openai_url},
            "anthropic": {"kind": "anthropic", "key": "ANTHROPIC_API_KEY", "base_url": server.anthropic_url},
            "local": {"kind": "openai_compatible", "base_url": server.compatible_url("local")},
            "cohere": {"kind": "cohere", "key": "COHERE_API_KEY", "base_url": server.cohere_url},
        },
        "deployments": {
            "primary": {"provider": "openai", "model": "gpt-6.1-terra", **wide},
            "secondary": {"provider": "anthropic", "model": "claude-haiku-5-5", **wide},
            "small": {"provider": "openai", "model": "gpt-6-luna", **wide},
            "local": {"provider": "local", "model": "qwen3", "prices": {"input": 0, "output": 0}, **wide},
            "embedding": {"provider": "openai", "model": "text-embedding-3-large", "dimensions": 8, **wide},
            "languages": {"provider": "cohere", "model": "embed-v4.0", "dimensions": 8, **wide},
        },
        "routes": {"judge": {"full": ["primary", "secondary"], "economy": ["small"]}},
    }


@cache
def _empty_ledger() -> Path:
    """A migrated store to copy: migrating takes longer than most tests."""
    path = Path(tempfile.mkdtemp(prefix="radar-tests-")) / "operations.sqlite"
    operations = Operations(f"sqlite:///{path}")
    operations.sweeps(1)
    operations.close()
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    return path


@dataclass
class Time:
    """A clock that only sleepers move, but for a microsecond at each look, so that rows have an order."""

    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def elapsed(self) -> float:
        return (self.now - NOW).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Models:
    """A client, its clock and its ledger. ``edit`` changes the dictionary of models.yaml."""

    folder: Path
    server: FakeServer
    edit: Callable[[dict[str, Any]], None] = lambda _: None
    queries: Mapping[str, int] = field(default_factory=dict)
    time: Time = field(default_factory=Time)
    settings: dict[str, Any] = field(default_factory=dict)
    stores: dict[str, TenantStore] = field(default_factory=dict)

    def __post_init__(self) -> None:
        body = models_file(self.server)
        self.edit(body)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "models.yaml"
        path.write_text(yaml.safe_dump(body, sort_keys=False))
        self.catalog = load_catalog(path)
        shutil.copyfile(_empty_ledger(), self.folder / "operations.sqlite")
        self.operations = Operations(
            f"sqlite:///{self.folder / 'operations.sqlite'}", clock=self.time.clock, sleep=self.time.sleep
        )
        self.client = self.another_client()

    def another_client(self) -> ModelClient:
        """As another process would have it, over the same stores."""
        return ModelClient(
            Settings(data=self.folder, home=self.folder / "home", **self.settings),
            self.catalog,
            self.operations,
            quota_of=lambda slug: Quota("test", queries=self.queries.get(slug)),
            store_of=lambda slug: self._store(slug).responses if slug else None,
            clock=self.time.clock,
            sleep=self.time.sleep,
            elapsed=self.time.elapsed,
        )

    def ledger(self) -> list[CallRecord]:
        """All attempts, in order."""
        rows = self.operations.spending.calls(NOW - timedelta(days=1), NOW + timedelta(days=400))
        return sorted(rows, key=lambda row: (row.started_at, row.request_id, row.attempt))

    def spent(self) -> Decimal:
        """The ledger's sum."""
        return sum((row.cost_usd for row in self.ledger()), Decimal(0))

    def _store(self, slug: str) -> TenantStore:
        return self.stores.setdefault(slug, TenantStore(self.folder / "tenants" / slug / "work"))
