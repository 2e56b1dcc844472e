"""What the sweep's assets are called, mean and depend on. No behaviour."""

import dagster as dg

from radar_pipeline.defs import frameworks
from radar_pipeline.defs.partitions import TENANTS
from radar_pipeline.defs.style import OWNERS, table_schemas
from radar_pipeline.sweep.events import Stage

REPORT_TABLES = dg.AssetKey("report_tables")
REPORT_SITE = dg.AssetKey("report_site")
ROWS_ARE_SOUND = dg.AssetCheckKey(REPORT_TABLES, "rows_are_sound")

_DESCRIPTIONS = {
    Stage.DOCUMENTS: "Every source file, read in a process of its own into one canonical text, or "
    "quarantined with a reason.",
    Stage.CHUNKS: "Documents cut by the strategy of their kind into chunks, and into passages short "
    "enough to embed.",
    Stage.EMBEDDINGS: "A vector for each distinct text; a text is embedded once.",
    Stage.ASSESSMENTS: "The verdict on every requirement that binds the tenant, with verified quotes, "
    "or with the search that found nothing.",
    Stage.BLINDSPOT_REPORT: "Findings and their life, scores and causes of change: the tenant's "
    "published tables and page.",
}
_KINDS = {
    Stage.DOCUMENTS: {"file"},
    Stage.CHUNKS: {"lancedb"},
    Stage.EMBEDDINGS: {"lancedb"},
    Stage.ASSESSMENTS: {"lancedb"},
    Stage.BLINDSPOT_REPORT: {"duckdb", "html"},
}


def stage_key(stage: Stage) -> dg.AssetKey:
    """The asset of a stage: its name."""
    return dg.AssetKey(stage.value)


def specs() -> list[dg.AssetSpec]:
    """The stages of a tenant in order, then what all tenants share."""
    return [*_stages(), _report_tables(), _report_site()]


def check_specs() -> list[dg.AssetCheckSpec]:
    """Looked at once for all of a run's rows; what depends on the tables waits for it."""
    return [
        dg.AssetCheckSpec(
            ROWS_ARE_SOUND.name,
            asset=REPORT_TABLES,
            blocking=True,
            description="Every current assessment of every tenant: one for each requirement, a known "
            "verdict, a probability as confidence, a quote, a search or a reason behind it.",
        )
    ]


def _stages() -> list[dg.AssetSpec]:
    """``assessments`` are made against frameworks, and ``documents`` are only read if what binds the
    tenant makes it due. With that first edge a backfill of all stages is one run: without it Dagster
    would launch the stages before ``assessments`` by themselves."""
    found: list[dg.AssetSpec] = []
    for stage in Stage:
        deps: list[dg.AssetKey] = [stage_key(Stage(found[-1].key.path[-1]))] if found else []
        if stage in (Stage.DOCUMENTS, Stage.ASSESSMENTS):
            deps.append(frameworks.KEY)
        found.append(
            dg.AssetSpec(
                stage_key(stage),
                deps=deps,
                description=_DESCRIPTIONS[stage],
                owners=OWNERS,
                kinds=_KINDS[stage],
                group_name="tenants",
                partitions_def=TENANTS,
                skippable=True,  # a failed tenant's partition gets no materialisation
                metadata=table_schemas(shared=False) if stage is Stage.BLINDSPOT_REPORT else None,
            )
        )
    return found


def _report_tables() -> dg.AssetSpec:
    return dg.AssetSpec(
        REPORT_TABLES,
        deps=[
            dg.AssetDep(stage_key(Stage.BLINDSPOT_REPORT), partition_mapping=dg.AllPartitionMapping()),
        ],
        description="The report tables of all tenants in one DuckDB file and as Parquet: ids, verdicts, "
        "scores, numbers, and no tenant's text. Columns are described in docs/tables.md.",
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        group_name="portfolio",
        skippable=True,
        metadata=table_schemas(shared=True),
    )


def _report_site() -> dg.AssetSpec:
    return dg.AssetSpec(
        REPORT_SITE,
        deps=[REPORT_TABLES],
        description="The index page of all tenants; each tenant's own page is published with its report.",
        owners=OWNERS,
        kinds={"html"},
        group_name="portfolio",
        skippable=True,
    )
