"""The ledger, publications, leases, audit and tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SLUG = sa.String(64)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the first version's tables."""
    op.create_table(
        "sweeps",
        sa.Column("sweep_id", SLUG, primary_key=True),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
    )
    op.create_table(
        "stages",
        sa.Column("sweep_id", SLUG, primary_key=True),
        sa.Column("tenant_id", SLUG, primary_key=True),
        sa.Column("stage", SLUG, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("input_key", sa.String(128), nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
    )
    op.create_table(
        "publications",
        sa.Column("tenant_id", SLUG, primary_key=True),
        sa.Column("framework_id", sa.String(128), primary_key=True),
        sa.Column("sweep_id", SLUG, primary_key=True),
        sa.Column("input_key", sa.String(128), nullable=False),
        sa.Column("release", sa.String(128), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("tenant_id", SLUG, primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String(255)),
        sa.Column("sweep_id", SLUG),
        sa.Column("acquired_at", MOMENT),
        sa.Column("expires_at", MOMENT),
    )
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("action", SLUG, nullable=False),
        sa.Column("tenant_id", SLUG, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "tombstones",
        sa.Column("tenant_id", SLUG, primary_key=True),
        sa.Column("erasure_id", SLUG, primary_key=True),
        sa.Column("erased_at", MOMENT, nullable=False),
    )
