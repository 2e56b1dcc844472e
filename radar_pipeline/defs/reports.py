"""A sweep's events as materialisations. Metadata holds ids, counts and hashes, never a tenant's text."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg

from radar_pipeline.defs.specs import REPORT_SITE, REPORT_TABLES, stage_key
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.schema import TABLES
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import (
    Event,
    PortfolioPublished,
    Stage,
    StageDone,
    StageStarted,
    SweepStarted,
    TenantFailed,
    TenantUnchanged,
)

_SCORES = "SELECT tenant_id, framework_id, score FROM framework_scores WHERE score IS NOT NULL"


class Told:
    """What a sweep has told so far, and what it means to Dagster."""

    def __init__(self, environment: Environment, selected: Collection[dg.AssetKey]) -> None:
        self._environment = environment
        self._selected = selected
        self._about: dict[str, Any] = {}
        self._began: dict[tuple[str, Stage], float] = {}
        self.tenants = 0
        self.failed: list[TenantFailed] = []
        self.loaded: Mapping[str, Any] | None = None

    def materialisations(self, event: Event) -> Iterator[dg.AssetMaterialization]:
        """Those of a tenant's stages that the event makes true. A failed stage has none."""
        match event:
            case SweepStarted():
                self._about = {"sweep_id": event.sweep_id, "as_of": event.as_of.isoformat()}
                self.tenants = len(event.tenants)
            case StageStarted():
                self._began[event.tenant, event.stage] = time.monotonic()
            case StageDone():
                yield from self._done(event)
            case TenantUnchanged():
                yield from self._unchanged(event)
            case TenantFailed():
                self.failed.append(event)
            case PortfolioPublished():
                self.loaded = event.counts

    def _done(self, event: StageDone) -> Iterator[dg.AssetMaterialization]:
        seconds = time.monotonic() - self._began.get((event.tenant, event.stage), time.monotonic())
        extra: dict[str, Any] = {"unchanged": False, "seconds": round(seconds, 3)}
        if event.stage is Stage.BLINDSPOT_REPORT:
            extra |= self._release(event.tenant)
        # To as many digits as the report tables keep.
        counts = {
            n: round(value, 6) if isinstance(value, float) else value for n, value in event.counts.items()
        }
        yield from self._materialise(event.stage, event.tenant, {**counts, **extra})

    def _unchanged(self, event: TenantUnchanged) -> Iterator[dg.AssetMaterialization]:
        """All stages are as the published sweep left them; without this they would show as failed
        whenever another tenant of the run fails."""
        extra: dict[str, Any] = {"unchanged": True, "published_sweep": event.published_sweep}
        for stage in Stage:
            if stage is Stage.BLINDSPOT_REPORT:
                scores = self._published_scores.get(event.tenant, {})
                extra |= self._release(event.tenant) | {f"score_{f}": score for f, score in scores.items()}
            yield from self._materialise(stage, event.tenant, {**event.counts, **extra})

    def _materialise(
        self, stage: Stage, tenant: str, metadata: Mapping[str, Any]
    ) -> Iterator[dg.AssetMaterialization]:
        if stage_key(stage) in self._selected:
            yield dg.AssetMaterialization(
                stage_key(stage), partition=tenant, metadata={**self._about, **metadata}
            )

    @cached_property
    def _published_scores(self) -> dict[str, dict[str, float]]:
        """Scores by tenant and framework as the last sweep left them: one query for a whole night."""
        portfolio = self._environment.settings.portfolio
        found: dict[str, dict[str, float]] = defaultdict(dict)
        if _database(portfolio).exists():
            _, rows = warehouse.query(_SCORES, None, portfolio)
            for tenant, framework, score in rows:
                found[tenant][framework] = score
        return found

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
        if REPORT_TABLES in self._selected:
            yield from _report_tables(self._environment, self.loaded, self._about)

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


def _database(portfolio: Path) -> Path:
    return portfolio / "published" / "radar.duckdb"


def _report_tables(
    environment: Environment, loaded: Mapping[str, Any] | None, said: Mapping[str, Any]
) -> Iterator[dg.MaterializeResult[None]]:
    database = _database(environment.settings.portfolio)
    if not database.exists():
        return
    yield dg.MaterializeResult(
        asset_key=REPORT_TABLES,
        metadata={
            **said,
            "unchanged": loaded is None,
            **{f"loaded_{name}": count for name, count in (loaded or {}).items()},
            "tables": dg.MetadataValue.path(database),
            "bytes": database.stat().st_size,
            **_overview(environment),
        },
    )


def _overview(environment: Environment) -> dict[str, Any]:
    """Rows by table, and the scores of each framework over all tenants."""
    counting = " UNION ALL ".join(f"SELECT '{t.name}' AS t, count(*) AS n FROM {t.name}" for t in TABLES)
    return {
        "rows": _table(environment, counting, ("table", "string"), ("rows", "int")),
        "scores": _table(
            environment,
            "SELECT framework_id, count(*), count(score), round(min(score), 1), round(median(score), 1), "
            "round(max(score), 1), round(sum(cost), 4) FROM framework_scores LEFT JOIN (SELECT tenant_id, "
            "framework_id, sum(cost_usd) AS cost FROM sweeps GROUP BY ALL) USING (tenant_id, framework_id) "
            "GROUP BY framework_id ORDER BY framework_id",
            ("framework", "string"),
            ("tenants", "int"),
            ("scored", "int"),
            ("lowest", "float"),
            ("median", "float"),
            ("highest", "float"),
            ("cost_usd", "float"),
        ),
    }


def _table(environment: Environment, sql: str, *columns: tuple[str, str]) -> dg.TableMetadataValue:
    _, rows = warehouse.query(sql, None, environment.settings.portfolio)
    names = [name for name, _ in columns]
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(names, row, strict=True))) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, kind) for name, kind in columns]),
    )
