"""What the sweep's assets and checks are called, mean and depend on. No behaviour."""

from typing import Any

import dagster as dg

from radar_pipeline.defs import frameworks, metrics, style
from radar_pipeline.defs.evals_specs import VERSIONS_KEY
from radar_pipeline.defs.partitions import TENANTS
from radar_pipeline.storage.schema import BY_NAME
from radar_pipeline.sweep.events import Stage

REPORT_TABLES = dg.AssetKey("report_tables")
REPORT_SITE = dg.AssetKey("report_site")
JUDGEMENT_BATCHES = dg.AssetKey("judgement_batches")
ROWS_ARE_SOUND = dg.AssetCheckKey(REPORT_TABLES, "rows_are_sound")
CITATIONS_ARE_EXACT = dg.AssetCheckKey(dg.AssetKey(Stage.BLINDSPOT_REPORT.value), "citations_are_exact")
BLOCKING = (CITATIONS_ARE_EXACT, ROWS_ARE_SOUND)  # what comes after the one is not told until it passes

_DESCRIPTIONS = {
    Stage.DOCUMENTS: "Every source file, read in a process of its own into one canonical text, or "
    "quarantined with a reason.",
    Stage.CHUNKS: "Documents cut by the strategy of their kind into chunks, and into passages short "
    "enough to embed.",
    Stage.EMBEDDINGS: "A vector for each distinct text; a text is embedded once.",
    Stage.ASSESSMENTS: "The verdict on every requirement that binds the tenant, with verified quotes, "
    "or with the search that found nothing.",
    Stage.STANDING_ANSWERS: "The tenant's standing questions, answered sentence by sentence, each with its "
    "support or marked as having none.",
    Stage.BLINDSPOT_REPORT: "Findings and their life, scores and causes of change: the tenant's "
    "published tables and page.",
}
_KINDS = {
    Stage.DOCUMENTS: {"file"},
    Stage.CHUNKS: {"lancedb"},
    Stage.EMBEDDINGS: {"lancedb"},
    Stage.ASSESSMENTS: {"lancedb"},
    Stage.STANDING_ANSWERS: {"lancedb"},
    Stage.BLINDSPOT_REPORT: {"duckdb", "html"},
}
# Each speaks of every tenant of the portfolio; see ``checks``.
_CHECKS: tuple[tuple[dg.AssetKey, str, str], ...] = tuple(
    (dg.AssetKey(asset), name, says)
    for asset, name, says in (
        (
            "documents",
            "documents_are_sound",
            "Every tenant has documents, each listed once, of a known kind and status, and either read or "
            "with its reason.",
        ),
        (
            "chunks",
            "chunks_are_sound",
            "Every document that was read has all its chunks, each once and within its text.",
        ),
        (
            "embeddings",
            "passages_are_sound",
            "Every document that was read has all its passages, each once, within its text and as many as "
            "its report counts, and vectors beside them.",
        ),
        (
            "assessments",
            "assessments_are_sound",
            "One known verdict for each requirement, with the quotes, the search, the finding or the reason "
            "that it needs; an empty corpus has no blindspots.",
        ),
        (
            "assessments",
            "evidence_is_sound",
            "Every quote is kept once, lies within a document that was read, and is about what was assessed.",
        ),
        (
            "standing_answers",
            "answers_are_sound",
            "Every standing question has one answer, and every sentence of it support or its mark.",
        ),
        (
            "blindspot_report",
            "findings_are_sound",
            "Every finding is kept once, of a known kind and status, about a requirement or document that "
            "there is.",
        ),
        (
            "blindspot_report",
            "changes_are_explained",
            "Every changed verdict differs from the one before and has causes, from the closed set.",
        ),
        (
            "blindspot_report",
            "scores_follow",
            "Every score and every count beside it, computed again from assessments and requirements.",
        ),
    )
)
CHECKS = (CITATIONS_ARE_EXACT, *(dg.AssetCheckKey(asset, name) for asset, name, _ in _CHECKS), ROWS_ARE_SOUND)


def stage_key(stage: Stage) -> dg.AssetKey:
    """The asset of a stage: its name."""
    return dg.AssetKey(stage.value)


def specs() -> list[dg.AssetSpec]:
    """The stages of a tenant in order, then what all tenants share."""
    return [*_stages(), *metrics.specs(), _report_tables(), _report_site()]


def check_specs() -> list[dg.AssetCheckSpec]:
    """Looked at once for all tenants. Only what would put a wrong verdict or quote on a page keeps it
    back."""
    return [
        dg.AssetCheckSpec(
            CITATIONS_ARE_EXACT.name,
            asset=CITATIONS_ARE_EXACT.asset_key,
            blocking=True,
            description="Every stored chunk, passage and quote of every tenant is literally in the document "
            "version it names, at its offsets. Where one is not, the shared tables and the index page wait; "
            "a tenant whose store cannot be read is named, and nobody waits for it.",
        ),
        *(dg.AssetCheckSpec(name, asset=asset, description=says) for asset, name, says in _CHECKS),
        dg.AssetCheckSpec(
            ROWS_ARE_SOUND.name,
            asset=REPORT_TABLES,
            blocking=True,
            description="Every current assessment of every tenant: one for each requirement, a known "
            "verdict, a probability as confidence, a quote, a search or a reason behind it. Where it fails, "
            "the index page waits.",
        ),
        metrics.check_spec(),
    ]


def judgement_batches() -> dg.AssetSpec:
    """What is sent at night. It does a tenant's first stages itself, so it stands before them all: between
    two stages of one step no other step can be."""
    return dg.AssetSpec(
        JUDGEMENT_BATCHES,
        deps=[frameworks.KEY],
        description="Questions to the judge's models, sent at night by the providers' batch interfaces at "
        "half price. Their answers go into the tenant's response cache, where the sweep after it finds "
        "them; what has no answer by the deadline is asked live.",
        owners=style.OWNERS,
        kinds={"openai", "anthropic"},
        tags=style.PRIVATE,
        group_name="tenants",
        partitions_def=TENANTS,
        skippable=True,
        metadata=style.metadata(None, "batching/submitting.py", "batching/fetching.py"),
    )


def _stages() -> list[dg.AssetSpec]:
    """``assessments`` are made against frameworks, and ``documents`` are only read if what binds the
    tenant makes it due. With that first edge a backfill of all stages is one run: without it Dagster
    would launch the stages before ``assessments`` by themselves."""
    metadata = _stage_metadata()
    found: list[dg.AssetSpec] = []
    for stage in Stage:
        deps: list[dg.AssetKey] = [stage_key(Stage(found[-1].key.path[-1]))] if found else []
        if stage in (Stage.DOCUMENTS, Stage.ASSESSMENTS):
            deps.append(frameworks.KEY)
        if stage is Stage.ASSESSMENTS:
            deps += [JUDGEMENT_BATCHES, VERSIONS_KEY]  # the last active version, however it was evaluated
        found.append(
            dg.AssetSpec(
                stage_key(stage),
                deps=deps,
                description=_DESCRIPTIONS[stage],
                owners=style.OWNERS,
                kinds=_KINDS[stage],
                tags=style.PRIVATE,
                group_name="tenants",
                partitions_def=TENANTS,
                skippable=True,  # a failed tenant's partition gets no materialisation
                metadata=metadata[stage],
            )
        )
    return found


def _stage_metadata() -> dict[Stage, dict[str, Any]]:
    of_documents = style.table_schema(BY_NAME["documents"])
    of_assessments = style.table_schema(BY_NAME["assessments"])
    of_answers = style.table_schema(BY_NAME["standing_answers"])
    return {
        Stage.DOCUMENTS: style.metadata(of_documents, "documents.py", "manifest.py"),
        Stage.CHUNKS: style.metadata(style.plain_schema(style.CHUNKS), "documents.py"),
        Stage.EMBEDDINGS: style.metadata(style.plain_schema(style.VECTORS), "embeddings.py"),
        Stage.ASSESSMENTS: style.metadata(of_assessments, "assess.py", "validate.py"),
        Stage.STANDING_ANSWERS: style.metadata(of_answers, "answering.py", "material.py"),
        Stage.BLINDSPOT_REPORT: style.metadata(style.all_tables(shared=False), "publish.py"),
    }


def _report_tables() -> dg.AssetSpec:
    report = stage_key(Stage.BLINDSPOT_REPORT)
    return dg.AssetSpec(
        REPORT_TABLES,
        deps=[dg.AssetDep(report, partition_mapping=dg.AllPartitionMapping()), *metrics.METRICS],
        description="The report tables of all tenants in one DuckDB file and as Parquet: ids, verdicts, "
        "scores, numbers, and no tenant's text. Columns are described in docs/tables.md.",
        owners=style.OWNERS,
        kinds={"duckdb", "parquet"},
        tags=style.SHARED,
        group_name="portfolio",
        skippable=True,
        metadata={
            **style.metadata(style.all_tables(shared=True), "portfolio.py"),
            "dagster/column_lineage": style.lineage_from(report),
        },
    )


def _report_site() -> dg.AssetSpec:
    return dg.AssetSpec(
        REPORT_SITE,
        deps=[REPORT_TABLES],
        description="The index page of all tenants; each tenant's own page is published with its report.",
        owners=style.OWNERS,
        kinds={"html"},
        tags=style.SHARED,
        group_name="portfolio",
        skippable=True,
        metadata=style.metadata(None, "page.py"),
    )
