"""A sweep's events as materialisations. Metadata holds ids, counts and hashes, never a tenant's text."""

import time
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

import dagster as dg

from radar_pipeline.defs import overview
from radar_pipeline.defs.overview import Night
from radar_pipeline.defs.specs import REPORT_SITE, REPORT_TABLES, stage_key
from radar_pipeline.storage import warehouse
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import (
    Event,
    PortfolioPublished,
    Stage,
    StageDone,
    StageStarted,
    SweepStarted,
    TenantFailed,
    TenantSkipped,
    TenantUnchanged,
)

Reports = Iterator[dg.AssetMaterialization | dg.AssetObservation]

# What a stage that had nothing to do did, so that the plots of its numbers have no gaps.
_NOTHING: dict[Stage, dict[str, Any]] = {
    Stage.DOCUMENTS: {"parsed": 0, "failed_now": 0},
    Stage.CHUNKS: {"documents_cut": 0, "documents_dropped": 0},
    Stage.EMBEDDINGS: {"embedded": 0, "queries_embedded": 0, "embedding_cost_usd": 0.0},
    Stage.ASSESSMENTS: {
        "judged": 0,
        "reused": 0,
        "judge_failures": 0,
        "cost_usd": 0.0,
        "tokens_in": 0,
        "tokens_out": 0,
    },
    Stage.STANDING_ANSWERS: {"reused_answers": 0, "cost_usd": 0.0},
    Stage.BLINDSPOT_REPORT: {
        "changes": 0,
        "findings_new": 0,
        "findings_resolved": 0,
        "findings_regressed": 0,
    },
}
# Which of a stage's counts is the number of rows of its table.
_ROWS = {
    Stage.DOCUMENTS: "documents",
    Stage.CHUNKS: "chunks_stored",
    Stage.EMBEDDINGS: "texts",
    Stage.ASSESSMENTS: "requirements",
    Stage.STANDING_ANSWERS: "questions",
    Stage.BLINDSPOT_REPORT: "findings",
}


class Told:
    """What a sweep has told so far, and what it means to Dagster.

    ``why``: what the run's tags tell of its cause.
    """

    def __init__(
        self,
        environment: Environment,
        selected: Collection[dg.AssetKey],
        why: Mapping[str, str] | None = None,
    ) -> None:
        self._environment = environment
        self._selected = selected
        self._about: dict[str, Any] = dict(why or {})
        self._began: dict[tuple[str, Stage], float] = {}
        self.night = Night()
        self.loaded: Mapping[str, Any] | None = None

    @property
    def failed(self) -> list[TenantFailed]:
        """The tenants that failed, in the order in which they did."""
        return self.night.failed

    @property
    def tenants(self) -> int:
        """How many tenants the sweep is about."""
        return self.night.tenants

    def reports(self, event: Event) -> Reports:
        """Materialisations of those of a tenant's stages that the event makes true. A failed stage has
        none, but an observation that says why."""
        self.night.hear(event)
        match event:
            case SweepStarted():
                self._about |= {"sweep_id": event.sweep_id, "as_of": event.as_of.isoformat()}
            case StageStarted():
                self._began[event.tenant, event.stage] = time.monotonic()
            case StageDone():
                yield from self._done(event)
            case TenantUnchanged():
                yield from self._unchanged(event)
            case TenantFailed():
                told = {"failed": True, "stage": event.stage, "reason": event.reason, "remedy": event.remedy}
                yield from self._observed(event.stage, event.tenant, told)
            case TenantSkipped():
                yield from self._observed(
                    Stage.DOCUMENTS, event.tenant, {"skipped": True, "holder": event.holder}
                )
            case PortfolioPublished():
                self.loaded = event.counts
            case _:
                pass

    def _done(self, event: StageDone) -> Reports:
        seconds = time.monotonic() - self._began.get((event.tenant, event.stage), time.monotonic())
        extra: dict[str, Any] = {
            "unchanged": False,
            "seconds": round(seconds, 3),
            "frameworks_due": ", ".join(self.night.due.get(event.tenant, ())),
        }
        if event.stage is Stage.CHUNKS:
            extra |= overview.stored_pieces(self._environment, event.tenant)
        if event.stage is Stage.BLINDSPOT_REPORT:
            extra |= self._release(event.tenant)
            extra |= overview.of_release(self._environment, event.tenant, self._about.get("sweep_id", ""))
        # To as many digits as the report tables keep.
        counts = {
            n: round(value, 6) if isinstance(value, float) else value for n, value in event.counts.items()
        }
        yield from self._materialise(event.stage, event.tenant, {**counts, **extra})

    def _unchanged(self, event: TenantUnchanged) -> Reports:
        """All stages are as the published sweep left them; without this they would show as failed
        whenever another tenant of the run fails."""
        extra: dict[str, Any] = {
            "unchanged": True,
            "published_sweep": event.published_sweep,
            "seconds": 0.0,
            "frameworks_due": "",
        }
        standing = self._standing.get(event.tenant, overview.Standing())
        for stage in Stage:
            more = {**_NOTHING[stage], **standing.counts.get(stage, {})}
            if stage is Stage.BLINDSPOT_REPORT:
                more |= self._release(event.tenant)
                more |= {f"score_{f}": score for f, score in standing.scores.items()}
                more |= {f"delta_{f}": 0.0 for f in standing.scores}
            yield from self._materialise(stage, event.tenant, {**extra, **more})

    def _materialise(
        self, stage: Stage, tenant: str, metadata: Mapping[str, Any]
    ) -> Iterator[dg.AssetMaterialization]:
        if stage_key(stage) in self._selected:
            rows = metadata.get(_ROWS.get(stage, ""))
            size = {} if rows is None else {"dagster/partition_row_count": rows}
            yield dg.AssetMaterialization(
                stage_key(stage), partition=tenant, metadata={**self._about, **metadata, **size}
            )

    def _observed(self, stage: str, tenant: str, metadata: Mapping[str, Any]) -> Reports:
        """What is told of a tenant where there is nothing to materialise; tidying up is the report's."""
        key = stage_key(Stage(stage) if stage in set(Stage) else Stage.BLINDSPOT_REPORT)
        if key in self._selected:
            yield dg.AssetObservation(key, partition=tenant, metadata={**self._about, **metadata})

    @cached_property
    def _standing(self) -> Mapping[str, overview.Standing]:
        """How every tenant stands as the last sweep left it: one query for a whole night."""
        return overview.standing(self._environment)

    def _release(self, tenant: str) -> dict[str, Any]:
        home = self._environment.tenant_home(tenant)
        release = warehouse.published_release(home)
        keys = release.keys if release else {}
        return {
            "page": dg.MetadataValue.path(home / "published" / "index.html"),
            "tables": dg.MetadataValue.path(home / "published" / "radar.duckdb"),
            **{f"input_key_{framework}": key for framework, key in keys.items() if key},
        }

    def portfolio(self) -> Iterator[dg.MaterializeResult[None]]:
        """``report_tables``, if anything is published at all."""
        database = overview.database(self._environment)
        if REPORT_TABLES in self._selected and database.exists():
            yield dg.MaterializeResult(
                asset_key=REPORT_TABLES,
                metadata={
                    **self._about,
                    "unchanged": self.loaded is None,
                    **{f"loaded_{name}": count for name, count in (self.loaded or {}).items()},
                    "tables": dg.MetadataValue.path(database),
                    "bytes": database.stat().st_size,
                    **self.night.numbers(),
                    **overview.of_portfolio(self._environment),
                    **overview.of_night(self._environment, self.night),
                },
            )

    def site(self) -> Iterator[dg.MaterializeResult[None]]:
        """``report_site``, if its page has been written."""
        index = self._environment.settings.portfolio / "published" / "index.html"
        if REPORT_SITE in self._selected and index.exists():
            yield dg.MaterializeResult(
                asset_key=REPORT_SITE,
                metadata={
                    **self._about,
                    "unchanged": self.loaded is None,
                    "page": dg.MetadataValue.path(index),
                    "bytes": index.stat().st_size,
                },
            )
