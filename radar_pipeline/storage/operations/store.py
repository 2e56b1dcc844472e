"""The store as the other rooms see it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from radar_pipeline.storage.migrations.operations.database import Database
from radar_pipeline.storage.operations.audits import Audits
from radar_pipeline.storage.operations.batches import Batches
from radar_pipeline.storage.operations.breakers import Breakers
from radar_pipeline.storage.operations.counters import LEDGER
from radar_pipeline.storage.operations.erasing import erase
from radar_pipeline.storage.operations.feedback import Feedback
from radar_pipeline.storage.operations.rates import Rates
from radar_pipeline.storage.operations.spending import Spending
from radar_pipeline.storage.operations.sweeps import Sweeps


class Operations(Sweeps, Audits):
    """The store at an SQLAlchemy URL, created or migrated at first use.

    ``sleep`` takes seconds; it is how a call waits for its turn under a rate limit.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(Database(url), clock)
        self.spending = Spending(self._db, clock)
        self.breakers = Breakers(self._db, clock)
        self.rates = Rates(self._db, clock, sleep)
        self.batches = Batches(self._db, clock)
        self.feedback = Feedback(self._db, clock)

    def erase_tenant(self, tenant: str, erasure_id: str = "") -> None:
        """Delete every row of a tenant and leave one tombstone. Its lease stays: it is being held."""
        with self._db.write(lock=LEDGER) as con:
            erase(con, tenant, erasure_id, self._clock())

    def close(self) -> None:
        """Give back all connections."""
        self._db.close()
