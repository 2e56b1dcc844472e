"""The asset ``prompt_comparison`` and its check, as the warehouse's table of that name has them.

A draft that was only simulated is judged by that, a version in force only by what a real model answered.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from radar_pipeline.defs.evals_records import record, rows_of
from radar_pipeline.defs.evals_specs import COMPARISON_KEY, GATE_HOLDS
from radar_pipeline.evals.scorers import PRIMARY
from radar_pipeline.sweep.environment import Environment

SHOWN = 200
Row = dict[str, Any]

_GATES = """SELECT DISTINCT c.use_case, v.prompt_key, v.status, c.candidate, c.active, c.simulated,
    c.gate_passed, c.gate_says
    FROM prompt_comparison c JOIN prompt_versions v ON v.prompt_ref = c.candidate
    ORDER BY v.status DESC, c.use_case, c.candidate, c.simulated"""
_DIFFERENCES = """SELECT use_case, candidate, active, simulated, metric, difference, low, high, n, needed
    FROM prompt_comparison WHERE difference IS NOT NULL ORDER BY use_case, candidate, simulated, metric"""
_NOW = """SELECT use_case, prompt_key, simulated, metric, value FROM prompt_scores_now
    WHERE value IS NOT NULL AND status IN ('active', 'draft')"""

_GATES_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("use_case", "string", "What it is asked for."),
        dg.TableColumn("prompt_key", "string", "The version in question."),
        dg.TableColumn("status", "string", "draft, or active."),
        dg.TableColumn("candidate", "string", "name@version#sha."),
        dg.TableColumn("active", "string", "What it is compared with; empty if there is nothing."),
        dg.TableColumn("simulated", "bool", "The fake provider answered."),
        dg.TableColumn("gate_passed", "bool", "Whether the gate lets it be active; missing if not told."),
        dg.TableColumn("gate_says", "string", "Why."),
    ]
)
_DIFFERENCES_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("use_case", "string", "What it is asked for."),
        dg.TableColumn("candidate", "string", "The version in question."),
        dg.TableColumn("active", "string", "What it is compared with."),
        dg.TableColumn("simulated", "bool", "The fake provider answered."),
        dg.TableColumn("metric", "string", "Name of the scorer."),
        dg.TableColumn("difference", "float", "candidate - active on the same cases."),
        dg.TableColumn("low", "float", "Lower end of its 95% interval."),
        dg.TableColumn("high", "float", "Upper end of it."),
        dg.TableColumn("n", "int", "Cases that both answered."),
        dg.TableColumn("needed", "int", "How many more cases would decide."),
    ]
)


def compared(environment: Environment) -> Iterator[dg.MaterializeResult[None]]:
    """The comparison as it is published, with the gate's check. Raises StoreError.

    ``accuracy_<name@version>`` is a line of its own in the plots: how each version did over time.
    """
    gates, differences = rows_of(environment, _GATES), rows_of(environment, _DIFFERENCES)
    yield dg.MaterializeResult(
        asset_key=COMPARISON_KEY,
        metadata={
            "dagster/row_count": len(differences),
            "compared": len({(row["candidate"], row["simulated"]) for row in differences}),
            "gates": dg.MetadataValue.table([record(row) for row in gates[:SHOWN]], schema=_GATES_SCHEMA),
            "differences": dg.MetadataValue.table(
                [record(row) for row in differences[:SHOWN]], schema=_DIFFERENCES_SCHEMA
            ),
            **_plotted(rows_of(environment, _NOW)),
        },
        check_results=[checked(gates)],
    )


def checked(gates: Sequence[Row]) -> dg.AssetCheckResult:
    """The check's answer to what the gate says of each version, real answers before simulated ones."""
    told = {row["candidate"]: row for row in sorted(gates, key=lambda row: not row["simulated"])}
    drafts = [row for row in told.values() if row["status"] == "draft"]
    blocked = [row for row in drafts if row["gate_passed"] is False]
    in_force = [row for row in told.values() if row["status"] == "active" and not row["simulated"]]
    sunk = [row for row in in_force if row["gate_passed"] is False]
    says = [row["gate_says"] for row in blocked or sunk or drafts]
    return dg.AssetCheckResult(
        asset_key=COMPARISON_KEY,
        check_name=GATE_HOLDS.name,
        passed=not (blocked or sunk),
        severity=dg.AssetCheckSeverity.ERROR if blocked else dg.AssetCheckSeverity.WARN,
        description="\n\n".join(says) or "No draft that was evaluated waits at the gate.",
        metadata={
            "drafts": len(drafts),
            "blocked": ", ".join(row["prompt_key"] for row in blocked) or "none",
            "in_force_below_the_gate": ", ".join(row["prompt_key"] for row in sunk) or "none",
            "simulated": any(row["simulated"] for row in blocked or drafts),
        },
    )


def _plotted(rows: Sequence[Row]) -> dict[str, float]:
    """The primary figure of each version, simulated ones under a name that says so."""
    primary = {use_case.value: metric for use_case, metric in PRIMARY.items()}
    return {
        f"{'simulated_' if row['simulated'] else ''}accuracy_{row['prompt_key']}": row["value"]
        for row in rows
        if row["metric"] == primary[row["use_case"]]
    }
