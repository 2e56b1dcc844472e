"""The asset ``prompt_ab_results``: what experiments in production have shown so far."""

import dagster as dg

from radar_pipeline.defs.evals_records import record, rows_of
from radar_pipeline.defs.evals_specs import AB_RESULTS_KEY, ab_results_spec
from radar_pipeline.errors import RadarError
from radar_pipeline.storage.prompts_schema import AB_RESULTS
from radar_pipeline.sweep import portfolio
from radar_pipeline.sweep.environment import Environment

_ROWS = """SELECT experiment, arm, metric, prompt_ref, weight, assigned, sample_ratio_p, value, low, high, n,
    clusters, verdict FROM prompt_ab_results ORDER BY experiment, metric, arm"""
_KNOWN = {column.name: column for column in AB_RESULTS.columns}
_NAMES = (
    *("experiment", "arm", "metric", "prompt_ref", "weight", "assigned", "sample_ratio_p"),
    *("value", "low", "high", "n", "clusters", "verdict"),
)
_SCHEMA = dg.TableSchema(
    columns=[dg.TableColumn(n, _KNOWN[n].type.lower(), _KNOWN[n].comment) for n in _NAMES]
)


@dg.multi_asset(name="prompt_ab_results", specs=[ab_results_spec()])
def prompt_ab_results(environment: dg.ResourceParam[Environment]) -> dg.MaterializeResult[None]:
    """Bring the table up to what analysts have said, and tell each verdict. Raises Failure for a table
    that cannot be made."""
    try:
        portfolio.publish_evaluations(environment)
        rows = rows_of(environment, _ROWS)
    except RadarError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    figures = {f"{r['metric']}_{r['experiment']}_{r['arm']}": r["value"] for r in rows}
    return dg.MaterializeResult(
        asset_key=AB_RESULTS_KEY,
        metadata={
            "dagster/row_count": len(rows),
            "experiments": len({row["experiment"] for row in rows}),
            **{f"verdict_{row['experiment']}_{row['metric']}": row["verdict"] for row in rows},
            **{name: value for name, value in figures.items() if value is not None},
            "arms": dg.MetadataValue.table([record(row) for row in rows], schema=_SCHEMA),
        },
    )
