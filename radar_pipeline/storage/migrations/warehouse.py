"""Steps of the report tables. Step n brings a database of version n - 1 to version n."""

from pathlib import Path

from radar_pipeline.storage import ddl
from radar_pipeline.storage.migrations import prompt_tables, standing_answers
from radar_pipeline.storage.releases import newer
from radar_pipeline.storage.sql import Connection, transaction


def _added(table: str, **columns: str) -> tuple[str, ...]:
    """Statements that add columns. Without defaults: a second one on a table fails at the commit."""
    return tuple(f"ALTER TABLE {table} ADD COLUMN {name} {type_}" for name, type_ in columns.items())


STEPS: dict[int, tuple[str, ...]] = {
    # 2: the evaluation of the prompt became part of each decision record.
    2: (
        "ALTER TABLE assessments_history ADD COLUMN prompt_evaluation VARCHAR",
        "UPDATE assessments_history SET prompt_evaluation = 'not evaluated'",
    ),
    # 3: requirements tell the publisher's groups, the portfolio its tenants; views answer the usual
    # questions (made below, as all views are).
    3: (
        "ALTER TABLE requirements_history ADD COLUMN implementation_groups VARCHAR[]",
        "UPDATE requirements_history SET implementation_groups = []",
    ),
    # 4: the change log names a requirement that the catalog dropped.
    4: (),
    # 5: documents tell who wrote and approved them, which pages are pictures and what they stand beside;
    # quotes tell how one would cite them.
    5: (
        *_added(
            "documents_history",
            approved_on="DATE",
            language="VARCHAR",
            scanned_pages="INTEGER[]",
            ocr_pages="INTEGER[]",
            needs_ocr="BOOLEAN",
            container="VARCHAR",
            superseded_by="VARCHAR",
            duplicate_of="VARCHAR",
            missing_since="TIMESTAMPTZ",
        ),
        *_added("evidence_history", ocr="BOOLEAN"),
    ),
    # 6: a model's wording may differ from the document's by noise, and a document may instruct it.
    6: (
        *_added("evidence_history", noisy="BOOLEAN"),
        *_added("documents_history", instructing_places="INTEGER"),
        "UPDATE evidence_history SET noisy = FALSE",
        "UPDATE documents_history SET instructing_places = 0",
    ),
    # 7: the portfolio tells of prompts, how they were evaluated and what analysts said.
    7: (),
}
# A table that was updated can't be altered in the same transaction: all columns first.
_NOTHING_KNOWN = (
    "UPDATE documents_history SET language = '', scanned_pages = [], ocr_pages = [], needs_ocr = FALSE, "
    "container = '', superseded_by = '', duplicate_of = ''",
    "UPDATE evidence_history SET ocr = FALSE",
)
TENANT_STEPS: dict[int, tuple[str, ...]] = {
    5: (
        *_added(
            "documents_history",
            document_version="VARCHAR",
            author="VARCHAR",
            approved_by="VARCHAR",
            read_from="VARCHAR",
        ),
        *_added("evidence_history", citation="VARCHAR"),
        *_added("search_results", citation="VARCHAR"),
        *_NOTHING_KNOWN,
        "UPDATE documents_history SET document_version = '', author = '', approved_by = '', read_from = '{}'",
        "UPDATE evidence_history SET citation = ''",
        "UPDATE search_results SET citation = ''",
    ),
    6: standing_answers.TENANT,
}
PORTFOLIO_STEPS: dict[int, tuple[str, ...]] = {
    3: (
        "CREATE TABLE tenants (tenant_id VARCHAR, name VARCHAR, industry VARCHAR, jurisdictions VARCHAR[], "
        "plan VARCHAR, state VARCHAR, last_sweep_id VARCHAR, last_outcome VARCHAR, failed_stage VARCHAR, "
        "failure_reason VARCHAR, published_at TIMESTAMPTZ)",
    ),
    5: _NOTHING_KNOWN,
    # 6: what language models were asked and cost, by day.
    6: (
        *standing_answers.PORTFOLIO,
        "CREATE TABLE llm_metrics_daily (day DATE, tenant_id VARCHAR, feature VARCHAR, prompt_ref "
        "VARCHAR, alias VARCHAR, provider VARCHAR, model VARCHAR, requests BIGINT, attempts BIGINT, "
        "answered BIGINT, failed BIGINT, lost BIGINT, unsettled BIGINT, error_rate DOUBLE, live_attempts "
        "BIGINT, batch_attempts BIGINT, cached BIGINT, peak_per_minute BIGINT, mean_per_minute DOUBLE, "
        "latencies BIGINT, latency_p50_ms DOUBLE, latency_p95_ms DOUBLE, latency_p99_ms DOUBLE, cost_usd "
        "DOUBLE, input_tokens BIGINT, output_tokens BIGINT, cached_tokens BIGINT, cache_write_tokens "
        "BIGINT, cache_lookups BIGINT, exact_hits BIGINT, semantic_hits BIGINT, exact_hit_rate DOUBLE, "
        "semantic_hit_rate DOUBLE, claims BIGINT, claims_unsupported BIGINT, unsupported_claim_rate "
        "DOUBLE, satisfaction DOUBLE)",
        "CREATE TABLE llm_rollups_daily (day DATE, level VARCHAR, tenant_id VARCHAR, feature VARCHAR, "
        "prompt_ref VARCHAR, alias VARCHAR, requests BIGINT, attempts BIGINT, answered BIGINT, failed "
        "BIGINT, lost BIGINT, unsettled BIGINT, error_rate DOUBLE, live_attempts BIGINT, batch_attempts "
        "BIGINT, cached BIGINT, peak_per_minute BIGINT, mean_per_minute DOUBLE, latencies BIGINT, "
        "latency_p50_ms DOUBLE, latency_p95_ms DOUBLE, latency_p99_ms DOUBLE, cost_usd DOUBLE, "
        "input_tokens BIGINT, output_tokens BIGINT, cached_tokens BIGINT, cache_write_tokens BIGINT, "
        "cache_lookups BIGINT, exact_hits BIGINT, semantic_hits BIGINT, exact_hit_rate DOUBLE, "
        "semantic_hit_rate DOUBLE, claims BIGINT, claims_unsupported BIGINT, unsupported_claim_rate "
        "DOUBLE, feedback_up BIGINT, feedback_down BIGINT, satisfaction DOUBLE)",
        "CREATE TABLE llm_errors_daily (day DATE, tenant_id VARCHAR, feature VARCHAR, prompt_ref "
        "VARCHAR, alias VARCHAR, provider VARCHAR, model VARCHAR, error_class VARCHAR, attempts BIGINT)",
        "CREATE TABLE usage_daily (day DATE, tenant_id VARCHAR, queries BIGINT, queries_per_month "
        "BIGINT, cost_usd DOUBLE, usd_per_day DOUBLE, usd_per_month DOUBLE, all_usd_per_day DOUBLE, "
        "all_usd_per_month DOUBLE, documents BIGINT, megabytes DOUBLE, sweeps BIGINT, judged BIGINT, "
        "reused BIGINT)",
    ),
    7: prompt_tables.PORTFOLIO,
}


def stored_version(con: Connection, path: Path) -> int:
    """The database's schema version; NewerStoreError if this program doesn't know it."""
    row = con.execute("SELECT version FROM schema_version").fetchone()
    version = int(row[0]) if row else 0
    if version > ddl.VERSION:
        raise newer(path, version, ddl.VERSION)
    return version


def is_portfolio(con: Connection) -> bool:
    """Whether the open database is the portfolio's, not a tenant's own."""
    return con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'loaded'").fetchone() is not None


def migrate(con: Connection, path: Path) -> None:
    """Bring an older database up to date; nothing happens to a current one.

    Each step is a transaction of its own, because a table that one step updates cannot be altered by
    the next in the same: who is killed between two goes on from there.
    """
    version = stored_version(con, path)
    if version == ddl.VERSION:
        return
    shared = is_portfolio(con)
    own = PORTFOLIO_STEPS if shared else TENANT_STEPS
    for step in range(version + 1, ddl.VERSION + 1):
        described = ddl.describe(shared=shared) if step == ddl.VERSION else ()
        with transaction(con):
            for sql in (*STEPS[step], *own.get(step, ()), *described):
                con.execute(sql)
            con.execute("UPDATE schema_version SET version = ?", [step])
    # An engine's log is replayed with least trouble when it holds no DDL.
    con.execute("CHECKPOINT")


def attach(con: Connection, path: Path) -> bool:
    """Use a stored database as ``radar``, read-only; an older one is copied into memory and migrated.

    Returns whether it was copied: then nothing but the caller keeps the copy from being changed.
    """
    stored = ddl.literal(str(path))
    con.execute(f"ATTACH {stored} AS radar (READ_ONLY)")
    con.execute("USE radar")
    if stored_version(con, path) == ddl.VERSION:
        return False
    con.execute("USE memory")
    con.execute("DETACH radar")
    con.execute("ATTACH ':memory:' AS radar")
    con.execute(f"ATTACH {stored} AS old (READ_ONLY)")
    con.execute("COPY FROM DATABASE old TO radar")
    con.execute("DETACH old")
    con.execute("USE radar")
    migrate(con, path)
    return True
