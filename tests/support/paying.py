"""A world whose embedder is a service at a local server."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from radar_pipeline.llm.fake import Entry, FakeServer
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations.records import CallRecord
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep import embeddings, keys
from radar_pipeline.sweep.environment import Environment, SweepRequest
from radar_pipeline.sweep.events import Event, Stage, StageDone, StageProgress, TenantFailed
from radar_pipeline.sweep.runner import sweep
from tests.support.modelling import models_file
from tests.support.world import Swept, World

Edit = Callable[[dict[str, Any]], None]
Change = Callable[[Environment], Environment]


class Paying(World):
    """A world whose embedder is named, and whose judge asks nobody."""

    using = "embedding"

    def settings(self, **changes: Any) -> Settings:
        return Settings(data=self.data, home=self.home, embedder=self.using, judge="local", **changes)

    def night(self, change: Change = lambda e: e) -> Swept:
        """A sweep that does not wait between tries."""
        return self.sweep(change=lambda e: change(patient(e)))

    def embed(self) -> Swept:
        """A night that is broken off once a tenant is embedded, or fails before."""
        events: list[Event] = []
        running = sweep(SweepRequest(), patient(self.environment()))
        for event in running:
            events.append(event)
            done = isinstance(event, StageDone) and event.stage is Stage.EMBEDDINGS
            if done or isinstance(event, TenantFailed):
                running.close()  # type: ignore[attr-defined]
        return Swept(events)

    def at(self, server: FakeServer, edit: Edit = lambda _: None) -> None:
        """From now on the world's services are at the server."""
        body = models_file(server)
        edit(body)
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "models.yaml").write_text(yaml.safe_dump(body, sort_keys=False))

    def ledger(self) -> list[CallRecord]:
        far = timedelta(days=400)
        now = datetime.now(UTC)
        return list(self.environment().operations.spending.calls(now - far, now + far))

    def texts(self, slug: str) -> list[str]:
        """What is embedded of a tenant's documents."""
        store = self.store(slug)
        return list(embeddings.passage_texts(store.passages(store.stored_versions())).values())

    def vectors(self, slug: str, identity: str, texts: list[str]) -> Mapping[str, Any]:
        found = self.store(slug).vectors(keys.model_hash(identity), [keys.text_hash(t) for t in texts])
        return {t: found[keys.text_hash(t)] for t in texts if keys.text_hash(t) in found}

    def store(self, slug: str) -> TenantStore:
        return TenantStore(self.home / "tenants" / slug / "work" / "lance")


def patient(environment: Environment) -> Environment:
    assert environment.models is not None
    environment.models.client._sleep = lambda _: None
    return environment


def notes(swept: Swept) -> list[str]:
    return [e.note for e in swept.events if isinstance(e, StageProgress) and e.note]


def answered(books: tuple[Entry, ...]) -> list[str]:
    """Every text of a request that was answered well, as often as it was."""
    good = [entry for entry in books if entry.status == 200 and entry.fault is None]
    return [text for entry in good for text in entry.request.inputs]
