"""The operations store: ledger, leases, audit, and what model calls cost.

SQLite or PostgreSQL by the same code. The only package, with its migrations, that knows SQLAlchemy and
Alembic. Holds ids, numbers and closed words, never a tenant's text.
"""

from radar_pipeline.storage.ledger import Lease
from radar_pipeline.storage.operations.audits import RETIRED, RETURNED
from radar_pipeline.storage.operations.store import Operations
from radar_pipeline.storage.operations.sweeps import STAGE_STATES, STAGES_OF_A_TRY, SWEEP_STATES

__all__ = [
    "RETIRED",
    "RETURNED",
    "STAGES_OF_A_TRY",
    "STAGE_STATES",
    "SWEEP_STATES",
    "Lease",
    "Operations",
]
