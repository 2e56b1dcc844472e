"""The model layer: the ledger of calls, quotas, breakers, rate limits, batches and feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _calls()
    _traffic()
    _batches()
    _feedback()


def _calls() -> None:
    op.create_table(
        "llm_calls",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("feature", sa.String(32), nullable=False),
        sa.Column("prompt_ref", sa.String(255), nullable=False),
        sa.Column("alias", sa.String(128), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("route_reason", sa.Text, nullable=False),
        sa.Column("cache", sa.String(16), nullable=False),
        sa.Column("batch_id", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error_class", sa.String(32), nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cached_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_nano", sa.BigInteger, nullable=False),
        sa.Column("reserved_nano", sa.BigInteger, nullable=False),
        sa.Column("queries", sa.Integer, nullable=False),
        sa.Column("latency_ms", sa.Integer),
        sa.Column("claims", sa.Integer),
        sa.Column("claims_unsupported", sa.Integer),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("expires_at", MOMENT),
    )
    op.create_index("ix_llm_calls_started", "llm_calls", ["started_at", "call_id"])
    op.create_index("ix_llm_calls_tenant", "llm_calls", ["tenant_id", "started_at"])
    op.create_index("ix_llm_calls_state", "llm_calls", ["state", "expires_at"])
    op.create_table(
        "llm_counters",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("period", sa.String(10), primary_key=True),
        sa.Column("unit", sa.String(16), primary_key=True),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "llm_alerts",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("period", sa.String(10), primary_key=True),
        sa.Column("unit", sa.String(16), primary_key=True),
        sa.Column("level", sa.String(16), primary_key=True),
        sa.Column("amount", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("noticed_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT),
    )


def _traffic() -> None:
    op.create_table(
        "llm_breakers",
        sa.Column("alias", sa.String(128), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("open_until", MOMENT),
        sa.Column("probe_until", MOMENT),
    )
    op.create_table(
        "llm_rates",
        sa.Column("use_id", COUNTED, primary_key=True, autoincrement=True),
        sa.Column("bucket", sa.String(160), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
    )
    op.create_index("ix_llm_rates_bucket", "llm_rates", ["bucket", "at_ms"])


def _batches() -> None:
    op.create_table(
        "llm_batches",
        sa.Column("batch_key", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("alias", sa.String(128), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("provider_batch_id", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("prepared_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.Column("deadline", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("sweep_cause", sa.Text, nullable=False),
    )
    op.create_index("ix_llm_batches_tenant", "llm_batches", ["tenant_id", "state"])
    op.create_table(
        "llm_batch_items",
        sa.Column("batch_key", sa.String(64), primary_key=True),
        sa.Column("custom_id", sa.String(64), primary_key=True),
        sa.Column("cache_key", sa.String(128), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("tenant_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("subject_id", sa.String(128), primary_key=True),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
