"""What working on batches needs, and one batch with the deployment that it is at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.llm.batches.door import BatchDoor
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.settings import Settings
from radar_pipeline.storage.operations import Operations
from radar_pipeline.storage.operations.records import BatchRecord
from radar_pipeline.sweep.batching.files import BatchFile
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.judges import Models

GIVE_UP = timedelta(hours=26)  # after its making: providers work at a batch for 24


@dataclass(frozen=True, slots=True)
class Office:
    """Settings, ledger and models, with no need of tenants.yaml: an erased tenant's batches end, too."""

    settings: Settings
    operations: Operations
    models: Models | None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def case(self, record: BatchRecord) -> "Case":
        """One batch. Raises ConfigurationError if models.yaml no longer says where it is."""
        deployment = self.models.catalog.deployments.get(record.alias) if self.models else None
        if self.models is None or deployment is None or deployment.provider.name != record.provider:
            raise ConfigurationError(
                f"A batch is open at {record.provider}, and models.yaml has its deployment {record.alias} no "
                "more.",
                remedy="Put it back until the batch is fetched, or give the batch up with "
                f"`radar batches abandon {record.batch_key}`.",
            )
        return Case(self, record, deployment, self.models.client)


@dataclass(frozen=True, slots=True)
class Case:
    """One batch that something is to be done with, by the holder of its tenant's lease."""

    office: Office
    record: BatchRecord
    deployment: Deployment
    client: ModelClient

    @property
    def key(self) -> str:
        """Our own key of the batch."""
        return self.record.batch_key

    @property
    def operations(self) -> Operations:
        """The ledger."""
        return self.office.operations

    @property
    def door(self) -> BatchDoor:
        """The providers' batch interfaces."""
        return self.client.batches

    @property
    def file(self) -> BatchFile:
        """What was sent."""
        return BatchFile(folder_of(self.office.settings, self.record.tenant_id), self.key)

    @property
    def is_late(self) -> bool:
        """Whether models are to be asked live now."""
        return self.office.clock() >= self.record.deadline

    @property
    def is_hopeless(self) -> bool:
        """Whether the provider must have ended it by now."""
        return self.office.clock() >= self.record.prepared_at + GIVE_UP

    def waiting(self) -> dict[str, str]:
        """The call_ids of requests without an outcome, by custom_id."""
        items = self.operations.batches.items(self.key)
        return {item.custom_id: item.call_id for item in items if item.state == "waiting"}

    def lose(self) -> None:
        """Nobody will say what became of the rest: it counts as billed."""
        rest = self.waiting()
        self.operations.spending.lose(rest.values())
        self.operations.batches.settle_items(self.key, dict.fromkeys(rest, "missing"))


def cost_of(office: Office, record: BatchRecord) -> Decimal:
    """What a batch cost so far, in US dollars."""
    begin, end = record.prepared_at - timedelta(days=1), office.clock() + timedelta(days=1)
    calls = office.operations.spending.calls(begin, end, record.tenant_id)
    return sum((call.cost_usd for call in calls if call.batch_id == record.batch_key), Decimal(0))


def office_of(environment: Environment) -> Office:
    """The office of an environment."""
    return Office(environment.settings, environment.operations, environment.models, environment.clock)


def folder_of(settings: Settings, slug: str) -> Path:
    """Where a tenant's batches lie."""
    return settings.tenant_home(slug) / "work" / "batches"
