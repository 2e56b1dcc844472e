"""What people said of assessments, beyond yes and no."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table and its index."""
    op.create_table(
        "opinions",
        sa.Column("number", COUNTED, primary_key=True, autoincrement=True),
        sa.Column("opinion_id", sa.String(64), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("framework_id", sa.String(128), nullable=False),
        sa.Column("requirement_id", sa.Text, nullable=False),
        sa.Column("opinion", sa.String(16), nullable=False),
        sa.Column("suggested_verdict", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("judge", sa.String(64), nullable=False),
        sa.Column("prompt_ref", sa.String(255), nullable=False),
        sa.Column("judgement_key", sa.String(128), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_opinions_tenant", "opinions", ["tenant_id", "number"])
