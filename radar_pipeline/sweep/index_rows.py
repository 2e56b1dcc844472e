"""The rows of the portfolio that its index shows: a small part, however long its history is."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from radar_pipeline.storage import warehouse
from radar_pipeline.storage.releases import DATABASE

Rows = dict[str, list[dict[str, Any]]]

_LATEST = "(SELECT tenant_id, framework_id, max(sweep_id) AS sweep_id FROM sweeps GROUP BY ALL)"
_GRAVE = "a.verdict IN ('not_addressed', 'contradicted') AND a.applicability <> 'not_applicable'"
_OPEN = "kind IN ('blindspot', 'contradiction') AND status <> 'resolved'"

# By the table whose rows they are. Where a query has more rows than it may give, the gravest come first.
_QUERIES = {
    "tenants": """SELECT tenant_id, name, industry, state, last_sweep_id, last_outcome, failed_stage,
        failure_reason, published_at FROM tenants""",
    "framework_scores": "SELECT * FROM framework_scores",
    # What held at the publication before: the last one closed it, or it still holds.
    "framework_scores_history": f"""SELECT h.tenant_id, h.framework_id, h.score, h.formula,
        h.valid_from_sweep, h.valid_to_sweep
        FROM framework_scores_history h JOIN {_LATEST} l USING (tenant_id, framework_id)
        WHERE h.valid_to_sweep IS NULL OR h.valid_to_sweep = l.sweep_id""",
    # The last two publications, and those that first told of a finding.
    "sweeps": f"""SELECT tenant_id, framework_id, sweep_id, as_of, documents, unreadable, cost_usd
        FROM sweeps
        QUALIFY row_number() OVER (PARTITION BY tenant_id, framework_id ORDER BY sweep_id DESC) <= 2
        OR (tenant_id, sweep_id) IN (SELECT (tenant_id, first_seen_sweep) FROM findings WHERE {_OPEN})""",
    "verdict_changes": f"""SELECT tenant_id, framework_id, sweep_id, c.causes, count(*) AS changes
        FROM verdict_changes c JOIN {_LATEST} USING (tenant_id, framework_id, sweep_id) GROUP BY ALL""",
    "assessments": f"""SELECT a.tenant_id, a.framework_id, a.requirement_id, a.verdict, a.applicability,
        a.confidence, a.needs_review
        FROM assessments a JOIN requirements r USING (tenant_id, requirement_id)
        WHERE {_GRAVE} ORDER BY r.importance DESC, tenant_id, requirement_id""",
    "findings": f"""SELECT tenant_id, framework_id, requirement_id, kind, severity, status, first_seen_sweep
        FROM findings WHERE {_OPEN} ORDER BY severity DESC, tenant_id, requirement_id""",
    "requirements": f"""SELECT r.tenant_id, r.requirement_id, r.ref, r.title, r.importance
        FROM requirements r JOIN assessments a USING (tenant_id, requirement_id)
        WHERE {_GRAVE} ORDER BY r.importance DESC, tenant_id, requirement_id""",
    "documents": """SELECT tenant_id, readable, reason, needs_ocr, review_by, overdue
        FROM documents WHERE overdue OR NOT readable OR needs_ocr""",
    # Requirements that a plan or a budget kept from being assessed.
    "held_by_limits": """SELECT tenant_id, reason, count(*) AS requirements FROM assessments
        WHERE reason IN ('quota', 'budget') AND applicability <> 'not_applicable' GROUP BY ALL""",
}
_TIMES: dict[str, Callable[[str], date]] = {
    "as_of": date.fromisoformat,
    "review_by": date.fromisoformat,
    "published_at": datetime.fromisoformat,
}


def read(portfolio: Path) -> Rows:
    """Rows by table, as ``render_index`` takes them; none if nothing is published."""
    if not (portfolio / "published" / DATABASE).exists():
        return {table: [] for table in _QUERIES}
    limited = [f"{sql} LIMIT {warehouse.QUERY_ROWS}" for sql in _QUERIES.values()]
    answers = warehouse.queries(limited, None, portfolio)
    return {table: _rows(*answer) for table, answer in zip(_QUERIES, answers, strict=True)}


def _rows(columns: Sequence[str], found: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [
        {
            name: _TIMES[name](value) if name in _TIMES and value is not None else value
            for name, value in zip(columns, row, strict=True)
        }
        for row in found
    ]
