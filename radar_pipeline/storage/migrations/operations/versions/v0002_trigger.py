"""What started a sweep is told, and a tenant's stages are found without reading all."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column and the index."""
    op.add_column("sweeps", sa.Column("trigger", sa.String(64), nullable=False, server_default="unknown"))
    op.create_index("ix_stages_tenant", "stages", ["tenant_id", "sweep_id"])
