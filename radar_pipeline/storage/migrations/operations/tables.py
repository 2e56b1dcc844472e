"""The operations store's tables as of ``HEAD``: ids, numbers and closed words, no tenant's text."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

HEAD = "0004"
KNOWN = ("0001", "0002", "0003", "0004")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, on engines with and without time zones alike."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into UTC; SQLite keeps the bare figures."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

SWEEPS = Table(
    "sweeps",
    METADATA,
    Column("sweep_id", String(64), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("scope", Text, nullable=False),
    Column("holder", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("trigger", String(64), nullable=False, server_default="unknown"),
)

STAGES = Table(
    "stages",
    METADATA,
    Column("sweep_id", String(64), primary_key=True),
    Column("tenant_id", String(64), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("input_key", String(128), nullable=False),
    Column("counts", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Index("ix_stages_tenant", "tenant_id", "sweep_id"),
)

PUBLICATIONS = Table(
    "publications",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("framework_id", String(128), primary_key=True),
    Column("sweep_id", String(64), primary_key=True),
    Column("input_key", String(128), nullable=False),
    Column("release", String(128), nullable=False),
    Column("published_at", Moment, nullable=False),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", String(255)),  # NULL: free; the row stays, so that the token only ever grows
    Column("sweep_id", String(64)),
    Column("acquired_at", Moment),
    Column("expires_at", Moment),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("audit_id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("action", String(64), nullable=False),
    Column("tenant_id", String(64), nullable=False),
    Column("detail", Text, nullable=False),
)

TOMBSTONES = Table(
    "tombstones",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("erasure_id", String(64), primary_key=True),
    Column("erased_at", Moment, nullable=False),
)

LLM_CALLS = Table(
    "llm_calls",
    METADATA,
    Column("call_id", String(64), primary_key=True),
    Column("request_id", String(64), nullable=False),
    Column("tenant_id", String(64), nullable=False),
    Column("feature", String(32), nullable=False),
    Column("prompt_ref", String(255), nullable=False),
    Column("alias", String(128), nullable=False),
    Column("provider", String(64), nullable=False),
    Column("model", String(128), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("route_reason", Text, nullable=False),
    Column("cache", String(16), nullable=False),
    Column("batch_id", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("error_class", String(32), nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("cache_write_tokens", BigInteger, nullable=False),
    Column("cost_nano", BigInteger, nullable=False),  # billionths of a dollar, as reserved_nano
    Column("reserved_nano", BigInteger, nullable=False),
    Column("queries", Integer, nullable=False),  # reserved, and used if it is answered
    Column("latency_ms", Integer),
    Column("claims", Integer),
    Column("claims_unsupported", Integer),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("expires_at", Moment),
    Index("ix_llm_calls_started", "started_at", "call_id"),
    Index("ix_llm_calls_tenant", "tenant_id", "started_at"),
    Index("ix_llm_calls_state", "state", "expires_at"),
)

LLM_COUNTERS = Table(  # the sums of llm_calls; usd in billionths of a dollar
    "llm_counters",
    METADATA,
    Column("scope", String(64), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("unit", String(16), primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
)

LLM_ALERTS = Table(
    "llm_alerts",
    METADATA,
    Column("scope", String(64), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("unit", String(16), primary_key=True),
    Column("level", String(16), primary_key=True),
    Column("amount", BigInteger, primary_key=True, autoincrement=False),
    Column("noticed_at", Moment, nullable=False),
    Column("told_at", Moment),
)

LLM_BREAKERS = Table(
    "llm_breakers",
    METADATA,
    Column("alias", String(128), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("open_until", Moment),  # NULL: closed
    Column("probe_until", Moment),
)

LLM_RATES = Table(
    "llm_rates",
    METADATA,
    Column("use_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("bucket", String(160), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("weight", Integer, nullable=False),
    Index("ix_llm_rates_bucket", "bucket", "at_ms"),
)

LLM_BATCHES = Table(
    "llm_batches",
    METADATA,
    Column("batch_key", String(64), primary_key=True),
    Column("tenant_id", String(64), nullable=False),
    Column("alias", String(128), nullable=False),
    Column("provider", String(64), nullable=False),
    Column("model", String(128), nullable=False),
    Column("provider_batch_id", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("requests", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("prepared_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("deadline", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("sweep_cause", Text, nullable=False),
    Index("ix_llm_batches_tenant", "tenant_id", "state"),
)

LLM_BATCH_ITEMS = Table(
    "llm_batch_items",
    METADATA,
    Column("batch_key", String(64), primary_key=True),
    Column("custom_id", String(64), primary_key=True),
    Column("cache_key", String(128), nullable=False),
    Column("call_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("tenant_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("subject_id", String(128), primary_key=True),
    Column("score", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

OPINIONS = Table(  # what people said of assessments, in closed words; their own words lie with the tenant
    "opinions",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("opinion_id", String(64), nullable=False),
    Column("tenant_id", String(64), nullable=False),
    Column("framework_id", String(128), nullable=False),
    Column("requirement_id", Text, nullable=False),
    Column("opinion", String(16), nullable=False),
    Column("suggested_verdict", String(16), nullable=False),  # empty: none was named
    Column("verdict", String(16), nullable=False),  # what was published then, as all that follow but two
    Column("confidence", Double, nullable=False),
    Column("judge", String(64), nullable=False),
    Column("prompt_ref", String(255), nullable=False),
    Column("judgement_key", String(128), nullable=False),
    Column("who", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_opinions_tenant", "tenant_id", "number"),
)
