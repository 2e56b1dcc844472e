"""The asset ``quote_verification``: every stored quote and piece of every tenant, in its document."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from radar_pipeline.defs.specs import stage_key
from radar_pipeline.defs.style import OWNERS
from radar_pipeline.errors import StoreError
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage
from radar_pipeline.sweep.verify import Verified, tenants

QUOTE_VERIFICATION = dg.AssetKey("quote_verification")
IDS_SHOWN = 20  # of wrong quotes, for each tenant

_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("tenant", "string", "Slug of the tenant, retired ones included."),
        dg.TableColumn("quotes", "int", "Stored quotes that were looked up, those of past reports included."),
        dg.TableColumn("pieces", "int", "Stored chunks and passages that were looked up."),
        dg.TableColumn("wrong", "int", "Quotes and pieces that are not literally in the version they name."),
        dg.TableColumn("evidence_ids", "string", f"Their ids, the first {IDS_SHOWN}, quotes before pieces."),
        dg.TableColumn("problem", "string", "Why a tenant's quotes could not be looked up."),
        dg.TableColumn("remedy", "string", "What mends it."),
    ]
)


@dg.asset(
    key=QUOTE_VERIFICATION,
    deps=[dg.AssetDep(stage_key(Stage.BLINDSPOT_REPORT), partition_mapping=dg.AllPartitionMapping())],
    description="Every stored quote, chunk and passage of every tenant, found literally in the document "
    "version it names. "
    "A week without it is a week in which a damaged text would have gone unseen.",
    owners=OWNERS,
    kinds={"duckdb", "lancedb"},
    group_name="portfolio",
    metadata={"dagster/column_schema": _SCHEMA},
)
def quote_verification(
    context: dg.AssetExecutionContext, environment: dg.ResourceParam[Environment]
) -> dg.MaterializeResult[None]:
    """Raises Failure, naming tenants and ids alone, if a quote is not where it says; what was found is
    then an observation of the asset, which stays as stale as its last good verification."""
    found = list(tenants(environment.settings))
    metadata: dict[str, Any] = {
        "tenants": len(found),
        "quotes": sum(tenant.quotes for tenant in found),
        "pieces": sum(tenant.pieces for tenant in found),
        "wrong": sum(len(tenant.wrong + tenant.wrong_pieces) for tenant in found),
        "unverified": sum(bool(tenant.problem) for tenant in found),
        "verified": dg.MetadataValue.table([_row(tenant) for tenant in found], schema=_SCHEMA),
    }
    unsound = [tenant for tenant in found if not tenant.sound]
    if unsound:
        context.log_event(dg.AssetObservation(QUOTE_VERIFICATION, metadata=metadata))
        error = _error(unsound)
        raise dg.Failure(str(error), metadata=metadata, allow_retries=False) from error
    return dg.MaterializeResult(metadata=metadata)


def _row(tenant: Verified) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "tenant": tenant.tenant,
            "quotes": tenant.quotes,
            "pieces": tenant.pieces,
            "wrong": len(tenant.wrong + tenant.wrong_pieces),
            "evidence_ids": ", ".join((tenant.wrong + tenant.wrong_pieces)[:IDS_SHOWN]),
            "problem": tenant.problem,
            "remedy": tenant.remedy,
        }
    )


def _error(unsound: Sequence[Verified]) -> StoreError:
    wrong = sum(len(tenant.wrong + tenant.wrong_pieces) for tenant in unsound)
    return StoreError(
        f"{wrong} quotes or pieces are not literally in the document version they name, and "
        f"{len(unsound)} tenants are unsound: {', '.join(tenant.tenant for tenant in unsound)}.",
        remedy=unsound[0].remedy or "`radar doctor` says what mends each.",
    )
