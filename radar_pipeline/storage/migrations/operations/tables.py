"""The operations store's tables as of ``HEAD``: ids, numbers and closed words, no tenant's text."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

HEAD = "0002"
KNOWN = ("0001", "0002")


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
