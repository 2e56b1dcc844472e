"""The check on a run's rows: a thin wrapper over one pure validator, which is Great Expectations'."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from radar_pipeline.defs.specs import ROWS_ARE_SOUND
from radar_pipeline.models import Reason, Verdict
from radar_pipeline.storage import warehouse

# Derived columns turn rules over several columns into plain expectations on one.
ROWS = """
SELECT tenant_id, requirement_id, verdict, reason, confidence,
       verdict = 'not_assessed' AND reason IS NULL
         AND applicability IS DISTINCT FROM 'not_applicable' AS unexplained,
       verdict IN ('covered', 'partial', 'contradicted') AND coalesce(evidence_count, 0) = 0 AS unproven,
       verdict = 'not_addressed' AND coalesce(passages_searched, 0) = 0 AS unsearched,
       coalesce(abs(p_covered + p_partial + p_contradicted + p_not_addressed - 1) > 0.01, true) AS unbalanced
FROM assessments
"""
_SAYS = "says"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation: what it says, whether it held, how many rows broke it."""

    says: str
    held: bool
    broken_rows: int


def validate(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Outcome]:
    """What Great Expectations finds in rows of ``ROWS``. Counts only: its own results quote values.

    The import takes seconds, so it happens here and not where this module is imported.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read at import; no network from here
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = (
        context.data_sources.add_pandas("portfolio")
        .add_dataframe_asset("assessments")
        .add_batch_definition_whole_dataframe("current")
        .get_batch({"dataframe": pd.DataFrame([list(row) for row in rows], columns=list(columns))})
    )
    suite = gx.ExpectationSuite(name="rows_are_sound", expectations=_expectations(gx.expectations))
    return [_outcome(result) for result in batch.validate(suite, result_format="SUMMARY").results]


def _expectations(ge: Any) -> list[Any]:
    """Each says in its ``meta`` what it expects. The first matters most: without rows there are no
    values to expect anything of, and every other would hold."""
    verdicts = [verdict.value for verdict in Verdict]
    reasons = [reason.value for reason in Reason]
    never = {
        "unexplained": "what is not assessed says why",
        "unproven": "a verdict from documents has a quote",
        "unsearched": "a blindspot was searched for",
        "unbalanced": "the verdicts' scores add up to one",
    }
    return [
        ge.ExpectTableRowCountToBeBetween(min_value=1, meta={_SAYS: "there are rows"}),
        ge.ExpectCompoundColumnsToBeUnique(
            column_list=["tenant_id", "requirement_id"],
            meta={_SAYS: "a requirement is assessed once for each tenant"},
        ),
        ge.ExpectColumnValuesToBeInSet(
            column="verdict", value_set=verdicts, meta={_SAYS: "the verdict is one of ours"}
        ),
        ge.ExpectColumnValuesToBeInSet(
            column="reason", value_set=reasons, meta={_SAYS: "the reason is one of ours"}
        ),
        ge.ExpectColumnValuesToBeBetween(
            column="confidence", min_value=0, max_value=1, meta={_SAYS: "confidence is a probability"}
        ),
        *(
            ge.ExpectColumnValuesToNotBeNull(column=column, meta={_SAYS: f"{column} is known"})
            for column in ("tenant_id", "requirement_id", "verdict", "confidence")
        ),
        *(
            ge.ExpectColumnValuesToBeInSet(column=column, value_set=[False], meta={_SAYS: says})
            for column, says in never.items()
        ),
    ]


def _outcome(result: Any) -> Outcome:
    """An expectation that could not be checked did not hold."""
    says = result.expectation_config.meta[_SAYS]
    return Outcome(says, bool(result.success), int(result.result.get("unexpected_count") or 0))


def rows_are_sound(instance: dg.DagsterInstance, portfolio: Path) -> dg.AssetCheckResult:
    """The check on all current assessments of all tenants, as published in the portfolio.

    Rows that passed once and were not replaced since are not read again.
    """
    now = snapshot(portfolio)
    before = _last_evaluation(instance)
    if before is not None and before.passed and before.metadata["snapshot"].value == now:
        return _result(True, None, {**before.metadata, "unchanged": True})
    columns, rows = warehouse.query(ROWS, None, portfolio)
    outcomes = validate(columns, rows)
    broken = [outcome.says for outcome in outcomes if not outcome.held]
    table = [dg.TableRecord({"says": o.says, "held": o.held, "broken_rows": o.broken_rows}) for o in outcomes]
    return _result(
        not broken,
        f"Not so: {'; '.join(broken)}." if broken else None,
        {
            "rows": len(rows),
            "snapshot": now,
            "unchanged": False,
            "expectations": dg.MetadataValue.table(table),
        },
    )


def snapshot(portfolio: Path) -> str:
    """Which published portfolio this is: it is replaced by rename, so a new one is a new file."""
    stat = (portfolio / "published" / "radar.duckdb").stat()
    return f"{stat.st_ino}-{stat.st_mtime_ns}-{stat.st_size}"


def _result(passed: bool, description: str | None, metadata: Mapping[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=ROWS_ARE_SOUND.asset_key,
        check_name=ROWS_ARE_SOUND.name,
        passed=passed,
        description=description,
        metadata=metadata,
    )


def _last_evaluation(instance: dg.DagsterInstance) -> dg.AssetCheckEvaluation | None:
    """The newest one that was made: the newest record is only this run's plan to make one."""
    for record in instance.event_log_storage.get_asset_check_execution_history(ROWS_ARE_SOUND, limit=20):
        event = record.event.dagster_event if record.event else None
        if event and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            return event.asset_check_evaluation_data
    return None
